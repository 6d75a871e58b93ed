"""Milliseconds of UNIX time: NTP samples laid over the tick counter, with their own error bound."""

from . import port, unload
from .port import const

PPM_UNKNOWN = const(100)  # crystals of both boards are within +-50 ppm, with age and cold


class NtpError(Exception):
    """Why an answer was not believed, in one sentence."""


class Sample:
    """UNIX milliseconds `unix_ms` as of `uptime_ms`, right within +-`error_ms` (half the round trip)."""

    def __init__(self, unix_ms, uptime_ms, error_ms):
        self.unix_ms = unix_ms
        self.uptime_ms = uptime_ms
        self.error_ms = error_ms


def probe(host, uptime_ms):
    """The Sample of one question to an NTP host; raises NtpError."""
    from . import ntp

    return ntp.probe(host, uptime_ms)


class Clock:
    """Time by tick counter; "unknown" (None) before the first sync, never backwards after it."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.reason = "not asked yet"  # why the last sync failed
        self.syncs = 0
        self._ticks = port.ticks_ms()
        self._uptime = 0
        self.base = None  # the sample that time is counted from
        self.anchor = None  # an older sample, to measure the drift from
        self.ppb = 0  # the crystal's measured drift in parts per thousand million, positive when it runs slow
        self.ppm_error = PPM_UNKNOWN
        self.suspect = None  # (sample, host) that would move the clock
        self._last = 0
        self._stamped = 0

    def uptime_ms(self):
        """Milliseconds since the clock was made; ask at least every 6 days (ticks wrap at 2^30)."""
        now = port.ticks_ms()
        passed = port.ticks_diff(now, self._ticks)
        if passed > 0:
            self._ticks = now
            self._uptime += passed
        return self._uptime

    def now_ms(self):
        """UNIX time in ms, or None while it is unknown."""
        if self.base is None:
            return None
        self._last = max(self._last, self.at(self.uptime_ms()))
        return self._last

    def at(self, uptime_ms):
        """UNIX time in ms at a moment of uptime, also one before the first sync; None while unknown."""
        if self.base is None:
            return None
        passed = uptime_ms - self.base.uptime_ms
        return self.base.unix_ms + passed + passed * self.ppb // 1000000000

    def stamp(self, uptime_ms):
        """The timestamp of a reading taken at this uptime: as at(), but never before an earlier stamp."""
        at = self.at(uptime_ms)
        if at is not None:
            at = self._stamped = max(self._stamped, at)
        return at

    def error_ms(self):
        """The clock's own bound of its error in ms, or None while the time is unknown."""
        if self.base is None:
            return None
        return self.error_at(self.uptime_ms())

    def resume(self, uptime_ms, unix_ms, error_ms):
        """Go on after a sleep that cost the counters: the uptime by now, and the time if it is known."""
        self._uptime, self._ticks = uptime_ms, port.ticks_ms()
        if unix_ms is not None:
            self.base = Sample(unix_ms, uptime_ms, error_ms)
            self.anchor = self.base

    def sync(self):
        """Ask the hosts in order until one answers well; True if the time was set or confirmed."""
        from . import sync  # once an hour: not worth its RAM in between

        try:
            return sync.sync(self)
        finally:
            unload("sync", "ntp", "port_names", "port_seldom")

    def error_at(self, uptime_ms):
        """The bound at a moment of uptime; the time is known."""
        passed = abs(uptime_ms - self.base.uptime_ms)
        return self.base.error_ms + passed * self.ppm_error // 1000000
