"""Runs the whole firmware in virtual time against the server of $URL; prints what became of the readings.

SCENARIO is JSON: `seconds` to run, `settings` over the config's own, `world` for the fakes,
`ntp_after`: seconds until somebody tells the time (null: never).
"""

import json
import os

import world
from miniviz import app, clock, config, ntp, port

SCENARIO = json.loads(os.getenv("SCENARIO"))
BOARD = {"board": "pico_w", "led": "LED", "led_on": 1, "pins": list(range(23)) + [26, 27, 28]}


def settings():
    raw = {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {
            "url": os.getenv("URL"),
            "project": os.getenv("PROJECT"),
            "token": os.getenv("TOKEN"),
            "label": "greenhouse",
        },
        "ntp": ["ntp.test"],
        "sensors": [{"type": "dht22", "pin": 15, "every": 10}],
        "send_every": 10,
    }
    raw.update(SCENARIO.get("settings", {}))
    return raw


def truth(host, uptime_ms):
    """The world's own time, once somebody tells it."""
    after = SCENARIO.get("ntp_after", 0)
    if after is None or world.elapsed_ms() < after * 1000:
        world.sleep_ms(1000)
        raise ntp.NtpError(host + ": no answer within 1 s")
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


world.reset(**SCENARIO.get("world", {}))
world.virtual(start_unix_ms=1790000000000, ticks=(1 << 30) - 20000)
world.install(port)
clock.probe = truth
device = app.App(config.check(settings(), BOARD))
while world.elapsed_ms() < SCENARIO["seconds"] * 1000:
    device.step()
    device._nap()
codes = device._code()
device.stop()
sender, outbox = device.sender, device.outbox
print(
    json.dumps(
        {
            "taken": device.taken,
            "delivered": sender.delivered,
            "waiting": len(outbox),
            "aside": outbox.aside,
            "dropped": outbox.dropped,
            "problem": sender.problem,
            "failing": device.sampler.failing(),
            "led": codes,
        }
    )
)
