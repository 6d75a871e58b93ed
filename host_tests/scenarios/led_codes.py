"""Brings a device into the state $STATE and counts what its LED blinks, in virtual time; prints [number]."""

import json
import os

import world
from miniviz import app, clock, config, log, ntp, port

STATE = os.getenv("STATE")
BOARD = {"board": "pico_w", "led": "LED", "led_on": 1, "pins": list(range(23)) + [26, 27, 28]}
PAUSE_MS = 1000  # longer than that it is dark between two codes only
WATCHED_MS = 40000  # of it, once the state is reached
PROJECTS = {"refused": "401", "sending": "503"}


def truth(host, uptime_ms):
    if STATE == "no time":
        raise ntp.NtpError(host + ": no answer within 1 s")
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


def settings():
    return {
        "board": "pico_w",
        "wifi": [{"ssid": "away" if STATE == "joining" else "home", "password": "correct horse"}],
        "miniviz": {
            "url": os.getenv("URL"),
            "project": PROJECTS.get(STATE, "ok"),
            "token": "s3cret-token",
            "label": "shed",
        },
        "ntp": ["ntp.test"],
        "sensors": [{"type": "dht22", "pin": 14 if STATE == "sensor" else 15, "every": 10}],
        "send_every": 10,
    }


def running():
    """The device itself: its loop's step, and its nap."""
    device = app.App(config.check(settings(), BOARD))

    def step():
        device.step()
        device._nap()

    for _ in range(300):
        step()
    return step


def idle():
    """Nothing runs but a timer."""
    world.sleep_ms(20)


def no_config():
    from miniviz import start

    put("config.json", "{")
    assert start.device() is None
    return idle


def safe_mode():
    from miniviz import guard, safe

    watch = guard.Guard()
    watch.early = 3
    safe.run(watch)
    return idle


def setup():
    from miniviz import portal

    one = portal.Portal("127.0.0.1", int(os.getenv("HTTP")), int(os.getenv("DNS")))

    def step():
        one.step()
        world.sleep_ms(20)

    return step


def put(name, text):
    with open(name, "w") as file:
        file.write(text)


def blinks(step):
    """How often it is lit between two pauses; a reading on its way, every 10 s, may swallow a blink."""
    rises, lit = [], False
    until = world.elapsed_ms() + WATCHED_MS
    while world.elapsed_ms() < until:
        step()
        was, lit = lit, bool(world.outputs.get("LED"))
        if lit and not was:
            rises.append(world.elapsed_ms())
    codes = [0]
    for i in range(len(rises)):
        if i and rises[i] - rises[i - 1] > PAUSE_MS:
            codes.append(0)
        codes[-1] += 1
    whole = codes[1:-1] or [codes[0]]  # it may have begun, and ended, within a code
    often = max(whole, key=whole.count)
    assert 5 * whole.count(often) >= 3 * len(whole) and max(whole) == often, codes
    return often


log.setup("error")
world.reset()
world.virtual(start_unix_ms=1790000000000)
world.install(port)
clock.probe = truth
put("board.json", json.dumps(BOARD))
begin = {"config": no_config, "safe": safe_mode, "setup": setup}.get(STATE, running)
print(json.dumps([blinks(begin())]))
