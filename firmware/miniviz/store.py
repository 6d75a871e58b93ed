"""Readings on flash: segments of one erase block, oldest first, acknowledged by a cursor.

`outbox/NNNNNNNN.seg` is named after the number of its first reading; segment.py tells what stands in it.
`outbox/ack` (segment, offset, CRC) is the cursor, unless nor.py keeps marks in the segment. Nothing stored is
ever rewritten, except that the policy "thin" merges segments. A reading is safe once sync() returned.
"""

import os

from . import log, port, segment
from .port import const
from .segment import SIZE, Shapes, name

_FULL = const(4056)  # the rest is for the marks of nor.py
_RESERVE = const(32768)  # stays free: littlefs copies on write, and state.json must be writable


class Store:
    """The segments of one folder; `count` readings wait, the last `unsynced` of them not yet safe."""

    def __init__(self, folder="outbox", when_full="drop_oldest", limit=None):
        self.folder = folder + "/"
        self._after = 0  # the offset behind the reading that peek() showed
        self.dropped = 0  # readings that found no room, or that the flash gave back spoilt
        self.given_up = False  # the flash failed for good: nothing is stored any more
        self.when_full = when_full
        self._limit = limit  # bytes, beside what the flash has
        port.make_folder(folder)
        self._flash = port.flash()
        self._open()

    def append(self, boot, time, label, payload):
        """Write a reading; False if there is no room for it. It is safe after the next sync()."""
        shape = [label, boot] + list(payload)
        values = [payload[key] for key in shape[2:]]
        try:
            self._write_on()
            data = self._made.write(shape, time, values)
            if self._end + len(data) > _FULL:
                if not self._roll():
                    self._end = SIZE  # sealed: the writer noted a shape that was not written
                    self.dropped += 1
                    return False
                self._write_on()
                data = self._made.write(shape, time, values)
            self._file.write(data)
        except OSError as error:
            self._failed(error)
            self.dropped += 1
            return False
        self._end += len(data)
        self._next += 1
        self.count += 1
        self.unsynced += 1
        return True

    def _write_on(self):
        """Open the last segment: a block of the flash where that can be, else a file."""
        if self._file is not None or self._end >= _FULL:
            return
        path = self.folder + name(self.last)
        if not self._end:
            self.segments += 1
            if self._flash:
                self._lend(path)
        elif port.file_size(path) == SIZE:
            self._file = self._block(path, self._end)
            if self._file is None:  # of another board's flash
                self._end = SIZE
                return
        if self._file is None:
            self._file = open(path, "ab")

    def _lend(self, path):
        from . import nor

        self._end = nor.create(path)
        self._file = self._block(path, self._end)
        if self._file:
            self._made.take([""])  # the place of the first record
        else:  # another file system than the flash's
            self._flash, self._end = None, 0
            port.remove(path)

    def _block(self, path, offset=0):
        if not self._flash:
            return None
        from . import nor

        return nor.find(self._flash, path, offset)

    def sync(self):
        """Make safe what was written."""
        if self.unsynced:
            try:
                self._file.flush()
            except OSError as error:
                self._failed(error)
            self.unsynced = 0

    def peek(self):
        """The oldest reading as (boot, time, label, payload), or None."""
        if self.unsynced >= self.count:
            self.sync()
        while self.count:
            body, after = segment.record(self._path(), self._offset)
            if after is None:
                self._leave()
                continue
            shape = self._shapes.take(body)
            if shape:
                self._after = after
                return shape[1], body[1], shape[0], segment.payload(shape, body)
            self._offset = after
        return None

    def done(self):
        """Acknowledge the reading that peek() showed, durably."""
        self._offset = self._after
        self._head += 1
        self.count -= 1
        if self.count == 0 or (self.first != self.last and self._offset >= self._size):
            self._leave()
            return
        if self._front is None:
            self._front = self._block(self._path()) or 0
        try:
            if self._front:
                self._front.mark(self._offset)
                return
        except OSError as error:
            log.warning("outbox", "flash: %s" % error)
        from . import recovery

        recovery.write_mark(self.folder, self.first, self._offset)

    def drop_segment(self):
        """Give up the oldest segment; its readings count as dropped."""
        if self.first == self.last:
            self._close()
        waiting = self.count
        self._head = self._after_first()[0] - self._missing
        self.count = self._next - self._head - self._holes
        self.dropped += waiting - self.count
        self._leave()

    def thinned(self, gone):
        """So many stored readings were thinned out, and one segment of two is gone."""
        self._holes += gone
        self.count -= gone
        self.dropped += gone
        self.segments -= 1

    def _open(self):
        self._file = self._front = None
        self.count = self.unsynced = self.segments = self._holes = 0
        self._begin()
        self._shapes, self._offset = Shapes(), 0
        self.first = self.last = self._head = self._next = self._missing = self._size = 0
        self.newest = None  # (boot, time) of the newest reading found
        from . import recovery

        first, self._missing, self.last, self.segments, self._holes = recovery.span(self.folder)
        if first is None:  # numbers start again: no old mark may speak of the new ones
            port.remove(self.folder + "ack")
            return
        self.first = first
        self._end, count, self.newest = recovery.tail(self.folder, self.last, self._made)
        if count == 0:  # not one whole record in it
            os.remove(self.folder + name(self.last))  # a flash that keeps it holds no outbox
            self._open()
            return
        self._next = self.last + count
        self._head = first
        self._enter(recovery.delivered(self.folder, first, self._path()))
        self.count = self._next - self._head - self._holes
        if self.count <= 0:  # all of it was delivered and the cut came before the segment went
            self._leave()

    def _enter(self, offset=0):
        """Begin to read the first segment, from this offset on."""
        self._front = None  # its block, once looked for; 0 where it has none
        self._shapes = Shapes()
        self._offset = 0
        self._size = port.file_size(self._path())
        for after, body in segment.records(self._path()) if offset else ():
            if after > offset:
                break
            if self._shapes.take(body):
                self._head += 1
            self._offset = after

    def _leave(self):
        """Remove the first segment and go to the next; what it did not give back is counted."""
        if self.first == self.last:
            self._close()
        port.remove(self._path())
        self.segments -= 1
        number, missing = self._after_first()
        lost = number - self._head - self._missing
        if lost > 0:
            self.dropped += lost
            self.count -= lost
            log.error("outbox", "%d readings came back spoilt" % lost)
        self._holes -= self._missing
        self._head, self._missing = number, missing
        if self.first == self.last:
            self.first = self.last = number
            self.count = 0
            self._begin()
        else:
            self.first = number
        if self.count:
            self._enter()
        else:
            self._shapes, self._offset, self._front = Shapes(), 0, None

    def _after_first(self):
        later = [pair for pair in segment.numbers(self.folder) if pair[0] > self.first]
        return min(later) if later else (self._next, 0)

    def _begin(self):
        """A new segment's writer knows no label or key yet."""
        self._end = 0
        self._made = Shapes()

    def _roll(self):
        """Begin a new segment; False if there is no room and the policy keeps what is there."""
        self._close()
        while not self.room():
            if self.when_full == "keep_oldest":
                return False
            if self.when_full == "thin":
                from . import thin

                if thin.halve(self):
                    continue
            if not self.count:
                return False
            self.drop_segment()
        if self.first == self.last:
            self._size = self._end
        self.last = self._next
        if not self.count:
            self.first = self._head = self.last
            self._front = None
        self._begin()
        return True

    def room(self):
        """True if a new segment may begin."""
        if self._limit is not None and (self.segments + 1) * SIZE > self._limit:
            return False
        free = port.disk_free(self.folder)
        return free is None or free >= _RESERVE + SIZE

    def _close(self):
        self.sync()
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:  # nothing of it is unsafe
                log.warning("outbox", "flash: %s" % error)

    def _failed(self, error):
        """The flash refused: what was not safe yet is lost and counted; go on from what is stored."""
        before, self.unsynced = self.count, 0
        self._close()
        try:
            self._open()
        except OSError as again:  # what is spoilt there cannot even be removed
            self.given_up = True
            self.count = 0
            log.error("outbox", "readings wait in RAM from now on: %s" % again)
        self._end = SIZE
        self.dropped += before - self.count
        log.error("outbox", "flash: %s; %d readings lost" % (error, before - self.count))

    def _path(self):
        return self.folder + name(self.first, self._missing)
