"""The emulated chip as its devices see it: pins with levels, alarms in guest time."""

from collections.abc import Callable
from typing import Any, Protocol

from rp2040py.gpio_pin import GPIOPinState
from rp2040py.rp2040 import RP2040

Chip = RP2040
LOW = GPIOPinState.LOW
HIGH = GPIOPinState.HIGH


class Device(Protocol):
    """Something that hangs on the chip's pins."""

    def attach(self, chip: Chip) -> None:
        """Listen on the pins."""
        ...


def alarm(chip: Chip, act: Callable[[], None]) -> Any:
    """An alarm in guest time: schedule(nanoseconds), cancel()."""
    return chip.clock.create_alarm(act)
