"""Readings that wait on the board's own flash: programmed into a segment's block, cut off, delivered."""

import json
import struct
from typing import Any
from zlib import crc32

import pytest
from bench import DHT_PIN, Cold, settings, stop_firmware
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

STORED = 9
LATER_MS = 120_000  # between the cut and the next power-on
ERASES = 0x20, 0xD8  # of a sector, of a block
STORE = """
import time
from miniviz import log, nor, port, store
log.setup("debug")
one = store.Store("direct")
for i in range(40):
    one.append(0, 1790000000000 + i, "shed", {"n": i})
one.sync()
assert one.peek()[3] == {"n": 0}
one.done()
print("begun")
"""
GO_ON = """
for i in range(40, 90):
    one.append(0, 1790000000000 + i, "shed", {"n": i})
    one.sync()
for i in range(1, 31):
    assert one.peek()[3] == {"n": i}
    one.done()
since = time.ticks_us()
one._block("direct/00000000.seg")
found = time.ticks_diff(time.ticks_us(), since)
since = time.ticks_us()
one._front.mark(one._offset)
print("found in %d us, marked in %d us" % (found, time.ticks_diff(time.ticks_us(), since)))
"""
OPEN = """
from miniviz import store
one = store.Store("direct")
found = []
while one.peek():
    found.append(one.peek()[3]["n"])
    one.done()
print(found, one.dropped)
"""


async def direct(image: Any, files: dict[str, bytes]) -> Any:
    """The store by itself: what is on the flash is there after the power went, and costs no erase."""
    board = PicoW(image, files={**files, "main.py": b""})
    operations: list[int] = []
    await board.machine.start()
    await board.machine.exec(STORE)
    board.machine.on_flash = lambda operation: operations.append(operation[0])
    times = await board.machine.exec(GO_ON)
    await board.machine.stop()
    after = PicoW(image, file_system=board.machine.file_system())
    await after.machine.start()
    found = await after.machine.exec(OPEN)
    await after.machine.stop()
    return operations, times, found


def stored(board: PicoW) -> int:
    """How many readings stand in the segments on the board's flash."""
    count = 0
    for name, data in board.files().items():
        at = 0
        while name.endswith(".seg") and len(data) >= at + 6:
            length, check = struct.unpack_from("<HI", data, at)
            body = data[at + 6 : at + 6 + length]
            if crc32(body) != check:  # erased bytes, or a record that is just being programmed
                break
            count += isinstance(json.loads(body)[0], int)
            at += 6 + length
    return count


async def outage(image: Any, files: dict[str, bytes]) -> Any:
    """A board whose server is away stores each reading; the power goes; the next boot delivers them."""
    config = settings(store_every=0)
    board = PicoW(
        image, files={**files, "config.json": json.dumps(config).encode()}, devices=[Dht22(DHT_PIN)]
    )
    await board.machine.start()
    assert await board.until(lambda: stored(board) >= STORED, seconds=300, step=1), board.text
    await board.machine.stop()
    count, names = stored(board), {name: len(data) for name, data in board.files().items()}
    late = PicoW(
        image,
        file_system=board.machine.file_system(),
        devices=[Dht22(DHT_PIN)],
        start_unix_ms=board.time.start_unix_ms + board.machine.nanos // 1_000_000 + LATER_MS,
    )
    platform = await Platform(late).open()
    await late.machine.start()
    assert await late.until(lambda: len(platform.accepted) >= count + 2, seconds=300), late.text
    counts = await stop_firmware(late)
    await late.machine.stop()
    return count, names, late.time.start_unix_ms, [r.reading for r in platform.accepted], counts


CASES = {"direct": Cold(direct), "outage": Cold(outage)}


@pytest.mark.parametrize("case", ["direct"])
def test_records_and_marks_are_programmed_without_an_erase(results, case: str) -> None:
    operations, times, found = results(case)
    assert found == f"{list(range(31, 90))} 0\n"
    assert not [one for one in operations if one in ERASES], times
    assert 50 + 30 < len(operations) < 2 * (50 + 30)


@pytest.mark.parametrize("case", ["outage"])
def test_readings_of_an_outage_survive_a_power_cut_and_are_delivered(results, case: str) -> None:
    count, names, restart_ms, readings, counts = results(case)
    assert names["outbox/00000000.seg"] == 4096
    old = [reading for reading in readings if reading[1] < restart_ms]
    assert len(set(old)) == len(old) == count >= STORED
    # Ctrl-C may cut off the last answer; then that reading, the newest, comes once more.
    assert len(set(readings[:-1])) == len(readings) - 1
    assert counts["dropped"] == counts["set aside"] == counts["waiting"] == 0
