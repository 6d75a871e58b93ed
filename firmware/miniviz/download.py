"""The session's GET: a file of known length goes through one buffer into a sink, piece by piece."""

from . import answer, http
from .port import const
from .wire import Failure

_DEADLINE_MS = const(40000)  # for one file of a few KB, connecting and handshake included
_HEAD_MAX = const(8192)


class Download(http.Session):
    """As the session that posts: one connection for many files, TLS verified, every wait bounded."""

    def get(self, url, sink, most):
        """Hand the file's bytes to sink(view); a file above `most` bytes, or no file, is a Failure."""
        from . import head as heads

        base, path = heads._split(url)
        origin = heads._origin(base)
        if origin != self._origin:
            self.close()
            self._origin = origin
        head = "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: miniviz\r\n\r\n" % (path, base.split("://")[1])
        self._wire.start(_DEADLINE_MS)
        try:
            length = self._ask(head.encode(), path, most)
            self._take(length, sink)
        except BaseException:
            self.close()
            raise

    def _ask(self, head, path, most):
        """Send the request; the length of the body that follows."""
        wire = self._wire
        while True:
            reused = wire.alive()
            wire.got = 0
            try:
                if not reused:
                    self._open()
                wire.send(head)
                wire.budget = _HEAD_MAX
                wire.need(12)
                break
            except (OSError, ValueError, MemoryError, Failure) as error:
                # The server closed the connection while it was idle: once more, on a new one.
                words = None if reused and not wire.got else self._words(error)
            wire.close()
            wire.tick()
            if words:
                raise Failure(words)
        found = answer.Answer(answer._status(wire))
        wire.line()
        answer._headers(wire, found)
        where = path.split("?")[0]
        if found.status_code != 200:
            raise Failure("the server answers %d to %s" % (found.status_code, where))
        length = found.length
        if length is None or length > most or "transfer-encoding" in found.headers:
            raise Failure("%s has no length, or is above %d bytes" % (where, most))
        self._ends = "close" in found.headers.get("connection", "").lower()
        return length

    def _take(self, left, sink):
        wire = self._wire
        wire.budget = left
        try:
            while left:
                if wire.a == wire.z and not wire.fill():
                    raise Failure("the server closed the connection within a file")
                n = min(left, wire.z - wire.a)
                sink(wire.view[wire.a : wire.a + n])
                wire.a += n
                left -= n
        except OSError as error:
            raise Failure("the connection broke, or the flash refused (error %s)" % error.errno)
        if self._ends:
            self.close()
