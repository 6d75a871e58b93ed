"""Cuts the power at every flash operation in which the portal stores settings, torn in several places.

argv: program size of the file system (32: ESP32, 256: Pico W), "new" or "old": is there a config.json?
"""

import json
import os
import sys

import flash
import vfs
from miniviz import candidate, portal

PROGRAM, THERE = int(sys.argv[1]), sys.argv[2] == "old"
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


chip = flash.Flash(16, journal=True)
vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM)
mount(chip)
if THERE:
    with open("config.json", "w") as file:
        json.dump(OLD, file)
base, begin = bytearray(chip.data), len(chip.journal)
portal.keep(NEW)
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
