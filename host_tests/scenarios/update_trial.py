"""A version on trial in virtual time; SCENARIO is JSON: `ends` (how it goes), `pointer` (version.json).

`ends` is "idle" (runs and delivers nothing), "import" (cannot be imported), "delivers", "ctrl-c", or
"config" (it refuses the config.json, and says so with the LED).
"""

import json
import os
import sys

import world

SCENARIO = json.loads(os.getenv("SCENARIO"))
world.reset(port=SCENARIO.get("port", "rp2"))
world.virtual(start_unix_ms=1790000000000)

import miniviz  # noqa: E402
from miniviz import port, switch  # noqa: E402

world.install(port)
HOME = miniviz.__path__
switch.save(SCENARIO["pointer"])


class Restarted(BaseException):
    pass


def restart(kind):
    raise Restarted(kind)


def start():
    """What stands for the new version."""
    if SCENARIO["ends"] == "import":
        raise ImportError("no module")
    if SCENARIO["ends"] == "ctrl-c":
        return
    if SCENARIO["ends"] == "config":
        port.timer(100, lambda _: None)  # the LED blinks, the REPL is free
        return
    if SCENARIO["ends"] == "delivers":
        world.sleep_ms(60000)
        print(json.dumps({"kept": trial.delivered()}))
    world.sleep_ms(3600000)


world.on_reboot = restart
trial = switch.choose(True)
came_from = miniviz.__path__
miniviz.__path__ = HOME
sys.modules["miniviz.port"] = miniviz.port = port
ended = "here"
if trial:
    try:
        trial.run(start)
        world.sleep_ms(3600000)  # a person at the REPL changes nothing
    except Restarted as kind:
        ended = kind.args[0]
told = {"ended": ended, "minutes": world.elapsed_ms() // 60000, "pointer": switch.load(), "runs": "installed"}
if came_from != HOME:
    path = came_from if isinstance(came_from, str) else came_from[0]
    with open(path + "/app.py") as file:  # the tests' archives have their own name in it
        told["runs"] = file.read()
print(json.dumps(told))
