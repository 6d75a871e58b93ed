"""What waits: how much RAM it takes, what becomes of boots without the time, and of what is refused."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from answers import Answers
from miniviz_lab import micropython, scenario
from miniviz_lab.fault_proxy import FaultProxy
from miniviz_lab.faults import parse
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE
from test_app import balanced, run

LARGE = Path(__file__).parent / "scenarios" / "outbox_large.py"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
START = 1790000000000

BOOTS = """
import json
from miniviz import log, port
from miniviz.outbox import Outbox, Record
from miniviz.store import Store

log.setup("info")


def boot(number, uptimes, start=None):
    one = Outbox(Store(), number)
    stamp = (lambda uptime: start + uptime) if start else (lambda uptime: None)
    for uptime in uptimes:
        one.put(Record(stamp(uptime), uptime, "shed", {"n": number * 1000 + uptime}))
    one.flush()
    if start:
        one.stamp(stamp)
    return one


boot(1, [10, 20, 30])
boot(2, [5, 15])
one = boot(3, [7, 9], 1790000000000)
while one.peek():
    print(json.dumps([one.peek().timestamp, one.peek().payload["n"]]))
    one.done()
"""


@RUNTIMES
def test_boots_without_the_time_are_stamped_just_before_the_next_that_learns_it(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    file = tmp_path / "boots.py"
    file.write_text(BOOTS)
    done = scenario.run(file, runtime, folder=tmp_path)
    times, numbers = zip(*done.lines, strict=True)
    assert numbers == (1010, 1020, 1030, 2005, 2015, 3007, 3009)
    assert all(a < b for a, b in pairwise(times))
    assert START - 1000 < times[0] < times[4] < START and times[5:] == (START + 7, START + 9)
    for boot in (1, 2):
        assert (
            f"boot {boot} never learned the time: its readings are stamped just before boot 3" in done.stdout
        )


@RUNTIMES
def test_a_reading_that_is_refused_stands_in_a_file_with_the_reason(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        told, _ = run(runtime, server.url, tmp_path, project="400", seconds=50)
    lines = [json.loads(line) for line in (tmp_path / "outbox" / "aside").read_text().splitlines()]
    assert told["aside"] == len(lines) == 5 and balanced(told)
    for reason, timestamp, label, payload in lines:
        assert reason.startswith("HTTP 400") and timestamp >= START and label == "greenhouse"
        assert set(payload) == {"temperature", "humidity"}


@RUNTIMES
def test_fresh_readings_are_taken_on_time_and_delivered_while_a_backlog_drains(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        told, _ = run(runtime, server.url, tmp_path, seconds=4000, nobody_listens=[0, 3000], post_ms=500)
        times = [json.loads(body)["timestamp"] for _, _, body in server.requests]
    assert told["taken"] == told["delivered"] == len(times) == 400
    # A pause grows to 300 s at most, the backlog of 330 takes 165 s more; then no reading waits for another.
    assert max(delay for taken, delay in told["delays"] if taken >= 3000) <= 300 + 165 + 10
    assert max(delay for taken, delay in told["delays"] if taken >= 3480) <= 20
    assert times == sorted(times)
    assert {round((b - a) / 1000) for a, b in pairwise(times[1:])} == {10}


@RUNTIMES
def test_a_backlog_drains_at_the_server_s_pace_and_fresh_readings_catch_up(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    """Of 21 requests the last is told to wait for half a minute."""
    with FaultProxy(faults=parse("pass*20,429:30") * 20) as proxy:
        told, _ = run(runtime, proxy.url, tmp_path, seconds=3000, nobody_listens=[0, 1200], post_ms=500)
        times = [json.loads(body)["timestamp"] for body in proxy.stored]
        refused = proxy.played.count("status")
    assert told["taken"] == told["delivered"] == len(times) == 300 and refused == 14
    assert {round((b - a) / 1000) for a, b in pairwise(times[1:])} == {10}  # each was taken on time
    delivered = [taken + delay for taken, delay in told["delays"]]
    assert all(delivered[i] - delivered[i - 1] >= 29 for i in range(20, 300, 20))  # whole seconds each
    # A pause grows to 300 s at most, the backlog of 150 takes 375 s at 20 in 40 s; then one answer's wait.
    late = [delay for taken, delay in told["delays"] if taken >= 1200 + 300 + 375]
    assert len(late) >= 100 and max(late) <= 30 + 20
    backlog = [at for at, (taken, _) in zip(delivered, told["delays"], strict=True) if taken < 1200]
    assert backlog[-1] <= 1200 + 300 + 120 * 2 + 40


@pytest.mark.parametrize("direct", [[], ["direct"]])
def test_four_thousand_readings_take_two_kilobytes_of_heap(direct: list[str]) -> None:
    micropython.for_test()
    done = micropython.run([LARGE, *direct], heap="16m", path=[FAKES, FIRMWARE], timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    told = {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert [told[what]["count"] for what in ("empty", "full", "opened", "drained")] == [0, 4000, 4000, 0]
    for line in told.values():
        assert line["heap"] - told["empty"]["heap"] < 2048 and line["dropped"] == 0, line


FAT = """
import json
import os
import sys
import vfs
import flash
from miniviz import log, outbox, port

log.setup("info")


chip = flash.Flash(64)
kind = {"fat": vfs.VfsFat, "littlefs": vfs.VfsLfs2}[%r]
kind.mkfs(chip)
vfs.mount(kind(chip), "/flash")
os.chdir("/flash")
one = outbox.on_flash("outbox", 1, 0, "drop_oldest")
for i in range(3):
    one.put(outbox.Record(1790000000000 + i, i, "shed", {"n": i}))
one.flush()
print(json.dumps({"waiting": len(one), "unsafe": one.unsafe(), "stored": len(os.listdir("outbox"))}))
"""


@pytest.mark.parametrize(("system", "unsafe", "stored"), [("fat", 3, 0), ("littlefs", 0, 1)])
def test_on_fat_readings_wait_in_ram_and_the_log_says_why(
    system: str, unsafe: int, stored: int, tmp_path: Path
) -> None:
    file = tmp_path / "system.py"
    file.write_text(FAT % system)
    done = scenario.run(file, "micropython", folder=tmp_path, heap="4m")
    assert done.lines == [{"waiting": 3, "unsafe": unsafe, "stored": stored}]
    assert ("a power cut can spoil FAT" in done.stdout) is (system == "fat")


STRANGE = """
import json, os
from miniviz import log, outbox

log.setup("info")
os.mkdir("outbox")
for name in %r:
    with open("outbox/" + name, "w") as file:
        file.write("not ours")
for name in %r:
    os.mkdir("outbox/" + name)
one = outbox.on_flash("outbox", 1, 600, "drop_oldest")
for i in range(3):
    one.put(outbox.Record(1790000000000 + i, i, "shed", {"n": i}))
one.flush()
found = []
while one.peek():
    found.append(one.peek().payload["n"])
    one.done()
print(json.dumps({"found": found, "there": sorted(os.listdir("outbox"))}))
"""


@RUNTIMES
def test_files_that_are_no_segments_stay_and_do_no_harm(runtime: scenario.Runtime, tmp_path: Path) -> None:
    names = ["7.seg", "abc.seg", "00000001-x.seg", "-.seg", "note.txt"]
    file = tmp_path / "strange.py"
    file.write_text(STRANGE % (names, []))
    done = scenario.run(file, runtime, folder=tmp_path)
    assert done.lines == [{"found": [0, 1, 2], "there": sorted([*names, "ack"])}]


@RUNTIMES
def test_a_segment_that_cannot_be_removed_leaves_the_readings_in_ram(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    file = tmp_path / "kept.py"
    file.write_text(STRANGE % ([], ["00000005.seg"]))  # a folder: remove() refuses it
    done = scenario.run(file, runtime, folder=tmp_path)
    assert done.lines == [{"found": [0, 1, 2], "there": ["00000005.seg"]}]
    assert "readings wait in RAM only: no place on flash" in done.stdout


FAILS = """
import json, os
from miniviz import log, outbox, port

log.setup("info")
one = outbox.on_flash("outbox", 1, 600, "drop_oldest")
for i in range(12):
    one.put(outbox.Record(1790000000000 + i, i, "shed", {"n": i}))
one.flush()
first = "outbox/00000000.seg"
one._store._close()
os.remove(first)
os.mkdir(first)  # a folder: nothing can be read of it, and remove() refuses it
one._store._file = open("fails.py", "rb")  # a write is refused
for i in range(12, 100):
    one.put(outbox.Record(1790000000000 + i, i, "shed", {"n": i}))
    one.flush()
told = {"waiting": len(one), "dropped": one.dropped, "unsafe": one.unsafe(), "found": []}
while one.peek():
    told["found"].append(one.peek().payload["n"])
    one.done()
print(json.dumps(told))
"""


@RUNTIMES
def test_a_flash_that_fails_for_good_while_running_leaves_the_readings_in_ram(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    file = tmp_path / "fails.py"
    file.write_text(FAILS)
    done = scenario.run(file, runtime, folder=tmp_path)
    told = done.lines[0]
    assert told["found"] == list(range(36, 100))  # outbox.CAPACITY
    assert told["waiting"] == told["unsafe"] == 64 and told["dropped"] == 36
    assert done.stdout.count("readings wait in RAM from now on") == 1


THIN = """
import json
from miniviz import log, segment, thin
from miniviz.store import Store

log.setup("error")
one = Store(when_full="thin", limit=6 * 4096)


def spans():
    return sorted(segment.numbers("outbox"))


for i in range(2000):
    one.append(0, 1790000000000 + i, "shed", {"n": i})
    if one.segments == 6 and one.last == spans()[-1][0] and one._end > 3900:
        break
for _ in range(3):
    before = spans()
    thin.halve(one)
    print(json.dumps([before, spans()]))
"""


def test_thin_takes_the_oldest_pair_of_those_that_were_thinned_least(tmp_path: Path) -> None:
    file = tmp_path / "thins.py"
    file.write_text(THIN)
    done = scenario.run(file, "micropython", folder=tmp_path, heap="4m")
    assert len(done.lines) == 3
    for before, after in done.lines:
        between = before[1:-1]  # the first is being delivered, the last one written
        if len(between) < 2:
            assert after == before
            continue
        gone = [one[1] + two[1] for one, two in pairwise(between)]
        chosen = gone.index(min(gone))
        assert [pair for pair in after if pair not in before] == [[between[chosen][0], after[chosen + 1][1]]]
        assert between[chosen + 1][0] not in [first for first, _ in after]
        assert after[chosen + 1][1] > gone[chosen]
