"""What the tests on the emulated Pico W share: a config, and the firmware started on a warm board."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miniviz_lab.pico_w import TIME_HOST, PicoW
from platform_server import HOST

TOKEN = "s3cret-token"
DHT_PIN = 15
# What the warm board has loaded is forgotten: the next import reads the flash.
FORGET = "import sys; [sys.modules.pop(m) for m in list(sys.modules) if m.startswith('miniviz')]\n"


def settings(**changes: Any) -> dict[str, Any]:
    """A config.json for the board on the bench."""
    there = {"url": f"http://{HOST}", "project": "p", "token": TOKEN, "label": "shed"}
    return {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {**there, **changes.pop("miniviz", {})},
        "ntp": [TIME_HOST],
        "sensors": [{"type": "dht22", "pin": DHT_PIN, "every": 2}],
        "send_every": 2,
        "log": "debug",
        # The guest's clock may run ahead of its sockets, which would look like a hang.
        "watchdog": False,
        **changes,
    }


async def configure(board: PicoW, **changes: Any) -> None:
    """Write config.json onto a running board."""
    text = json.dumps(settings(**changes))
    await board.machine.exec(f"f = open('config.json', 'w'); f.write({text!r}); f.close()")


async def run_firmware(board: PicoW, **changes: Any) -> int:
    """What main.py does, without the reset before it; returns where its output begins."""
    await configure(board, **changes)
    return await board.enter("import miniviz; miniviz.run()")


async def free_heap(board: PicoW) -> int:
    """Bytes, after a collection."""
    return int(await board.machine.exec("import gc; gc.collect(); print(gc.mem_free())"))


async def stop_firmware(board: PicoW) -> dict[str, int]:
    """Ctrl-C; what the closing line counts."""
    since = len(board.text)
    await board.type(b"\x03")
    await board.says("stopped: ", seconds=30, since=since)
    await board.says("\n>>> ", seconds=5, since=since)
    # Ctrl-C may have cut a line of the log short: the closing line then stands behind what was printed of it.
    line = board.text[since:].rpartition("stopped: ")[2].splitlines()[0]
    pairs = (part.rsplit(" ", 1) for part in line.split(", "))
    return {name: int(number) for name, number in pairs}


@dataclass
class Cold:
    """A scenario that boots boards of its own, from the image and the firmware's files."""

    scenario: Callable[[Path, dict[str, bytes]], Awaitable[Any]]
