"""One powered board: the official image, a flash, a radio and devices."""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device.mp_device import MicroPythonDevice
from rp2040py.external.bootsel_button import BootselButton

from . import layout, rp2040
from .chip import Device, alarm
from .radio import Radio


class Machine:
    """One powered board: the image, a flash, a radio and devices."""

    def __init__(
        self, image: Path, radio: Radio, devices: Sequence[Device], *, real_time: bool = False
    ) -> None:
        spec = dataclasses.replace(BOARDS["pico_w"], extras=_extras(radio, devices))
        self._device = MicroPythonDevice(board=resolve_firmware(spec, "micropython", str(image)))
        self._simulator = self._device.simulator
        self.chip = self._device.mcu
        self.output = bytearray()  # everything the guest printed
        self.real_time = real_time  # True: the guest waits for the wall clock where it is ahead of it
        self.flash_operations = 0
        self.on_flash: Callable[[bytearray], None] | None = None  # told before each erase and program
        self._listeners: list[Callable[[bytes], None]] = []
        rp2040.idle_console(self._device)
        rp2040.govern(self._device, lambda: self.real_time)
        rp2040.on_flash(self.chip, self._flash_operation)
        self.listen()

    @property
    def nanos(self) -> int:
        """Guest time since power-on."""
        return int(self._simulator.clock.nanos)

    @property
    def seconds(self) -> float:
        """Guest time since power-on."""
        return self.nanos / 1e9

    def file_system(self) -> bytes:
        """The flash's part that holds the files."""
        start, size = layout.place()
        return bytes(self.chip.flash[start : start + size])

    def put_file_system(self, image: bytes) -> None:
        """Replace all files; only while the guest has them not mounted."""
        start, size = layout.place()
        assert len(image) == size
        self.chip.flash[start : start + size] = image

    async def start(self, timeout: float = 300) -> None:
        """Power on; returns when the console is there."""
        await self._device.astart(timeout)
        rp2040.greet(self._device)

    async def exec(self, code: str, timeout: float = 600) -> str:
        """Interrupt what runs, run this, return what it printed; an exception on the guest is raised here."""
        try:
            out, err = await self._device.aexec(code, timeout)
        finally:
            self.listen()
        if err:
            raise RuntimeError(err.decode(errors="replace"))
        return out.decode(errors="replace").replace("\r\n", "\n")

    def listen(self, extra: Callable[[bytes], None] | None = None) -> None:
        """Collect the console's output (an exec takes it for itself while it runs)."""
        if extra:
            self._listeners.append(extra)
        self._device.cdc.on_serial_data = self._heard

    def _heard(self, data: bytes | bytearray) -> None:
        self.output += data
        for listener in self._listeners:
            listener(bytes(data))

    def type(self, data: bytes) -> None:
        """Type on the console; at most what its FIFO holds, see typed()."""
        for byte in data:
            self._device.cdc.send_serial_byte(byte)

    def room(self) -> int:
        """How many bytes can be typed now."""
        fifo = self._device.cdc.tx_fifo
        return int(fifo.size - fifo.item_count)

    def soft_reset(self) -> None:
        """Ctrl-C twice, then Ctrl-D in the friendly REPL: main.py starts again."""
        self.type(b"\x03\x03\x02\x04")

    async def hard_reset(self) -> None:
        """The RUN pin: RAM is kept by the emulator, everything else starts anew."""
        await self._device.ahard_reset(300)
        rp2040.greet(self._device)
        self.listen()

    async def stop(self) -> None:
        """Power off."""
        task = rp2040.running(self._device)
        self._device.stop()
        if task is not None:
            await asyncio.wait([task])

    def resume(self) -> None:
        """Go on in the running event loop after stop(): how a forked copy of the process begins."""
        rp2040.resume(self._device)

    def after(self, nanos: int, act: Callable[[], None]) -> None:
        """Call act after that much guest time."""
        alarm(self.chip, act).schedule(nanos)

    async def sleep(self, seconds: float) -> None:
        """Let this much guest time pass."""
        done = asyncio.Event()
        self.after(int(seconds * 1e9), done.set)
        await self._simulator.wait_for(done, None)

    def _flash_operation(self, operation: bytearray) -> None:
        self.flash_operations += 1
        if self.on_flash:
            self.on_flash(operation)


def _extras(radio: Radio, devices: Sequence[Device]) -> tuple[Callable[[], Any], ...]:
    # rp2040py's own list has an LED on GPIO 25, which on this board selects the radio.
    return (BootselButton, lambda: radio, *((lambda device=device: device) for device in devices))
