"""The loop: when to join, to sync, to sample and to send; it knows no protocol."""

import gc
import sys

from . import config, led, log, outbox, port, transport
from .clock import Clock
from .outbox import Record
from .sampler import Sampler, pack
from .sender import Sender
from .wifi import Wifi

_SYNC_MS = port.const(3600000)  # between syncs; the clock's own error bound grows a few ms meanwhile
_SYNC_AGAIN_MS = port.const(15000)  # after a failed sync
_IDLE_MS = port.const(100)  # the longest nap: LED and WiFi are looked at ten times a second
_STOP_MS = port.const(3000)  # the last flush after Ctrl-C takes no longer than this, and one answer
_NOW_MS = port.const(60000)  # send_now() gives WiFi and time this long

_current = None


def current(guard=None):
    """The app of this board's config.json, made once; raises ConfigError."""
    global _current
    if _current is None:
        _current = App(config.load(), guard=guard)
    return _current


def run(guard=None):
    """Run until Ctrl-C. A bad config ends in one sentence, an LED code and the REPL; a crash in a reset."""
    sentence = port.too_old()
    if sentence is None:
        try:
            app = current(guard)
        except config.ConfigError as error:
            sentence = str(error)
    if sentence is None:
        _forget_checks()
        app.loop()
        return
    if guard:
        guard.good()  # nothing crashed: a person is needed, and gets the sentence at every boot
    log.error("config", sentence)
    board = config.load_board()
    light = led.Led(board.get("led"), board.get("led_on", 1))
    light.show(led.CONFIG)
    light.keep_blinking()


def _forget_checks():
    """config and schema are done with after the start: 11 KB of source that need not stay in RAM."""
    package = sys.modules["miniviz"]
    for name in ("config", "schema"):
        sys.modules.pop("miniviz." + name, None)
        if hasattr(package, name):
            delattr(package, name)
    globals().pop("config", None)
    gc.collect()


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
        self.client, self._hang_up = transport.client(settings, self.clock, post)
        self.sender = Sender(self.outbox, self.client.send, self.clock.uptime_ms, settings.send_every)
        self.shooter = self._shooter(settings)
        self.led = led.Led(settings.led, settings.led_on)
        self.taken = 0
        self._next_sync = 0
        self._up = False

    def _shooter(self, settings):
        if settings.camera is None:
            return None
        from . import state
        from .shooter import Shooter

        return Shooter(settings.camera, settings.label, self.client.send_image, self.clock, state)

    def loop(self):
        """Step for ever; Ctrl-C sends what it can and returns."""
        log.info("app", "%s on %s, label %s" % (self._sensors(), self.config.board, self.config.label))
        transport.warn_of_no_check(self.config)
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
            self._crashed(error)

    def step(self):
        """Do what is due now; at most one reading is sent."""
        self._up = self.wifi.step()
        if self._up:
            self._sync()
        self.sample()
        if self._up and self.sender.ready():
            self.sender.step()
        if self._up and self.shooter and self.shooter.ready():
            self.shooter.step()
        self.outbox.keep(self.clock.uptime_ms())
        self.led.show(self._code())
        self.led.tick()
        port.feed()
        self.lived()

    def connect(self, within_ms):
        """Join WiFi within this time; True if joined."""
        until = self.clock.uptime_ms() + within_ms
        while True:
            self._up = self.wifi.step()
            port.feed()
            if self._up or self.clock.uptime_ms() >= until:
                return self._up
            port.sleep_ms(_IDLE_MS)

    def disconnect(self):
        """Leave WiFi until the next connect()."""
        self.wifi.off()
        self._up = False

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
            self.outbox.stamp(self.clock.stamp)

    def stop(self):
        """Send what can be sent within 3 s, leave the network, say what became of every reading."""
        until = self.clock.uptime_ms() + _STOP_MS
        try:
            while self._up and self.outbox.peek() and self.clock.uptime_ms() < until:
                if self.sender.problem or self.outbox.peek().timestamp is None:
                    break
                self.sender.step()
        except KeyboardInterrupt:  # a second Ctrl-C: at once
            pass
        if self.shooter:
            self.shooter.close()
        self._hang_up()
        self.outbox.flush()
        self.wifi.stop()
        self.led.show(led.OK)
        self.led.tick()
        if self.guard:
            self.guard.stop()
        print("stopped: " + self._counts())

    def status(self):
        """Print and return what a person at the REPL asks first."""
        now, rssi = self.clock.now_ms(), self.wifi.rssi()
        state = {
            "board": self.config.board,
            "label": self.config.label,
            "wifi": "%s, %s dBm" % (self.wifi.ssid, rssi) if rssi is not None else self.wifi.reason,
            "time": "%s +-%d ms" % (log.iso(now), self.clock.error_ms()) if now else self.clock.reason,
            "readings": self._counts(),
            "sensors": "; ".join(self.sampler.failing()) or self._sensors() + " without a fault",
            "sending": self.sender.problem or "no fault",
            "heap": port.mem_free(),
        }
        if self.shooter:
            state["pictures"] = self.shooter.told()
        for key in state:
            print("%-9s %s" % (key, log.mask(str(state[key]))))
        return state

    def read(self):
        """Read every sensor once, print and return the payloads."""
        packed = pack(self.sampler.slots)
        for label, payload in packed:
            print(label, payload)
        for sentence in self.sampler.failing():
            print(sentence)
        return packed

    def send_now(self):
        """Read every sensor and send all that waits, within a minute; returns the count delivered."""
        before = self.sender.delivered
        self._keep(self.read())
        until = self.clock.uptime_ms() + _NOW_MS
        while self.outbox.peek() and self.clock.uptime_ms() < until:
            self._up = self.wifi.step()
            if self._up:
                self._sync()
            if self._up and self.outbox.peek().timestamp is not None:
                self.sender.step()
                if self.sender.problem:
                    break
            else:
                port.sleep_ms(_IDLE_MS)
        print("delivered %d, waiting %d" % (self.sender.delivered - before, len(self.outbox)))
        return self.sender.delivered - before

    def lived(self):
        """Once, a minute after the boot: it is a good one, which may report the last crash."""
        if self.guard and self.guard.lived(self.clock.uptime_ms()) and self.config.report_crashes:
            self._report_crash()

    def _crashed(self, error):
        try:
            self.outbox.flush()
        except Exception as worse:  # noqa: BLE001 perhaps the very part that is broken
            log.error("outbox", "cannot store before the restart (%s)" % worse)
        self.guard.crash(error, self.clock.uptime_ms())

    def _report_crash(self):
        """One row for the last crash, now that this boot is a good one."""
        from . import postmortem

        row = postmortem.row()
        if row:
            self._keep([(self.config.label, row)])
            postmortem.reported()

    def _sync(self):
        if self.clock.uptime_ms() >= self._next_sync:
            self.sync()

    def sync(self):
        """Ask for the time now; True if it was set or confirmed."""
        first = self.clock.now_ms() is None
        if self.clock.sync():
            log.info("clock", "synchronised, within %d ms" % self.clock.error_ms())
            if first:
                self.outbox.stamp(self.clock.stamp)
            self._next_sync = self.clock.uptime_ms() + _SYNC_MS
            return True
        log.warning("clock", "no sync: " + self.clock.reason)
        self._next_sync = self.clock.uptime_ms() + _SYNC_AGAIN_MS
        return False

    def sample(self):
        """Read the sensors that are due and queue what they say."""
        if self.clock.uptime_ms() >= self.sampler.next_due():
            self._keep(self.sampler.sample(self.clock.uptime_ms))

    def _keep(self, packed):
        """Queue what was read just now, all of it with one timestamp."""
        uptime = self.clock.uptime_ms()
        for label, payload in packed:
            self.taken += 1
            self.outbox.put(Record(self.clock.stamp(uptime), uptime, label, payload))

    def _nap(self):
        now = self.clock.uptime_ms()
        wait = min(_IDLE_MS, self.sampler.next_due() - now)
        if self._up and self.outbox.peek():
            wait = min(wait, self.sender.wait_ms())
        if wait > 0:
            port.sleep_ms(wait)

    def _code(self):
        if not self._up:
            return led.JOINING
        if self.clock.now_ms() is None:
            return led.NO_TIME
        if self.sender.refusal:
            return led.REFUSED
        if self.sender.problem:
            return led.SENDING
        failing = self.sampler.failing() or (self.shooter and self.shooter.error)
        return led.SENSOR if failing else led.OK

    def _counts(self):
        counts = "taken %d, delivered %d, waiting %d, set aside %d, dropped %d" % (
            self.taken,
            self.sender.delivered,
            len(self.outbox),
            self.outbox.aside,
            self.outbox.dropped,
        )
        return counts + (", pictures %d" % self.shooter.delivered if self.shooter else "")

    def _sensors(self):
        count = len(self.sampler.slots)
        return "%d sensor%s" % (count, "" if count == 1 else "s")
