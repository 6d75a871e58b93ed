"""What differs between MicroPython and CPython, or between boards; each line with its reason.

What a running device seldom needs is in port_seldom.py and found there by itself: port.reset() and the like.
"""

import gc
import os
import sys
import time

micropython = sys.implementation.name == "micropython"

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


def __getattr__(name):
    """Look in the file that a running device does without."""
    from . import port_seldom

    return getattr(port_seldom, name)


_epoch = None


def epoch_offset():
    """Seconds from 1970 to this port's epoch: ESP32 counts from 2000, rp2 and unix from 1970."""
    global _epoch
    if _epoch is None:
        _epoch = 946684800 if time.gmtime(0)[0] == 2000 else 0
    return _epoch


def gmtime(unix_s):
    """The UTC time tuple of UNIX seconds."""
    return time.gmtime(unix_s - epoch_offset())


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


def stream(body):
    """What the library sends piece by piece: urequests what has __next__, requests what has a length."""
    return iter(body) if micropython else body


def feed():
    """Progress was made; guard puts the watchdog's own feed here once one is armed."""


def resolve(host, number):
    """The address of a host; both boards' images speak IPv4, and ask the resolver in this form."""
    from . import port_names  # whoever asks unloads it: of one host it is often asked several times

    return port_names.resolve(host, number)


def no_delay(sock):
    """Send at once, without waiting for the last segment's acknowledgement: 40 ms per post."""
    import socket

    try:  # rp2 numbers the option by lwIP's own flag; others lack the name and use 1
        sock.setsockopt(6, getattr(socket, "TCP_NODELAY", 64 if sys.platform == "rp2" else 1), 1)
    except (OSError, ValueError):  # a port without it is only slower
        pass


if micropython:

    def tls_wrap(context, sock, host):
        """TLS over a connected socket that does not block; the handshake goes on in its first writes."""
        tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        tls.setblocking(False)
        return tls

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
    from .port_cpython import poller, read_some, tls_wrap, wait, write_some  # noqa: F401
