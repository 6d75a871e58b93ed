"""Every test in this folder runs the official ESP32 image in an emulator, or is skipped with one line."""

import os
from pathlib import Path

import pytest
from miniviz_lab.esp32 import found

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    here = [item for item in items if HERE in item.path.parents]
    missing = found.why_missing() if here else None
    for item in here:
        item.add_marker(pytest.mark.esp32)
        if missing:
            item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(autouse=True)
def quiet_computer():
    """The emulated chip's interrupt watchdog runs in real time: on a busy computer it resets the chip."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > 6 * cores:
        pytest.skip(f"a load of {load:.0f} on {cores} cores is too much for the emulated ESP32; run it alone")
