"""The whole firmware with a camera, in virtual time, against the server of $URL; prints what became of it.

SCENARIO is JSON: `seconds`, `camera` over the config's own, `played` over the world's camera, `faults`,
`start_ms`, `count_sockets`: print the open file descriptors and the heap before and after.
"""

import gc
import json
import os

import world
from miniviz import app, clock, config, ntp, port

SCENARIO = json.loads(os.getenv("SCENARIO"))
PLAYED = {"type": "arducam_mini", "sensor": "ov2640", "cs": 17, "detail": 0.1}
PLAYED.update(SCENARIO.get("played", {}))
CAMERA = {"type": "arducam_mini", "cs": 17, "every": 60}
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
        "sensors": [{"type": "dht22", "pin": 15, "every": 30}],
        "camera": CAMERA,
        "send_every": 30,
    }


def truth(host, uptime_ms):
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


def held():
    """(open files and sockets, bytes of heap in use or 0 where the runtime cannot tell)."""
    gc.collect()
    heap = gc.mem_alloc() if port.micropython else 0
    return len(os.listdir("/proc/self/fd")), heap


world.reset(camera=PLAYED, faults=SCENARIO.get("faults", []))
world.virtual(start_unix_ms=SCENARIO.get("start_ms", 1790000000000))
world.install(port)
clock.probe = truth
device = app.App(config.check(settings(), {}))
before = None
while world.elapsed_ms() < SCENARIO["seconds"] * 1000:
    device.step()
    device._nap()
    if before is None and SCENARIO.get("settle") and world.elapsed_ms() > SCENARIO["settle"] * 1000:
        before = held()
after = held()
device.stop()
shooter = device.shooter
told = {
    "taken": shooter.taken,
    "pictures": shooter.delivered,
    "stopped": shooter.stopped,
    "error": shooter.error,
    "problem": shooter.problem,
    "readings": device.sender.delivered,
    "waiting": len(device.outbox),
    "before": before,
    "after": after,
    "status": device.shooter.told(),
}
print(json.dumps(told))
