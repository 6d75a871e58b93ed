"""When to try again: what the server asked for, else exponential backoff with full jitter."""

import os

from .port import const

_FIRST_MS = const(5000)
_CAP_MS = const(300000)
_SLOW_MS = const(900000)  # PROTOCOL "What an answer means": one slow retry every 15 min
_LONGEST_S = const(86400)  # a server's wish beyond a day is a mistake


class Backoff:
    """Keeps the moment of the next try on the tick counter of `uptime_ms`."""

    def __init__(self, uptime_ms):
        self._uptime_ms = uptime_ms
        self._next = 0
        self.failures = 0

    def ready(self):
        """True if it is time to try."""
        return self._uptime_ms() >= self._next

    def wait_ms(self):
        """Milliseconds until the next try."""
        return max(0, self._next - self._uptime_ms())

    def succeeded(self):
        """Forget the failures."""
        self.failures = self._next = 0

    def failed(self, retry_after=None, slow=False):
        """Put the next try off; retry_after is the server's wish in seconds."""
        if retry_after is not None:
            wait = 1000 * min(retry_after, _LONGEST_S)
        elif slow:
            wait = _SLOW_MS
        else:  # full jitter: a hundred boards must not come back in the same second
            most = min(_CAP_MS, _FIRST_MS << min(self.failures, 16))
            wait = most * int.from_bytes(os.urandom(2), "big") >> 16
        self.failures += 1
        self._next = self._uptime_ms() + wait
