"""What counts as a number, and what the time is: the same for charts and rules."""

from __future__ import annotations

import re

from miniviz_server.clock import clock

# Devices send numbers as text too ("23.4"). Exponents have two digits at most, so that every database reads
# them alike.
TEXT_NUMBER = r"^[ ]*[+-]?([0-9]{1,200}([.][0-9]{0,200})?|[.][0-9]{1,200})([eE][+-]?[0-9]{1,2})?[ ]*$"
_PATTERN = re.compile(TEXT_NUMBER)
_MOST_DIGITS = 300


def number(value: object) -> float | None:
    """The value as a number, or None when it is none: text that reads as a number is one."""
    if isinstance(value, str):
        return float(value) if _PATTERN.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and len(str(value)) > _MOST_DIGITS:
        return None
    return float(value)


def now_ms() -> int:
    """Milliseconds since 1970, by the server's clock."""
    return clock.now_ms()
