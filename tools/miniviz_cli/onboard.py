"""What stands on a board: its MicroPython, our files with the hashes that the board computes, its config."""

import json
from pathlib import Path
from typing import NamedTuple

from . import boards, mpremote
from .errors import UserError

# On the board: which files deploy put there, so that it removes nothing else.
RECORD = "deployed.json"
CONFIG = "config.json"
CA = "ca.der"
# Runs on the board. The hashes of a hundred files lie all over a small heap: one buffer is used for
# all, and an answer goes out in pieces, because no room of its length may be left in one piece.
DIGEST = """
import sys, os, json, hashlib, binascii
b = memoryview(bytearray(512))
def digest(name):
    h = hashlib.sha256()
    with open(name, "rb") as f:
        while True:
            n = f.readinto(b)
            if not n:
                return binascii.hexlify(h.digest()).decode()
            h.update(b[:n])
"""
_PROBE = (
    DIGEST
    + """
try:
    with open("deployed.json") as f:
        old = json.load(f)["files"]
except (OSError, ValueError, KeyError):
    old = []
sums = {}
for name in old + ["config.json", "ca.der"]:
    try:
        sums[name] = digest(name)
    except OSError:
        pass
try:
    import machine
    uid = binascii.hexlify(machine.unique_id()).decode()
except (ImportError, AttributeError):
    uid = ""
i = sys.implementation
found = {"platform": sys.platform, "version": list(i.version[:3]), "mpy": getattr(i, "_mpy", 0) & 255}
found["machine"] = getattr(i, "_machine", "")
found["uid"] = uid
found["old"] = old
found["sums"] = sums
found["air"] = "" if "versions" in os.listdir() else None
try:
    with open("version.json") as f:
        found["air"] = json.load(f).get("version") or ""
except (OSError, ValueError):
    pass
found["foreign"] = "main.py" in os.listdir() and "main.py" not in old
print("probe", end=" ")
json.dump(found, sys.stdout)
print()
"""
)
_MPY_VERSION = 6
_LEAST = (1, 24)


class Found(NamedTuple):
    """What stands on the board before we touch it."""

    platform: str
    version: list[int]
    mpy: int
    machine: str
    uid: str
    old: list[str]
    sums: dict[str, str]
    foreign: bool
    # What came over the air and runs instead of what deploy put there; empty: half a version.
    air: str | None


def probe(port: str | None) -> Found:
    """Ask the board; every file of ours comes with its hash as the flash holds it."""
    return Found(**json.loads(answer(port, _PROBE, "probe ")))


def answer(port: str | None, code: str, sign: str) -> str:
    """Run code on the board and return the rest of the line that begins with the sign."""
    lines = mpremote.run(port, [["exec", code]])
    found = next((line for line in lines if line.startswith(sign)), None)
    if found is None:
        raise UserError("the board answers, but not as MicroPython does; `miniviz flash` puts it on")
    return found.removeprefix(sign)


def fit(found: Found, board: boards.Board, code: list[str]) -> None:
    """Refuse a board that this firmware does not fit."""
    if tuple(found.version) < _LEAST:
        version = ".".join(map(str, found.version))
        raise UserError(f"the board runs MicroPython {version}, 1.24 or newer is needed: {board.image.page}")
    if found.platform in ("rp2", "esp32") and found.platform != board.port:
        raise UserError(f"the board is of the kind {found.platform}, the config is for {board.title}")
    if found.mpy != _MPY_VERSION and any(name.endswith(".mpy") for name in code):
        raise UserError("this board's MicroPython takes another kind of .mpy file; deploy with --source")


def fetch_config(port: str | None, found: Found, target: Path) -> None:
    """Copy the board's own config.json here; only its owner may read it."""
    if CONFIG not in found.sums:
        raise UserError(
            "there is no config.json on the board; run `miniviz configure`, give --config FILE, or give "
            "--board NAME for a board that will be set up by phone"
        )
    target.touch(mode=0o600)
    mpremote.run(port, [["fs", "cp", "-f", f":{CONFIG}", str(target)]])


def config_commands(file: Path) -> list[list[str]]:
    """Put a config.json there whole or not at all: beside the old one, then renamed over it."""
    return replace_commands(file, CONFIG)


def replace_commands(file: Path, name: str) -> list[list[str]]:
    """The same for any file of the board's root."""
    return [
        ["fs", "cp", "-f", str(file), f":{name}.new"],
        ["exec", f"import os; os.rename('{name}.new', '{name}')"],
    ]
