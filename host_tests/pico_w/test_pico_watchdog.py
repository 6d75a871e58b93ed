"""The board's own watchdog: it bites what hangs, spares what feeds it, and the board comes back."""

from miniviz_lab.pico import flash
from miniviz_lab.pico_w import PicoW, WarmPicoW

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


def run(warm: WarmPicoW, fed: bool) -> tuple[str, bytes]:
    async def scenario(board: PicoW) -> tuple[str, bytes]:
        await board.swap_files(flash.image({"main.py": MAIN.format(fed=fed).encode()}))
        since = len(board.text)
        await board.machine.hard_reset()
        words = "lived" if fed else "cause 3"
        await board.says(words, seconds=15, since=since)
        return board.text[since:], board.files()["causes"]

    return warm.run(scenario)


def test_it_bites_what_hangs_and_the_board_comes_back(warm: WarmPicoW) -> None:
    said, causes = run(warm, fed=False)
    assert causes == b"1 3 " and "lived" not in said


def test_it_spares_what_feeds_it(warm: WarmPicoW) -> None:
    said, causes = run(warm, fed=True)
    assert causes == b"1 " and "cause 3" not in said
