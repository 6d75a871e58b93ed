"""An HTTP/1 answer, read from a wire: the status, the headers that matter, at most 2 KB of the body."""

import json

from . import port
from .wire import Failure

_HEAD_MAX = port.const(8192)  # bytes of all heads together, interim answers included
_KEEP_MAX = port.const(2048)  # bytes of body that are kept
_DRAIN_MAX = port.const(16384)  # of a longer body's rest, so much is read to save the connection
_UNKNOWN = port.const(-1)  # the length of a body that ends with the connection
_CHUNKED = port.const(-2)

# By length, so that other headers cost no memory; the last three only matter when something went wrong.
_NAMES = {14: "content-length", 17: "transfer-encoding", 10: "connection"}
_NAMES_IF_NOT_OK = {11: "retry-after", 4: "date", 8: "location"}


class Answer:
    """urequests' shape; the body is here already, so that close() has nothing to do."""

    def __init__(self, status):
        self.status_code = status
        self.headers = {}
        self.content = b""

    @property
    def text(self):
        """The body as text."""
        return self.content.decode()

    def json(self):
        """The body, parsed."""
        return json.loads(self.content)

    def close(self):
        """Nothing to do."""


def receive(wire):
    """Read the answer to what was sent; the wire is closed afterwards unless it can be used again."""
    wire.budget = _HEAD_MAX
    status = 0
    while status < 200:  # 1xx: the answer is still to come
        wire.need(12)
        status = _status(wire)
        answer = Answer(status)
        if status < 300:
            _rest(wire, answer)
            continue
        try:  # what says no counts, also when the rest of it is lost
            _rest(wire, answer)
        except (OSError, MemoryError, Failure):
            wire.close()
    return answer


def _status(wire):
    start = bytes(wire.view[wire.a : wire.a + 12])
    if start.startswith(b"HTTP/1.") and start[8] == 32 and start[9:].isdigit():
        return int(start[9:])
    raise Failure("the answer is not HTTP: is this the right port?")


def _rest(wire, answer):
    status = answer.status_code
    wire.line()
    old = wire.buf[wire.at + 7] == 48  # HTTP/1.0
    _headers(wire, answer)
    if status < 200:
        return
    headers = answer.headers
    connection = headers.get("connection", "").lower()
    stays = "keep-alive" in connection if old else "close" not in connection
    length = 0 if status in (204, 304) else _length(headers)
    if not _body(wire, answer, length) or not stays or wire.a != wire.z:
        wire.close()


def _headers(wire, answer):
    buf, headers = wire.buf, answer.headers
    while True:
        end = wire.line()
        at = wire.at
        if end == at:
            return
        if wire.budget < 0:
            raise Failure("the answer's head has no end")
        colon = buf.find(b":", at, end)
        name = _NAMES.get(colon - at)
        if name is None and answer.status_code >= 300:
            name = _NAMES_IF_NOT_OK.get(colon - at)
        if name and bytes(wire.view[at:colon]).lower() == name.encode():
            headers[name] = bytes(wire.view[colon + 1 : end]).decode().strip()


def _length(headers):
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _CHUNKED
    length = headers.get("content-length")
    if length is None:
        return _UNKNOWN
    if not length.isdigit():
        raise Failure("the answer's length is no number")
    return int(length)


def _body(wire, answer, length):
    """Read the body; True if all of it was read and the next answer can follow."""
    if 0 <= length <= wire.z - wire.a:  # the usual one came together with its head
        answer.content = bytes(wire.view[wire.a : wire.a + length])
        wire.a += length
        return True
    wire.budget = _DRAIN_MAX
    kept = answer.content = bytearray()
    if length == _CHUNKED:
        return _chunks(wire, kept)
    if length == _UNKNOWN:
        _until_closed(wire, kept)
        return False
    if length > _DRAIN_MAX:
        _move(wire, _KEEP_MAX, kept)
        return False
    return _move(wire, length, kept)


def _chunks(wire, kept):
    while True:
        end = wire.line()
        semicolon = wire.buf.find(b";", wire.at, end)
        try:
            size = int(bytes(wire.view[wire.at : end if semicolon < 0 else semicolon]), 16)
        except ValueError:
            raise Failure("the answer's chunks are damaged")
        if size <= 0:
            while wire.line() != wire.at:  # trailers
                pass
            return True
        if not _move(wire, size, kept):
            return False
        wire.line()


def _move(wire, size, kept):
    """Keep so many bytes of the wire while there is room; False if they are too many to read."""
    while size > 0:
        if wire.a == wire.z:
            if wire.budget < 0:
                return False
            if not wire.fill():
                raise Failure("the server closed the connection within its answer")
        n = min(size, wire.z - wire.a)
        _keep(wire, n, kept)
        size -= n
    return True


def _until_closed(wire, kept):
    while wire.budget >= 0:
        _keep(wire, wire.z - wire.a, kept)
        if not wire.fill():
            return


def _keep(wire, count, kept):
    room = min(count, _KEEP_MAX - len(kept))
    if room:
        kept.extend(wire.view[wire.a : wire.a + room])
    wire.a += count
