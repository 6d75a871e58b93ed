"""A digital input: a switch, a door contact, a relay's feedback."""

from .. import port
from ..port import const
from . import SensorError, open_pin

FIELDS = {
    "pin": ("pin", ...),
    "name": ("str", "switch", 1, 64),
    "as": ("choice", "text", ("text", "number")),  # "true"/"false", or 1/0: the platform takes no booleans
    "pull": ("choice", "up", ("up", "down", "none")),
    "invert": ("bool", False),
    "debounce_ms": ("int", 20, 0, 500),  # the level must hold so long
}
PIN_USE = "in"

_STEP_MS = const(5)
_PATIENCE = const(10)  # times the debounce time, then the input is called unsteady


class Sensor:
    """One debounced input."""

    def __init__(self, entry):
        from machine import Pin

        self.entry = entry
        pull = {"up": Pin.PULL_UP, "down": Pin.PULL_DOWN, "none": None}[entry["pull"]]
        self.pin = open_pin(entry, Pin.IN, pull)

    def read(self):
        """The level that held for the debounce time; takes up to ten times that long."""
        entry = self.entry
        on = self._level() != (1 if entry["invert"] else 0)
        return {entry["name"]: ("true" if on else "false") if entry["as"] == "text" else int(on)}

    def _level(self):
        hold = self.entry["debounce_ms"]
        level, held = self.pin.value(), 0
        for _ in range(0, hold * _PATIENCE + 1, _STEP_MS):
            if held >= hold:
                return level
            port.sleep_ms(_STEP_MS)
            now = self.pin.value()
            level, held = now, held + _STEP_MS if now == level else 0
        raise SensorError(
            "switch on pin %s does not hold a level for %d ms; check the wire or raise debounce_ms"
            % (self.entry["pin"], hold)
        )
