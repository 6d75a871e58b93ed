"""The Pico W's LED, which hangs on the radio chip, and what a person reads from its blinking."""

import struct

from .chip import Chip

_ORDER = b"gpioout\0"  # the radio chip's setting for its own three pins, then a mask and the levels
_PAUSE_NS = 800_000_000  # dark for longer: the next blink begins a new group


class Led:
    """Lit or dark, and the moments at which that changed."""

    def __init__(self) -> None:
        self.lit = False
        self.changes: list[tuple[int, bool]] = []  # guest time in ns, lit from then on

    def attach(self, chip: Chip) -> None:
        """Take the time from this chip."""
        self._clock = chip.clock

    def hear(self, message: bytes) -> None:
        """A message for the radio chip, perhaps one for the LED."""
        at = message.find(_ORDER)
        if at < 0 or len(message) < at + 16:
            return
        mask, levels = struct.unpack_from("<II", message, at + len(_ORDER))
        if mask & 1 and bool(levels & 1) != self.lit:
            self.lit = not self.lit
            self.changes.append((int(self._clock.nanos), self.lit))

    def groups(self, since_ns: int = 0) -> list[int]:
        """How many blinks each finished group had, which is the code that the firmware shows."""
        found, count, dark_since = list[int](), 0, 0
        for at, lit in [change for change in self.changes if change[0] >= since_ns]:
            if lit and count and at - dark_since > _PAUSE_NS:
                found.append(count)
                count = 0
            count += lit
            dark_since = at
        return found
