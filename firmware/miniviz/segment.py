"""A segment of the outbox: records, each of length (2 bytes), CRC-32 (4) and JSON.

`["label", boot, "key", ...]` names what the following ones hold, `[which, time, value, ...]` is a reading.
The time is UNIX ms, or, where boot is not 0, ms of uptime in that boot.
"""

import binascii
import json
import struct

from . import port
from .port import const

SIZE = const(4096)  # one erase block of both boards' flash: no second one is ever copied
_SHAPES = const(8)  # combinations of label, boot and keys that are remembered; then the oldest goes


class Shapes:
    """What the readings of one segment hold, learned from its beginning on."""

    def __init__(self):
        self._known = [None] * _SHAPES
        self._next = 0

    def take(self, body):
        """The shape of a reading; None for a shape, which is learned, and for what is spoilt."""
        if not body:
            return None
        if not isinstance(body[0], str):
            return self._known[body[0]]
        self._known[self._next % _SHAPES] = body
        self._next += 1
        return None

    def write(self, shape, time, values):
        """The bytes of a reading, after those of its shape if that is new here."""
        which = 0
        while which < _SHAPES and self._known[which] != shape:
            which += 1
        data = b""
        if which == _SHAPES:
            which = self._next % _SHAPES
            self.take(shape)
            data = pack(shape)
        return data + pack([which, time] + values)


def name(first, missing=0):
    """The file name of a segment whose first reading has this number; so many were thinned out."""
    return "%08d-%d.seg" % (first, missing) if missing else "%08d.seg" % first


def numbers(folder):
    """(first, missing) of every segment of a folder, in any order."""
    for file_name in port.names(folder):
        if file_name.endswith(".seg"):
            first, _, missing = file_name[:-4].partition("-")
            if first.isdigit() and (missing or "0").isdigit():
                pair = int(first), int(missing or 0)
                if name(*pair) == file_name:  # else it is somebody else's file and stays
                    yield pair


def records(path):
    """(offset after it, body) of every record of a segment; body None where it is spoilt."""
    after = 0
    while True:
        body, after = record(path, after)
        if after is None:
            return
        yield after, body


def pack(body):
    """A record's bytes."""
    data = json.dumps(body, separators=(",", ":")).encode()
    return struct.pack("<HI", len(data), binascii.crc32(data)) + data


def payload(shape, body):
    """A reading's values by their keys."""
    return {shape[i]: body[i] for i in range(2, len(shape))}


def record(path, offset):
    """(body, offset after it): body None if spoilt; (None, None) at the segment's end."""
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            head = file.read(6)
            if len(head) < 6:
                return None, None
            length, check = struct.unpack("<HI", head)
            if length > SIZE:  # erased bytes; a board has no 64 KB in one piece to read them
                return None, None
            data = file.read(length)
    except OSError:
        return None, None
    if len(data) < length or not length:
        return None, None
    if binascii.crc32(data) != check:
        return None, offset + 6 + length
    return json.loads(data), offset + 6 + length
