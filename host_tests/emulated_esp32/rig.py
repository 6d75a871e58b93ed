"""An emulated ESP32 with the compiled firmware in its flash, and the local server on its network."""

import functools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from miniviz_cli import boards, staging
from miniviz_lab.esp32 import flash, found
from miniviz_lab.esp32.emulator import SSID
from miniviz_lab.esp32.lab import Lab
from miniviz_server import demo
from miniviz_server.records import StoredEvent
from miniviz_server.runner import Running, running

PORT = 8080
PROJECT = demo.PROJECTS[0]
# The emulator keeps real time as long as the computer lets it: waits are generous, and no test asserts them.
PATIENCE = 300.0


@functools.cache
def firmware() -> dict[str, bytes]:
    """What `miniviz deploy` puts on the board, without a config.json."""
    with tempfile.TemporaryDirectory() as folder:
        board = boards.load("esp32_devkit")
        staging.stage_code(Path(folder), board.mpy.arch)
        staging.stage_board(Path(folder), board)
        return flash.tree(Path(folder))


def settings(every: float = 2, **changes: Any) -> dict[str, Any]:
    """A config with the system sensor; the names in it are real, the network that answers is not."""
    return {
        "board": "esp32_devkit",
        "wifi": [{"ssid": SSID, "password": ""}],
        "miniviz": {
            "url": f"http://api.miniviz.test:{PORT}",
            "project": PROJECT.id,
            "token": PROJECT.token,
            "label": "esp32",
        },
        "sensors": [{"type": "system", "every": every}],
        "send_every": 1,
        "log": "debug",
    } | changes


@contextmanager
def lab(config: Mapping[str, Any], **files: bytes) -> Iterator[Lab]:
    """A board whose flash holds the firmware, this config and these files over it; its power is off."""
    content = {**firmware(), "config.json": json.dumps(config).encode(), **files}
    with Lab(found.find(), content) as made:
        yield made


@contextmanager
def server(made: Lab, database: Path | None = None) -> Iterator[Running]:
    """The local server, where the board looks for it."""
    with running(listening_on=made.listen(PORT), database=database) as server:
        yield server


def rest(made: Lab) -> int:
    """Wait until nothing is on its way: all that waited was delivered, and `send_every` (1 s) begins.

    What is cut off now cuts no exchange, after which the board could not know whether to send again.
    """
    console = made.board.console
    return console.wait_for("I send: delivered ", PATIENCE, console.mark)


def counts(made: Lab, *, at_rest: bool = True) -> dict[str, int]:
    """Stop the firmware with Ctrl-C, between two exchanges unless told otherwise, and read its last line."""
    if at_rest:
        rest(made)
    console = made.board.console
    since = console.mark
    console.type("\x03")
    start = console.wait_for("stopped: ", PATIENCE, since)
    end = console.wait_for("\n", PATIENCE, start)
    parts = console.between(start, end).strip().split(", ")
    return {name: int(number) for name, _, number in (part.rpartition(" ") for part in parts)}


def times(events: list[StoredEvent]) -> list[int]:
    """The readings' timestamps, oldest first."""
    return sorted(event.timestamp for event in events)


def truth() -> int:
    """The fake time server's time in ms."""
    return time.time_ns() // 1_000_000


def until(condition: Callable[[], bool]) -> bool:
    """Whether it came true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False
