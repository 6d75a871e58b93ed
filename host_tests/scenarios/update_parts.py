"""The server of updates as the board's download sees it, and a restart: for the scenarios that update."""

import json
import sys
from binascii import hexlify
from hashlib import sha256

import miniviz
import vfs
from miniviz import archive, port, port_seldom, switch
from miniviz.hmac import Hmac

HOME = miniviz.__path__
# What the switch lets go of for the version's own.
INSTALLED = {"port": port, "port_seldom": port_seldom, "archive": archive}


class Settings:
    url, board, project, token = "http://server", "any", "p", "the-token"
    update, sensors, sleep, send_every = None, ({"every": 60},), False, 60


def digest(data):
    return hexlify(sha256(data).digest()).decode()


def served(version, files):
    """What the server answers, as a get(); files(version) yields each file's name and bytes."""
    listed = [[name, len(data), digest(data)] for name, data in files(version)]
    facts = {"version": "v%d" % version, "id": "id%d" % version, "serial": version, "board": "any"}
    facts.update({"mpy": 0, "native": 0, "files": listed})
    rest = json.dumps(facts)[1:].encode()
    signed = Hmac(b"the-token")
    signed.update(b"miniviz update 1\n" + rest)
    manifest = b'{"hmac": "' + hexlify(signed.digest()) + b'",\n' + rest

    def get(url, sink, most):
        wanted = url.split("/any/")[1].split("?")[0]
        if wanted == "manifest.json":
            send(manifest, sink)
            return
        for name, data in files(version):
            if name == wanted:
                send(data, sink)

    return get


def send(data, sink):
    for i in range(0, len(data), 512):
        sink(data[i : i + 512])


def write(name, data):
    """A file, and the folders that it is in."""
    for i in range(len(name)):
        if name[i] == "/":
            port.make_folder(name[:i])
    with open(name, "wb") as file:
        file.write(data)


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
