"""Cuts the power at every flash operation of four updates: what is left always starts, and updates again.

argv: program size of the file system (32 on an ESP32, 256 on a Pico W), blocks.
"""

import json
import os
import sys
from binascii import hexlify
from hashlib import sha256

import flash
import miniviz
import vfs
from miniviz import archive, port, port_seldom, switch, upgrade, upkeep
from miniviz.hmac import Hmac

PROGRAM, BLOCKS = int(sys.argv[1]), int(sys.argv[2])
TEARS = (0, 1, 2, 3)
HOME = miniviz.__path__
NAMES = (
    "app.mpy",
    "clock.mpy",
    "led.mpy",
    "sensors/__init__.mpy",
    "sensors/dht22.mpy",
    "cameras/__init__.mpy",
)
SIZES = (5000, 900, 40, 3000, 700, 4096)
# What the switch lets go of for the version's own.
INSTALLED = {"port": port, "port_seldom": port_seldom, "archive": archive}
# What no update may touch.
KEPT = {"config.json": b'{"board": "any"}', "outbox/000001": b"readings" * 99, "state.json": b'{"boot": 7}'}
OWN = ("sensors/mine.py", b"# a sensor of one's own")


def content(version, name):
    """A few files change with each version, the others never."""
    i = NAMES.index(name)
    stamp = version if i % 2 == 0 else 0
    return (b"%s of %d\n" % (name.encode(), stamp)) * (SIZES[i] // 20)


def digest(data):
    return hexlify(sha256(data).digest()).decode()


class Settings:
    url, board, project, token = "http://server", "any", "p", "the-token"
    update, sensors, sleep, send_every = None, ({"every": 60},), False, 60


def served(version):
    """What the server answers: a get() as the board's download has it."""
    files = [[name, len(content(version, name)), digest(content(version, name))] for name in NAMES]
    facts = {"version": "v%d" % version, "id": "id%d" % version, "serial": version, "board": "any"}
    facts.update({"mpy": 0, "native": 0, "files": files})
    rest = json.dumps(facts)[1:].encode()
    signed = Hmac(b"the-token")
    signed.update(b"miniviz update 1\n" + rest)
    manifest = b'{"hmac": "' + hexlify(signed.digest()) + b'",\n' + rest

    def get(url, sink, most):
        name = url.split("/any/")[1].split("?")[0]
        data = manifest if name == "manifest.json" else content(version, name)
        for i in range(0, len(data), 512):
            sink(data[i : i + 512])

    return get


def write(name, data):
    for i in range(len(name)):
        if name[i] == "/":
            port.make_folder(name[:i])
    with open(name, "wb") as file:
        file.write(data)


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


def leave_air():
    """A restart knows no mounted archive."""
    try:
        vfs.umount("/air")
    except OSError:
        pass


def start():
    """A boot: the folder that the package's modules come from, and the trial if there is one."""
    miniviz.__path__ = "miniviz"
    leave_air()
    try:
        trial = switch.choose(True)
        return miniviz.__path__, trial
    finally:
        miniviz.__path__ = HOME
        for name, module in INSTALLED.items():
            sys.modules["miniviz." + name] = module
            setattr(miniviz, name, module)


def update(version, folder):
    look = upgrade.Upgrade(Settings, served(version), folder)
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
