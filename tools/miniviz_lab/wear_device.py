"""What storing and acknowledging readings costs the flash, beside one file per reading; prints JSON.

argv: program size of the file system (256 on a Pico W, 32 on an ESP32). Runs on MicroPython.
"""

import json
import os
import sys

import flash
import vfs
from miniviz import port, segment
from miniviz.store import Store

READINGS, WAITING, PROGRAM = 1000, 50, int(sys.argv[1])
RECORD = len(segment.pack([0, 1790000000000, 20.1, 50.2]))


def fresh():
    chip = flash.Flash(212)
    vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
    vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM), "/flash")
    os.chdir("/flash")
    chip.programmed = chip.filled = chip.erased = 0
    return chip


def told(name, chip):
    figures = {"what": name, "program_size": PROGRAM, "record": RECORD}
    figures["flash_bytes_per_reading"] = chip.programmed / READINGS
    figures["bytes_not_blank_per_reading"] = chip.filled / READINGS
    figures["erases_per_1000"] = chip.erased * 1000 / READINGS
    print(json.dumps(figures))
    chip.programmed = chip.filled = chip.erased = 0


def gone():
    os.chdir("/")
    vfs.umount("/flash")


def reading(i):
    return {"temperature": 20 + i % 100 / 10, "humidity": 50 + i % 70 / 10}


def naive():
    chip = fresh()
    os.mkdir("queue")
    for i in range(READINGS):
        body = {"timestamp": 1790000000000 + i, "label_key": "greenhouse-1", "payload": reading(i)}
        with open("queue/%08d" % i, "w") as file:
            file.write(json.dumps(body))
        if i >= WAITING:
            os.remove("queue/%08d" % (i - WAITING))
    told("one file per reading, 50 waiting", chip)
    gone()


def ours(sync_every, direct=True):
    """Store, then deliver one by one: with the board's flash below (nor.py), or by the file system alone."""
    chip = fresh()
    port.flash = lambda: (chip, PROGRAM if PROGRAM == 256 else 1) if direct else None
    how = "" if direct else " by the file system alone"
    store = Store()
    for i in range(READINGS):
        store.append(0, 1790000000000 + i * 60000, "greenhouse-1", reading(i))
        if i % sync_every == sync_every - 1:
            store.sync()
    store.sync()
    told("stored%s, made safe every %d readings" % (how, sync_every), chip)
    while store.peek():
        store.done()
    told("acknowledged one by one" + how, chip)
    gone()


naive()
for every in (10, 60, READINGS):
    ours(every)
ours(10, False)
