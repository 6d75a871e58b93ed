"""Who asks for the portal at boot, and that it closes by itself; in virtual time, on both ports."""

import gc
import json
import os
import sys

import world
from miniviz import button, log, port


def put(name, value):
    with open(name, "w") as file:
        json.dump(value, file)


def asked(held=()):
    """Is the portal asked for while these are pulled to ground?"""
    world.pins = dict.fromkeys(held, 0)
    return button.asks_for_portal()


def new(kind):
    for name in ("config.json", "board.json"):
        port.remove(name)
    world.reset(port=kind)
    world.virtual()
    world.install(port)


def portal_minutes(busy):
    """How long an open portal stays if nobody comes, or somebody all the time; what is left of it then."""
    from miniviz import portal

    real = portal.Portal

    def opened():
        one = real("127.0.0.1", int(os.getenv("HTTP")), int(os.getenv("DNS")))
        if busy:
            step = one.step
            one.step = lambda: step() or True
        return one

    portal.Portal = opened
    begun = world.elapsed_ms()
    portal.run()
    del portal
    minutes = (world.elapsed_ms() - begun) // 60000
    left = [name for name in ("portal", "page", "web", "trial", "form") if "miniviz." + name in sys.modules]
    return [minutes, world.state["access_point"], left, world.outputs.get(2)]


def portal_breaks():
    """A mistake in the page's code: run() says it and returns, with nothing left open."""
    from miniviz import portal

    real, said = portal.Portal, []

    def opened():
        one = real("127.0.0.1", int(os.getenv("HTTP")), int(os.getenv("DNS")))
        one._trial = type("Broken", (), {"close": lambda self: None})()  # it has no step()
        return one

    portal.Portal, log.error = opened, lambda where, text: said.append([where, "AttributeError" in text])
    portal.run()
    return [said, world.state["access_point"], "miniviz.portal" in sys.modules]


def refuse(**shown):
    """An esp32 is on the air already when it takes our settings; a Pico W refuses as it goes there."""
    if shown.get("key"):
        raise OSError("Wifi Internal Error")


def portal_cannot_open(kind):
    """The radio refuses: run() says so and returns, with nothing on the air and no watchdog armed."""
    new(kind)
    import _access_point  # each world has its own
    from miniviz import guard, portal

    said, real = [], _access_point.show
    warning, log.warning = log.warning, lambda where, text: said.append(text)
    _access_point.show = refuse
    watch = guard.Guard()
    portal.run(watch)
    _access_point.show, log.warning = real, warning
    on_the_air = bool(_access_point.active() or world.state["access_point"])
    return [said, on_the_air, watch._armed, watch.settled, "miniviz.portal" in sys.modules]


log.setup("error")
told = {}
for kind, board in (("rp2", {"button": "BOOTSEL"}), ("esp32", {"button": 0})):
    new(kind)
    own = board["button"]
    said = told[kind] = {"no config": asked()}
    put("config.json", {"sensors": [{"pin": 15}]})
    said["no board"] = asked((own,))
    put("board.json", board)
    said["free"] = asked()
    said["held"] = asked((own,))
    put("config.json", {"button": 14, "sensors": 3})
    said["config's, held"] = asked((14,))
    said["board's, but config has one"] = asked((own,))
    put("config.json", {"sensors": [{"pin": 0}]})
    said["a sensor's pin"] = asked((0,))
    put("config.json", {"button": 99})
    said["no such pin"] = asked((99,))
    with open("config.json", "w") as file:
        file.write("{")
    said["broken config, held"] = asked((own,))
new("rp2")
put("board.json", {"led": 2, "led_on": 1})
gc.collect()
told["alone"] = portal_minutes(False)
told["busy"] = portal_minutes(True)
told["broken"] = portal_breaks()
told["refused"] = [portal_cannot_open("rp2"), portal_cannot_open("esp32")]
print(json.dumps(told))
