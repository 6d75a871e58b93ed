"""Cold flash to server on the official image: values, time stamps, heap."""

import json
import re

import pytest
from bench import TOKEN, run_firmware, settings, stop_firmware
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico_w import PicoW, WarmPicoW
from platform_server import Platform

HEAP_LEFT = 145_000  # bytes free of the board's 205 KB with the firmware in its steady state


def stamped_late_ms(dht: Dht22, platform: Platform) -> list[float]:
    """How far each timestamp is from the moment at which the sensor's answer was complete."""
    truth = [platform.board.time.start_unix_ms + nanos / 1e6 for nanos in dht.answered]
    return [min((request.body["timestamp"] - at for at in truth), key=abs) for request in platform.accepted]


def test_a_cold_board_starts_by_itself_and_delivers(image, files, run_alone) -> None:
    async def scenario() -> tuple[object, ...]:
        dht = Dht22(15)
        board = PicoW(image, files={**files, "config.json": json.dumps(settings()).encode()}, devices=[dht])
        platform = await Platform(board).open()
        await board.machine.start()
        assert await board.until(lambda: len(platform.accepted) >= 3, seconds=30), board.text
        late = stamped_late_ms(dht, platform)
        counts = await stop_firmware(board)
        await board.machine.stop()
        return platform.payloads, late, counts, board.text

    payloads, late, counts, text = run_alone(scenario)
    assert payloads[:3] == [{"temperature": 23.4, "humidity": 56.7}] * 3
    assert all(abs(ms) <= 20 for ms in late), late
    assert counts["delivered"] == counts["taken"] >= 3
    assert TOKEN not in text and "correct horse" not in text
    assert re.search(r"^\+\d\.\d{3}s I app: 1 sensor on pico_w", text, re.M)


# Every value that a DHT22 can send is tenths; these are ones that 32-bit floats cannot hold exactly.
VALUES = [(23.4, 56.7), (-0.1, 99.9), (-39.9, 0.1), (80.0, 100.0), (33.3, 66.6), (0.0, 12.3)]


@pytest.mark.parametrize("temperature,humidity", VALUES)
def test_values_arrive_as_the_sensor_sent_them(
    warm: WarmPicoW, dht: Dht22, temperature: float, humidity: float
) -> None:
    async def scenario(board: PicoW) -> object:
        dht.temperature, dht.humidity = temperature, humidity
        platform = await Platform(board).open()
        await run_firmware(board)
        assert await board.until(lambda: platform.accepted, seconds=20), board.text
        return platform.payloads[0]

    assert warm.run(scenario) == {"temperature": temperature, "humidity": humidity}


def test_time_stamps_stay_within_20_ms_over_a_minute(warm: WarmPicoW, dht: Dht22) -> None:
    async def scenario(board: PicoW) -> list[float]:
        platform = await Platform(board).open()
        await run_firmware(board, sensors=[{"type": "dht22", "pin": 15, "every": 10}], log="warning")
        assert await board.until(lambda: len(platform.accepted) >= 7, seconds=80), board.text
        return stamped_late_ms(dht, platform)

    late = warm.run(scenario)
    assert all(abs(ms) <= 20 for ms in late), late


def test_the_heap_that_is_left(warm: WarmPicoW, record_property) -> None:
    async def scenario(board: PicoW) -> tuple[int, int]:
        platform = await Platform(board).open()
        await run_firmware(board)
        free = []
        for count in (2, 12):
            assert await board.until(lambda n=count: len(platform.accepted) >= n, seconds=60), board.text
            await stop_firmware(board)
            free.append(int(await board.machine.exec("import gc; gc.collect(); print(gc.mem_free())")))
            await board.enter("miniviz.run()")
        return free[0], free[1]

    early, late = warm.run(scenario)
    record_property("heap_free", late)
    assert min(early, late) >= HEAP_LEFT
    assert late >= early - 512  # ten readings leave nothing behind
