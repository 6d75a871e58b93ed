"""Cold flash to server on the official image: values, time stamps, heap."""

import json
import re
from typing import Any

import pytest
from bench import DHT_PIN, TOKEN, Cold, free_heap, run_firmware, settings, stop_firmware
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico_w import PicoW
from platform_server import Platform
from wired import Wired

WITHIN_MS = 20
HEAP_LEFT = 120_000  # bytes free of the board's 205 KB with the firmware in its steady state
# Every value that a DHT22 can send is tenths; these are ones that 32-bit floats cannot hold exactly.
VALUES = [(23.4, 56.7), (-0.1, 99.9), (-39.9, 0.1), (80.0, 100.0), (33.3, 66.6), (0.0, 12.3)]


def stamped_late_ms(dht: Dht22, platform: Platform) -> list[float]:
    """How far each timestamp is from the moment at which the sensor's answer was complete."""
    truth = [platform.board.time.start_unix_ms + nanos / 1e6 for nanos in dht.answered]
    return [min((request.body["timestamp"] - at for at in truth), key=abs) for request in platform.accepted]


async def cold_start(image: Any, files: dict[str, bytes]) -> Any:
    """From power-on with an image and a flash to the third reading; nobody types anything."""
    dht = Dht22(DHT_PIN)
    board = PicoW(image, files={**files, "config.json": json.dumps(settings()).encode()}, devices=[dht])
    platform = await Platform(board).open()
    await board.machine.start()
    assert await board.until(lambda: len(platform.accepted) >= 3, seconds=30), board.text
    late = stamped_late_ms(dht, platform)
    counts = await stop_firmware(board)
    await board.machine.stop()
    return platform.payloads, late, counts, board.text


async def values(board: PicoW, wired: Wired) -> Any:
    """The sensor's values one after the other, and what arrived."""
    wired.dht.temperature, wired.dht.humidity = VALUES[0]
    platform = await Platform(board).open()
    await run_firmware(board)
    for temperature, humidity in VALUES:
        wired.dht.temperature, wired.dht.humidity = temperature, humidity
        count = len(platform.accepted)
        assert await board.until(lambda n=count: len(platform.accepted) >= n + 2, seconds=20), board.text
    return platform.payloads


async def a_minute(board: PicoW, wired: Wired) -> Any:
    """Seven readings, ten seconds apart."""
    platform = await Platform(board).open()
    await run_firmware(board, sensors=[{"type": "dht22", "pin": DHT_PIN, "every": 10}], log="warning")
    assert await board.until(lambda: len(platform.accepted) >= 7, seconds=80), board.text
    return stamped_late_ms(wired.dht, platform)


async def heap(board: PicoW) -> Any:
    """What is free after two readings and after ten more."""
    platform = await Platform(board).open()
    await run_firmware(board)
    free = []
    for count in (2, 12):
        assert await board.until(lambda n=count: len(platform.accepted) >= n, seconds=60), board.text
        await stop_firmware(board)
        free.append(await free_heap(board))
        await board.enter("miniviz.run()")
    return free


CASES = {"cold start": Cold(cold_start), "values": values, "a minute": a_minute, "heap": heap}


@pytest.mark.parametrize("case", ["cold start"])
def test_a_cold_board_starts_by_itself_and_delivers(results, case: str) -> None:
    payloads, late, counts, text = results(case)
    assert payloads[:3] == [{"temperature": 23.4, "humidity": 56.7}] * 3
    assert all(abs(ms) <= WITHIN_MS for ms in late), late
    assert counts["delivered"] == counts["taken"] >= 3
    assert TOKEN not in text and "correct horse" not in text
    assert re.search(r"^\+\d\.\d{3}s I app: 1 sensor on pico_w", text, re.M)


@pytest.mark.parametrize("case", ["values"])
def test_values_arrive_as_the_sensor_sent_them(results, case: str) -> None:
    sent = [{"temperature": temperature, "humidity": humidity} for temperature, humidity in VALUES]
    arrived = results(case)
    assert all(payload in sent for payload in arrived), arrived
    assert all(payload in arrived for payload in sent), arrived


@pytest.mark.parametrize("case", ["a minute"])
def test_time_stamps_stay_within_20_ms(results, case: str, record_property) -> None:
    late = results(case)
    record_property("late_ms", late)
    assert len(late) >= 7 and all(abs(ms) <= WITHIN_MS for ms in late), late


@pytest.mark.parametrize("case", ["heap"])
def test_the_heap_that_is_left(results, case: str, record_property) -> None:
    early, late = results(case)
    record_property("heap_free", late)
    print(f"\nsteady state: {late} bytes of heap free")
    assert min(early, late) >= HEAP_LEFT
    assert late >= early - 512  # ten readings leave nothing behind
