"""What differs between MicroPython and CPython, or between boards; each line with its reason."""

import gc
import sys
import time

micropython = sys.implementation.name == "micropython"
MIN_VERSION = (1, 24)  # the first with ssl.SSLContext and `requests` frozen in on both boards

if micropython:
    from time import sleep_ms, ticks_add, ticks_diff, ticks_ms

    from micropython import const
else:  # CPython has no tick counter: the same one, with a board's period of 2^30 ms

    def const(value):
        return value

    def ticks_ms():
        return (time.monotonic_ns() // 1000000) & 0x3FFFFFFF

    def ticks_add(ticks, delta):
        return (ticks + delta) & 0x3FFFFFFF

    def ticks_diff(end, start):
        return ((end - start + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    def sleep_ms(ms):
        time.sleep(ms / 1000)


def too_old():
    """The sentence for a MicroPython older than MIN_VERSION, else None."""
    version = sys.implementation.version
    if micropython and version[:2] < MIN_VERSION:
        return "MicroPython here is %d.%d, miniviz needs 1.24 or newer; flash a newer image" % version[:2]
    return None


def epoch_offset():
    """Seconds from 1970 to this port's epoch: ESP32 counts from 2000, rp2 and unix from 1970."""
    return 946684800 if time.gmtime(0)[0] == 2000 else 0


def gmtime(unix_s):
    """The UTC time tuple of UNIX seconds."""
    return time.gmtime(unix_s - epoch_offset())


def set_rtc(unix_s):
    """Set the board's clock, which dates files and which TLS asks for a certificate's validity."""
    try:
        from machine import RTC
    except ImportError:  # the host has its own clock
        return
    t = gmtime(unix_s)
    RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))


def mem_free():
    """Free heap in bytes after a collection, or None where the runtime cannot tell."""
    gc.collect()
    return gc.mem_free() if hasattr(gc, "mem_free") else None  # CPython has no fixed heap


def is_timeout(error):
    """True if the exception is a socket's time-out: errno 11, 110 or 116 by port, a class on CPython."""
    if not isinstance(error, OSError):
        return False
    return error.errno in (11, 110, 116) or "Timeout" in error.__class__.__name__


def urequests():
    """The board's HTTP library: `requests` since 1.23 (urequests before), `requests` of PyPI on CPython."""
    import requests

    return requests


def stream(body):
    """What the library sends piece by piece: urequests what has __next__, requests what has a length."""
    return iter(body) if micropython else body


def tune_wlan(wlan):
    """Each port's own WiFi settings; a port refuses the other's."""
    for setting in (
        {"pm": 0xA11140},  # rp2: power saving off, else answers lag by 100 ms and more
        {"reconnects": 0},  # esp32: the IDF would retry one network for ever by itself
    ):
        try:
            wlan.config(**setting)
        except (ValueError, RuntimeError):  # rp2: no such name; esp32: no such power mode
            pass


def timer(period_ms, callback):
    """A periodic timer: rp2 has only virtual timers (-1), esp32 only numbered ones."""
    from machine import Timer

    settings = {"mode": Timer.PERIODIC, "period": period_ms, "callback": callback}
    try:
        return Timer(-1, **settings)
    except ValueError:
        return Timer(0, **settings)


def print_traceback(error):
    """Print an exception with its traceback."""
    if micropython:
        sys.print_exception(error)
    else:
        import traceback

        traceback.print_exception(error)
