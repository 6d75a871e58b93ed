"""A voltage on an analogue pin."""

from typing import Any

from .chip import Chip

FULL_SCALE = 3.3  # volts at the reference pin
_FIRST = 26  # GPIO of channel 0
_STEPS = 4095  # 12 bits
_CHIP = 4  # the channel of the chip's own thermometer


class Analogue:
    """Volts on GPIO 26, 27 or 28."""

    def __init__(self, gpio: int, volts: float = 1.65) -> None:
        self.gpio = gpio
        self._volts = volts

    def attach(self, chip: Chip) -> None:
        """Solder it in; the chip's own thermometer, which floats in the emulator, gets room temperature."""
        self._adc: Any = chip.adc
        self._adc.channel_values[_CHIP] = round(0.706 / FULL_SCALE * _STEPS)  # 27 degrees, data sheet 4.9.5
        self.volts = self._volts

    @property
    def volts(self) -> float:
        """What lies on the pin."""
        return self._volts

    @volts.setter
    def volts(self, volts: float) -> None:
        self._volts = volts
        self._adc.channel_values[self.gpio - _FIRST] = round(max(0.0, min(volts / FULL_SCALE, 1.0)) * _STEPS)
