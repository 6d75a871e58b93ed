"""The policy "thin": a full outbox keeps its whole span of time and gives up every second reading.

It needs four segments: the first is being delivered, the last one written. Where there is
room for fewer, which is so on no board, the oldest is dropped.
"""

from . import log, port
from .segment import Shapes, name, numbers, records


def halve(store):
    """Merge two neighbours among the segments into one with every second reading; False if none are left."""
    pairs = sorted(pair for pair in numbers(store.folder) if store.first < pair[0] < store.last)
    best = None
    for i in range(len(pairs) - 1):
        gone = pairs[i][1] + pairs[i + 1][1]
        if best is None or gone < best[0]:  # what was thinned least, the oldest of these
            best = gone, i
    if best is None:
        return False
    one, two = pairs[best[1]], pairs[best[1] + 1]
    end = pairs[best[1] + 2][0] if best[1] + 2 < len(pairs) else store.last
    sources = [store.folder + name(*one), store.folder + name(*two)]
    kept = (sum(_count(source) for source in sources) + 1) // 2
    missing = end - one[0] - kept
    merged = "%08d-%d.tmp" % (one[0], missing)
    with open(store.folder + merged, "wb") as file:  # littlefs: it appears whole, at close
        _every_second(sources, file)
    mend(store.folder, merged)
    now = missing - best[0]
    store.thinned(now)
    log.warning("outbox", "no room: thinned %d of %d readings out" % (now, now + kept))
    return True


def mend(folder, merged):
    """Put a merged segment in the place of its sources; also what a power cut left undone at the start."""
    path = folder + merged
    if not port.file_size(path):
        port.remove(path)
        return
    first, missing = [int(part) for part in merged[:-4].split("-")]
    end = first + _count(path) + missing
    for number, holes in list(numbers(folder)):
        if first <= number < end:
            port.remove(folder + name(number, holes))
    port.replace(path, folder + name(first, missing))


def _count(path):
    shapes = Shapes()
    return sum(1 for _, body in records(path) if shapes.take(body))


def _every_second(sources, file):
    """Write every second reading of these segments, with the shapes that they need."""
    made, turn = Shapes(), 0
    for source in sources:
        shapes = Shapes()
        for _, body in records(source):
            shape = shapes.take(body)
            turn += 1 if shape else 0
            if shape and turn % 2:
                file.write(made.write(shape, body[1], body[2:]))
