"""Runs the whole firmware in virtual time against the server of $URL; prints what became of the readings.

SCENARIO is JSON: `seconds` to run, `settings` over the config's own, `world` for the fakes,
`ntp_after`: seconds until somebody tells the time (null: never); from and to in seconds: `ntp_lies` by a day,
`dns_fails`, `nobody_listens`; `liar`: the time server that always lies by a day; `post_ms`: how long each
exchange takes. With `watched`, heap and open files are compared with those at the first moment of rest. With
`flash`, MicroPython only, the files are on a chip of so many blocks.
"""

import gc
import json
import os

import world
from miniviz import app, clock, config, log, ntp, port

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


def during(name):
    """True in the scenario's span of this name."""
    start, end = SCENARIO.get(name, (0, 0))
    return start * 1000 <= world.elapsed_ms() < end * 1000


def truth(host, uptime_ms):
    """The world's own time, once somebody tells it."""
    after = SCENARIO.get("ntp_after", 0)
    if after is None or world.elapsed_ms() < after * 1000:
        world.sleep_ms(1000)
        raise ntp.NtpError(host + ": no answer within 1 s")
    lies = during("ntp_lies") or host == SCENARIO.get("liar")
    return ntp.Sample(world.unix_ms() + (86400000 if lies else 0), uptime_ms(), 2)


def resolve(host, number):
    """The port's own resolver, where the scenario does not make it fail."""
    if during("nobody_listens"):
        return real_resolve(host, 9)  # discard
    if during("dns_fails"):
        world.sleep_ms(6100)  # as long as a Pico W asks
        raise OSError(-2)
    return real_resolve(host, number)


def files():
    """How many files and sockets are open."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:  # not Linux
        return 0


class Rest:
    """Heap and open files while nothing is under way, and the longest time that a watchdog went hungry."""

    PATIENCE_MS = 30000  # where a fault goes on to the end there is no second rest
    # What a first fault loads, and keeps for the next one.
    SELDOM = ("verdict", "no_answer", "retry_after", "aside", "answer_body", "thin", "times")

    def __init__(self):
        self.heap = self.files = None
        self.fed = world.elapsed_ms()
        self.hungry = 0
        port.feed = self.feed
        for name in self.SELDOM:
            __import__("miniviz." + name)

    def feed(self):
        now = world.elapsed_ms()
        self.hungry = max(self.hungry, now - self.fed)
        self.fed = now

    def look(self, device):
        """(heap, files) now that the connection is closed."""
        device.hang_up()
        del log.kept[:]  # the last 20 warnings are kept on purpose: 4.7 KB on a 64-bit host
        gc.collect()
        return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0, files()

    def step(self, device):
        """Note what is in use at the first rest."""
        if self.heap is None and device.sender.delivered and not len(device.outbox):
            self.heap, self.files = self.look(device)

    def grown(self, device):
        """What is in use at rest again and was not then; a reading that waits has its segment's file open."""
        if self.heap is None:
            return {}
        until = world.elapsed_ms() + self.PATIENCE_MS
        while len(device.outbox) and world.elapsed_ms() < until:
            device.step()
            device._nap()
        heap, open_now = self.look(device)
        return {"grown": heap - self.heap, "opened": open_now - self.files, "hungry": self.hungry}


class Delays:
    """From each reading to its delivery, in virtual time."""

    def __init__(self, sender, post_ms):
        self.send, self.post_ms, self.all = sender._send, post_ms, []
        sender._send = self.timed

    def timed(self, timestamp, label, payload):
        world.sleep_ms(self.post_ms)
        outcome = self.send(timestamp, label, payload)
        if outcome.kind == 0:
            taken = timestamp - 1790000000000
            self.all.append((taken // 1000, (world.elapsed_ms() - taken) // 1000))
        return outcome


def small_flash(blocks):
    """Work on a chip that is soon full."""
    import flash
    import vfs

    chip = flash.Flash(blocks)
    vfs.VfsLfs2.mkfs(chip, progsize=256)
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
    os.chdir("/flash")


if "flash" in SCENARIO:
    small_flash(SCENARIO["flash"])
real_resolve, port.resolve = port.resolve, resolve
open_before = files()
world.reset(**SCENARIO.get("world", {}))
world.virtual(start_unix_ms=1790000000000, ticks=(1 << 30) - 20000)
world.install(port)
clock.probe = truth
device = app.App(config.check(settings(), BOARD))
rest = Rest() if SCENARIO.get("watched") else None
delays = Delays(device.sender, SCENARIO["post_ms"]) if "post_ms" in SCENARIO else None
longest = steps = 0
while world.elapsed_ms() < SCENARIO["seconds"] * 1000:
    start = world.elapsed_ms()
    device.step()
    longest = max(longest, world.elapsed_ms() - start)
    if rest:
        rest.step(device)
    device._nap()
    steps += 1
codes = device._code()
grown = rest.grown(device) if rest else {}
device.stop()
del log.kept[:]
gc.collect()
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
            "longest": longest,
            "steps": steps,
            "files": files() - open_before,
            "heap": gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0,
            "delays": delays.all if delays else [],
            "grown": grown,
        }
    )
)
