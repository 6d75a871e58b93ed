"""One booted and joined board for the whole session; each test works on a copy of it."""

import sys
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob: list[str] = []
if sys.platform == "win32":  # copies are made by fork
    collect_ignore_glob = ["test_*.py"]
else:
    from bench import DHT_PIN
    from miniviz_cli import boards
    from miniviz_lab import pico_w
    from miniviz_lab.pico import copies, flash
    from miniviz_lab.pico import image as official
    from miniviz_lab.pico.dht22 import Dht22

FIRMWARE = Path(__file__).parents[2] / "firmware"
LIMIT_S = 900  # of wall time for one test, with the warm-up and the module's cases that it may begin with
# Modules that a board with a DHT22 has in RAM once it has sent its first reading.
STEADY = "import miniviz, miniviz.app, miniviz.sensors.dht22, requests, socket, gc; gc.collect()"


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Everything here runs on the official image."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.pico_w)
            item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.fixture(scope="session")
def image() -> Path:
    """The official image, or one line that says how to get it."""
    found = official.cached()
    if found is None:
        pytest.skip(official.HOW_TO_GET_IT)
    return found


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """What deploy puts onto the board, without a config."""
    return pico_w.firmware_files(FIRMWARE, boards.load("pico_w").device_facts())


@pytest.fixture(scope="session")
def file_system(files: dict[str, bytes]) -> bytes:
    """The same as an image."""
    return flash.image(files)


@pytest.fixture(scope="session")
def dht() -> "Dht22":
    """The sensor on the warm board's pin; a copy changes its own copy of it."""
    return Dht22(DHT_PIN)


@pytest.fixture(scope="session")
def warm(image: Path, dht: "Dht22", file_system: bytes) -> "pico_w.WarmPicoW":
    """Joined, with the firmware on its flash and in its RAM, ready for a config."""
    board = pico_w.WarmPicoW(lambda: pico_w.PicoW(image, devices=[dht]))

    async def load(board: pico_w.PicoW) -> None:
        await board.swap_files(file_system)
        await board.machine.exec(STEADY)

    board.go_on(load)
    return board


@pytest.fixture
def run_alone():
    """Run a scenario that boots boards of its own in a process of its own."""

    def run(scenario: Any) -> Any:
        return copies.copy(lambda: None, scenario).result()

    return run
