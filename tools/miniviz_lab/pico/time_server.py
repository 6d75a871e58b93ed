"""NTP in guest time: the truth is a fixed start plus what the guest's own clock has counted."""

import struct
from collections.abc import Callable

_1900_TO_1970 = 2208988800


class TimeServer:
    """Answers as RFC 5905 wants; `truth_ms()` is what the guest's timestamps are held against."""

    def __init__(self, start_unix_ms: int, guest_nanos: Callable[[], int]) -> None:
        self.start_unix_ms = start_unix_ms
        self._nanos = guest_nanos
        self.requests = 0

    def truth_ms(self) -> float:
        """UNIX time now, in ms."""
        return self.start_unix_ms + self._nanos() / 1e6

    def answer(self, request: bytes) -> bytes | None:
        """The answer to a request."""
        if len(request) < 48:
            return None
        self.requests += 1
        now = self._stamp()
        return struct.pack(
            ">BBbb11I", 0x24, 2, 6, -20, 0, 0, 0x7F000001, *now, *_words(request[40:48]), *now, *now
        )

    def _stamp(self) -> tuple[int, int]:
        nanos = self.start_unix_ms * 1_000_000 + self._nanos()
        seconds, rest = divmod(nanos, 1_000_000_000)
        return seconds + _1900_TO_1970 & 0xFFFFFFFF, (rest << 32) // 1_000_000_000


def _words(data: bytes) -> tuple[int, int]:
    return struct.unpack(">II", data)
