"""A segment as an erase block: the file system lends it, records and marks are programmed into it directly.

littlefs copies the block that it appends to and commits a page for every mark; a program operation below it,
which only clears bits, costs no erase. Such a segment's file is made whole: a first record with a random
label, by which its block is found, then erased bytes, the last 40 of them for the marks: a bit is cleared for
every 13 bytes delivered. littlefs neither moves such a block nor keeps a checksum over it, and what is opened
anew is read anew. Where no such block is found, segments are plain files.
"""

import binascii
import os

from . import port, segment
from .port import const

MARKS = const(4056)  # where they begin
LEAST = const(13)  # bytes of the shortest record: length, CRC-32 and [0,1,1]
_PAGE = const(256)
_ERASED = b"\xff" * _PAGE


class Block:
    """A segment's block as a file of records: bytes written are safe once flush() returned."""

    def __init__(self, device, unit, number, head, offset):
        self._device = device
        self._unit = unit  # bytes that it programs at least
        self._number = number
        self._head = head
        self._page = bytearray(_ERASED)  # erased bytes leave as it is what stands there
        self._end = offset
        self._waiting = 0

    def write(self, data):
        """Take bytes; a page that is full is programmed."""
        at = 0
        while at < len(data):
            start = self._end % _PAGE
            count = min(_PAGE - start, len(data) - at)
            self._page[start : start + count] = data[at : at + count]
            self._end += count
            self._waiting += count
            at += count
            if start + count == _PAGE:
                self.flush()

    def flush(self):
        """Program what waits, only where the segment still stands: its block may be another file's soon."""
        count, self._waiting = self._waiting, 0
        if not count:
            return
        start = self._end - count
        low = start - start % self._unit
        page = memoryview(self._page)
        written = page[start % _PAGE : start % _PAGE + count]
        high = self._end + -self._end % self._unit
        if not _stands(self._device, self._number, self._head) or self._device.writeblocks(
            self._number, page[low % _PAGE : low % _PAGE + high - low], low
        ):
            raise OSError(5)
        if not _stands(self._device, self._number, written, start):
            raise OSError(5)
        self._page[:] = _ERASED

    def close(self):
        """Nothing is held."""

    def mark(self, offset):
        """Note that the records up to here were delivered."""
        count = offset // LEAST
        self._end = MARKS
        self.write(bytes(count >> 3) + bytes(((255 << (count & 7)) & 255,)))
        self.flush()


def create(path):
    """Make a segment's file; returns the offset of its first reading."""
    head = segment.pack(["@" + binascii.hexlify(os.urandom(4)).decode(), 0])
    with open(path, "wb") as file:
        file.write(head)
        file.write(_ERASED[len(head) :])
        for _ in range(segment.SIZE // _PAGE - 1):
            file.write(_ERASED)
    return len(head)


def find(flash, path, offset):
    """A segment's block, to write on from this offset; None unless just one of this flash is it."""
    if not ours(path):
        return None
    with open(path, "rb") as file:
        head = file.read(16)
    device, unit = flash
    found, place = bytearray(len(head)), None
    for number in range(device.ioctl(4, 0)):
        if not device.readblocks(number, found, 0) and found == head:
            if place is not None:
                return None
            place = number
    return None if place is None else Block(device, unit, place, head, offset)


def ours(path):
    """True if create() made it: no other segment begins with a label that has no keys."""
    body = segment.record(path, 0)[0]
    return port.file_size(path) == segment.SIZE and body is not None and len(body) == 2


def _stands(device, number, data, offset=0):
    found = bytearray(len(data))
    return not device.readblocks(number, found, offset) and found == data
