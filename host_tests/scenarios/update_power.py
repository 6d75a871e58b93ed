"""Cuts the power at every flash operation of four updates: what is left always starts, and updates again.

argv: program size of the file system (32 on an ESP32, 256 on a Pico W), blocks.
"""

import json
import os
import sys

import flash
import vfs
from miniviz import switch, upgrade, upkeep
from update_parts import Settings, leave_air, served, start, write

PROGRAM, BLOCKS = int(sys.argv[1]), int(sys.argv[2])
TEARS = (0, 1, 2, 3)
NAMES = (
    "app.mpy",
    "clock.mpy",
    "led.mpy",
    "sensors/__init__.mpy",
    "sensors/dht22.mpy",
    "cameras/__init__.mpy",
)
SIZES = (5000, 900, 40, 3000, 700, 4096)
# What no update may touch.
KEPT = {"config.json": b'{"board": "any"}', "outbox/000001": b"readings" * 99, "state.json": b'{"boot": 7}'}
OWN = ("sensors/mine.py", b"# a sensor of one's own")


def content(version, name):
    """A few files change with each version, the others never."""
    i = NAMES.index(name)
    stamp = version if i % 2 == 0 else 0
    return (b"%s of %d\n" % (name.encode(), stamp)) * (SIZES[i] // 20)


def files(version):
    for name in NAMES:
        yield name, content(version, name)


def read(name):
    with open(name, "rb") as file:
        return file.read(os.stat(name)[6])


def mount(chip):
    vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM), "/flash")
    os.chdir("/flash")


def unmount():
    leave_air()
    os.chdir("/")
    vfs.umount("/flash")


def update(version, folder):
    look = upgrade.Upgrade(Settings, served(version, files), folder)
    for _ in look.steps():
        pass
    return look.version


def keep(trial):
    upkeep._clear(trial.delivered())


def which(folder):
    """The version in this folder, every file of it compared."""
    version = int(read(folder + "/app.mpy").split(b" of ")[1].split(b"\n")[0])
    for name in NAMES:
        assert read(folder + "/" + name) == content(version, name), (folder, name)
    assert read(folder + "/" + OWN[0]) == OWN[1]
    return version


def untouched():
    for name in KEPT:
        assert read(name) == KEPT[name], name


def work(chip, notes):
    """1 is installed; 2 stays, 3 goes back to 2, 4 stays. Notes: (operations, versions that may start)."""

    def note(*versions):
        notes.append((len(chip.journal), versions))

    note(1, 2)
    assert update(2, "miniviz") == "v2"
    note(2)
    folder, trial = start()
    assert which(folder) == 2 and trial
    keep(trial)
    note(2, 3)
    assert update(3, folder) == "v3"
    note(2, 3)  # it has two starts
    assert which(start()[0]) == 3 and which(start()[0]) == 3
    note(2, 3)
    folder, trial = start()
    assert which(folder) == 2 and trial is None
    assert switch.load()["failed"]["version"] == "v3"
    note(2)
    try:
        update(3, folder)
        raise AssertionError("a version that failed was installed again by itself")
    except upgrade.UpgradeError:
        pass
    note(2, 4)
    assert update(4, folder) == "v4"
    note(4)
    folder, trial = start()
    keep(trial)
    assert which(folder) == 4


def look(data, may):
    """Start on what a cut left: a whole version runs, nothing else was touched, the next update comes."""
    mount(flash.Flash(BLOCKS, data))
    folder, trial = start()
    found = which(folder)
    assert found in may, (found, may)
    untouched()
    if trial:
        keep(trial)
    assert update(9, folder) == "v9"
    folder, trial = start()
    assert which(folder) == 9
    keep(trial)
    untouched()
    assert which(start()[0]) == 9 and which("miniviz") == 1
    unmount()


def main():
    chip = flash.Flash(BLOCKS, journal=True)
    vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
    mount(chip)
    for name in NAMES:
        write("miniviz/" + name, content(1, name))
    write("miniviz/" + OWN[0], OWN[1])
    for name in KEPT:
        write(name, KEPT[name])
    image, begin, notes = bytearray(chip.data), len(chip.journal), []
    work(chip, notes)
    untouched()
    unmount()
    assert chip.wrong == 0
    cuts = at = 0
    for k in range(begin, len(chip.journal)):
        while at + 1 < len(notes) and notes[at + 1][0] <= k:
            at += 1
        for quarter in TEARS:
            torn = bytearray(image)
            flash.apply(torn, chip.journal[k], quarter, 4)
            look(torn, notes[at][1])
            cuts += 1
        flash.apply(image, chip.journal[k])
    print(json.dumps({"cuts": cuts}))


switch.print = lambda *words: None
main()
