"""The part of port.py that a running device seldom needs: how it starts, sleeps, fails and ends.

Call it through port, where it is looked up; app unloads it once the device runs.
"""

import gc
import os
import sys
import time

from . import port
from .port import const

MIN_VERSION = (1, 24)  # the first with ssl.SSLContext and `requests` frozen in on both boards
tls_on_heap = sys.platform == "rp2"  # there mbedTLS takes its memory from MicroPython's heap

_PIECE = const(8192)  # bytes between an esp32's collections: garbage never makes the heap grow
# The official ESP32 image has 110 KB left beside its heap: the radio takes 12, a joined link 6. With all of
# it to double into, the heap took 56; the 36 that were left did not do for a handshake with an RSA server.
_APART = const(65536)
_ENDED_MS = const(100)  # a thread's memory is free once the system has been idle


def too_old():
    """The sentence for a MicroPython older than MIN_VERSION, else None."""
    version = sys.implementation.version
    if port.micropython and version[:2] < MIN_VERSION:
        return "MicroPython here is %d.%d, miniviz needs 1.24 or newer; flash a newer image" % version[:2]
    return None


def mpy_fits(version, native):
    """Do .mpy files of this version (0: source), with machine code of this number, run here?"""
    mpy = getattr(sys.implementation, "_mpy", 0)
    if version and mpy & 255 != version:
        return False
    # A computer that plays a board has another processor, and does without the machine code.
    return not version or sys.platform not in ("rp2", "esp32") or (mpy >> 10) & 15 == native


def mount(path):
    """The folder that has the files of a version's archive; CPython imports from true folders only."""
    if not port.micropython:
        from .port_cpython import unpack

        return unpack(path)
    import vfs

    from .archive import Archive

    vfs.mount(Archive("%s/%s" % (os.getcwd().rstrip("/"), path)), "/air")
    return "/air"


def set_rtc(unix_s):
    """Set the board's clock, which dates files and which TLS asks for a certificate's validity."""
    try:
        from machine import RTC
    except ImportError:  # the host has its own clock
        return
    t = port.gmtime(unix_s)
    RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))


def is_fat(folder):
    """True on a board's FAT file system, which takes no difference between a and A, as a computer's may."""
    if not port.micropython or sys.platform in ("darwin", "win32"):
        return False
    try:
        os.stat(folder.upper())
    except OSError:
        return False
    return True


def flash():
    """The block device below a board's littlefs, and the bytes that it programs at least; None elsewhere.

    rp2's flash is mapped into memory. An esp32 stops its other core for each read, and a search reads every
    block: too long for its watchdog.
    """
    if sys.platform != "rp2":
        return None
    from rp2 import Flash

    return Flash(), 256  # the SDK's flash_range_program() takes whole pages only


def is_timeout(error):
    """True if the exception is a socket's time-out: errno 11, 110 or 116 by port, a class on CPython."""
    if not isinstance(error, OSError):
        return False
    return error.errno in (11, 110, 116) or "Timeout" in error.__class__.__name__


def is_unknown_host(error):
    """True if a name could not be resolved: errno -2 on rp2, -202 on esp32, a text on the host."""
    if not isinstance(error, OSError):
        return False
    return error.errno in (-2, -202) or "addrinfo error" in str(error) or "NameResolution" in str(error)


def urequests():
    """The board's HTTP library: `requests` since 1.23 (urequests before), `requests` of PyPI on CPython."""
    import requests

    return requests


def _idf():
    """True where WiFi and TLS take their memory from what the heap, which grows, leaves over: on an esp32."""
    try:
        import machine
    except ImportError:  # a computer
        return False
    return port.micropython and hasattr(machine, "DEEPSLEEP_RESET")


def spare_radio():
    """Start an esp32's radio before the heap grows into the memory of its driver ("WiFi Out of Memory")."""
    if not _idf():
        return
    import network

    gc.threshold(_PIECE)
    try:
        network.WLAN(network.STA_IF).active(True)
    except OSError:  # join.py tries again and tells
        pass


def load_apart(load):
    """load(), while a thread's stack keeps the memory for WiFi and TLS: an esp32's heap grows by doubling."""
    if not _idf():
        return load()
    import _thread

    gc.threshold(_PIECE)
    lock = _thread.allocate_lock()
    lock.acquire()
    try:
        _thread.stack_size(_APART)
        _thread.start_new_thread(lock.acquire, ())
    except (OSError, ValueError):  # another image has less of it, or the heap in PSRAM
        pass
    _thread.stack_size(0)
    try:
        return load()
    finally:
        lock.release()
        port.sleep_ms(_ENDED_MS)


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


def reset_cause():
    """Why the board started: power, watchdog, reset, sleep or soft; rp2 calls every reset the watchdog's."""
    try:
        import machine
    except ImportError:  # a computer
        return "power"
    cause = machine.reset_cause()
    for word in ("PWRON", "WDT", "HARD", "DEEPSLEEP", "SOFT"):
        if cause == getattr(machine, word + "_RESET", None):
            return {
                "PWRON": "power",
                "WDT": "watchdog",
                "HARD": "reset",
                "DEEPSLEEP": "sleep",
                "SOFT": "soft",
            }[word]
    return "unknown"


def reset():
    """Start the board again; a computer's program ends."""
    try:
        import machine
    except ImportError:
        sys.exit(1)
    machine.reset()


def deep_sleeps():
    """True where a deep sleep wakes by itself and the clock goes on (esp32); rp2 has light sleep only."""
    try:
        import machine
    except ImportError:
        return False
    return hasattr(machine, "DEEPSLEEP_RESET")


def deep_sleep(ms):
    """Sleep and start again."""
    import machine

    machine.deepsleep(ms)


def light_sleep(ms):
    """Sleep with the RAM kept; a computer only waits."""
    try:
        import machine
    except ImportError:
        port.sleep_ms(ms)
        return
    machine.lightsleep(ms)


def rtc_memory(*data):
    """The 2 KB of an esp32 that live through a deep sleep."""
    import machine

    return machine.RTC().memory(*data)


def rtc_ms():
    """Milliseconds of the clock that runs through an esp32's deep sleep; only differences mean anything."""
    import machine

    t = machine.RTC().datetime()
    return int(time.mktime((t[0], t[1], t[2], t[4], t[5], t[6], 0, 0, 0))) * 1000 + t[7] // 1000


def watchdog_ms():
    """An RP2040 counts to 8,388 ms. An esp32 must wait for its name servers, see port_names.py."""
    return 24000 if deep_sleeps() else 8000


def release_watchdog():
    """End the watchdog, so that a person at the REPL, or mpremote copying files, is not bitten.

    No port offers that. esp32 takes a new time-out; rp2's enable bit is cleared as the SDK's own
    watchdog_disable() does it (pico-sdk, hardware_regs of both chips: WATCHDOG_BASE and REG_ALIAS_CLR_BITS in
    addressmap.h; CTRL at offset 0 and its ENABLE, bit 30, in watchdog.h).
    """
    import machine

    if hasattr(machine, "DEEPSLEEP_RESET"):  # esp32
        machine.WDT(timeout=86400000)
    elif hasattr(machine, "mem32"):
        base = 0x400D8000 if "RP2350" in getattr(sys.implementation, "_machine", "") else 0x40058000
        machine.mem32[base + 0x3000] = 1 << 30


def traceback_text(error):
    """An exception's traceback as text."""
    if port.micropython:
        import io

        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    import traceback

    return "".join(traceback.format_exception(error))


def timer(period_ms, callback, number=0):
    """A periodic timer: rp2 has only virtual timers (-1), esp32 only numbered ones (two on the smallest)."""
    from machine import Timer

    settings = {"mode": Timer.PERIODIC, "period": period_ms, "callback": callback}
    try:
        return Timer(-1, **settings)
    except ValueError:
        return Timer(number, **settings)


def year():
    """The year that TLS holds a certificate's validity against."""
    return time.gmtime()[0]


if port.micropython:

    def tls_trust_all(context):
        """No check of the certificate at all."""
        context.verify_mode = 0

else:
    from .port_cpython import tls_trust_all  # noqa: F401
