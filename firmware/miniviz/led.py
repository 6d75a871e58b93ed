"""The status LED: a number of short blinks, a pause, again."""

from . import port
from .port import const

# The codes, in one table: what the firmware is doing -> number of blinks. 0 is dark.
OK = const(0)
SETUP = const(1)  # the portal is open: its access point is waiting
CONFIG = const(2)  # config.json is wrong: the sentence is on the console
JOINING = const(3)  # no WiFi
NO_TIME = const(4)  # WiFi, but no time from any NTP host
REFUSED = const(5)  # the platform refuses token, project or plan
SENSOR = const(6)  # a sensor fails; the others go on
SENDING = const(7)  # the platform cannot be reached or is busy; readings wait
SAFE = const(8)  # three crashes in a row: WiFi and REPL only, see postmortem.json

_BLINK_MS = const(200)
_PAUSE_MS = const(1200)


class Led:
    """A board's LED by board.json; without one it does nothing."""

    def __init__(self, pin=None, on=1):
        self._pin = None
        self._on = on
        self._blinks = 0
        self._timer = None
        self._lit = False
        if pin is not None:
            from machine import Pin

            self._pin = Pin(pin, Pin.OUT)
            self._pin.value(1 - on)

    def show(self, blinks):
        """Choose the code to show."""
        self._blinks = blinks

    def tick(self, _=None):
        """Set the LED for this moment; call it every 100 ms or so."""
        if self._pin is None:
            return
        at = port.ticks_ms() % (2 * _BLINK_MS * self._blinks + _PAUSE_MS)
        lit = at < 2 * _BLINK_MS * self._blinks and at // _BLINK_MS % 2 == 0
        if lit != self._lit:  # a Pico W's LED hangs on the radio: setting it costs a message to that chip
            self._lit = lit
            self._pin.value(self._on if lit else 1 - self._on)

    def keep_blinking(self):
        """Blink from a timer, for the time when no loop runs and the REPL is free."""
        if self._pin is not None:
            self._timer = port.timer(100, self.tick)
