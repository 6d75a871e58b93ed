"""When to try again: what the server asked for, else exponential backoff with full jitter."""

import os

from . import port

_FIRST_MS = port.const(5000)
_CAP_MS = port.const(300000)
_SLOW_MS = port.const(900000)  # PROTOCOL "What an answer means": one slow retry every 15 min
_LONGEST_S = port.const(86400)  # a server's wish beyond a day is a mistake
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


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


def retry_after(headers, now_ms):
    """Retry-After (RFC 9110 section 10.2.3) in seconds from now; None if absent or unreadable."""
    said = _header(headers, "retry-after")
    if said is None:
        return None
    if said.isdigit():
        return int(said)
    until = http_date(said)
    now = http_date(_header(headers, "date") or "")  # the server's own clock first: both dates agree then
    if now is None and now_ms() is not None:
        now = now_ms() // 1000
    return None if until is None or now is None else max(0, until - now)


def http_date(text):
    """UNIX seconds of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), None if unreadable."""
    try:
        _, day, month, year, time, _ = text.split(" ")
        month = _MONTHS.index(month) // 3 + 1
        hour, minute, second = [int(part) for part in time.split(":")]
        return (_days(int(year), month, int(day)) * 24 + hour) * 3600 + minute * 60 + second
    except ValueError:
        return None


def _days(year, month, day):
    """Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March."""
    if month < 3:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day - 719469


def _header(headers, name):
    for key in headers or ():
        if key.lower() == name:
            return headers[key].strip()
    return None
