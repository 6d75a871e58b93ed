"""An emulated Pico W: the official image, our firmware on its flash, devices on its pins, a network."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import mpy
from .pico import copies, flash
from .pico.chip import Device
from .pico.machine import Machine
from .pico.network import Network
from .pico.radio import Radio
from .pico.time_server import TimeServer

ARCH = "armv6m"
START_UNIX_MS = 1_790_000_000_000  # the truth at the guest's power-on, unless told otherwise
TIME_HOST = "time.test"


def firmware_files(firmware: Path, board: Mapping[str, object] | None = None) -> dict[str, bytes]:
    """What deploy would put onto the board, without its config.json."""
    with tempfile.TemporaryDirectory(prefix="miniviz-") as scratch:
        compiled = Path(scratch)
        mpy.compile_tree(firmware / "miniviz", compiled / "miniviz", ARCH)
        files = flash.folder(compiled)
    files["main.py"] = (firmware / "main.py").read_bytes()
    if board:
        files["board.json"] = json.dumps(board).encode()
    return files


class PicoW:
    """One board from power-on to power-off; a flash from an earlier one makes it the same board again."""

    def __init__(
        self,
        image: Path,
        *,
        files: Mapping[str, bytes] | None = None,
        file_system: bytes | None = None,
        devices: Sequence[Device] = (),
        network: Network | None = None,
        start_unix_ms: int = START_UNIX_MS,
        real_time: bool = False,
    ) -> None:
        self.network = network or Network()
        self.radio = Radio(self.network)
        self.machine = Machine(image, self.radio, devices, real_time=real_time)
        self.time = TimeServer(start_unix_ms, lambda: self.machine.nanos)
        self.network.answer(TIME_HOST, 123, self.time.answer)
        if file_system is None:
            file_system = flash.image(dict(files or {}))
        self.machine.put_file_system(file_system)

    @property
    def text(self) -> str:
        """Everything that was printed so far."""
        return self.machine.output.decode(errors="replace").replace("\r\n", "\n")

    def files(self) -> dict[str, bytes]:
        """The board's files as they are on its flash now."""
        return flash.files(self.machine.file_system())

    async def until(self, found: Callable[[], Any], *, seconds: float, step: float = 0.05) -> bool:
        """Let guest time pass until it is found; False when so many guest seconds were not enough."""
        end = self.machine.seconds + seconds
        while not found():
            if self.machine.seconds >= end:
                return False
            await self.machine.sleep(step)
        return True

    async def says(self, words: str, *, seconds: float, since: int = 0) -> None:
        """Wait until the board has printed the words; an AssertionError shows what it said instead."""
        if not await self.until(lambda: words in self.text[since:], seconds=seconds):
            raise AssertionError(f"the board did not say {words!r} in {seconds} s but:\n{self.text[since:]}")

    async def type(self, data: bytes) -> None:
        """Type on the console, as fast as the board reads."""
        while data:
            room = self.machine.room()
            self.machine.type(data[:room])
            data = data[room:]
            await self.machine.sleep(0.002)

    async def enter(self, line: str) -> int:
        """Enter a line at the prompt; returns where the output begins."""
        since = len(self.text)
        await self.type(b"\x02" + line.encode() + b"\r")  # an exec leaves the raw REPL behind
        return since

    async def swap_files(self, file_system: bytes) -> None:
        """Other files for a running board: unmounted, replaced, mounted."""
        await self.machine.exec("import vfs; vfs.umount('/')")
        self.machine.put_file_system(file_system)
        await self.machine.exec("import rp2, vfs; vfs.mount(vfs.VfsLfs2(rp2.Flash(), progsize=256), '/')")

    async def restart(self) -> int:
        """Soft reset, so that main.py starts; returns where its output begins."""
        since = len(self.text)
        await self.type(b"\r\x03\x03\x02\x04")
        await self.says("soft reboot", seconds=10, since=since)
        return since


_JOIN = """
import network, time
w = network.WLAN(network.STA_IF)
w.active(True)
w.connect("home", "correct horse")
while not w.isconnected():
    time.sleep_ms(20)
"""


class WarmPicoW:
    """A board that has joined its WiFi and waits; each run is a copy of it."""

    def __init__(self, make: Callable[[], PicoW]) -> None:
        self.board = make()
        asyncio.run(self._warm_up())

    async def _warm_up(self) -> None:
        await self.board.machine.start()
        await self.board.machine.exec(_JOIN)
        await self.board.machine.stop()

    def go_on(self, scenario: Callable[[PicoW], Awaitable[None]]) -> None:
        """Run this on the board itself: every later copy has it behind it."""

        async def act() -> None:
            self.board.machine.resume()
            await scenario(self.board)
            await self.board.machine.stop()

        asyncio.run(act())

    def start(self, scenario: Callable[[PicoW], Awaitable[Any]]) -> copies.Copy:
        """Begin the scenario on a copy."""
        return copies.copy(self.board.machine.resume, lambda: scenario(self.board))

    def run(self, scenario: Callable[[PicoW], Awaitable[Any]]) -> Any:
        """Run the scenario on a copy; its result."""
        return self.start(scenario).result()
