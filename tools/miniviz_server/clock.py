"""The server's idea of now. A lab may move it; nothing else in the server asks the system."""

from __future__ import annotations

import time


class Clock:
    """UNIX time in milliseconds, plus an offset that is 0 outside the lab."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000 + self.offset_ms


clock = Clock()
