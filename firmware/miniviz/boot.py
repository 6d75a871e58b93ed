"""What a boot finds out about the ones before it; done with once the device runs."""

from . import port, state
from .port import const

_SERIES = const(3)


def begin(guard):
    """Set the guard's boot number, why it came, and whether it is one too many."""
    kept = state.load()
    guard.cause = port.reset_cause()
    guard.settled = False
    if guard.cause == "sleep":  # a wake is no boot: neither counted nor written to flash
        guard.boot, guard.early, guard.settled = kept.get("boot", 1), 0, not kept.get("running")
        guard.safe = False
        return
    crashed = bool(kept.get("running")) and guard.cause != "power"
    guard.boot = kept.get("boot", 0) + 1
    guard.early = kept.get("early", 0) + 1 if crashed else 0
    guard.safe = guard.early >= _SERIES
    if crashed and guard.cause == "watchdog" and kept.get("noted") != guard.boot - 1:
        from . import postmortem

        words = "watchdog: no progress for %d s, or a reset" % (port.watchdog_ms() // 1000)
        postmortem.write(guard.boot - 1, words, guard.cause, None)
    # Safe mode is left by the next boot, whatever ends it.
    state.save({"boot": guard.boot, "running": not guard.safe, "early": 0 if guard.safe else guard.early})
