"""Milliseconds of UNIX time: NTP samples laid over the tick counter, with their own error bound."""

from . import port
from .ntp import NtpError, Sample, probe

_PROBES = port.const(3)  # per host; the one with the smallest round trip wins
_PPM_UNKNOWN = port.const(100)  # crystals of both boards are within +-50 ppm, with age and cold
_PPM_KNOWN = port.const(5)  # what temperature still moves once the drift has been measured
_BASELINE_MS = port.const(86400000)  # the drift is measured over at most a day, to follow the seasons
_MAX_PPB = port.const(200000)  # a larger measured drift is a lying server, not a crystal


class Clock:
    """Time by tick counter; "unknown" (None) before the first sync, never backwards after it."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.reason = "not asked yet"  # why the last sync failed
        self.syncs = 0
        self._ticks = port.ticks_ms()
        self._uptime = 0
        self._base = None  # the sample that time is counted from
        self._anchor = None  # an older sample, to measure the drift from
        self._ppb = 0
        self._ppm_error = _PPM_UNKNOWN
        self._suspect = None
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
        if self._base is None:
            return None
        self._last = max(self._last, self.at(self.uptime_ms()))
        return self._last

    def at(self, uptime_ms):
        """UNIX time in ms at a moment of uptime, also one before the first sync; None while unknown."""
        if self._base is None:
            return None
        passed = uptime_ms - self._base.uptime_ms
        return self._base.unix_ms + passed + passed * self._ppb // 1000000000

    def stamp(self, uptime_ms):
        """The timestamp of a reading taken at this uptime: as at(), but never before an earlier stamp."""
        at = self.at(uptime_ms)
        if at is not None:
            at = self._stamped = max(self._stamped, at)
        return at

    def error_ms(self):
        """The clock's own bound of its error in ms, or None while the time is unknown."""
        if self._base is None:
            return None
        return self._error_at(self.uptime_ms())

    def resume(self, uptime_ms, unix_ms, error_ms):
        """Go on after a sleep that cost the counters: the uptime by now, and the time if it is known."""
        self._uptime, self._ticks = uptime_ms, port.ticks_ms()
        if unix_ms is not None:
            self._base = Sample(unix_ms, uptime_ms, error_ms)
            self._anchor = self._base

    def drift_ppm(self):
        """The measured drift of the crystal in parts per million, positive when it runs slow."""
        return self._ppb / 1000

    def sync(self):
        """Ask the hosts in order until one answers well; True if the time was set or confirmed."""
        for host in self.hosts:
            sample = self._best(host)
            if sample and self._accept(sample, host):
                self.syncs += 1
                return True
        return False

    def _best(self, host):
        best = None
        for _ in range(_PROBES):
            port.feed()
            try:
                sample = probe(host, self.uptime_ms)
            except NtpError as error:
                self.reason = str(error)
                if "kiss-of-death" in self.reason or "no such host" in self.reason:
                    break  # asking again would be rude, or idle
                continue
            if best is None or sample.error_ms < best.error_ms:
                best = sample
        return best

    def _accept(self, sample, host):
        if self._base is None:
            self._base = self._anchor = sample
            port.set_rtc(sample.unix_ms // 1000)
            return True
        apart = abs(sample.unix_ms - self.at(sample.uptime_ms))
        if apart <= sample.error_ms + self._error_at(sample.uptime_ms):
            self._suspect = None
            self._merge(sample)
            return True
        return self._doubt(sample, host, apart)

    def _doubt(self, sample, host, apart):
        """A jump needs a second sample that tells the same: one lying server must not move the clock."""
        suspect = self._suspect
        self._suspect = sample
        if suspect is not None:
            passed = sample.uptime_ms - suspect.uptime_ms
            off = abs(sample.unix_ms - suspect.unix_ms - passed)
            if off <= sample.error_ms + suspect.error_ms + passed * _PPM_UNKNOWN // 1000000:
                self._base = self._anchor = sample
                self._suspect = None
                self._ppb, self._ppm_error = 0, _PPM_UNKNOWN
                port.set_rtc(sample.unix_ms // 1000)
                return True
        self.reason = "%s: differs by %d ms from what is known, waiting for a second opinion" % (host, apart)
        return False

    def _merge(self, sample):
        """The truth lies in the clock's interval and in the sample's: take the middle of both's overlap."""
        now = sample.uptime_ms
        known, error = self.at(now), self._error_at(now)
        low = max(known - error, sample.unix_ms - sample.error_ms)
        high = min(known + error, sample.unix_ms + sample.error_ms)
        self._measure_drift(sample)
        sample.unix_ms = (low + high) // 2
        sample.error_ms = (high - low + 1) // 2 + 1
        self._base = sample
        port.set_rtc(sample.unix_ms // 1000)

    def _measure_drift(self, sample):
        anchor = self._anchor
        passed = sample.uptime_ms - anchor.uptime_ms
        if passed <= 0:
            return
        ppb = (sample.unix_ms - anchor.unix_ms - passed) * 1000000000 // passed
        ppm_error = (sample.error_ms + anchor.error_ms) * 1000000 // passed + _PPM_KNOWN
        if ppm_error <= self._ppm_error and abs(ppb) < _MAX_PPB:
            self._ppb, self._ppm_error = ppb, ppm_error
        if passed > _BASELINE_MS:
            self._anchor = _copy(sample)

    def _error_at(self, uptime_ms):
        passed = abs(uptime_ms - self._base.uptime_ms)
        return self._base.error_ms + passed * self._ppm_error // 1000000


def _copy(sample):
    return type(sample)(sample.unix_ms, sample.uptime_ms, sample.error_ms)
