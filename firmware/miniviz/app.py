"""The loop: when to join, to sync, to sample and to send; it knows no protocol."""

import gc
import sys

from . import led, log, outbox, port, transport, unload
from .clock import Clock
from .outbox import Record
from .port import const
from .sampler import Sampler
from .sender import Sender
from .wifi import Wifi

_SYNC_MS = const(3600000)  # between syncs; the clock's own error bound grows a few ms meanwhile
_SYNC_AGAIN_MS = const(15000)  # after a failed sync
_IDLE_MS = const(100)  # the longest nap: LED and WiFi are looked at ten times a second
_JOINING_MS = const(20)  # while a link is being made: the first reading waits for it

_current = None


def current():
    """The app of this board's config.json, made once; raises ConfigError."""
    if _current is None:
        from . import start

        make(start.settings())
    return _current


def make(settings, guard=None):
    """The app of these settings; what only a start needs is let go."""
    global _current
    _current = App(settings, guard=guard)
    unload("transport", "find", "port_seldom", "recovery")
    return _current


class App:
    """One device: everything a config asks for, wired together."""

    def __init__(self, settings, post=None, guard=None):
        self.config = settings
        self.guard = guard
        self.clock = Clock(settings.ntp)
        log.setup(settings.log, self.clock, settings.secrets())
        self.wifi = Wifi(settings.wifi)
        self.sampler = Sampler(settings.sensors, settings.label)
        boot = guard.boot if guard else 1
        self.outbox = outbox.on_flash("outbox", boot, settings.store_every, settings.when_full)
        self.client, self.hang_up = transport.client(settings, self.clock, post)
        self.upkeep, send = self._upkeep(settings)
        self.sender = Sender(self.outbox, send, self.clock.uptime_ms, settings.send_every)
        self.shooter = self._shooter(settings)
        self.led = led.Led(settings.led, settings.led_on)
        self.taken = 0
        self._next_sync = 0
        self.up = False

    def _upkeep(self, settings):
        """What looks for newer versions, and a send that tells a version on trial of its first delivery."""
        trial = sys.modules["miniviz"].trial
        if settings.update is None and trial is None:
            return None, self.client.send
        from .upkeep import Upkeep

        upkeep = Upkeep(self, settings.update, trial)
        return upkeep, upkeep.witness(self.client.send)

    def _shooter(self, settings):
        if settings.camera is None:
            return None
        from . import state
        from .shooter import Shooter

        return Shooter(settings.camera, settings.label, self.client.send_image, self.clock, state)

    def loop(self):
        """Step for ever; Ctrl-C sends what it can and returns."""
        gc.collect()
        try:
            if self.guard and self.config.watchdog:
                self.guard.watch()
            if self.config.sleep:
                from . import sleep

                sleep.loop(self)
            while True:
                self.step()
                self._nap()
        except KeyboardInterrupt:
            self.stop()
        except Exception as error:  # noqa: BLE001 the last resort: noted, what is unsafe stored, started again
            if not self.guard:
                raise
            from . import crash

            crash.restart(self, error)

    def step(self):
        """Do what is due now; at most one reading is sent."""
        self.up = self.wifi.step()
        if self.up:
            self.sync_if_due()
        self.sample()
        may_send = self.up and not (self.upkeep and self.upkeep.busy)
        if may_send and self.sender.ready():
            self.sender.step()
        if may_send and self.shooter and self.shooter.ready():
            self.shooter.step()
        self.look_after()
        self.outbox.keep(self.clock.uptime_ms())
        self.led.show(self._code())
        self.led.tick()
        port.feed()
        self.lived()

    def look_after(self, whole=False):
        """A bit of work on an update that is due; all of it on a device that goes to sleep next."""
        if self.upkeep and self.up:
            self.upkeep.step(whole)

    def connect(self, within_ms):
        """Join WiFi within this time; True if joined."""
        until = self.clock.uptime_ms() + within_ms
        while True:
            self.up = self.wifi.step()
            port.feed()
            if self.up or self.clock.uptime_ms() >= until:
                return self.up
            port.sleep_ms(_IDLE_MS)

    def disconnect(self):
        """Leave WiFi until the next connect()."""
        self.wifi.off()
        self.up = False

    def drain(self, within_ms):
        """Send what waits, oldest first, until none is left, a send fails or the time is up."""
        until = self.clock.uptime_ms() + within_ms
        while self.clock.uptime_ms() < until:
            record = self.outbox.peek()
            if record is None or record.timestamp is None or not self.sender.may_try():
                return
            self.sender.step()
            port.feed()
            if self.sender.problem:
                return

    def sums(self):
        """What a sleep must not forget of the counts."""
        return [self.taken, self.sender.delivered, self.outbox.aside, self.outbox.dropped]

    def resume(self, sums):
        """Go on counting after a deep sleep."""
        self.taken, self.sender.delivered, self.outbox.aside, self.outbox.before = sums
        if self.clock.now_ms() is not None:
            self.outbox.stamp(self.clock.at)

    def stop(self):
        """Send what can be sent within 3 s, leave the network, say what became of every reading."""
        from . import stop

        stop.stop(self)

    def lived(self):
        """Once, a minute after the boot: it is a good one, which may report the last crash."""
        if self.guard and self.guard.lived(self.clock.uptime_ms()) and self.config.report_crashes:
            from . import crash

            crash.report(self)

    def sync_if_due(self):
        """Ask for the time once an hour, after a failure four times a minute."""
        if self.clock.uptime_ms() >= self._next_sync:
            self.sync()

    def sync(self):
        """Ask for the time now; True if it was set or confirmed."""
        first = self.clock.now_ms() is None
        if self.clock.sync():
            log.info("clock", "synchronised, within %d ms" % self.clock.error_ms())
            if first:
                self.outbox.stamp(self.clock.at)
            self._next_sync = self.clock.uptime_ms() + _SYNC_MS
            return True
        log.warning("clock", "no sync: " + self.clock.reason)
        self._next_sync = self.clock.uptime_ms() + _SYNC_AGAIN_MS
        return False

    def sample(self):
        """Read the sensors that are due and queue what they say."""
        if self.clock.uptime_ms() >= self.sampler.next_due():
            self.keep(self.sampler.sample(self.clock.uptime_ms))

    def keep(self, packed):
        """Queue what was read just now, all of it with one timestamp."""
        uptime = self.clock.uptime_ms()
        for label, payload in packed:
            self.taken += 1
            self.outbox.put(Record(self.clock.stamp(uptime), uptime, label, payload))

    def _nap(self):
        now = self.clock.uptime_ms()
        wait = min(_IDLE_MS if self.up else _JOINING_MS, self.sampler.next_due() - now)
        # Without the time nothing can be sent, and no try is due.
        if self.up and self.clock.now_ms() is not None and self.outbox.peek():
            wait = min(wait, self.sender.wait_ms())
        if wait > 0:
            port.sleep_ms(wait)

    def _code(self):
        if not self.up:
            return led.JOINING
        if self.clock.now_ms() is None:
            return led.NO_TIME
        if self.sender.refusal:
            return led.REFUSED
        if self.sender.problem:
            return led.SENDING
        failing = self.sampler.failed() or (self.shooter and self.shooter.error)
        return led.SENSOR if failing else led.OK
