"""What a start finds in the outbox's folder, however the power went; done with after that.

And the cursor `ack` (segment, offset, CRC) of segments that hold no marks themselves.
"""

import binascii
import struct

from . import log, port, segment


def span(folder):
    """(oldest number, missing there, newest number, segments, missing in all); None where there is none."""
    first, last, count, missing, holes = None, 0, 0, 0, 0
    for file_name in port.names(folder):
        if file_name.endswith(".tmp"):
            from . import thin

            thin.mend(folder, file_name)
    for number, gone in segment.numbers(folder):
        if first is None or number < first:
            first, missing = number, gone
        last = max(last, number)
        count += 1
        holes += gone
    return first, missing, last, count, holes


def tail(folder, last, made):
    """Of the last segment: where to write on, how many readings it has, (boot, time) of the newest."""
    missing = [m for number, m in segment.numbers(folder) if number == last][0]
    path = folder + segment.name(last, missing)
    newest, whole = None, not missing
    count = end = 0
    for after, body in segment.records(path):
        end = after
        whole = whole and body is not None
        shape = made.take(body)
        if shape:
            count += 1
            newest = shape[1], body[1]
    if not whole or not _open(path, end):  # cut off, spoilt or thinned: write on in a new one
        end = segment.SIZE
    return end, count + missing, newest


def delivered(folder, first, path):
    """The offset up to which the oldest segment was delivered: by the folder's mark, or by its own."""
    offset = _read_mark(folder, first)
    if not _is_block(path):
        return offset
    from . import nor

    with open(path, "rb") as file:
        file.seek(nor.MARKS)
        marks = file.read()
    count = 0
    while count < 8 * len(marks) and not marks[count >> 3] >> (count & 7) & 1:
        count += 1
    return max(offset, (count + 1) * nor.LEAST - 1) if count else offset


def _open(path, end):
    """True if nothing follows there, or only erased bytes."""
    if end == port.file_size(path):
        return True
    if not _is_block(path):
        return False
    from . import nor

    with open(path, "rb") as file:
        file.seek(end)
        while end < nor.MARKS:
            data = file.read(min(nor.MARKS - end, 256))
            if data.strip(b"\xff"):
                return False
            end += len(data)
    return True


def _is_block(path):
    if port.file_size(path) != segment.SIZE:
        return False
    from . import nor

    return nor.ours(path)


def write_mark(folder, first, offset):
    """Note that this segment is acknowledged up to this offset."""
    mark = struct.pack("<IH", first, offset)
    try:
        with open(folder + "ack", "wb") as file:  # littlefs: the old mark or the new one, never half
            file.write(mark + _check(mark))
    except OSError as error:  # the next mark makes good for it; a cut until then sends one twice
        log.warning("outbox", "cannot note a delivery (%s)" % error)


def _read_mark(folder, first):
    """The offset up to which the segment is acknowledged; 0 if the mark speaks of none or of another."""
    try:
        with open(folder + "ack", "rb") as file:
            mark = file.read(8)
    except OSError:
        return 0
    if len(mark) < 8 or _check(mark[:6]) != mark[6:] or struct.unpack("<I", mark[:4])[0] != first:
        return 0
    return struct.unpack("<H", mark[4:6])[0]


def _check(data):
    return struct.pack("<I", binascii.crc32(data))[:2]
