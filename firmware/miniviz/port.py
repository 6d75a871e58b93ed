"""What differs between MicroPython and CPython, or between boards; each line with its reason."""

import gc
import os
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


def names(folder):
    """The names in a folder: ilistdir makes no list of them, and CPython has none."""
    if hasattr(os, "ilistdir"):
        return (entry[0] for entry in os.ilistdir(folder))
    return iter(os.listdir(folder))


def make_folder(path):
    """Make a folder unless it is there; ports and CPython differ in the class and number of the refusal."""
    try:
        os.mkdir(path)
    except OSError:
        os.stat(path)


def remove(path):
    """Remove a file that may be missing."""
    try:
        os.remove(path)
    except OSError:
        pass


def replace(old, new):
    """Rename over what is there: littlefs does, and so does POSIX, but Windows' rename refuses."""
    getattr(os, "replace", os.rename)(old, new)


def file_size(path):
    """A file's bytes, 0 if it is missing."""
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def disk_free(path):
    """Free bytes of the file system, None where the runtime cannot tell (Windows)."""
    if not hasattr(os, "statvfs"):
        return None
    found = os.statvfs(path)
    return found[1] * found[4]


def is_fat(folder):
    """True on a board's FAT file system, which takes no difference between a and A, as a computer's may."""
    if not micropython or sys.platform in ("darwin", "win32"):
        return False
    try:
        os.stat(folder.upper())
    except OSError:
        return False
    return True


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


def feed():
    """Progress was made; guard puts the watchdog's own feed here once one is armed."""


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
        sleep_ms(ms)
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


def release_watchdog():
    """End the watchdog, so that a person at the REPL, or mpremote copying files, is not bitten.

    No port offers that. esp32 takes a new time-out; rp2's enable bit is cleared (datasheets, watchdog: CTRL
    bit 30, through the register's atomic clear alias).
    """
    import machine

    if hasattr(machine, "DEEPSLEEP_RESET"):  # esp32
        machine.WDT(timeout=86400000)
    elif hasattr(machine, "mem32"):
        base = 0x400D8000 if "RP2350" in getattr(sys.implementation, "_machine", "") else 0x40058000
        machine.mem32[base + 0x3000] = 1 << 30


def traceback_text(error):
    """An exception's traceback as text."""
    if micropython:
        import io

        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    import traceback

    return "".join(traceback.format_exception(error))


def timer(period_ms, callback):
    """A periodic timer: rp2 has only virtual timers (-1), esp32 only numbered ones."""
    from machine import Timer

    settings = {"mode": Timer.PERIODIC, "period": period_ms, "callback": callback}
    try:
        return Timer(-1, **settings)
    except ValueError:
        return Timer(0, **settings)


def resolve(host, number):
    """The address of a host; both boards' images speak IPv4, and ask the resolver in this form."""
    import socket

    return socket.getaddrinfo(host, number, socket.AF_INET, socket.SOCK_STREAM)[0][-1]


def no_delay(sock):
    """Send at once, without waiting for the last segment's acknowledgement: 40 ms per post."""
    import socket

    try:  # rp2 numbers the option by lwIP's own flag; others lack the name and use 1
        sock.setsockopt(6, getattr(socket, "TCP_NODELAY", 64 if sys.platform == "rp2" else 1), 1)
    except (OSError, ValueError):  # a port without it is only slower
        pass


def year():
    """The year that TLS holds a certificate's validity against."""
    return time.gmtime()[0]


tls_on_heap = sys.platform == "rp2"  # there mbedTLS takes its memory from MicroPython's heap

if micropython:

    def tls_wrap(context, sock, host):
        """TLS over a connected socket that does not block; the handshake goes on in its first writes."""
        tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        tls.setblocking(False)
        return tls

    def tls_trust_all(context):
        """No check of the certificate at all."""
        context.verify_mode = 0

    def poller(sock):
        """What wait() needs of a socket."""
        import select

        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return poll

    def wait(poll, sock, writing, ms):
        """True if the socket can be read (or written) within so many milliseconds, or has failed."""
        poll.modify(sock, 4 if writing else 1)  # POLLOUT, POLLIN
        for _ in poll.ipoll(ms):
            return True
        return False

    def read_some(sock, view):
        """The bytes read into the view; 0 at the end, None if nothing is there yet."""
        return sock.readinto(view)

    def write_some(sock, data):
        """The bytes written; None if nothing can be taken now."""
        return sock.write(data)

else:
    from .port_cpython import poller, read_some, tls_trust_all, tls_wrap, wait, write_some  # noqa: F401
