"""Readings on flash: segments of one erase block, oldest first, acknowledged by a cursor.

`outbox/NNNNNNNN.seg` is named after the number of its first reading; segment.py tells what stands in it.
`outbox/ack` (segment, offset, CRC) is the cursor. Nothing stored is ever rewritten, except that the policy
"thin" merges segments. A reading is safe once sync() returned.
"""

import os

from . import log, port, segment
from .segment import Shapes, name

SEGMENT = port.const(4096)  # one erase block of both boards' flash: no second one is ever copied
_RESERVE = port.const(32768)  # stays free: littlefs copies on write, and state.json must be writable


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
        self._open()

    def append(self, boot, time, label, payload):
        """Write a reading; False if there is no room for it. It is safe after the next sync()."""
        shape = [label, boot] + list(payload)
        values = [payload[key] for key in shape[2:]]
        try:
            data = self._made.write(shape, time, values)
            if self._end + len(data) > SEGMENT:
                if not self._roll():
                    self._end = SEGMENT  # sealed: the writer noted a shape that was not written
                    self.dropped += 1
                    return False
                data = self._made.write(shape, time, values)
            if self._file is None:
                self._file = open(self.folder + name(self.last), "ab")
                self.segments += self._end == 0
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
        segment.write_mark(self.folder, self.first, self._offset)

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
        self._file = None
        self.count = self.unsynced = self.segments = self._holes = 0
        self._begin()
        self._shapes, self._offset = Shapes(), 0
        self.first = self.last = self._head = self._next = self._missing = self._size = 0
        self.newest = None  # (boot, time) of the newest reading found
        first = None
        for file_name in port.names(self.folder):
            if file_name.endswith(".tmp"):
                from . import thin

                thin.mend(self.folder, file_name)
        for number, missing in segment.numbers(self.folder):
            if first is None or number < first:
                first, self._missing = number, missing
            self.last = max(self.last, number)
            self.segments += 1
            self._holes += missing
        if first is None:  # numbers start again: no old mark may speak of the new ones
            port.remove(self.folder + "ack")
            return
        self.first = first
        self._end, count = self._walk_tail()
        if count == 0:  # not one whole record in it
            os.remove(self.folder + name(self.last))  # a flash that keeps it holds no outbox
            self._open()
            return
        self._next = self.last + count
        self._head = first
        self._enter(segment.read_mark(self.folder, first))
        self.count = self._next - self._head - self._holes
        if self.count <= 0:  # all of it was delivered and the cut came before the segment went
            self._leave()

    def _walk_tail(self):
        """Where to write on in the last segment, and how many readings it holds."""
        missing = [m for number, m in segment.numbers(self.folder) if number == self.last][0]
        path = self.folder + name(self.last, missing)
        count = end = 0
        for after, body in segment.records(path):
            end = after
            shape = self._made.take(body)
            if shape:
                count += 1
                self.newest = shape[1], body[1]
        if end != port.file_size(path) or missing:  # cut off or thinned: write on in a new one
            end = SEGMENT
        return end, count + missing

    def _enter(self, offset=0):
        """Begin to read the first segment, from this offset on."""
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
            self._shapes, self._offset = Shapes(), 0

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
        self._begin()
        return True

    def room(self):
        """True if a new segment may begin."""
        if self._limit is not None and (self.segments + 1) * SEGMENT > self._limit:
            return False
        free = port.disk_free(self.folder)
        return free is None or free >= _RESERVE + SEGMENT

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
        self._end = SEGMENT
        self.dropped += before - self.count
        log.error("outbox", "flash: %s; %d readings lost" % (error, before - self.count))

    def _path(self):
        return self.folder + name(self.first, self._missing)
