"""urequests' post(), safe by default: verified TLS, one deadline, one connection for many posts."""

from json import dumps

from . import port, unload
from .answer import receive
from .port import const
from .wire import Failure, Silent, Wire

DEADLINE_S = const(15)  # for DNS, connecting, the handshake, the request and the answer together
_SPARE = const(640)  # of the buffer in which a small body leaves together with its head
_JSON = {"Content-Type": "application/json"}
_LENGTH = "content-length"
_MOVED = (307, 308)  # the redirects that repeat a POST


class Session:
    """Keeps one connection open; `idle` is called before and after every wait, to feed a watchdog."""

    def __init__(self, ca="ca.der", insecure=False, idle=None):
        self._ca = ca
        self._insecure = insecure
        self._wire = Wire(idle or (lambda: None))
        self._context = None
        self._url = self._headers = None  # what the head in _out was made for
        self._origin = None  # (base, TLS?, host, port) of the connection
        self._out = None  # begins with that head, so that a small body leaves in the same write
        self._head = 0
        self._free = None  # heap before the handshake

    def post(self, url, data=None, json=None, headers=None, timeout=None):
        """Send and return the answer; a stream has a `length`, or a Content-Length among the headers.

        The timeout is for all of it; a body gets a second more for every 4 KB.
        """
        if json is not None:
            data = dumps(json)
            headers = dict(_JSON, **headers) if headers else _JSON
        if not data:
            data = b""
        elif isinstance(data, str):
            data = data.encode()
        size = _size(data, headers)
        self._wire.start(int((timeout or DEADLINE_S) * 1000) + size // 4)
        try:
            answer = self._send_to(url, headers, data, size)
            if answer.status_code in _MOVED:
                from . import head

                moved = head.moved(self._origin[0], answer.headers.get("location", ""))
                unload("head")
                if moved:
                    answer = self._send_to(moved, headers, data, size)
            return answer
        except BaseException:
            self.close()
            raise

    def close(self):
        """Close the connection; the next post() opens another."""
        self._wire.close()

    def _send_to(self, url, headers, data, size):
        if url != self._url or headers != self._headers:
            self._aim(url, headers)
        wire = self._wire
        while True:
            reused = wire.alive()
            wire.got = 0
            try:
                if not reused:
                    self._open()
                return self._exchange(data, size)
            except (OSError, ValueError, MemoryError, Failure) as error:
                # The server closed the connection while it was idle: once more, on a new one.
                again = reused and not wire.got and iter(data) is not data and not hasattr(data, "once")
                words = None if again else self._words(error)
            wire.close()
            wire.tick()
            if words:
                raise Failure(words)

    def _open(self):
        _, secure, host, number = self._origin
        if not secure:
            self._wire.open(host, number)
            return
        if self._context is None:
            from . import tls

            self._context = tls.context(self._ca, self._insecure)
            unload("tls")
        self._free = port.mem_free()
        self._wire.open(host, number, self._context)

    def _exchange(self, data, size):
        wire = self._wire
        try:
            self._send(data, size)
        except (OSError, Silent):
            if not (wire.sent and wire.writing):  # it was the body that failed, or the handshake
                raise
            answer = receive(wire)  # a server that refuses may say so before it has read everything
            wire.close()
            return answer
        return receive(wire)

    def _send(self, data, size):
        wire, out, head = self._wire, self._out, self._head
        tail = b"%d\r\n\r\n" % size
        end = head + len(tail)
        out[head:end] = tail
        if size <= _SPARE and isinstance(data, (bytes, bytearray)):
            out[end : end + size] = data
            wire.send(out[: end + size])
            return
        wire.send(out[:end])
        if isinstance(data, (bytes, bytearray, memoryview)):
            wire.send(data)
            return
        for part in data:
            wire.tick()
            size -= len(part)
            if size >= 0:
                wire.send(part)
        if size:
            raise Failure("the body is not as long as it says")

    def _aim(self, url, headers):
        """Make the head for this url and these headers; it is kept until one of them changes."""
        from . import head

        origin, made = head.make(url, headers)
        unload("head")
        if origin != self._origin:
            self.close()
        self._head = len(made)
        self._out = memoryview(bytearray(self._head + _SPARE + 12))
        self._out[: self._head] = made
        self._origin, self._url, self._headers = origin, url, dict(headers) if headers else headers

    def _words(self, error):
        """Why there is no answer, with nothing in it that a log must not show."""
        if isinstance(error, Failure):
            return error.words
        from . import no_answer

        _, secure, host, _ = self._origin
        return no_answer.words(error, secure, host, self._wire.sent, self._free)


def _size(data, headers):
    """The length of a body in bytes; that of a stream stands in its `length` or among the headers."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return len(data)
    size = getattr(data, "length", None)
    for name in headers or ():
        if size is None and name.lower() == _LENGTH:
            size = int(headers[name])
    if size is None:
        raise ValueError("a stream needs its length")
    return size
