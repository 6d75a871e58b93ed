"""Every test in this folder runs the official ESP32 image in an emulator, or is skipped with one line."""

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
