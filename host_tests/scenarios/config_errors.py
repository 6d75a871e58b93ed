"""Feeds wrong settings to config.check() and prints the sentence that each one earns, a JSON line each."""

import json

from miniviz import config

BOARD = {
    "board": "pico_w",
    "led": "LED",
    "pins": list(range(23)) + [26, 27, 28],
    "adc_pins": [26, 27, 28],
    "input_only": [22],  # a Pico W has none: for the sentence's sake
}


def good():
    return {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"project": "p-1", "token": "s3cret-token", "label": "greenhouse"},
        "sensors": [{"type": "dht22", "pin": 15}],
    }


def with_(path, value):
    """The good settings with one value changed, or taken out if value is `...`."""
    settings = good()
    place = settings
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return settings


CASES = (
    ("not an object", ["board"]),
    ("no board", with_(("board",), ...)),
    ("another board", with_(("board",), "esp32_devkit")),
    ("no wifi", with_(("wifi",), ...)),
    ("empty wifi", with_(("wifi",), [])),
    ("wifi as object", with_(("wifi",), {"ssid": "home"})),
    ("ssid missing", with_(("wifi", 0, "ssid"), ...)),
    ("ssid number", with_(("wifi", 0, "ssid"), 7)),
    ("password long", with_(("wifi", 0, "password"), "x" * 65)),
    ("unknown key", with_(("wifi", 0, "pasword"), "x")),
    ("strange key", with_(("color",), "red")),
    ("no project", with_(("miniviz", "project"), ...)),
    ("no token", with_(("miniviz", "token"), ...)),
    ("token with space", with_(("miniviz", "token"), "s3cret token")),
    ("token as number", with_(("miniviz", "token"), 12)),
    ("empty label", with_(("miniviz", "label"), "")),
    ("auth", with_(("miniviz", "auth"), "beare")),
    ("url scheme", with_(("miniviz", "url"), "ftp://x.example")),
    ("url with query", with_(("miniviz", "url"), "https://x.example/?token=1")),
    ("ntp as text", with_(("ntp",), "pool.ntp.org")),
    ("ntp port", with_(("ntp",), ["pool.ntp.org:ntp"])),
    ("no sensors", with_(("sensors",), [])),
    ("sensor not object", with_(("sensors", 0), "dht22")),
    ("sensor without type", with_(("sensors", 0, "type"), ...)),
    ("unknown sensor", with_(("sensors", 0, "type"), "dht2")),
    ("pin missing", with_(("sensors", 0, "pin"), ...)),
    ("pin absent", with_(("sensors", 0, "pin"), 24)),
    ("pin without adc", with_(("sensors", 0), {"type": "adc", "pin": 15})),
    ("pin that only reads", with_(("sensors", 0, "pin"), 22)),
    ("pin twice", with_(("sensors",), [{"type": "dht22", "pin": 15}, {"type": "switch", "pin": 15}])),
    ("pin text", with_(("sensors", 0, "pin"), "GP15")),
    ("pin bool", with_(("sensors", 0, "pin"), True)),
    ("every too short", with_(("sensors", 0, "every"), 1)),
    ("every text", with_(("sensors", 0, "every"), "60")),
    ("rename", with_(("sensors", 0, "rename"), {"temperature": 1})),
    ("send_every", with_(("send_every",), 0)),
    ("send_every true", with_(("send_every",), True)),
    ("log", with_(("log",), "verbose")),
    ("transport", with_(("transport",), "carrier pigeon")),
)

for name, settings in CASES:
    try:
        config.check(settings, BOARD)
        sentence = None
    except config.ConfigError as error:
        sentence = str(error)
    print(json.dumps({"case": name, "sentence": sentence}))

checked = config.check(good(), BOARD)
print(
    json.dumps(
        {
            "case": "defaults",
            "url": checked.url,
            "auth": checked.auth,
            "ntp": list(checked.ntp),
            "send_every": checked.send_every,
            "every": checked.sensors[0]["every"],
            "led": checked.led,
            "secrets": len(checked.secrets()),
        }
    )
)
