"""Segments that are erase blocks of a played chip, and what may go wrong with them; MicroPython only.

argv: what to do. Prints JSON.
"""

import gc
import json
import os
import sys

import flash
import vfs
from miniviz import log, port
from miniviz.store import Store

log.setup("info")
chip = flash.Flash(24)
vfs.VfsLfs2.mkfs(chip, progsize=256)
vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
START, SEGMENT = os.getcwd(), "outbox/00000000.seg"
os.chdir("/flash")


def below(there):
    port.flash = lambda: (chip, 256) if there else None


def put(one, numbers):
    for i in numbers:
        assert one.append(0, 1790000000000 + i, "shed", {"n": i})
    one.sync()
    return one


def deliver(one, count=1000):
    found = []
    while len(found) < count and one.peek():
        found.append(one.peek()[3]["n"])
        one.done()
    return found


def sizes():
    return {name: os.stat("outbox/" + name)[6] for name in os.listdir("outbox")}


def told(**lines):
    print(json.dumps(lines))


def earlier():
    """A board in the field has files and a cursor; then it gets this version, and goes back to the other."""
    below(False)
    put(Store(), range(150))
    first = deliver(Store(), 20)
    below(True)
    one = put(Store(), range(150, 300))
    second = deliver(one, 200)
    kinds = sizes()
    below(False)
    third = deliver(put(Store(), range(300, 320)))
    told(found=first + second + third, dropped=one.dropped, kinds=kinds)


def copied():
    """The same segment stands on the flash twice, so nobody knows which block is whose."""
    below(True)
    put(Store(), range(10))
    with open(SEGMENT, "rb") as file:
        data = file.read()
    with open("copy", "wb") as file:
        file.write(data)
    first = deliver(put(Store(), range(10, 20)), 4)
    with open("copy", "rb") as file:
        same = file.read() == data
    told(found=first + deliver(Store()), same=same)


def gone():
    """Somebody removes the folder's files while the firmware writes; their block becomes another file's."""
    below(True)
    one = put(Store(), range(10))
    deliver(one, 2)
    os.remove(SEGMENT)
    own = {}
    for i in range(60):  # until the segment's block is used again
        own["mine"] = bytes([i]) * 4096
        with open("mine", "wb") as file:
            file.write(own["mine"])
    one.append(0, 1790000000000, "shed", {"n": 99})
    one.sync()
    with open("mine", "rb") as file:
        same = file.read() == own["mine"]
    dropped = one.dropped
    told(same=same, dropped=dropped, wrong=chip.wrong, found=deliver(put(one, [7])))


def elsewhere():
    """The files are on another chip than the one that the port names."""
    other = flash.Flash(24)
    port.flash = lambda: (other, 256)
    one = put(Store(), range(200))
    first = deliver(one, 150)
    told(found=first + deliver(Store()), kinds=sizes(), programmed=other.programmed)


def full_heap():
    """What follows the last reading are erased bytes, no length: nobody has 64 KB in one piece for them."""
    below(True)
    put(Store(), range(10))
    gc.collect()
    filled = []
    try:
        while True:
            filled.append(bytearray(32768))
    except MemoryError:
        filled.pop()
    told(found=deliver(put(Store(), range(10, 20))))


def taken():
    """Leave a segment with marks on this computer, where any runtime reads it."""
    below(True)
    deliver(put(Store(), range(30)), 11)
    with open(SEGMENT, "rb") as file:
        data = file.read()
    os.chdir(START)
    os.mkdir("outbox")
    with open(SEGMENT, "wb") as file:
        file.write(data)


globals()[sys.argv[1]]()
assert sys.argv[1] == "gone" or chip.wrong == 0
