"""The sample that a user would paste today, beside this firmware: the same board, the same trouble."""

from pathlib import Path

import pytest
from bench import run_firmware, together
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

SAMPLE = (Path(__file__).parent / "vendor_sample.py").read_text(encoding="utf-8")
EVERY_5_S = {"sensors": [{"type": "dht22", "pin": 15, "every": 5}], "send_every": 5}
TROUBLE_S = 20
Row = dict[str, object]


async def start(board: PicoW, ours: bool) -> int:
    """Either program, from the prompt."""
    if ours:
        return await run_firmware(board, **EVERY_5_S)
    await board.machine.exec(f"f = open('vendor_sample.py', 'w'); f.write({SAMPLE!r}); f.close()")
    return await board.enter("import vendor_sample")


async def look(board: PicoW, ours: bool, fault: str) -> Row:
    """Run for a while, make trouble, end it, run on; what arrived and what it cost."""
    platform = await Platform(board).open()
    since = await start(board, ours)
    assert await board.until(lambda: platform.accepted, seconds=30), board.text
    request = platform.accepted[0]
    row: Row = {"value": request.body["payload"]["temperature"], "ms": request.body["timestamp"] % 1000 != 0}
    if fault == "black hole":
        board.network.tcp = "black hole"
    elif fault == "refused":
        board.network.tcp = "refused"
    await board.machine.sleep(TROUBLE_S)
    board.network.tcp = None
    before = len(platform.accepted)
    await board.machine.sleep(60)
    row["after"] = len(platform.accepted) - before
    row["ended"] = "Traceback" in board.text[since:]
    free = "import gc; gc.collect(); print(gc.mem_free())"
    row["free"] = int((await board.machine.exec(free)).strip().split()[-1])
    return row


def case(ours: bool, fault: str):
    async def scenario(board: PicoW) -> Row:
        return await look(board, ours, fault)

    return scenario


CASES = {
    f"{who}, {fault}": case(who == "ours", fault)
    for who in ("ours", "sample")
    for fault in ("black hole", "refused")
}
results = together(CASES)


@pytest.mark.parametrize("case", CASES)
def test_row_of_the_table(results, case: str, record_property) -> None:
    row = results(case)
    for name, value in row.items():
        record_property(name, value)
    print(f"\n{case:22} {row}")
    if case.startswith("ours"):
        # All readings of the trouble arrive after it, with the sensor's value and milliseconds.
        assert row["value"] == 23.4 and row["ms"] and not row["ended"]
        assert row["after"] >= TROUBLE_S // 5 + 60 // 5 - 3
    elif case == "sample, refused":
        assert row["ended"] and row["after"] == 0  # the program has stopped for good
    else:
        assert not row["ms"]
