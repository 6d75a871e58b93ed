"""The board's own watchdog: it bites what hangs and spares what feeds it."""

import json
from typing import Any

import pytest
from bench import Cold, settings
from miniviz_lab.pico import flash
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

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
            while True:
                time.sleep_ms(10)
        return {"count": self.count}
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


async def hung_sensor(image: Any, files: dict[str, bytes]) -> Any:
    """It hangs at its second reading; the board bites itself free and delivers what it had and more."""
    more = {
        "miniviz/sensors/stuck.py": SENSOR,
        "hang": b"1",
        "config.json": _config(sensors=[{"type": "stuck", "pin": 3, "every": 4}]),
    }
    board = PicoW(image, files={**files, **more})
    platform = await Platform(board).open()
    await board.machine.start()
    assert await board.until(lambda: "hang" not in board.files(), seconds=60, step=0.5), board.text
    hung_at, before = board.machine.seconds, len(platform.accepted)
    state = json.loads(board.files()["state.json"])
    assert await board.until(lambda: len(platform.accepted) >= before + 2, seconds=60, step=0.2), board.text
    again = json.loads(board.files()["state.json"])
    first_after = platform.accepted[before].at_ms / 1000 - board.time.start_unix_ms / 1000 - hung_at
    return state, again, platform.payloads, first_after, "postmortem.json" in board.files()


CASES = {
    "bites": bare(fed=False),
    "spares": bare(fed=True),
    "hung sensor": Cold(hung_sensor),
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
