"""A device for weeks in virtual time, with everything going wrong by a seed; for MicroPython, prints JSON.

argv: days, seed. The flash is a chip that loses its power in mid-operation; the server is a function.
"""

import json
import os
import random
import sys

import flash
import vfs
import world

DAYS, SEED = float(sys.argv[1]), int(sys.argv[2])
EVERY, BLOCKS, START = 120, 20, 1790000000000
random.seed(SEED)
world.reset()
world.virtual(start_unix_ms=START, ticks=(1 << 30) - 100000)

from miniviz import app, clock, config, guard, log, ntp, port, retry

world.install(port)
log.setup("error")


class Cut(BaseException):
    """The power is gone."""


class Seeded:
    """os.urandom of the seed, so that a run can be repeated."""

    def urandom(self, count):
        return bytes(random.getrandbits(8) for _ in range(count))


class Answer:
    """What requests.post returns."""

    def __init__(self, status, headers=None):
        self.status_code = status
        self.headers = headers or {}

    def json(self):
        return {"id": "1"} if self.status_code < 300 else {"error": "no"}

    def close(self):
        pass


class Weather:
    """Spans of trouble, one after the other, by chance."""

    def __init__(self, kinds, calm_s, long_s):
        self.kinds, self.calm_s, self.long_s = kinds, calm_s, long_s
        self.kind, self.until = None, 0

    def now(self):
        seconds = world.elapsed_ms() // 1000
        if seconds >= self.until:
            trouble = self.kind is None and self.until
            self.kind = random.choice(self.kinds) if trouble else None
            self.until = seconds + 1 + int(random.random() * (self.long_s if trouble else self.calm_s))
        return self.kind


class Soak:
    """The sums."""

    def __init__(self):
        self.chip = flash.Flash(BLOCKS)
        vfs.VfsLfs2.mkfs(self.chip, progsize=256)
        self.server = Weather(["down", "500", "429", "lost answer", "401", "portal"], 40000, 50000)
        self.time = Weather(["dead", "lies"], 60000, 60000)
        self.taken = 0
        self.got = {}
        self.refused = set()
        self.unsure = set()  # delivered, but the device does not know
        self.unaccepted = set()
        self.dropped_least = self.dropped_most = 0
        self.wrong = 0
        self.cuts = self.boots = self.posts = self.lost_answers = 0

    def post(self, url, data=None, headers=None, timeout=None):
        """The platform, and what stands between."""
        self.posts += 1
        world.sleep_ms(200)
        kind = self.server.now()
        if kind == "down":
            raise OSError(111)
        if kind in ("500", "429", "401"):
            return Answer(int(kind), {"Retry-After": "120"} if kind == "429" else None)
        if kind == "portal":
            answer = Answer(200)
            answer.json = list
            return answer
        n = json.loads(data)["payload"].get("n")
        if n is None:
            return Answer(201)
        if n % 97 == 13:
            self.refused.add(n)
            return Answer(400)
        self.got[n] = self.got.get(n, 0) + 1
        if kind == "lost answer" and random.random() < 0.3:
            self.lost_answers += 1
            self.unsure.add(n)
            raise OSError(104)
        self.unsure.discard(n)
        return Answer(201)

    def probe(self, host, uptime_ms):
        """A time server."""
        kind = self.time.now()
        world.sleep_ms(300)
        if kind == "dead":
            raise ntp.NtpError(host + ": no answer within 1 s")
        return ntp.Sample(world.unix_ms() + (86400000 if kind == "lies" else 0), uptime_ms(), 30)

    def sample(self, read):
        """The sampler's own, with a number in every payload."""

        def numbered(uptime_ms):
            packed = read(uptime_ms)
            for _, payload in packed:
                payload["n"] = self.taken
                self.taken += 1
            return packed

        return numbered

    def boot(self, end_s):
        """One boot, until the power goes or the time is over."""
        self.boots += 1
        vfs.mount(vfs.VfsLfs2(self.chip, progsize=256), "/flash")
        os.chdir("/flash")
        port.flash = lambda: (self.chip, 256)
        device = None
        unsafe = dropped = 0
        taken = self.taken
        cut_s = world.elapsed_ms() // 1000 + int(random.random() * 3 * 86400)
        try:
            device = app.App(config.check(SETTINGS, BOARD), self.post, guard.Guard())
            device.sampler.sample = self.sample(device.sampler.sample)
            while world.elapsed_ms() < end_s * 1000:
                unsafe, dropped, taken = device.outbox.unsafe(), device.outbox.dropped, self.taken
                device.step()
                now = device.clock.uptime_ms()
                world.sleep_ms(max(100, min(30000, device.sampler.next_due() - now)))
                if self.chip.left is None and world.elapsed_ms() > cut_s * 1000:
                    self.chip.left = random.getrandbits(5)
                if self.chip.left is not None and (self.chip.left < 0 or random.random() < 0.02):
                    raise Cut
            device.stop()
            unsafe, dropped, taken = 0, device.outbox.dropped, self.taken
        except (Cut, OSError):  # a dead flash may end the firmware's own way
            if self.chip.left is None:
                raise
            self.cuts += 1
            self.unaccepted.update(range(max(0, taken - unsafe), self.taken))
        after = device.outbox.dropped if device else 0
        self.dropped_least += min(dropped, after)
        self.dropped_most += max(dropped, after)
        os.chdir("/")
        vfs.umount("/flash")
        self.wrong += self.chip.wrong
        self.chip = flash.Flash(BLOCKS, bytearray(self.chip.data))  # a dead chip is never used again
        # A cut between an answer and its mark: the reading waits again, and may be dropped as well.
        stored = self.stored()
        self.unsure.update(stored & set(self.got))
        self.unaccepted -= stored  # more came onto the flash than was promised: it may not be lost either

    def stored(self):
        """The numbers that still wait on flash, by a copy of it."""
        from miniviz.store import Store

        chip = flash.Flash(BLOCKS, bytearray(self.chip.data))
        vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
        os.chdir("/flash")
        port.flash = lambda: (chip, 256)
        one, found = Store(), set()
        while one.peek():
            found.add(one.peek()[3].get("n"))
            one.done()
        os.chdir("/")
        vfs.umount("/flash")
        return found


SETTINGS = {
    "board": "soak",
    "wifi": [{"ssid": "home", "password": "correct horse"}],
    "miniviz": {"url": "http://soak.test", "project": "p", "token": "t0ken", "label": "soak"},
    "ntp": ["ntp.test"],
    "sensors": [{"type": "dht22", "pin": 15, "every": EVERY}],
    "send_every": 600,
    "store_every": 3600,
    "watchdog": False,
    "log": "error",
}
BOARD = {"board": "soak", "pins": list(range(23))}


def main():
    soak = Soak()
    clock.probe = soak.probe
    retry.os = Seeded()
    seconds = int(DAYS * 86400)
    for _ in range(int(DAYS * 2)):
        at = random.random() * seconds
        kind = random.choice(["wifi_gone", "dht_absent", "dht_checksum", "join_fails"])
        world.fault(kind, start=at, end=at + random.random() * 40000)
    while world.elapsed_ms() < seconds * 1000:
        soak.boot(seconds)
    stored = soak.stored()
    missing = set(range(soak.taken)) - set(soak.got) - soak.refused - stored
    lost = missing - soak.unaccepted
    twice = sum(count - 1 for count in soak.got.values())
    print(
        json.dumps(
            {
                "seed": SEED,
                "days": DAYS,
                "boots": soak.boots,
                "cuts": soak.cuts,
                "posts": soak.posts,
                "taken": soak.taken,
                "not_accepted_at_cuts": len(missing) - len(lost),
                "accepted": soak.taken - (len(missing) - len(lost)),
                "delivered": len(soak.got),
                "stored": len(stored - set(soak.got) - soak.refused),
                "set_aside": len(soak.refused),
                "missing": len(lost),
                "dropped_but_delivered": len(soak.unsure - stored),
                "dropped_reported": [soak.dropped_least, soak.dropped_most],
                "twice": twice,
                "lost_answers": soak.lost_answers,
                "flash_wrong": soak.wrong,
            }
        )
    )


main()
