"""An HTTP/1 answer, read from a wire: the status, the headers that matter, at most 2 KB of the body."""

import json

from .port import const
from .wire import Failure

_HEAD_MAX = const(8192)  # bytes of all heads together, interim answers included

# By length, so that other headers cost no memory; the last three only matter when something went wrong.
_NAMES = {17: b"transfer-encoding", 10: b"connection"}
_NAMES_IF_NOT_OK = {11: b"retry-after", 4: b"date", 8: b"location"}


class Answer:
    """urequests' shape; the body is here already, so that close() has nothing to do."""

    def __init__(self, status):
        self.status_code = status
        self.headers = {}  # those that matter, and not the usual Content-Length, which is here:
        self.length = None
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
    buf, at = wire.buf, wire.a
    status = _number(buf, at + 9, at + 12)
    if buf.find(b"HTTP/1.", at, at + 8) != at or buf[at + 8] != 32 or status is None:
        raise Failure("the answer is not HTTP: is this the right port?")
    return status


def _number(buf, at, end):
    """The decimal number in these bytes, or None; made without a text."""
    number = 0
    for i in range(at, end):
        digit = buf[i] - 48
        if not 0 <= digit <= 9:
            return None
        number = number * 10 + digit
    return number if end > at else None


def _rest(wire, answer):
    status = answer.status_code
    wire.line()
    old = wire.buf[wire.at + 7] == 48  # HTTP/1.0
    _headers(wire, answer)
    if status < 200:
        return
    connection = answer.headers.get("connection", "").lower()
    stays = "keep-alive" in connection if old else "close" not in connection
    if not _body(wire, answer) or not stays or wire.a != wire.z:
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
        if colon - at == 14 and _is(buf, at, b"content-length"):
            answer.length = _length(buf, colon + 1, end)
            continue
        name = _NAMES.get(colon - at)
        if name is None and answer.status_code >= 300:
            name = _NAMES_IF_NOT_OK.get(colon - at)
        if name and _is(buf, at, name):
            headers[name.decode()] = bytes(wire.view[colon + 1 : end]).decode().strip()


def _is(buf, at, name):
    """True if the name stands there, in capitals or not."""
    for c in name:
        if buf[at] | 32 != c:
            return False
        at += 1
    return True


def _length(buf, at, end):
    while at < end and buf[at] in b" \t":
        at += 1
    while at < end and buf[end - 1] in b" \t":
        end -= 1
    length = _number(buf, at, end)
    if length is None:
        raise Failure("the answer's length is no number")
    return length


def _body(wire, answer):
    """Read the body; True if all of it was read and the next answer can follow."""
    if answer.status_code in (204, 304):
        return True
    if answer.length is not None and "transfer-encoding" not in answer.headers:
        end = wire.a + answer.length
        if end <= wire.z:  # the usual one came together with its head
            answer.content = bytes(wire.view[wire.a : end])
            wire.a = end
            return True
    from . import answer_body

    return answer_body.receive(wire, answer)
