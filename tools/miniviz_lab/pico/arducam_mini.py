"""ArduCAM Mini 2MP or 5MP on the emulated board's SPI and I2C: registers, picture memory, sensor, faults."""

from typing import Any, Literal

from . import played
from .chip import Chip
from .i2c_device import I2cDevice
from .spi_device import SpiDevice

Fault = Literal["absent", "stuck", "length", "dummy", "cut", "noise", "endless", "unplugged"]


class ArducamMini:
    """The lab's played camera; `detail` is in bits per pixel at quality 80 and makes the pictures' size."""

    def __init__(
        self,
        *,
        spi: int = 0,
        cs: int = 17,
        i2c: int = 0,
        sensor: Literal["ov2640", "ov5642"] = "ov2640",
        detail: float = 0.5,
    ) -> None:
        self._sensor: Any = played.module("_arducam_sensors").SENSORS[sensor]()
        self._camera: Any = played.module("_arducam_mini").ArducamMini({"detail": detail}, self._sensor)
        self._wires = SpiDevice(spi, cs, self._camera), I2cDevice(i2c, self._sensor)

    def attach(self, chip: Chip) -> None:
        """Solder it in."""
        for device in self._wires:
            device.attach(chip)

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
