"""The board's own watchdog: it bites what hangs, spares what feeds it, and the board comes back."""

from miniviz_lab.pico import flash
from miniviz_lab.pico_w import PicoW, WarmPicoW

MAIN = """
import machine, time
print("cause", machine.reset_cause())
if machine.reset_cause() == machine.PWRON_RESET or {fed}:
    dog = machine.WDT(timeout=1000)
    for _ in range(40):
        time.sleep_ms(100)
        if {fed}:
            dog.feed()
    print("lived")
"""


def run(warm: WarmPicoW, fed: bool) -> str:
    async def scenario(board: PicoW) -> str:
        await board.swap_files(flash.image({"main.py": MAIN.format(fed=fed).encode()}))
        since = len(board.text)
        await board.machine.hard_reset()
        words = "lived" if fed else "cause 3"
        await board.says(words, seconds=15, since=since)
        return board.text[since:]

    return warm.run(scenario)


def test_it_bites_what_hangs_and_the_board_comes_back(warm: WarmPicoW) -> None:
    said = run(warm, fed=False)
    assert "cause 1" in said and "lived" not in said


def test_it_spares_what_feeds_it(warm: WarmPicoW) -> None:
    assert "cause 3" not in run(warm, fed=True)
