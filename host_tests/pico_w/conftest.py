"""One booted and joined board for the whole session; each test works on a copy of it."""

import sys
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob: list[str] = []
if sys.platform == "win32":  # copies are made by fork
    collect_ignore_glob = ["test_*.py"]
else:
    from bench import Cold
    from miniviz_cli import boards
    from miniviz_lab import pico_w
    from miniviz_lab.pico import copies, flash
    from miniviz_lab.pico import image as official
    from miniviz_lab.pico.dht22 import Dht22
    from wired import Wired

FIRMWARE = Path(__file__).parents[2] / "firmware"
LIMIT_S = 1800  # of wall time for one test, which waits for the copies that began before its own
# What a board with a DHT22 has imported by its first reading, what it lets go on the way there, and what ends
# it: half of what the emulator has to do for a run would be these imports.
STEADY = """app answer client clock config double guard http led log nearest ntp outbox port retry rules
    sampler schema segment sender sensors.dht22 settings state store transport wifi wire
    boot button endpoint head join json_size port_seldom recovery refusal find start stop sync"""
LOAD = """
import gc
for name in {names}:
    __import__("miniviz." + name)
gc.collect()
"""


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
def wired() -> "Wired":
    """What hangs on the warm board's pins; a copy changes its own copy of it."""
    return Wired()


@pytest.fixture(scope="session")
def dht(wired: "Wired") -> "Dht22":
    """The sensor that most scenarios use."""
    return wired.dht


@pytest.fixture(scope="session")
def warm(image: Path, wired: "Wired", files: Any) -> "pico_w.WarmPicoW":
    """Joined, with the firmware on its flash and in its RAM, ready for a config."""
    board = pico_w.WarmPicoW(lambda: pico_w.PicoW(image, devices=wired.all))

    async def load(board: pico_w.PicoW) -> None:
        await board.swap_files(flash.image(files))
        there = [name for name in STEADY.split() if f"miniviz/{name.replace('.', '/')}.mpy" in files]
        await board.machine.exec(LOAD.format(names=there))

    board.go_on(load)
    return board


def _chosen(items: list[Any]) -> dict[Any, Any]:
    """The cases that tests will ask for, by module and name, the long ones first."""
    found = {}
    for item in (item for item in items if "results" in getattr(item, "fixturenames", ())):
        asked = getattr(item, "callspec", None)
        names = [asked.params["case"]] if asked else item.module.CASES  # a test without one looks at all
        found.update({(item.path, name): item.module for name in names})
    longest_first = sorted(found, key=lambda key: -_minutes(found[key], key[1]))
    return {key: found[key].CASES[key[1]] for key in longest_first}


def _minutes(module: Any, case: str) -> float:
    """About how long the case takes: the module's number, or the case's own."""
    minutes = getattr(module, "MINUTES", 0)
    return minutes.get(case, 1) if isinstance(minutes, dict) else minutes


@pytest.fixture(scope="session")
def pool(request: Any, image: Path, files: Any) -> Any:
    """All chosen cases of all modules, run side by side from the first that a test asks for."""
    pool = copies.Pool()
    chosen = _chosen(request.session.items)
    cold = {key: case for key, case in chosen.items() if isinstance(case, Cold)}
    for key, case in cold.items():
        pool.add(key, partial(copies.copy, lambda: None, partial(case.scenario, image, files)))
    pool.begin()  # one of them runs while this process makes the warm board
    warm, wired = request.getfixturevalue("warm"), request.getfixturevalue("wired")
    for key, case in chosen.items():
        if key not in cold:
            takes_devices = len(signature(case).parameters) > 1
            pool.add(key, partial(warm.start, partial(_with, case, wired) if takes_devices else case))
    yield pool
    pool.close()


def _with(case: Any, wired: Any, board: Any) -> Any:
    return case(board, wired)


@pytest.fixture
def results(request: pytest.FixtureRequest, pool: "copies.Pool") -> Callable[[str], Any]:
    """What a case of the test's module came to; called with its name."""
    return lambda case: pool.result((request.path, case))
