"""The body of an answer that did not come together with its head: long, chunked, or without a length."""

from .port import const
from .wire import Failure

_KEEP_MAX = const(2048)  # bytes of body that are kept
_DRAIN_MAX = const(16384)  # of a longer body's rest, so much is read to save the connection


def receive(wire, answer):
    """Read the body; True if all of it was read and the next answer can follow."""
    length = answer.length
    wire.budget = _DRAIN_MAX
    kept = answer.content = bytearray()
    if "chunked" in answer.headers.get("transfer-encoding", "").lower():
        return _chunks(wire, kept)
    if length is None:
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
