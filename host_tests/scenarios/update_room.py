"""Update after update on a flash of the Pico W's size: prints the KB that are free on the way, and at rest.

argv: a folder with the package as it is compiled, how many blocks of readings wait, how many updates.
"""

import json
import os
import sys
from hashlib import sha256

import flash
import vfs
from miniviz import port, store, upgrade, upkeep
from update_parts import Settings, served, start, write

PACKAGE, WAITING, UPDATES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BLOCKS, PROGRAM = 212, 256  # the official image's file system: 848 KB
ROOT = {"main.py": 40, "board.json": 300, "config.json": 1500, "ca.der": 1400, "deployed.json": 2600}


def tree(folder, below=""):
    """Every file of the package with its bytes."""
    for entry in os.ilistdir(folder):
        path, name = folder + "/" + entry[0], below + entry[0]
        if entry[1] == 0x4000:
            for found in tree(path, name + "/"):
                yield found
        else:
            with open(path, "rb") as file:
                yield name, file.read()


def version(number):
    """The package, every file of it changed."""
    for name, data in FILES:
        yield name, data[:-1] + bytes((number,))


def outbox():
    """The readings that wait, as a sum."""
    found = sha256()
    for name in sorted(os.listdir("outbox")):
        with open("outbox/" + name, "rb") as file:
            found.update(file.read())
    return found.digest()


def free():
    return port.disk_free(".") // 1024


FILES = list(tree(PACKAGE))
chip = flash.Flash(BLOCKS)
vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM), "/flash")
os.chdir("/flash")
for name, data in FILES:
    write("miniviz/" + name, data)
for name in ROOT:
    write(name, b"x" * ROOT[name])
waits = store.Store()
at = 0
while waits.segments < WAITING:
    waits.append(0, 1790000000000 + at, "shed", {"temperature": 21.5, "humidity": 40.0 + at % 7})
    at += 1
waits.sync()
kept, told = outbox(), {"deployed": free(), "least": 999, "rest": []}
folder = "miniviz"
for number in range(1, UPDATES + 1):
    look = upgrade.Upgrade(Settings, served(number, version), folder)
    for _ in look.steps():
        told["least"] = min(told["least"], free())
    folder, trial = start()
    assert folder == "/air" and trial, folder
    for name, data in version(number):
        with open(folder + "/" + name, "rb") as file:
            assert file.read(len(data)) == data, (number, name)
    upkeep._clear(trial.delivered())
    told["rest"].append(free())
assert outbox() == kept and waits.count == at
for name in ROOT:
    assert port.file_size(name) == ROOT[name], name
print(json.dumps(told))
