"""Keeps the device alive: a watchdog that only progress feeds, a boot counter, safe mode after 3 crashes."""

from . import port, unload
from .port import const

_EARLY_MS = const(60000)  # a crash this soon after the boot is one of a series


class Guard:
    """One boot: its number, why it came, whether it is one too many."""

    def __init__(self):
        from . import boot

        boot.begin(self)
        unload("boot", "state")

    def watch(self):
        """Arm the watchdog; from now on each progress calls port.feed()."""
        import machine

        port.feed = machine.WDT(timeout=port.watchdog_ms()).feed
        self._armed = True

    def lived(self, uptime_ms):
        """The boot counts as a good one after a minute; True in the moment when it becomes one."""
        if self.settled or uptime_ms < _EARLY_MS:
            return False
        self.good()
        return True

    def good(self):
        """This boot is no crash, whatever follows."""
        if not self.settled:
            self.settled = True
            from . import state

            state.save({"running": False, "early": 0})
            unload("state")

    def stop(self):
        """A person takes over: no crash, no watchdog."""
        self.good()
        if self._armed:
            self._armed = False
            port.release_watchdog()
            port.feed = _nothing

    safe = _armed = False
    cause = "power"


def _nothing():
    pass
