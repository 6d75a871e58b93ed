"""A web server for one page: few connections, one buffer, every request whole within seconds or gone."""

import socket

from . import port
from .port import const

_ROOM = const(5120)  # a request, head and body, and then its answer go through this many bytes
_MOST = const(3)  # connections: browsers open some ahead, and rp2's lwIP has five for everything
_IDLE_MS = const(15000)  # a connection that says nothing
_REQUEST_MS = const(5000)  # from a request's first byte to its last
_ANSWER_MS = const(5000)  # for a phone to take the answer
_DRAIN_MS = const(500)  # what a refused request still sends is read: else the answer would be lost
_WORDS = {
    200: "OK",
    302: "Found",
    303: "See Other",
    400: "Bad Request",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src data:; form-action 'self'"
)


class Request:
    """method, path without its query, Host, and the body as a view of the buffer, valid until the answer."""

    def __init__(self):
        self.method = self.path = self.host = ""
        self.body = b""
        self.length = 0
        self.fault = None  # the status that refuses it


class Web:
    """`handle(request)` gives (status, content type or Location, iterator of text)."""

    def __init__(self, address, number, handle):
        self._handle = handle
        self._buf = bytearray(_ROOM)
        self._view = memoryview(self._buf)
        self._calls = []  # [socket, poller, ticks when it came]
        self._reader = None  # the call that the buffer belongs to
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._sock.bind(port.resolve(address, number))
            self._sock.listen(_MOST)
            self._sock.setblocking(False)
            self._poll = port.poller(self._sock)
        except OSError:
            self._sock.close()
            raise

    def step(self):
        """Take calls, read on, answer; True if a request was answered."""
        self._accept()
        now = port.ticks_ms()
        for call in list(self._calls):
            if call is self._reader:
                continue
            if self._reader is None and port.wait(call[1], call[0], False, 0):
                self._begin(call, now)
            elif port.ticks_diff(now, call[2]) > _IDLE_MS:
                self._drop(call)
        return self._reader is not None and self._read()

    def close(self):
        """Hang up on everybody."""
        for call in list(self._calls):
            self._drop(call)
        self._sock.close()

    def _accept(self):
        if not port.wait(self._poll, self._sock, False, 0):
            return
        try:
            sock = self._sock.accept()[0]
        except OSError:  # gone again
            return
        sock.setblocking(False)
        if len(self._calls) >= _MOST:  # the oldest that is not being read
            self._drop(self._calls[1 if self._calls[0] is self._reader else 0])
        self._calls.append([sock, port.poller(sock), port.ticks_ms()])

    def _drop(self, call):
        if call is self._reader:
            self._reader = None
        if call in self._calls:
            self._calls.remove(call)
        try:
            call[0].close()
        except OSError:
            pass

    def _begin(self, call, now):
        self._reader, call[2] = call, now
        self._have = self._line = self._at = 0  # bytes read; where the line begins; where to look on
        self._body = None  # where the body begins
        self._request = Request()

    def _read(self):
        """Read what is there; True if that made the request whole and it was answered."""
        call = self._reader
        try:
            if port.wait(call[1], call[0], False, 0):
                n = port.read_some(call[0], self._view[self._have :])
                if n == 0:  # hung up, or there is no room for more
                    self._drop(call)
                    return False
                self._have += n or 0
                self._look()
            late = port.ticks_diff(port.ticks_ms(), call[2]) > _REQUEST_MS
            if late and not self._request.fault:
                self._request.fault = 408
            if self._request.fault or self._whole():
                return self._answer(call)
            return False
        except OSError:
            pass
        self._drop(call)
        return False

    def _whole(self):
        return self._body is not None and self._have >= self._body + self._request.length

    def _look(self):
        """Go through the lines of the head that came meanwhile."""
        request = self._request
        while self._body is None and self._at < self._have:
            if self._buf[self._at] == 10:
                line = bytes(self._view[self._line : self._at]).strip()
                self._line = self._at + 1
                if line:
                    _note(request, line)
                elif request.method:
                    self._body = self._line
                else:
                    request.fault = 400
            self._at += 1
        if request.fault:
            return
        if (self._body or 0) + request.length > _ROOM or (self._body is None and self._have == _ROOM):
            request.fault = 413

    def _answer(self, call):
        """Answer a whole or a refused request."""
        request = self._request
        if request.fault:
            status, kind, pieces = request.fault, "text/plain", iter((_WORDS[request.fault],))
            self._drain(call)
        else:
            request.body = self._view[self._body : self._body + request.length]
            status, kind, pieces = self._handle(request)
        self._until = port.ticks_add(port.ticks_ms(), _ANSWER_MS)
        try:
            self._send(call, _head(status, kind))
            if request.method != "HEAD":
                self._send_all(call, pieces)
        finally:
            self._drop(call)
        return not request.fault

    def _send_all(self, call, pieces):
        """Through the buffer: many small segments would wait for each other's acknowledgement."""
        filled = 0
        for piece in pieces:
            data = memoryview(piece.encode())
            while len(data):
                n = min(len(data), _ROOM - filled)
                self._view[filled : filled + n] = data[:n]
                filled += n
                data = data[n:]
                if filled == _ROOM:
                    self._send(call, self._view)
                    filled = 0
        self._send(call, self._view[:filled])

    def _send(self, call, data):
        done = 0
        while done < len(data):
            port.feed()
            left = port.ticks_diff(self._until, port.ticks_ms())
            if left <= 0:
                raise OSError(110)
            if port.wait(call[1], call[0], True, min(left, 1000)):
                done += port.write_some(call[0], data[done:]) or 0

    def _drain(self, call):
        until = port.ticks_add(port.ticks_ms(), _DRAIN_MS)
        while port.ticks_diff(until, port.ticks_ms()) > 0:
            if port.wait(call[1], call[0], False, 50):
                if port.read_some(call[0], self._view) == 0:
                    return
            elif self._request.fault != 413:
                return


def _head(status, kind):
    """The answer's head; the end of the connection ends the body."""
    name = "Location" if status in (302, 303) else "Content-Type"
    lines = ("HTTP/1.1 %d %s" % (status, _WORDS[status]), name + ": " + kind, "Connection: close")
    lines += ("Cache-Control: no-store", "Content-Security-Policy: " + _POLICY)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _note(request, line):
    """One line of the head: what matters of it is kept."""
    try:
        line = line.decode()
    except ValueError:
        request.fault = 400
        return
    if not request.method:
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[0]:
            request.fault = 400
            return
        request.method, request.path = words[0], words[1].split("?")[0]
        if request.method not in ("GET", "HEAD", "POST"):
            request.fault = 405
        return
    name, _, value = line.partition(":")
    name, value = name.lower(), value.strip()
    if name == "host":
        request.host = value
    elif name == "content-length":
        if not value.isdigit() or len(value) > 6:
            request.fault = 400 if not value.isdigit() else 413
            return
        request.length = int(value)
    elif name == "transfer-encoding":  # no browser sends a form so
        request.fault = 400
