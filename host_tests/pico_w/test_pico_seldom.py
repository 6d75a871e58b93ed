"""What a running device seldom does, on the official image: a version from the air, and the setup page."""

from typing import Any

import archive_file
import pytest
from bench import Cold
from miniviz_lab.pico_w import PicoW

FREE_WITH_PORTAL = 100_000  # bytes; TLS, which comes on top, takes about 40,000
POINTER = b'{"use": "a", "version": "2.0", "id": "two", "serial": 2}'
MINE = b"FIELDS = {'depth': 7}\n"
RUN_FROM_AIR = """
import miniviz, sys
miniviz._settle(True)
from miniviz import app
from miniviz.sensors import dht22, mine
print([sys.modules["miniviz." + n].__file__ for n in ("app", "sensors.dht22", "sensors.mine")], mine.FIELDS)
"""
OPEN_PORTAL = """
import gc, miniviz
from miniviz import portal, account, client, clock, config, http, join, ntp, schema, tls, wifi
page = portal.Portal()
gc.collect()
print("free", gc.mem_free())
page.close()
"""


def archived(files: dict[str, bytes]) -> dict[str, bytes]:
    """The board after an update: only what the switch needs is left of what was installed."""
    package = {name[8:]: data for name, data in files.items() if name.startswith("miniviz/")}
    stays = {
        name for name in files if name.startswith(("miniviz/__init__", "miniviz/switch", "miniviz/port"))
    }
    stays |= {"miniviz/archive.mpy", "board.json"}
    air = archive_file.made({**package, "sensors/mine.py": MINE})
    return {
        **{name: files[name] for name in stays},
        "main.py": b"",
        "version.json": POINTER,
        "versions/a.bin": air,
    }


async def said(board: PicoW, code: str) -> str:
    """What the board prints when it runs this, from power-on."""
    await board.machine.start()
    try:
        return str(await board.machine.exec(code))
    finally:
        await board.machine.stop()


async def from_archive(image: Any, files: dict[str, bytes]) -> str:
    """A board after an update."""
    return await said(PicoW(image, files=archived(files)), RUN_FROM_AIR)


async def setup_page(image: Any, files: dict[str, bytes]) -> str:
    """A board on which nothing else runs."""
    return await said(PicoW(image, files={**files, "main.py": b""}), OPEN_PORTAL)


CASES = {"archive": Cold(from_archive), "setup page": Cold(setup_page)}


@pytest.mark.parametrize("case", ["archive"])
def test_a_version_from_the_air_is_imported_from_its_archive(results, case: str) -> None:
    told = results(case)
    assert "['/air/app.mpy', '/air/sensors/dht22.mpy', '/air/sensors/mine.py'] {'depth': 7}" in told


@pytest.mark.parametrize("case", ["setup page"])
def test_the_setup_page_leaves_room_for_tls(results, case: str) -> None:
    told = results(case)
    assert int(told.split("free ")[1].split()[0]) >= FREE_WITH_PORTAL, told
