"""A chip on I2C: it answers to its address, takes and gives bytes."""

from typing import Any, Protocol

from rp2040py.peripherals.i2c import I2CMode

from . import played, rp2040
from .chip import Chip


class Bytes(Protocol):
    """What hangs on the bus: the lab's played chips."""

    def start(self, address: int, read: bool) -> bool:
        """Is this its address?"""
        ...

    def write(self, byte: int) -> bool:
        """Does it take the byte?"""
        ...

    def read(self) -> int:
        """Its next byte."""
        ...

    def stop(self) -> None:
        """The transfer is over."""
        ...


class I2cDevice:
    """The only device of its bus."""

    def __init__(self, bus: int, device: Bytes) -> None:
        self.bus = bus
        self._device = device

    def attach(self, chip: Chip) -> None:
        """Solder it in."""
        self._chip = chip
        self._i2c: Any = chip.i2c[self.bus]
        self._i2c.on_connect = self._connect
        self._i2c.on_write_byte = self._write
        self._i2c.on_read_byte = self._read
        self._i2c.on_stop = self._stop

    def _connect(self, address: int, mode: I2CMode) -> None:
        played.follow(self._chip)
        reading = mode == I2CMode.READ
        if self._device.start(address, reading):
            self._i2c.complete_connect(True)
        elif reading:
            self._i2c.complete_connect(False)
        else:
            rp2040.refuse_write(self._i2c)

    def _write(self, byte: int) -> None:
        self._i2c.complete_write(self._device.write(byte))

    def _read(self, _more: bool) -> None:
        self._i2c.complete_read(self._device.read())

    def _stop(self) -> None:
        self._device.stop()
        self._i2c.complete_stop()
