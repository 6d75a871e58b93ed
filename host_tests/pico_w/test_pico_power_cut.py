"""The power goes at flash operations, also in the middle of a page: what was accepted is delivered after it.

One board queues readings, acknowledges some, rewrites its config and its state; every flash operation
is noted. For each cut point a copy of the warm board gets the flash as the cut left it and starts on it.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from bench import settings, stop_firmware
from miniviz_lab.pico import copies
from miniviz_lab.pico.power_cuts import Cuts
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

MINUTES = 4
LEAST = 60
COLD_EVERY = 40  # of these cut points one is followed by main.py in a fresh interpreter, the others by run()
FIRST_MS = 1_790_000_000_000
LABELS = ("shed", "barn-0", "barn-1", "barn-2", "barn-3")  # of the first config and those written later
# As the firmware and the tools do it. The pauses let the console say each step before the next begins.
WORK = """
import json, os, time
from miniviz import outbox, state
def say(*words):
    print(*words)
    time.sleep_ms(10)
box = outbox.on_flash("outbox", 1, 600, "drop_oldest")
for n in range(8):
    box.put(outbox.Record({first} + 1000 * n, None, "shed", {{"n": n, "text": "reading %d" % n}}))
    box.flush()
    say("put", n)
for n in range(4):
    say("sent", box.peek().payload["n"])
    box.done()
    say("done", n)
for n in range(4):
    with open("config.json.new", "w") as file:
        file.write(configs[n + 1])
    os.rename("config.json.new", "config.json")
    state.put("camera", ["640x480", n])
    say("config", n)
"""


@dataclass
class CutPoint:
    """The flash after it, and what the board had said until then."""

    name: str
    file_system: bytes
    printed: str

    def numbers(self, word: str) -> set[int]:
        """Of the lines that begin with the word."""
        lines = (line.split() for line in self.printed.splitlines())
        return {int(line[1]) for line in lines if len(line) == 2 and line[0] == word and line[1].isdigit()}


def config(label: str) -> str:
    """One that takes no reading of its own, so that every one that comes was on the flash."""
    sensors = [{"type": "system", "every": 86400, "rssi": False, "chip_temperature": False, "uptime": False}]
    return json.dumps(settings(sensors=sensors, miniviz={"label": label}, send_every=1, log="info"))


async def record(board: PicoW) -> Any:
    """The flash operations of the work, with what was printed at each."""
    configs = [config(label) for label in LABELS]
    await board.machine.exec(f"f = open('config.json', 'w'); f.write({configs[0]!r}); f.close()")
    await board.machine.exec(f"f = open('work.py', 'w'); f.write({WORK.format(first=FIRST_MS)!r}); f.close()")
    with Cuts(board) as cuts:
        await board.enter(f"configs = {configs!r}; exec(open('work.py').read())")
        await board.says("config 3", seconds=60)
    operations = list(cuts.operations)
    assert cuts.after(len(operations)) == board.machine.file_system()  # nothing was missed
    points = []
    for count in range(len(operations)):
        torn = count % 2 == 1
        name = f"{'torn in' if torn else 'before'} operation {count + 1} of {len(operations)}"
        points.append(CutPoint(name, cuts.after(count, torn=torn), operations[count].printed))
    return points


def start(point: CutPoint, cold: bool) -> Any:
    """Put the flash in and start; what then arrived, until nothing waits any more."""

    async def scenario(board: PicoW) -> Any:
        platform = await Platform(board).open()
        await board.swap_files(point.file_system)
        since = await board.restart() if cold else await board.enter("import miniviz; miniviz.run()")

        def over() -> bool:
            own = any("free_heap" in payload for payload in platform.payloads)  # taken at its start
            return own or "Traceback" in board.text[since:]

        assert await board.until(over, seconds=60), board.text[since:]
        counts = await stop_firmware(board)
        return platform.accepted, counts, json.loads(board.files()["state.json"])

    return scenario


def judge(point: CutPoint, end: Any) -> str | None:
    """What is wrong after this cut, or None."""
    if isinstance(end, Exception):
        return f"{point.name}: {end}"
    accepted, counts, state = end
    written = max(point.numbers("config"), default=-1)
    camera = state.get("camera", [None, -1])[1]
    own = [request.body for request in accepted if "free_heap" in request.body["payload"]]
    came = [request.body for request in accepted if "n" in request.body["payload"]]
    numbers = [body["payload"]["n"] for body in came]
    spoilt = [
        body
        for body in came
        if body["payload"]["text"] != f"reading {body['payload']['n']}"
        or body["timestamp"] != FIRST_MS + 1000 * body["payload"]["n"]
        or body["label_key"] != "shed"
    ]
    sent = point.numbers("sent")
    missing = point.numbers("put") - sent - set(numbers)
    twice = [n for n in numbers if n in sent]
    faults = {
        "spoilt": spoilt,
        "accepted and never delivered": sorted(missing),
        "out of order": numbers if numbers != sorted(set(numbers)) else [],
        "delivered twice": twice if len(twice) > 1 else [],
        "neither the old config nor the new": [
            body["label_key"] for body in own if body["label_key"] not in LABELS[written + 1 : written + 3]
        ],
        "neither the old state nor the new": [camera] if camera not in (written, written + 1) else [],
        "left over": [counts] if counts["waiting"] or counts["dropped"] or counts["set aside"] else [],
    }
    found = {name: told for name, told in faults.items() if told}
    return f"{point.name}: {found}" if found else None


@pytest.fixture(scope="module")
def points(warm) -> list[CutPoint]:
    return warm.run(record)


def test_what_was_accepted_is_delivered_after_a_cut_anywhere(warm, points, record_property) -> None:
    pool = copies.Pool()
    for number, point in enumerate(points):
        cold = number % COLD_EVERY == 0
        pool.add(number, lambda p=point, c=cold: warm.start(start(p, c)))
    ends: list[Any] = []
    for number in range(len(points)):
        try:
            ends.append(pool.result(number))
        except copies.CopyFailed as error:
            ends.append(error)
    wrong = [told for point, end in zip(points, ends, strict=True) if (told := judge(point, end))]
    record_property("cut_points", len(points))
    print(f"\n{len(points)} cut points, {sum('torn' in point.name for point in points)} of them torn")
    assert wrong == [], "\n".join(wrong)
    assert len(points) >= LEAST
