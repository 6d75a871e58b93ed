"""One sync of the clock: the NTP hosts are asked, and what they say is laid over what is known."""

from . import clock as clock_module
from . import log, port
from .port import const

_PROBES = const(3)  # per host; what their answers agree on counts
_PPM_KNOWN = const(5)  # what temperature still moves once the drift has been measured
_BASELINE_MS = const(86400000)  # the drift is measured over at most a day, to follow the seasons
_PATIENCE_MS = const(3600000)  # so long one host must insist where no other answers
_DUMB_MS = const(3000)  # a name server that is there says no at once
_OPINIONS = const(2)  # hosts asked beside the first that answers, before any time is known
_SLACK_MS = const(1000)  # honest hosts differ by less, whatever their paths; a lie worth telling by more
_MAX_PPB = const(200000)  # a larger measured drift is a lying server, not a crystal


def sync(clock):
    """Ask the hosts in order until one answers well; True if the time was set or confirmed."""
    if clock.base is None:
        return _first(clock)
    for host, sample in _told(clock):
        if sample and _accept(clock, sample, host):
            clock.syncs += 1
            return True
    return False


def _first(clock):
    """The first time is what two hosts agree on; of one that alone answers, what it tells."""
    known, more = [], _OPINIONS
    for _, sample in _told(clock):
        if known:
            more -= 1
        if sample:
            for other in known:
                if _agree(other, sample, _SLACK_MS):
                    return _begin(clock, _between(other, sample))
            known.append(sample)
        if known and not more:
            break
    if not known:
        return False
    if len(known) > 1:
        log.warning("clock", "no two time servers agree: the first one is believed")
    return _begin(clock, known[0])


def _told(clock):
    """(host, sample) of every host in order; sample None where it does not answer well."""
    dumb = False
    for host in clock.hosts:
        if dumb and not host.replace(".", "").replace(":", "").isdigit():
            continue  # no other name would be found either, and sensors wait meanwhile
        asked = clock.uptime_ms()
        sample = _best(clock, host)
        dumb = sample is None and "no such host" in clock.reason and clock.uptime_ms() - asked > _DUMB_MS
        yield host, sample


def _begin(clock, sample):
    clock.base = clock.anchor = sample
    clock.syncs += 1
    port.set_rtc(sample.unix_ms // 1000)
    return True


def _between(old, new):
    """Where two samples overlap; where they contradict, the one with the shorter round trip."""
    known = old.unix_ms + new.uptime_ms - old.uptime_ms
    if not _narrow(new, known, old.error_ms) and old.error_ms <= new.error_ms:
        return old
    return new


def _best(clock, host):
    """What a host's answers tell together; None without one."""
    best = None
    for _ in range(_PROBES):
        port.feed()
        try:
            sample = clock_module.probe(host, clock.uptime_ms)
        except clock_module.NtpError as error:
            clock.reason = str(error)
            if "kiss-of-death" in clock.reason or "no such host" in clock.reason:
                break  # asking again would be rude, or idle
            continue
        best = _between(best, sample) if best else sample
    return best


def _narrow(sample, known, error):
    """The truth lies in both intervals: take the middle of their overlap; False where there is none."""
    low = max(known - error, sample.unix_ms - sample.error_ms)
    high = min(known + error, sample.unix_ms + sample.error_ms)
    if low > high:
        return False
    sample.unix_ms = (low + high) // 2
    sample.error_ms = (high - low + 1) // 2 + 1
    return True


def _accept(clock, sample, host):
    apart = abs(sample.unix_ms - clock.at(sample.uptime_ms))
    if apart <= sample.error_ms + clock.error_at(sample.uptime_ms):
        clock.suspect = None
        _merge(clock, sample)
        return True
    return _doubt(clock, sample, host, apart)


def _doubt(clock, sample, host, apart):
    """A jump needs another host that tells the same: one lying server must not move the clock.

    Where no other host answers, the one must tell the same for an hour.
    """
    if clock.suspect is None or not _agree(clock.suspect[0], sample):
        clock.suspect = sample, host
    elif host != clock.suspect[1] or sample.uptime_ms - clock.suspect[0].uptime_ms >= _PATIENCE_MS:
        clock.base = clock.anchor = sample
        clock.suspect = None
        clock.ppb, clock.ppm_error = 0, clock_module.PPM_UNKNOWN
        port.set_rtc(sample.unix_ms // 1000)
        return True
    clock.reason = "%s: differs by %d ms from what is known, waiting for a second opinion" % (host, apart)
    return False


def _agree(old, new, slack=0):
    passed = new.uptime_ms - old.uptime_ms
    off = abs(new.unix_ms - old.unix_ms - passed)
    return off <= slack + new.error_ms + old.error_ms + passed * clock_module.PPM_UNKNOWN // 1000000


def _merge(clock, sample):
    """Lay the sample over what the clock knows already."""
    now = sample.uptime_ms
    known, error = clock.at(now), clock.error_at(now)
    _measure_drift(clock, sample)
    _narrow(sample, known, error)
    clock.base = sample
    port.set_rtc(sample.unix_ms // 1000)


def _measure_drift(clock, sample):
    anchor = clock.anchor
    passed = sample.uptime_ms - anchor.uptime_ms
    if passed <= 0:
        return
    ppb = (sample.unix_ms - anchor.unix_ms - passed) * 1000000000 // passed
    ppm_error = (sample.error_ms + anchor.error_ms) * 1000000 // passed + _PPM_KNOWN
    if ppm_error <= clock.ppm_error and abs(ppb) < _MAX_PPB:
        clock.ppb, clock.ppm_error = ppb, ppm_error
    if passed > _BASELINE_MS:
        clock.anchor = clock_module.Sample(sample.unix_ms, sample.uptime_ms, sample.error_ms)
