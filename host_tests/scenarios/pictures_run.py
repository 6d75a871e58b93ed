"""The whole firmware with a camera, in virtual time, against the server of $URL; prints what became of it.

SCENARIO is JSON: `seconds`, `camera` over the config's own, `played` over the world's camera, `faults`,
`start_ms`. With `failures`, that many tries to take and send a picture follow one another instead, then the
faults end and it goes on until a picture has arrived; what is open and allocated is noted after each try.
With `files`, somebody's own camera hands out these files instead, one for each try.
"""

import gc
import json
import os
import sys
from array import array

import world
import world_camera
import world_faults
from miniviz import app, clock, config, ntp, port

SCENARIO = json.loads(os.getenv("SCENARIO"))
PLAYED = {"type": "arducam_mini", "sensor": "ov2640", "cs": 17, "detail": 0.1}
PLAYED.update(SCENARIO.get("played", {}))
CAMERA = {"type": PLAYED["type"], "every": 60}
if CAMERA["type"] != "esp32":
    CAMERA["cs"] = 17
CAMERA.update(SCENARIO.get("camera", {}))


def settings():
    return {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {
            "url": os.getenv("URL"),
            "project": os.getenv("PROJECT"),
            "token": os.getenv("TOKEN"),
            "label": "greenhouse",
        },
        "ntp": ["ntp.test"],
        "sensors": [{"type": "dht22", "pin": 15, "every": SCENARIO.get("every", 30)}],
        "camera": CAMERA,
        "send_every": 30,
    }


def truth(host, uptime_ms):
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


def held():
    """[open files and sockets, bytes of heap in use; on CPython the count of its blocks instead]."""
    gc.collect()
    heap = gc.mem_alloc() if port.micropython else 16 * sys.getallocatedblocks()
    return [len(os.listdir("/proc/self/fd")), heap]


def fail(device, most):
    """Let so many tries fail, and note what each left behind; then let one succeed."""
    shooter = device.shooter
    begin, notes = shooter.step, array("l", [0] * 2 * most)  # made before: nothing of ours may grow
    longest, done, words = 0, 0, set()

    def step():
        nonlocal longest, done
        began = world.elapsed_ms()
        begin()
        longest = max(longest, world.elapsed_ms() - began)
        if shooter.error and "does not answer" in shooter.error:
            world_camera.replug(world.camera)
        elif done < most:
            words.add("".join([c for c in shooter.error or shooter.problem or "none" if not c.isdigit()]))
            notes[2 * done], notes[2 * done + 1] = held()
            done += 1

    shooter.step = step
    while done < most:
        device.step()
        world.sleep_ms(2000)
    world_faults.reset()
    while not shooter.delivered and world.elapsed_ms() < 10000000000:
        device.step()
        world.sleep_ms(2000)
    return {"files": list(notes)[::2], "heap": list(notes)[1::2], "failures": sorted(words), "ms": longest}


class Files:
    """A third party's camera: its module and its frame as well."""

    FIELDS = {"size": ("choice", "640x480", ("320x240", "640x480")), "quality": ("int", 80, 1, 100)}
    SIZES = ("320x240", "640x480")
    QUALITIES = (40, 80)
    format = "png"  # whatever it is
    file = None

    def Camera(self, entry):
        return self

    def set(self, size, quality):
        pass

    def capture(self):
        name = SCENARIO["files"][min(self.at, len(SCENARIO["files"]) - 1)]
        self.size = os.stat(name)[6]
        self.close()
        self.file = open(name, "rb")
        return self

    def readinto(self, buf):
        return self.file.readinto(buf)

    def close(self):
        if self.file:
            self.file.close()
        self.file = None


def hand_out(device, files):
    """One try for each file: what became of it, in how many milliseconds, with how many files open."""
    shooter = device.shooter
    begin, tries = shooter.step, []

    def step():
        began = world.elapsed_ms()
        begin()
        fate = shooter.error or shooter.problem or "delivered"
        tries.append([fate, world.elapsed_ms() - began, held()[0]])
        files.at += 1

    files.at = 0
    shooter.step = step
    while len(tries) < len(SCENARIO["files"]):
        device.step()
        device._nap()
    return {"tries": tries}


if "files" in SCENARIO:
    played = sys.modules["miniviz.cameras.files"] = Files()
    CAMERA = {"type": "files", "every": 60}
esp32 = CAMERA["type"] == "esp32"
world.reset(port="esp32" if esp32 else "rp2", camera=PLAYED, faults=SCENARIO.get("faults", []))
world.virtual(start_unix_ms=SCENARIO.get("start_ms", 1790000000000))
world.install(port)
clock.probe = truth
device = app.App(config.check(settings(), {}))
if "failures" in SCENARIO:
    found = fail(device, SCENARIO["failures"])
elif "files" in SCENARIO:
    found = hand_out(device, played)
else:
    found = {}
    while world.elapsed_ms() < SCENARIO["seconds"] * 1000:
        device.step()
        device._nap()
device.stop()
shooter = device.shooter
found.update(
    {
        "taken": shooter.taken,
        "pictures": shooter.delivered,
        "stopped": shooter.stopped,
        "error": shooter.error,
        "problem": shooter.problem,
        "sampled": device.taken,
        "readings": device.sender.delivered,
        "waiting": len(device.outbox),
        "status": shooter.told(),
    }
)
print(json.dumps(found))
