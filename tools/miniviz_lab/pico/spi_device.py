"""A chip on SPI: selected by a pin, a byte out for a byte in, each as long as the bus's clock makes it."""

from typing import Any, Protocol

from . import played
from .chip import LOW, Chip, alarm

_FLOATING = 0xFF
_BITS_NS = 8e9


class Exchange(Protocol):
    """What hangs on the bus: the lab's played chips."""

    def select(self) -> None:
        """The chip select fell."""
        ...

    def deselect(self) -> None:
        """It rose."""
        ...

    def exchange(self, byte: int) -> int:
        """The answer to a byte."""
        ...


class SpiDevice:
    """Listens on bus and chip select; where nobody is selected, the wire floats."""

    def __init__(self, bus: int, cs: int, device: Exchange) -> None:
        self.bus, self.cs = bus, cs
        self._device = device
        self._selected = False
        self._answer = 0

    def attach(self, chip: Chip) -> None:
        """Solder it in."""
        self._chip = chip
        self._spi: Any = chip.spi[self.bus]
        self._done = alarm(chip, self._complete)
        self._spi.on_transmit = self._transmit
        chip.gpio[self.cs].add_listener(self._edge)

    def _edge(self, new: Any, _old: Any) -> None:
        selected = new == LOW
        if selected == self._selected:
            return
        self._selected = selected
        if selected:
            played.follow(self._chip)
            self._device.select()
        else:
            self._device.deselect()

    def _transmit(self, byte: int) -> None:
        # Not at once: the driver moves longer runs by DMA, and the FIFO for what comes in holds 8 bytes.
        self._answer = self._device.exchange(byte) if self._selected else _FLOATING
        self._done.schedule(int(_BITS_NS / (self._spi.clock_frequency or 1e6)))

    def _complete(self) -> None:
        self._spi.complete_transmit(self._answer)
