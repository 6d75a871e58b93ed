"""The board's own watchdog: it bites what hangs, spares what feeds it; crashes in a row end in safe mode."""

import json
from typing import Any

import pytest
from bench import settings
from miniviz_lab.pico import flash
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

MINUTES = {"three crashes": 5}  # four starts
MAIN = """
import machine, time
print("cause", machine.reset_cause())
with open("causes", "a") as f:  # the console is not yet heard at the first start
    f.write(str(machine.reset_cause()) + " ")
if machine.reset_cause() == machine.PWRON_RESET or {fed}:
    dog = machine.WDT(timeout=1000)
    for _ in range(40):
        time.sleep_ms(100)
        if {fed}:
            dog.feed()
    print("lived")
"""
# A sensor of a third party: one file in sensors/. It hangs, or raises, as long as a file says so.
SENSOR = b"""
import os, time
FIELDS = {"pin": ("pin", ...)}
class Sensor:
    def __init__(self, entry):
        self.count = 0
    def read(self):
        self.count += 1
        if "hang" in os.listdir() and self.count == 2:
            os.remove("hang")
            print("hangs now")
            while True:
                time.sleep_ms(10)
        return {"count": self.count}
"""
CRASHING = b"""
import os
from miniviz import app
step = app.App.step
def crash(self):
    if "crash" in os.listdir():
        raise RuntimeError("somebody's mistake")
    step(self)
app.App.step = crash
import miniviz
miniviz.run()
"""


def bare(fed: bool) -> Any:
    """A watchdog without the firmware."""

    async def scenario(board: PicoW) -> tuple[str, bytes]:
        await board.swap_files(flash.image({"main.py": MAIN.format(fed=fed).encode()}))
        since = len(board.text)
        await board.machine.hard_reset()
        words = "lived" if fed else "cause 3"
        await board.says(words, seconds=15, since=since)
        return board.text[since:], board.files()["causes"]

    return scenario


def _config(**changes: Any) -> bytes:
    return json.dumps(settings(watchdog=True, log="info", **changes)).encode()


async def run_with(board: PicoW, main: str, more: dict[str, bytes]) -> Platform:
    """The first start, with these files beside the firmware; after a reset the board runs main.py itself."""
    platform = await Platform(board).open()
    await board.swap_files(flash.image({**board.files(), **more}))
    await board.enter(main)
    return platform


async def hung_sensor(board: PicoW) -> Any:
    """It hangs at its second reading; the board bites itself free and delivers what it had and more."""
    more = {
        "miniviz/sensors/stuck.py": SENSOR,
        "hang": b"1",
        "config.json": _config(sensors=[{"type": "stuck", "pin": 3, "every": 4}]),
    }
    platform = await run_with(board, "import miniviz; miniviz.run()", more)
    await board.says("hangs now", seconds=60)
    hung_at, before = board.machine.seconds, len(platform.accepted)
    state = json.loads(board.files()["state.json"])
    assert await board.until(lambda: len(platform.accepted) >= before + 2, seconds=60, step=0.2), board.text
    again = json.loads(board.files()["state.json"])
    first_after = platform.accepted[before].at_ms / 1000 - board.time.start_unix_ms / 1000 - hung_at
    return state, again, platform.payloads, first_after, "postmortem.json" in board.files()


async def three_crashes(board: PicoW) -> Any:
    """Three crashes within a minute each: safe mode with one diagnostic row; then a reset, and it works."""
    more = {"main.py": CRASHING, "crash": b"1", "config.json": _config()}
    platform = await run_with(board, "exec(open('main.py').read())", more)
    await board.says("safe mode: 3 crashes", seconds=120)
    await board.says("the REPL is free", seconds=120)
    told = list(platform.payloads)
    blinks = board.machine.nanos
    await board.machine.sleep(8)
    groups = board.radio.led.groups(blinks)
    await board.machine.exec("import os; os.remove('crash')")
    await board.machine.hard_reset()
    assert await board.until(lambda: len(platform.accepted) > len(told), seconds=60), board.text
    return told, groups, platform.payloads[len(told) :], board.text


CASES = {
    "bites": bare(fed=False),
    "spares": bare(fed=True),
    "hung sensor": hung_sensor,
    "three crashes": three_crashes,
}


@pytest.mark.parametrize("case", ["bites"])
def test_it_bites_what_hangs_and_the_board_comes_back(results, case: str) -> None:
    said, causes = results(case)
    assert causes == b"1 3 " and "lived" not in said


@pytest.mark.parametrize("case", ["spares"])
def test_it_spares_what_feeds_it(results, case: str) -> None:
    said, causes = results(case)
    assert causes == b"1 " and "cause 3" not in said


@pytest.mark.parametrize("case", ["hung sensor"])
def test_a_hung_sensor_is_ended_by_the_watchdog(results, case: str) -> None:
    before, after, payloads, seconds, noted = results(case)
    assert (before["boot"], after["boot"]) == (1, 2)
    assert noted
    assert payloads[:3] == [{"count": 1}, {"count": 1}, {"count": 2}]  # a new start counts from the beginning
    assert seconds <= 8.4 + 15  # the watchdog's 8.4 s at most, then boot, WiFi and time


@pytest.mark.parametrize("case", ["three crashes"])
def test_three_crashes_end_in_safe_mode_and_a_reset_in_none(results, case: str) -> None:
    told, groups, after, text = results(case)
    assert len(told) == 1 and told[0]["safe_mode"] == 3, told
    assert "RuntimeError" in told[0]["crash"]
    assert 8 in groups
    assert after[-1] == {"temperature": 23.4, "humidity": 56.7}
    assert "crashed, starts again" in text and "somebody's mistake" in text
