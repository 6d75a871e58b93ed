"""A NOR flash chip as a board's file system sees it: counting, and strict.

`vfs.VfsLfs2.mkfs(chip)` and `vfs.VfsLfs2(chip)` take it. It answers with error codes and never raises: the
finalisers call it with the heap locked. A chip whose power went is never used again: the next one is made
from the journal, up to any operation.
"""

BLOCK = 4096
_EIO = -5


class Flash:
    """`blocks` blocks of 4 KiB; with `journal` every program and erase is remembered."""

    def __init__(self, blocks=212, data=None, journal=False):
        self.data = data if data is not None else bytearray(b"\xff" * (blocks * BLOCK))
        self.blocks = blocks
        self.programmed = 0  # bytes, as they were sent
        self.filled = 0  # of them those that clear a bit
        self.erased = 0  # blocks
        self.wrong = 0  # programs that would have needed an erase first
        self.journal = [] if journal else None
        self.left = None  # operations until the power goes

    def readblocks(self, block, buffer, offset=0):
        if self.left is not None and self.left < 0:
            return _EIO
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]
        return 0

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:  # the simple protocol erases first
            self.ioctl(6, block)
            offset = 0
        if not self._power():
            return _EIO
        at = block * BLOCK + offset
        if self.journal is not None:
            self.journal.append((at, bytes(buffer)))
        self.programmed += len(buffer)
        self.filled += len(buffer) - bytes(buffer).count(b"\xff")
        self.wrong += program(self.data, at, buffer)
        return 0

    def ioctl(self, what, argument):
        if what == 4:
            return self.blocks
        if what == 5:
            return BLOCK
        if what == 6:
            if not self._power():
                return _EIO
            if self.journal is not None:
                self.journal.append((argument * BLOCK, None))
            self.erased += 1
            erase(self.data, argument * BLOCK, BLOCK)
        return 0

    def _power(self):
        if self.left is not None:
            self.left -= 1
            return self.left >= 0
        return True


_BLANK = b"\xff" * BLOCK


def erase(data, at, length):
    """All ones."""
    data[at : at + length] = _BLANK[:length]


def program(data, at, buffer):
    """Bits only go from 1 to 0; returns 1 where one should have gone up. A byte of FF leaves what stands."""
    buffer = bytes(buffer).rstrip(b"\xff")
    start = len(buffer) - len(buffer.lstrip(b"\xff"))
    at, buffer = at + start, buffer[start:]
    length = len(buffer)
    if bytes(memoryview(data)[at : at + length]) == _BLANK[:length]:
        data[at : at + length] = buffer
        return 0
    for i in range(length):
        data[at + i] &= buffer[i]
    return 0 if all(buffer[i] in (data[at + i], 255) for i in range(length)) else 1


def apply(data, operation, part=1, of=1):
    """One journalled operation on an image, or the first `part` of `of` of it: a torn write."""
    at, buffer = operation
    if buffer is None:
        erase(data, at, BLOCK * part // of)
    else:
        program(data, at, buffer[: len(buffer) * part // of])


def weaken(data, operation):
    """One journalled operation that ended too early for every second bit."""
    at, buffer = operation
    if buffer is None:
        for i in range(at, at + BLOCK):
            data[i] |= 0x55
    else:
        program(data, at, bytes(byte | 0x55 for byte in buffer))
