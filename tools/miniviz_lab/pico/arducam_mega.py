"""Arducam Mega 3MP or 5MP on the emulated board's SPI, with its late answers, busy times and faults."""

from typing import Any

from . import played
from .arducam_mini import Fault
from .chip import Chip
from .spi_device import SpiDevice

MP5, MP3 = 0x85, 0x86  # what the modules say of themselves


class ArducamMega:
    """The lab's played camera; `detail` is in bits per pixel at quality 80 and makes the pictures' size."""

    def __init__(self, *, spi: int = 0, cs: int = 17, model: int = MP3, detail: float = 0.5) -> None:
        self._camera: Any = played.module("_arducam_mega").ArducamMega({"id": model, "detail": detail})
        self._wire = SpiDevice(spi, cs, self._camera)

    def attach(self, chip: Chip) -> None:
        """Solder it in."""
        self._wire.attach(chip)

    def fault(self, kind: Fault, **when: float) -> None:
        """It fails like this from now on, or as often as `count` says."""
        played.module("world").fault(f"camera_{kind}", **when)

    def mend(self) -> None:
        """Nothing is wrong any more."""
        played.module("world_faults").reset()

    @property
    def detail(self) -> float:
        """Bits per pixel."""
        return self._camera.fifo.detail

    @detail.setter
    def detail(self, bits: float) -> None:
        self._camera.fifo.detail = bits

    @property
    def picture(self) -> bytes:
        """The picture in its memory."""
        return self._camera.fifo.picture()
