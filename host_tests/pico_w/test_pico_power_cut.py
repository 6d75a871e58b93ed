"""The power goes at any flash operation, also in the middle of a page: files are old or new, never broken."""

import json

from miniviz_lab.pico import flash
from miniviz_lab.pico.power_cuts import Cuts
from miniviz_lab.pico_w import PicoW, WarmPicoW

# What the firmware does with state and config: written beside, renamed over; and a log that only grows.
WRITE = """
import json, os
for n in range(12):
    with open("state.tmp", "w") as f:
        json.dump({"n": n, "more": "x" * 500}, f)
    os.rename("state.tmp", "state.json")
    with open("log.bin", "ab") as f:
        f.write(bytes([n]) * 64)
    print("done", n)
"""
LEAST = 60
SEEN_BY_GUEST = 5


def test_files_are_old_or_new_after_a_cut_anywhere(warm: WarmPicoW) -> None:
    async def scenario(board: PicoW) -> tuple[int, list[str]]:
        with Cuts(board) as cuts:
            # Not through exec, whose output would come at the end only.
            await board.machine.exec(f"f = open('write.py', 'w'); f.write({WRITE!r}); f.close()")
            await board.enter("import write")
            await board.says("done 11", seconds=30)
        wrong = [f"{cut.operation}, torn {cut.torn}: {told}" for cut in cuts.taken if (told := broken(cut))]
        return len(cuts.taken), wrong

    count, wrong = warm.run(scenario)
    assert count >= LEAST
    assert wrong == []


def broken(cut) -> str | None:
    """What is wrong with the files, or None."""
    done = cut.printed.count("\ndone ")
    try:
        files = flash.files(cut.file_system)
    except Exception as error:  # noqa: BLE001 whatever littlefs says, it is the finding
        return repr(error)
    if "main.py" not in files:
        return "main.py is gone"
    state = json.loads(files["state.json"])["n"] if "state.json" in files else -1
    grown = len(files.get("log.bin", b"")) // 64
    if not done - 1 <= state <= done:
        return f"state {state} after {done} rounds"
    if not done <= grown <= done + 1:
        return f"log {grown} after {done} rounds"
    return None


def test_the_board_itself_mounts_what_a_cut_left(warm: WarmPicoW) -> None:
    async def cut(board: PicoW) -> list[bytes]:
        await board.machine.exec(f"f = open('write.py', 'w'); f.write({WRITE!r}); f.close()")
        with Cuts(board) as cuts:
            await board.machine.exec("import write")
        step = len(cuts.taken) // SEEN_BY_GUEST
        return [found.file_system for found in cuts.taken[1::step]]

    async def look(board: PicoW, images: list[bytes]) -> list[str]:
        seen = []
        for image in images:
            await board.swap_files(image)
            seen.append(await board.machine.exec("import os; print(sorted(os.listdir()))"))
        return seen

    images = warm.run(cut)
    seen = warm.run(lambda board: look(board, images))
    assert len(seen) >= SEEN_BY_GUEST and all("'main.py'" in names for names in seen)
