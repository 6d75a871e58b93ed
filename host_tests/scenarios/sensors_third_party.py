"""A sensor that somebody else wrote: one file beside ours and one config entry."""

import json

import world
from miniviz import config, sensors

BASE = {
    "board": "pico_w",
    "wifi": [{"ssid": "home", "password": "correct horse"}],
    "miniviz": {"project": "p", "token": "t", "label": "roof"},
}

world.reset()


def outcome(entry):
    try:
        checked = config.check(dict(BASE, sensors=[entry]))
        return sensors.create(checked.sensors[0]).read()
    except (config.ConfigError, sensors.SensorError) as error:
        return str(error)


for entry in (
    {"type": "rain", "pin": 3, "every": 30},
    {"type": "rain", "pin": 3, "every": 30, "mm_per_tip": 0.5},
    {"type": "rain", "pin": 3, "every": 5},
    {"type": "rain", "pin": 3, "mm": 1},
    {"type": "broken", "pin": 3},
    {"type": "needy", "pin": 3},
    {"type": "empty", "pin": 3},
):
    print(json.dumps({"entry": entry, "outcome": outcome(entry)}))
