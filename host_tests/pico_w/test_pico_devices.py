"""What hangs on the pins, at the level of the wires: each kind is read, each fault is one sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from bench import run_firmware, stop_firmware
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico_w import PicoW
from platform_server import Platform
from wired import ADC_PIN, BUTTON_PIN, DS18B20_PIN, Wired

ALL = [
    {"type": "dht22", "pin": 15, "every": 2},
    {"type": "ds18b20", "pin": DS18B20_PIN, "every": 2, "rename": {"temperature": "water"}},
    {"type": "adc", "pin": ADC_PIN, "every": 2},
    {"type": "switch", "pin": BUTTON_PIN, "every": 2},
    {"type": "system", "every": 2, "rssi": False, "free_heap": False, "uptime": False},
]


async def every_kind(board: PicoW, wired: Wired) -> Any:
    """All at once, then with other values."""
    wired.ds18b20.temperature, wired.voltage.volts = -10.125, 1.0
    platform = await Platform(board).open()
    await run_firmware(board, sensors=ALL, log="info")
    assert await board.until(lambda: platform.accepted, seconds=30), board.text
    wired.ds18b20.temperature, wired.voltage.volts = 125.0, 3.3
    wired.button.press()
    count = len(platform.accepted)
    assert await board.until(lambda: len(platform.accepted) >= count + 3, seconds=30), board.text
    await stop_firmware(board)
    return platform.payloads[0], platform.payloads[-1]


# What is broken, how it is mended, what the board says.
Act = Callable[[Wired], None]
FAULTS: dict[str, tuple[Act, Act, str]]


async def faults(board: PicoW, wired: Wired) -> None:
    """One after the other: it fails, the sentence is said, the others go on, it works again."""
    platform = await Platform(board).open()
    since = await run_firmware(board, sensors=ALL[:4], log="info")
    assert await board.until(lambda: platform.accepted, seconds=30), board.text
    for break_it, mend, words in FAULTS.values():
        break_it(wired)
        await board.says(words, seconds=20, since=since)
        count = len(platform.accepted)
        assert await board.until(lambda n=count: len(platform.accepted) >= n + 2, seconds=40), board.text
        mend(wired)
        since = len(board.text)
        await board.says("works again", seconds=30, since=since)
    await stop_firmware(board)


def _put(**values: Any) -> Act:
    def act(wired: Wired) -> None:
        for name, value in values.items():
            getattr(wired, name).fault = value

    return act


def _bounce(wired: Wired) -> None:
    wired.button.stuck = True
    wired.button.press()


def _rest(wired: Wired) -> None:
    wired.button.stuck = False


FAULTS = {
    "dht22 absent": (_put(dht="absent"), _put(dht=None), "W dht22[0]: "),
    "dht22 checksum": (_put(dht="checksum"), _put(dht=None), "W dht22[0]: "),
    "ds18b20 absent": (_put(ds18b20="absent"), _put(ds18b20=None), "ds18b20 on pin 21: "),
    "ds18b20 crc": (_put(ds18b20="crc"), _put(ds18b20=None), "is not readable (CRC error)"),
    "switch bounces": (_bounce, _rest, "does not hold a level for 20 ms"),
}
CASES = {"every kind": every_kind, "faults": faults}


@pytest.mark.parametrize("case", ["every kind"])
def test_each_kind_is_read_over_its_wires(results, case: str) -> None:
    first, last = results(case)
    assert (first["temperature"], first["humidity"]) == (23.4, 56.7)
    assert (first["water"], last["water"]) == (-10.125, 125.0)
    assert abs(first["voltage"] - 1.0) < 0.002 and last["voltage"] == 3.3
    assert (first["switch"], last["switch"]) == ("true", "false")
    assert 26 <= first["chip_temperature"] <= 28


@pytest.mark.parametrize("case", ["faults"])
def test_each_fault_is_one_sentence_and_the_others_go_on(results, case: str) -> None:
    results(case)


def test_a_dht11_sends_whole_numbers() -> None:
    from miniviz_lab.pico.dht11 import Dht11

    assert Dht11(15, 23.4, 56.7).frame() == bytes((57, 0, 23, 0, 80))
    assert Dht22(15, -0.1, 99.9).frame() == bytes((0x03, 0xE7, 0x80, 0x01, 0x6B))
