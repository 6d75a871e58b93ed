"""Keeps the device alive: a watchdog that only progress feeds, a boot counter, safe mode after 3 crashes."""

from . import log, port, state

WATCHDOG_MS = port.const(8000)  # an RP2040 counts to 8,388 ms at most: every single wait is shorter
_EARLY_MS = port.const(60000)  # a crash this soon after the boot is one of a series
_SERIES = port.const(3)


class Guard:
    """One boot: its number, why it came, whether it is one too many."""

    def __init__(self):
        kept = state.load()
        self.cause = port.reset_cause()
        self._good = False
        self._until = 0
        if self.cause == "sleep":  # a wake is no boot: neither counted nor written to flash
            self.boot, self.early, self._good = kept.get("boot", 1), 0, not kept.get("running")
            self.safe = False
            return
        crashed = bool(kept.get("running")) and self.cause != "power"
        self.boot = kept.get("boot", 0) + 1
        self.early = kept.get("early", 0) + 1 if crashed else 0
        self.safe = self.early >= _SERIES
        if crashed and self.cause == "watchdog" and kept.get("noted") != self.boot - 1:
            from . import postmortem

            postmortem.write(self.boot - 1, "watchdog: no progress for 8 s, or a reset", self.cause, None)
        # Safe mode is left by the next boot, whatever ends it.
        state.save({"boot": self.boot, "running": not self.safe, "early": 0 if self.safe else self.early})

    def watch(self):
        """Arm the watchdog; from now on each progress calls port.feed()."""
        import machine

        port.feed = machine.WDT(timeout=WATCHDOG_MS).feed
        self._armed = True

    def lived(self, uptime_ms):
        """The boot counts as a good one after a minute; True in the moment when it becomes one."""
        if self._good or uptime_ms < _EARLY_MS:
            return False
        self.good()
        return True

    def good(self):
        """This boot is no crash, whatever follows."""
        if not self._good:
            self._good = True
            state.save({"running": False, "early": 0})

    def stop(self):
        """A person takes over: no crash, no watchdog."""
        self.good()
        if self._armed:
            self._armed = False
            port.release_watchdog()
            port.feed = _nothing

    def crash(self, error, uptime_ms):
        """Note what happened for the next good boot, then start again."""
        from . import postmortem

        text = log.mask(port.traceback_text(error))
        log.error("guard", "crashed, starts again:\n" + text)
        postmortem.write(self.boot, text, self.cause, uptime_ms)
        state.save({"noted": self.boot})
        port.reset()

    _armed = False


def patient(post):
    """A post whose waits nobody can cut short (urequests): the watchdog is fed for it, a minute at most."""

    def waiting(*args, **named):
        left = [20]

        def feed(_):
            left[0] -= 1
            if left[0] > 0:
                port.feed()

        timer = port.timer(3000, feed)
        try:
            return post(*args, **named)
        finally:
            timer.deinit()

    return waiting


def _nothing():
    pass
