"""A sleeping device for some hours of virtual time; SCENARIO is JSON: port, seconds, settings, faults."""

import json
import os

import world
import world_time

SCENARIO = json.loads(os.getenv("SCENARIO"))
world.reset(port=SCENARIO["port"], faults=SCENARIO.get("faults", []))
world.virtual(start_unix_ms=1790000000000)

from miniviz import app, clock, config, guard, ntp, port  # noqa: E402

world.install(port)
BOARD = {"board": "any", "pins": list(range(23))}


class Restarted(BaseException):
    pass


def restart(kind):
    raise Restarted(kind)


def truth(host, uptime_ms):
    world.sleep_ms(50)
    return ntp.Sample(world.unix_ms(), uptime_ms(), 30)


def settings():
    raw = {
        "board": "any",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"url": os.getenv("URL"), "project": "ok", "token": "t0ken", "label": "greenhouse"},
        "ntp": ["ntp.test"],
        "sensors": [{"type": "dht22", "pin": 15, "every": 60}],
        "send_every": 600,
        "sleep": True,
    }
    raw.update(SCENARIO.get("settings", {}))
    return config.check(raw, BOARD)


def interrupt():
    raise KeyboardInterrupt


def boot():
    """One boot or wake; True while there is time for another."""
    world_time.cancel(world.state.get("watchdog"))
    device = app.App(settings(), guard=guard.Guard())
    try:
        device.loop()
    except Restarted as reason:
        kind = reason.args[0]
        world.reset_cause = {"hard": 2, "watchdog": 3, "deepsleep": 4}[kind]
        kinds[kind] = kinds.get(kind, 0) + 1
        # A new boot counts its ticks from zero.
        world_time._start_ticks = -(world_time.board_us() // 1000) % world_time.PERIOD
        return world.elapsed_ms() < SCENARIO["seconds"] * 1000
    print(json.dumps({"sums": device.sums(), "kinds": kinds}))
    return False


clock.probe = truth
world.on_reboot = restart
kinds = {}
world_time.alarm(SCENARIO["seconds"] * 1000, interrupt)
try:
    while boot():
        pass
except KeyboardInterrupt:
    pass
if kinds:
    machine = __import__("machine")
    kept = json.loads(machine.RTC().memory())
    print(json.dumps({"sums": kept["sum"], "kinds": kinds}))
