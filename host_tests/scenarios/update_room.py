"""Update after update on a flash of the Pico W's size: prints the KB that are free on the way, and at rest.

argv: a folder with the package as it is compiled, how many blocks of readings wait, how many updates.
"""

import json
import os
import sys
from binascii import hexlify
from hashlib import sha256

import flash
import miniviz
import vfs
from miniviz import archive, port, port_seldom, store, switch, upgrade, upkeep
from miniviz.hmac import Hmac

PACKAGE, WAITING, UPDATES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BLOCKS, PROGRAM = 212, 256  # the official image's file system: 848 KB
INSTALLED = {"port": port, "port_seldom": port_seldom, "archive": archive}
ROOT = {"main.py": 40, "board.json": 300, "config.json": 1500, "ca.der": 1400, "deployed.json": 2600}
HOME = miniviz.__path__


class Settings:
    url, board, project, token = "http://server", "pico_w", "p", "the-token"
    update, sensors, sleep, send_every = None, ({"every": 60},), False, 60


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


def write(name, data):
    for i in range(len(name)):
        if name[i] == "/":
            port.make_folder(name[:i])
    with open(name, "wb") as file:
        file.write(data)


def version(number):
    """The package, every file of it changed."""
    for name, data in FILES:
        yield name, data[:-1] + bytes((number,))


def served(number):
    files = [[name, len(data), hexlify(sha256(data).digest()).decode()] for name, data in version(number)]
    facts = {"version": "v%d" % number, "id": "id%d" % number, "serial": number, "board": "pico_w"}
    facts.update({"mpy": 0, "native": 0, "files": files})
    rest = json.dumps(facts)[1:].encode()
    signed = Hmac(b"the-token")
    signed.update(b"miniviz update 1\n" + rest)
    manifest = b'{"hmac": "' + hexlify(signed.digest()) + b'",\n' + rest

    def get(url, sink, most):
        wanted = url.split("/pico_w/")[1].split("?")[0]
        if wanted == "manifest.json":
            sink(manifest)
            return
        for name, data in version(number):
            if name == wanted:
                sink(data)

    return get


def start():
    """A restart; the folder that the package comes from."""
    try:
        vfs.umount("/air")
    except OSError:
        pass
    miniviz.__path__ = "miniviz"
    try:
        return switch.choose(True), miniviz.__path__
    finally:
        miniviz.__path__ = HOME
        for name in INSTALLED:
            sys.modules["miniviz." + name] = INSTALLED[name]
            setattr(miniviz, name, INSTALLED[name])


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
    look = upgrade.Upgrade(Settings, served(number), folder)
    for _ in look.steps():
        told["least"] = min(told["least"], free())
    trial, folder = start()
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
