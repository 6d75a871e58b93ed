"""A button or a door contact from a pin to ground, which bounces as contacts do."""

from typing import Any

from .chip import Chip, alarm

_BOUNCE_NS = 300_000
_BOUNCES = 6  # changes until the contact rests


class Button:
    """Open at first: the pull-up holds the pin high. `stuck` lets it bounce for ever."""

    def __init__(self, gpio: int) -> None:
        self.gpio = gpio
        self.pressed = False
        self.stuck = False
        self._left = 0

    def attach(self, chip: Chip) -> None:
        """Solder it in."""
        self._pin: Any = chip.gpio[self.gpio]
        self._alarm = alarm(chip, self._bounce)
        self._pin.set_input_value(not self.pressed)

    def press(self) -> None:
        """Close the contact."""
        self._move(True)

    def release(self) -> None:
        """Open it."""
        self._move(False)

    def _move(self, pressed: bool) -> None:
        self.pressed = pressed
        self._left = _BOUNCES
        self._bounce()

    def _bounce(self) -> None:
        level = self.pressed == bool(self._left % 2)
        self._pin.set_input_value(level)
        if self._left or self.stuck:
            self._left = max(0, self._left - 1) or (_BOUNCES if self.stuck else 0)
            self._alarm.schedule(_BOUNCE_NS)
