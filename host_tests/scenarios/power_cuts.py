"""Cuts the power at every flash operation of a workload, torn in several places, and looks what is left.

argv: readings, program size of the file system (32 on an ESP32, 256 on a Pico W), policy when full, blocks,
and "direct" where the store may program the flash below the file system.
"""

import os
import sys

import flash
import vfs
from miniviz import port, recovery
from miniviz.store import Store

READINGS, PROGRAM, POLICY, BLOCKS = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
DIRECT = sys.argv[5:] == ["direct"]
LIMIT = (2 if POLICY == "drop_oldest" else 5) * 4096 if POLICY != "none" else None
# Quarters of the torn operation that still came through; or every second bit of it.
TEARS = (0, 1, 2, 3, None) if POLICY == "none" else (0, 2, None)
START = 1790000000000


def mount(chip):
    vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM), "/flash")
    os.chdir("/flash")
    if DIRECT:
        port.flash = lambda: (chip, PROGRAM if PROGRAM == 256 else 1)


def unmount():
    os.chdir("/")
    vfs.umount("/flash")


def store():
    return Store(when_full=POLICY if POLICY != "none" else "drop_oldest", limit=LIMIT)


def payload(i):
    return {"temperature": i / 10, "humidity": i}


def work(chip):
    """Put, sync, send, acknowledge; notes of (operations, accepted up to, delivered, dropped) on the way."""
    notes = []
    one = store()
    delivered, accepted = [], 0
    for i in range(READINGS):
        label = "greenhouse" if i % 7 else "shed"
        one.append(0, START + i, label, payload(i))
        if i % 13 == 12:
            one.sync()
            accepted = i + 1
        if i % 3 == 2 and i > READINGS // 4 and POLICY == "none":
            found = one.peek()
            if found:
                # The platform has it now; the mark comes after.
                delivered.append(found[1] - START)
                notes.append((len(chip.journal), accepted, len(delivered), one.dropped))
                one.done()
        if not one.unsynced:
            accepted = i + 1
        notes.append((len(chip.journal), accepted, len(delivered), one.dropped))
    one.sync()
    notes.append((len(chip.journal), READINGS, len(delivered), one.dropped))
    while one.peek():
        delivered.append(one.peek()[1] - START)
        notes.append((len(chip.journal), READINGS, len(delivered), one.dropped))
        one.done()
        notes.append((len(chip.journal), READINGS, len(delivered), one.dropped))
    return notes, delivered


def drain(one):
    """What is stored, every reading compared with what was put."""
    found = []
    while True:
        reading = one.peek()
        if reading is None:
            return found
        boot, time, label, values = reading
        i = time - START
        assert boot == 0 and label == ("greenhouse" if i % 7 else "shed") and values == payload(i), reading
        found.append(i)
        one.done()


def go_on(one):
    """Write on behind what a cut left and mark the oldest; returns the numbers of both."""
    new = [READINGS, READINGS + 1]
    for i in new:
        assert one.append(0, START + i, "greenhouse" if i % 7 else "shed", payload(i))
    one.sync()
    oldest = one.peek()[1] - START
    one.done()
    one._close()  # a handle that nobody holds any more would be closed after the file system is gone
    return new, oldest


def look(data, note, after, delivered):
    """Start again on what a cut left; returns the count of duplicates."""
    mount(flash.Flash(BLOCKS, data))
    one = store()
    new, oldest = go_on(one) if POLICY == "none" else ([], None)
    one = store() if new else one
    count = one.count
    write_mark, recovery.write_mark = recovery.write_mark, lambda *mark: None  # they take a second
    below, one._flash = one._flash, None
    found = drain(one) if oldest is None else [oldest] + drain(one)
    count += oldest is not None
    recovery.write_mark, one._flash = write_mark, below
    assert one.dropped == 0 and count == len(found), (count, len(found), one.dropped)
    assert found == sorted(set(found)), found
    assert found[len(found) - len(new) :] == new, (found, new)
    found = found[: len(found) - len(new)]
    # Readings may go on: numbers and marks of before mislead nobody.
    for i in range(3):
        assert one.append(0, START + i, "greenhouse" if i % 7 else "shed", payload(i))
    one.sync()
    one._close()
    assert drain(store()) == [0, 1, 2]
    unmount()
    _, accepted, sent, dropped = note
    sent = delivered[:sent]
    twice = [i for i in found if i in sent]
    assert len(twice) <= 1, twice
    missing = [i for i in range(accepted) if i not in found and i not in sent]
    if POLICY == "none":
        assert not missing, missing
    else:  # what the policy gave up until the operation after the cut
        assert len(missing) <= after[3], (missing, after)
    return len(twice)


def main():
    chip = flash.Flash(BLOCKS, journal=True)
    vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
    base, begin = bytearray(chip.data), len(chip.journal)
    mount(chip)
    notes, delivered = work(chip)
    unmount()
    assert chip.wrong == 0
    cuts = duplicates = at = 0
    image = base
    for k in range(begin, len(chip.journal)):
        while at + 1 < len(notes) and notes[at + 1][0] <= k:
            at += 1
        note = notes[at] if notes[at][0] <= k else (0, 0, 0, 0)
        for quarter in TEARS:
            torn = bytearray(image)
            if quarter is None:
                flash.weaken(torn, chip.journal[k])
            else:
                flash.apply(torn, chip.journal[k], quarter, 4)
            duplicates += look(torn, note, notes[min(at + 1, len(notes) - 1)], delivered)
            cuts += 1
        flash.apply(image, chip.journal[k])
    print('{"cuts": %d, "duplicates": %d, "delivered": %d}' % (cuts, duplicates, len(delivered)))


main()
