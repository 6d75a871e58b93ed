"""Cuts the power at every flash operation in which the portal stores settings, torn in several places.

argv: program size of the file system (32: ESP32, 256: Pico W), and which config.json is there: "old", "new"
for none, or "bad" for one that is not valid.
"""

import json
import os
import sys

import flash
import vfs
from miniviz import candidate, portal

PROGRAM, THERE, BAD = int(sys.argv[1]), sys.argv[2] == "old", sys.argv[2] == "bad"
BROKEN = '{"wifi": "a person edited this' + " by hand" * 100
ACCOUNT = {"project": "p", "token": "t" * 64, "label": "old", "url": "http://old.example"}
OLD = {"board": "rp2", "wifi": [{"ssid": "old"}], "miniviz": ACCOUNT, "sensors": [{"type": "system"}]}
NEW = dict(
    OLD, wifi=[{"ssid": "new", "password": "x" * 60}, {"ssid": "old"}], sensors=[{"type": "system"}] * 16
)


def mount(chip):
    vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM), "/flash")
    os.chdir("/flash")


def unmount():
    os.chdir("/")
    vfs.umount("/flash")


def look(data):
    """What a boot finds after the cut: the old settings or the new, and then the portal stores again."""
    mount(flash.Flash(16, data))
    if BAD:
        return look_at_bad()
    found, wrong = candidate.stored()
    assert wrong is None, wrong
    assert found in ((OLD, NEW) if THERE else ({}, NEW)), found
    if not THERE and not found:
        assert "config.json" not in os.listdir()
    portal.keep(NEW)
    assert candidate.stored() == (NEW, None)
    assert "config.json.new" not in os.listdir()
    unmount()
    return found == NEW


def look_at_bad():
    """What a person wrote is there, as config.json or as its .old; and then the portal stores again."""
    found, wrong = candidate.stored()
    assert (found == NEW) == (wrong is None), (found, wrong)
    assert BROKEN in [text(name) for name in ("config.json", "config.json.old")]
    portal.keep(NEW, aside=bool(wrong))
    assert candidate.stored() == (NEW, None)
    assert text("config.json.old") == BROKEN
    assert "config.json.new" not in os.listdir()
    unmount()
    return found == NEW


def text(name):
    try:
        with open(name) as file:
            return file.read()
    except OSError:
        return None


chip = flash.Flash(16, journal=True)
vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
mount(chip)
if THERE:
    with open("config.json", "w") as file:
        json.dump(OLD, file)
if BAD:
    with open("config.json", "w") as file:
        file.write(BROKEN)
base, begin = bytearray(chip.data), len(chip.journal)
portal.keep(NEW, aside=BAD)
unmount()
cuts, news = 0, []
for k in range(begin, len(chip.journal)):
    for quarter in range(4):
        torn = bytearray(base)
        flash.apply(torn, chip.journal[k], quarter, 4)
        news.append(look(torn))
        cuts += 1
    flash.apply(base, chip.journal[k])
assert look(base)
print(json.dumps({"cuts": cuts, "old": news.count(False)}))
