"""The sample that a user would paste today, beside this firmware: the same board and trouble, a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import FORGET, free_heap, run_firmware
from miniviz_lab.pico.network import Tcp
from miniviz_lab.pico_w import PicoW
from platform_server import Platform
from wired import Wired

MINUTES = 1
SAMPLE = (Path(__file__).parent / "vendor_sample.py").read_text(encoding="utf-8")
EVERY_S, TROUBLE_S = 5, 12
EVERY_5_S = {"sensors": [{"type": "dht22", "pin": 15, "every": EVERY_S}], "send_every": EVERY_S}
# And how long after it all is to have arrived: who waits for an answer that does not come notices it late.
FAULTS: dict[str, tuple[Tcp, int]] = {"server down": ("refused", 20), "server silent": ("black hole", 40)}
WHO = ("ours", "sample")
Row = dict[str, Any]


async def start(board: PicoW, ours: bool) -> int:
    """Either program, from the prompt."""
    if ours:
        return await run_firmware(board, **EVERY_5_S)
    await board.machine.exec(f"f = open('vendor_sample.py', 'w'); f.write({SAMPLE!r}); f.close()")
    await board.machine.exec(FORGET)  # the sample has the RAM for itself
    return await board.enter("import vendor_sample")


def look(ours: bool, fault: Tcp, after_s: int) -> Callable[[PicoW, Wired], Any]:
    """Run for a while, make trouble, end it, run on; what arrived and what it cost."""

    async def scenario(board: PicoW, wired: Wired) -> Row:
        platform = await Platform(board).open()
        since = await start(board, ours)
        assert await board.until(lambda: platform.accepted, seconds=30), board.text
        began, at = len(platform.accepted), board.machine.seconds
        board.network.tcp = fault
        platform.hang_up()
        await board.machine.sleep(TROUBLE_S)
        board.network.tcp = None
        await board.machine.sleep(after_s)
        truth = [board.time.start_unix_ms + nanos / 1e6 for nanos in wired.dht.answered]
        late = [min((r.body["timestamp"] - t for t in truth), key=abs) for r in platform.accepted]
        return {
            "arrived": len({request.reading for request in platform.accepted}) - began,
            "due": int((board.machine.seconds - at) / EVERY_S),
            "value": platform.payloads[0]["temperature"],
            "off_ms": max(map(abs, late)),
            "stopped": "Traceback" in board.text[since:],
            "free": await free_heap(board),
        }

    return scenario


CASES = {f"{who}, {name}": look(who == "ours", *fault) for name, fault in FAULTS.items() for who in WHO}


def line(case: str, row: Row) -> str:
    """A row of the table."""
    who, _, fault = case.partition(", ")
    end = "stopped for good" if row["stopped"] else "runs"
    cells = f"{row['arrived']:>2} of {row['due']:<2}", f"{row['value']!r:<20}", f"{row['off_ms']:>6.1f} ms"
    return f"{who:<7} {fault:<14} {'  '.join(cells)}  {row['free'] / 1024:>6.1f} KB  {end}"


HEAD = (
    f"{'program':<7} {'fault of 12 s':<14} {'arrived':<8}  {'first value':<20}  {'clock off':<9}  free heap"
)


def test_the_table(results, capsys) -> None:
    rows = {name: results(name) for name in CASES}
    with capsys.disabled():
        print("\n" + "\n".join([HEAD, *(line(name, row) for name, row in rows.items())]))
    for fault in FAULTS:
        row = rows[f"ours, {fault}"]
        # All readings of the trouble arrive after it, with the sensor's value and to the millisecond.
        assert row["value"] == 23.4 and row["off_ms"] <= 20 and not row["stopped"]
        assert row["arrived"] >= row["due"] - 3, (fault, row)
    assert rows["sample, server down"]["stopped"] and rows["sample, server down"]["arrived"] == 0
    assert rows["sample, server silent"]["arrived"] < rows["ours, server silent"]["arrived"]
    assert rows["sample, server down"]["off_ms"] > 20
