"""4,000 readings on a Pico W's 848 KiB: prints what the store takes of the heap; MicroPython only.

argv: "direct" where the store may program the flash below the file system.
"""

import gc
import json
import os
import sys

import flash
import vfs
from miniviz import nor, port, store  # noqa: F401 their code is no part of the sum

READINGS = 4000
chip = flash.Flash(212)
port.flash = lambda: (chip, 256) if sys.argv[1:] == ["direct"] else None
vfs.VfsLfs2.mkfs(chip, progsize=256)
vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
os.chdir("/flash")


def used():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def told(what, one):
    print(json.dumps({"what": what, "count": one.count, "heap": used() - before, "dropped": one.dropped}))


def closed(one):
    """Let its file go; a finaliser would close it on a locked heap, which the played chip cannot do."""
    one._close()


warm = store.Store("warm")
warm.append(0, 1, "greenhouse", {"temperature": 1.5})
closed(warm)
before = used()
one = store.Store()
told("empty", one)
for i in range(READINGS):
    one.append(0, 1790000000000 + i * 60000, "greenhouse", {"temperature": 20 + i % 100 / 10, "humidity": 50})
told("full", one)
closed(one)
one = None
one = store.Store()
one.peek()
told("opened", one)
for i in range(READINGS):
    assert one.peek()[1] == 1790000000000 + i * 60000
    one.done()
told("drained", one)
