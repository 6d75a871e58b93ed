"""One connection under one deadline: every wait is short, counted, and lets a watchdog be fed."""

import errno
import socket

from . import port, unload
from .port import const

_SLICE_MS = const(1000)  # the longest single wait; the RP2040's watchdog bites after 8.388 s
_ROOM = const(512)  # of the buffer that answers are read through; a longer header line is passed over


class Failure(Exception):
    """There is no answer; `words` say why in a sentence that holds no secret."""

    def __init__(self, words):
        super().__init__(words)
        self.words = words


class Silent(Failure):
    """The deadline has passed."""

    def __init__(self):
        super().__init__("the server is silent (time-out) or too slow")


class Wire:
    """A socket, plain or TLS, that never blocks, and what was read from it: buf[a:z] is still to be used."""

    def __init__(self, idle):
        self.buf = bytearray(_ROOM)
        self.view = memoryview(self.buf)
        self.a = self.z = 0
        self.at = 0  # where the line begins that line() found
        self.got = 0  # bytes that came in this exchange
        self.budget = 0  # bytes that may still come
        self.sent = False  # something was written: a TLS handshake is over then
        self.writing = False  # send() is under way, or has failed
        self._until = 0
        self._idle = idle
        self._raw = self._sock = self._poll = None

    def start(self, ms):
        """A new exchange begins and has so many milliseconds."""
        self._until = port.ticks_add(port.ticks_ms(), ms)
        self.a = self.z = self.got = 0
        self.writing = False

    def alive(self):
        """True if a connection is open and the server has neither closed it nor said anything unasked."""
        if self._sock is None:
            return False
        try:
            quiet = not port.wait(self._poll, self._sock, False, 0)
            # What arrived may be a session ticket of TLS 1.3: neither data nor an end, but None.
            if quiet or port.read_some(self._sock, self.view) is None:
                return True
        except (OSError, ValueError):
            pass
        self.close()
        return False

    def open(self, host, number, context=None):
        """Connect, with TLS if there is a context; its handshake happens in the first send()."""
        self.close()
        self.tick()
        try:
            address = port.resolve(host, number)
        except (OSError, ValueError, IndexError):  # CPython: no name of the DNS is a ValueError
            raise Failure("no address for %s: is DNS down, or the url misspelt?" % host)
        finally:
            unload("port_names")
        self.tick()
        self._connect(address)
        if context:
            self._sock = port.tls_wrap(context, self._raw, host)
            self._poll = port.poller(self._sock)

    def _connect(self, address):
        self._sock = self._raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._raw.setblocking(False)
        self._poll = port.poller(self._raw)
        try:
            self._raw.connect(address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
            while not self._ready(True):
                pass
        port.no_delay(self._raw)

    def close(self):
        """Close what is open."""
        # Both: where a handshake fails, MicroPython's TLS socket forgets the one below it.
        for sock in (self._sock, self._raw):
            if sock is not None:
                try:
                    sock.close()
                except OSError:
                    pass
        self._sock = self._raw = self._poll = None
        self.sent = False

    def tick(self):
        """Feed the watchdog; raises Failure when the deadline has passed. Returns the milliseconds left."""
        self._idle()
        left = port.ticks_diff(self._until, port.ticks_ms())
        if left <= 0:
            raise Silent()
        return left

    def _ready(self, writing):
        return port.wait(self._poll, self._sock, writing, min(self.tick(), _SLICE_MS))

    def send(self, data):
        """Write all of it."""
        done = 0
        size = len(data)
        self.writing = True
        while True:
            n = port.write_some(self._sock, data)
            if n:
                self.sent = True
                done += n
                if done == size:
                    self.writing = False
                    return
                data = memoryview(data)[n:]
            else:
                self._ready(True)

    def fill(self, most=_ROOM):
        """Read something into the buffer, at most so many bytes; False when the server has closed."""
        if self.a == self.z:
            self.a = self.z = 0
        elif self.a and self.z == _ROOM:
            self.z -= self.a
            self.buf[: self.z] = self.buf[self.a :]
            self.a = 0
        room = self.view[self.z : self.z + most]
        while True:
            n = port.read_some(self._sock, room)
            if n is not None:
                break
            self._ready(False)
        self.z += n
        self.got += n
        self.budget -= n
        return n > 0

    def need(self, count):
        """Have so many bytes in the buffer, and ask for no more than them."""
        while self.z - self.a < count:
            if not self.fill(count - self.z + self.a):
                raise Failure("the server closed the connection")

    def line(self):
        """Take the next line, which is buf[at:END] without its line end; returns END.

        Of a line longer than the buffer a "!" stands for the beginning.
        """
        while True:
            end = self.buf.find(b"\n", self.a, self.z)
            if end >= 0:
                self.at = self.a
                self.a = end + 1
                return end - 1 if end > self.at and self.buf[end - 1] == 13 else end
            if self.budget < 0:
                raise Failure("the answer's head has no end")
            if self.z - self.a == _ROOM:
                self.buf[0] = 33
                self.a, self.z = 0, 1
            if not self.fill():
                raise Failure("the server closed the connection within its answer")
