"""Boots of a device that crashes; SCENARIO is JSON: crashes (how each boot ends), settings, port, names.

A crash is ["raise", after seconds], ["hang", after seconds], ["power", after] or ["ctrl-c", after].
"""

import json
import os
import socket
import sys

import world
import world_time

SCENARIO = json.loads(os.getenv("SCENARIO"))
world.reset(port=SCENARIO.get("port", "rp2"))
world.virtual(start_unix_ms=1790000000000)

import miniviz  # noqa: E402
from miniviz import app, clock, config, endpoint, log, ntp, port  # noqa: E402

world.install(port)
SECRET = "s3cret/token"


class Restarted(BaseException):
    pass


def restart(kind):
    raise Restarted(kind)


class Names:
    """The system's sockets, with name servers that are silent: two of them take a Pico W 14 s."""

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        return getattr(self.real, name)

    def getaddrinfo(self, *wanted):
        world.sleep_ms(14000)
        raise OSError(-2)


def truth(host, uptime_ms):
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


raw = {
    "board": "any",
    "wifi": [{"ssid": "home", "password": "correct horse"}],
    "miniviz": {"url": os.getenv("URL"), "project": "ok", "token": SECRET, "label": "greenhouse"},
    "ntp": ["ntp.test"],
    "sensors": [{"type": "dht22", "pin": 15, "every": 10}],
    "send_every": 10,
    "report_crashes": True,
}
raw.update(SCENARIO.get("settings", {}))
with open("config.json", "w") as file:
    json.dump(raw, file)


def happen(what):
    def now():
        if what == "ctrl-c":
            raise KeyboardInterrupt
        if what == "power":
            raise Restarted("power")
        if what == "raise":
            raise ValueError("no luck with %s, %s, %s" % (SECRET, endpoint.quote(SECRET), "correct horse"))
        world.sleep_ms(60000)  # a sensor that never answers

    return now


def boot(what, after):
    """One boot to its end; says how it ended."""
    del world_time._alarms[:]
    world.on_reboot = restart
    app._current = None
    app.config = config
    port.feed = quiet
    world_time._start_ticks = -(world_time.board_us() // 1000) % world_time.PERIOD
    world_time.alarm(after * 1000, happen(what))
    try:
        miniviz.run()
        if app._current is None:  # safe mode: the REPL is free, and timers go on
            world.sleep_ms(3600000)
    except Restarted as reason:
        kind = reason.args[0]
        causes = {"power": 1, "hard": 3 if world.port == "rp2" else 2, "watchdog": 3}
        world.reset_cause = causes[kind]
        return kind
    return "repl"


def quiet():
    pass


if SCENARIO.get("names") == "silent":
    sys.modules["socket"] = Names(socket)  # found there by each later import
else:
    clock.probe = truth
for what, after in SCENARIO["crashes"]:
    print(json.dumps({"ended": boot(what, after), "at": world.elapsed_ms() // 1000}))
with open("state.json") as file:
    print(
        json.dumps({"state": json.load(file), "pin": world.outputs.get("LED"), "guard": port.watchdog_ms()})
    )
print(log.mask("the end"))
