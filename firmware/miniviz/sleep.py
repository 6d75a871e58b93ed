"""Sleep: wake, read, queue; at every n-th wake join, sync and drain; sleep to the next moment of the grid.

An ESP32 forgets its RAM: readings go to flash first, the rest into RTC().memory(). Elsewhere RAM stays
through a light sleep, in pieces that are shorter than the watchdog.
"""

import json

from . import log, port
from .port import const

_JOIN_MS = const(25000)  # without WiFi until then the readings wait for a later wake
_DRAIN_MS = const(60000)
_SYNC_MS = const(21600000)
_PIECE_MS = const(4000)
_LEAST_MS = const(1000)  # a shorter sleep costs more than it saves
_RTC_PPM = const(10000)  # an ESP32's sleep clock is an RC oscillator, calibrated to about 1 %


def loop(app):
    """One wake after the other, for ever; on an ESP32 each one is a boot and this never returns."""
    cycle = Cycle(app)
    while True:
        cycle.wake()
        cycle.sleep()


class Cycle:
    """What a sleeping device does between two sleeps."""

    def __init__(self, app):
        self._app = app
        self._deep = port.deep_sleeps()
        self._wakes = 0
        self._synced = None  # uptime of the last sync
        every = min(slot.entry["every"] for slot in app.sampler.slots)
        self._each = max(1, int(app.config.send_every // every))  # connect at every n-th wake
        if self._deep:
            self._resume(port.rtc_memory())

    def wake(self):
        """Read what is due; at every n-th wake, and while the time is unknown, connect and send."""
        app = self._app
        app.sample()
        port.feed()
        if self._wakes % self._each == 0:
            self._connect()
        self._wakes += 1
        app.outbox.keep(app.clock.uptime_ms())
        app.lived()

    def sleep(self):
        """Sleep until the next reading is due."""
        app = self._app
        app.led.show(0)
        app.led.tick()
        if self._deep:
            app.outbox.flush()
            if app.guard:
                app.guard.good()
        ms = max(app.sampler.next_due() - app.clock.uptime_ms(), _LEAST_MS)
        log.debug("sleep", "for %d ms" % ms)
        if self._deep:
            port.rtc_memory(self._state())
            port.deep_sleep(ms)
        until = app.clock.uptime_ms() + ms
        while app.clock.uptime_ms() < until:
            port.light_sleep(min(_PIECE_MS, until - app.clock.uptime_ms()))
            port.feed()

    def _connect(self):
        app = self._app
        if app.connect(_JOIN_MS):
            now = app.clock.uptime_ms()
            if self._synced is None or now - self._synced >= _SYNC_MS or app.clock.now_ms() is None:
                if app.sync():
                    self._synced = now
            app.drain(_DRAIN_MS)
            app.look_after(True)
        app.disconnect()

    def _state(self):
        """What the next wake must know, as JSON of a few hundred bytes; RTC memory takes 2 KB."""
        clock = self._app.clock
        up = clock.uptime_ms()
        kept = {
            "up": up,
            "rtc": port.rtc_ms(),
            "unix": clock.at(up),
            "error": clock.error_ms(),
            "wakes": self._wakes,
            "synced": self._synced,
            "due": [slot.due for slot in self._app.sampler.slots],
            "sum": self._app.sums(),
        }
        return json.dumps(kept).encode()

    def _resume(self, memory):
        try:
            kept = json.loads(memory)
        except ValueError:  # power-on: there is none
            return
        app = self._app
        if not isinstance(kept, dict) or len(kept["due"]) != len(app.sampler.slots):  # another config
            return
        slept = max(0, port.rtc_ms() - kept["rtc"])
        unix = None if kept["unix"] is None else kept["unix"] + slept
        error = None if unix is None else kept["error"] + slept * _RTC_PPM // 1000000
        app.clock.resume(kept["up"] + slept, unix, error)
        app.resume(kept["sum"])
        self._wakes, self._synced = kept["wakes"], kept["synced"]
        for slot, due in zip(app.sampler.slots, kept["due"]):  # noqa: B905 MicroPython's zip has no strict
            slot.due = due
