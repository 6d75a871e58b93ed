"""Settings are tried before they are kept: WiFi, the time, project and token, one step after the other."""

from . import log, port
from .clock import Clock
from .port import const
from .wifi import Wifi

_JOIN_MS = const(40000)  # a wrong password is told sooner; a slow router's DHCP may need this


class Trial:
    """`told` is what goes on, in words; `failed` why it ended, `done` that all is well."""

    def __init__(self, settings):
        log.setup(settings.log, None, settings.secrets())
        self.failed = None
        self.done = False
        self._settings = settings
        self._ssid = settings.wifi[0]["ssid"]
        self._wifi = Wifi(settings.wifi[:1])
        self._clock = Clock(settings.ntp)
        self._begun = port.ticks_ms()
        self._step = self._join
        self.told = "joining %s" % self._ssid

    def step(self):
        """Go on; a single step takes some seconds at most, and feeds the watchdog in them."""
        if self.failed is None and not self.done:
            self._step()

    def close(self):
        """Leave the network."""
        self._wifi.stop()

    def _join(self):
        if self._wifi.step():
            self._go_on(self._time, "joined %s, asking for the time" % self._ssid)
        elif self._wifi.reason.startswith(self._ssid + ": "):
            self._fail("WiFi " + self._wifi.reason)
        elif port.ticks_diff(port.ticks_ms(), self._begun) > _JOIN_MS:
            self._fail("WiFi %s: no answer within %d s" % (self._ssid, _JOIN_MS // 1000))

    def _time(self):
        if self._clock.sync():
            self._go_on(self._ask, "the time is known, testing project and token")
        else:
            self._fail("joined, but nobody tells the time (%s)" % self._clock.reason)

    def _ask(self):
        from . import account

        found, fix = account.check(self._settings, self._clock)
        if fix is None:
            self.told = "Joined %s; %s." % (self._ssid, found)
            self.done = True
        else:
            self._fail("%s; %s" % (found, fix))

    def _go_on(self, step, told):
        self._step, self.told = step, told

    def _fail(self, words):
        self.failed = log.mask(words) + "."
        self.close()
