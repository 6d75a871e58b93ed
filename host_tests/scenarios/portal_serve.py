"""Serves the portal on 127.0.0.1 until the file `stop` is there, or by its own run() with WHOLE set.

$PORTS: those of its page and its name server; $WHOLE: the whole of miniviz.run() up to the restart;
$NO_TIME: nobody tells the time.
"""

import gc
import json
import os

import world
from miniviz import button, clock, log, ntp, port, portal

HTTP, DNS = (int(number) for number in os.getenv("PORTS").split())
feeds = [0]


def truth(host, uptime_ms):
    """The computer's own time, if anybody tells it."""
    if os.getenv("NO_TIME"):
        raise ntp.NtpError(host + ": no answer within 1 s")
    return ntp.Sample(world.unix_ms(), uptime_ms(), 2)


def feed():
    feeds[0] += 1


def there(name):
    try:
        os.stat(name)
    except OSError:
        return False
    return True


def files():
    """How many files and sockets are open."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:  # not Linux
        return 0


def serve():
    """As portal.run() does, but until the test says so."""
    one = portal.Portal("127.0.0.1", HTTP, DNS)
    print(json.dumps({"point": world.state["access_point"], "led": world.outputs}))
    try:
        while not there("stop"):
            one.step()
            port.sleep_ms(2)
    finally:
        one.close()


before = files()
really, world.sleep_ms = world.sleep_ms, lambda ms: really(min(ms, 20))  # a scan takes a board two seconds
clock.probe, port.feed = truth, feed
log.setup("info")
if os.getenv("WHOLE"):
    real = portal.Portal
    portal.Portal = lambda: real("127.0.0.1", HTTP, DNS)
    print(json.dumps({"asked": button.asks_for_portal()}))
    portal.run()
else:
    serve()
gc.collect()
print(
    json.dumps(
        {
            "point": world.state["access_point"],
            "files": files() - before,
            "feeds": feeds[0],
            "heap": gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0,
        }
    )
)
