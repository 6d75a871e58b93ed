"""The power goes at flash operations, also in the middle of a page: what was accepted is delivered after it.

A board queues and acknowledges readings, rewrites its config, its state and the pointer of an update; every
flash operation is noted. With each cut point's flash a new board is powered on; its own boot code mounts it.
What that board leaves there goes to one that has its WiFi and its time already: the firmware opens its outbox
on it and delivers. After every fifth torn operation the new board itself goes on until nothing waits.
"""

import json
from dataclasses import dataclass
from typing import Any

from bench import settings
from miniviz_lab.pico import flash
from miniviz_lab.pico import image as official
from miniviz_lab.pico.power_cuts import Cuts
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

MINUTES = 6
LEAST = 60
SPACING = 5  # every fifth torn operation is followed by a start that goes the whole way
FIRST_MS = 1_790_000_000_000
LABELS = ("shed", "barn")  # of the config before and after its change
# As the firmware and the tools do it. The pauses let the console say each step before the next begins.
WORK = """
import json, os, time
from miniviz import outbox, state, switch
def say(*words):
    print(*words)
    time.sleep_ms(5)
box = outbox.on_flash("outbox", 1, 600, "drop_oldest")
def put(n):
    box.put(outbox.Record({first} + 1000 * n, None, "shed", {{"n": n, "text": "reading %d" % n}}))
    box.flush()
    say("put", n)
def send():
    n = box.peek().payload["n"]
    say("sent", n)
    box.done()
put(0)
with open("config.json.new", "w") as file:
    file.write(configs[1])
os.rename("config.json.new", "config.json")
say("config", 0)
state.put("camera", ["640x480", 0])
say("state", 0)
switch.save({{"serial": 0}})
say("version", 0)
put(1)
for n in range(2, 6):
    send()
    put(n)
send()
box = None
print("work", "done")
"""
# The firmware's parts as a start makes them; WiFi, clock and connection are those of the board on the bench.
READY = """
import time
from miniviz import app, outbox, sender, start
bench = app.make(start.settings())
while not bench.sender.delivered:
    bench.step()
    time.sleep_ms(2)
def deliver():
    box = outbox.on_flash("outbox", 2, 600, "drop_oldest")
    box.stamp(bench.clock.at)
    out = sender.Sender(box, bench.client.send, bench.clock.uptime_ms, 0)
    for _ in range(1000):
        if not len(box):
            break
        if out.ready():
            out.step()
        else:
            time.sleep_ms(2)
    print("waiting", len(box), "dropped", box.dropped, "aside", box.aside)
"""
# Every file by its length, as the boot has mounted them; main.py, which has begun, is interrupted before.
TREE = """
import os
def look(folder, found):
    for name, kind, _, size in os.ilistdir(folder or "/"):
        path = folder + "/" + name
        if kind == 0x4000:
            look(path, found)
        else:
            found[path[1:]] = size
    return found
print(look("", {}))
"""
ALL_DELIVERED = "waiting 0 dropped 0 aside 0"


@dataclass
class CutPoint:
    """The flash after it, and what the board had said until then."""

    name: str
    torn: bool
    file_system: bytes
    printed: str

    def numbers(self, word: str) -> list[int]:
        """Of the lines that begin with the word."""
        lines = (line.split() for line in self.printed.splitlines())
        return [int(line[1]) for line in lines if len(line) == 2 and line[0] == word and line[1].isdigit()]


def config(label: str) -> str:
    """One that takes a single reading of its own."""
    sensors = [{"type": "system", "every": 86400, "rssi": False, "chip_temperature": False, "uptime": False}]
    return json.dumps(settings(sensors=sensors, miniviz={"label": label}, send_every=1, log="info"))


async def record(board: PicoW) -> list[CutPoint]:
    """Two cut points at each flash operation of the work: before it, and in the middle of it."""
    configs = [config(label) for label in LABELS]
    await board.machine.exec(
        f"configs = {configs!r}; f = open('config.json', 'w'); f.write(configs[0]); f.close()"
    )
    work = WORK.format(first=FIRST_MS)
    await board.machine.exec(f"f = open('work.py', 'w'); f.write({work!r}); f.close()")
    with Cuts(board) as cuts:
        since = await board.enter("exec(open('work.py').read())")
        await board.says("work done", seconds=60, since=since)
    count = len(cuts.operations)
    assert cuts.after(count) == board.machine.file_system()  # nothing was missed
    return [
        CutPoint(
            f"{'in' if torn else 'before'} operation {number + 1} of {count}",
            torn,
            cuts.after(number, torn=torn),
            operation.printed,
        )
        for number, operation in enumerate(cuts.operations)
        for torn in (False, True)
    ]


def unwhole(point: CutPoint) -> list[str]:
    """The files that are neither as before nor as after the step that was cut; none is the rule."""
    files = flash.files(point.file_system)

    def at(word: str) -> int:
        return max(point.numbers(word), default=-1)

    label = json.loads(files["config.json"])["miniviz"]["label"]
    camera = json.loads(files.get("state.json", b"{}")).get("camera", [None, -1])[1]
    serial = json.loads(files.get("version.json", b'{"serial": -1}'))["serial"]
    found = {"config": LABELS.index(label) - 1, "state": camera, "version": serial}
    return [name for name, number in found.items() if number not in (at(name), at(name) + 1)]


def judge(point: CutPoint, told: str, bodies: list[Any]) -> str | None:
    """What is wrong after this cut, or None."""
    came = [body["payload"]["n"] for body in bodies]
    sent = point.numbers("sent")
    spoilt = [
        body
        for body in bodies
        if body["payload"]["text"] != f"reading {body['payload']['n']}"
        or body["timestamp"] != FIRST_MS + 1000 * body["payload"]["n"]
        or body["label_key"] != "shed"
    ]
    twice = [n for n in came if n in sent]
    faults = {
        "spoilt": spoilt,
        "accepted and never delivered": sorted({*point.numbers("put")} - {*sent, *came}),
        "out of order": came if came != sorted({*came}) else [],
        "delivered twice": twice if twice not in ([], sent[-1:]) else [],  # the one whose mark was cut off
        "left": [] if ALL_DELIVERED in told else [told[-200:]],
        "neither old nor new": unwhole(point),
    }
    found = {name: what for name, what in faults.items() if what}
    return f"{point.name}: {found}" if found else None


async def power_on(point: CutPoint) -> tuple[str, list[Any]]:
    """A new board with this flash, until nothing waits."""
    image = official.cached()
    assert image
    board = PicoW(image, file_system=point.file_system)
    platform = await Platform(board).open()
    await board.machine.start()
    # Its own reading is the last of the queue.
    ended = await board.until(lambda: "free_heap" in str(platform.payloads[-1:]), seconds=60)
    await board.machine.stop()
    bodies = [request.body for request in platform.accepted]
    return ALL_DELIVERED if ended else board.text, [body for body in bodies if "n" in body["payload"]]


async def booted(file_system: bytes) -> tuple[dict[str, int], bytes]:
    """A new board powered on with this flash: the files that its own boot code found, and its flash then."""
    image = official.cached()
    assert image
    board = PicoW(image, file_system=file_system)
    await board.machine.start()
    found = eval(await board.machine.exec(TREE))
    await board.machine.stop()
    return found, board.machine.file_system()


def half(which: int) -> Any:
    """Every second operation: what is wrong after each of its cuts, and how many went the whole way."""

    async def scenario(board: PicoW) -> tuple[list[str], int, int]:
        platform = await Platform(board).open()
        points = [point for number, point in enumerate(await record(board)) if number // 2 % 2 == which]
        await board.machine.exec(READY)
        wrong: list[str | None] = []
        for point in points:
            await board.machine.stop()
            found, file_system = await booted(point.file_system)
            there = {name: len(data) for name, data in flash.files(point.file_system).items()}
            wrong.append(None if found == there else f"{point.name}: the boot found {found}, not {there}")
            board.machine.resume()
            before = len(platform.accepted)
            await board.swap_files(file_system)
            told = await board.machine.exec("deliver()")
            wrong.append(judge(point, told, [request.body for request in platform.accepted[before:]]))
        await board.machine.stop()
        torn = [point for point in points if point.torn]
        whole_way = torn[which * SPACING // 2 :: SPACING]
        wrong += [judge(point, *await power_on(point)) for point in whole_way]
        return [fault for fault in wrong if fault], len(points), len(whole_way)

    return scenario


CASES = {"odd operations": half(0), "even operations": half(1)}


def test_what_was_accepted_is_delivered_after_a_cut_anywhere(results, record_property) -> None:
    ends = [results(name) for name in CASES]
    wrong = [fault for found, _, _ in ends for fault in found]
    count, starts = (sum(end[place] for end in ends) for place in (1, 2))
    record_property("cut_points", count)
    print(f"\n{count} cut points, every second one torn; a power-on after each, {starts} of them to the end")
    assert wrong == [], "\n".join(wrong)
    assert count >= LEAST and starts >= LEAST // (2 * SPACING)
