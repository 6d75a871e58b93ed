"""Server down, WiFi gone, names not found: on real lwIP, and nothing is lost.

The cases run side by side, each on its copy of the board; a test is the look at one result.
"""

from collections.abc import Callable

import pytest
from bench import run_firmware, stop_firmware
from miniviz_lab.pico.network import Dns, Tcp
from miniviz_lab.pico_w import PicoW
from platform_server import Platform

EVERY_2_S = {"sensors": [{"type": "dht22", "pin": 15, "every": 2}], "send_every": 2, "log": "info"}
CLOSED = {"waiting": 0, "set aside": 0, "dropped": 0}


async def all_arrive(board: PicoW, platform: Platform, *, least: int, seconds: float) -> None:
    """Wait until so many readings are there, stop, and hold the counts together."""
    assert await board.until(lambda: len(platform.accepted) >= least, seconds=seconds), board.text
    counts = await stop_firmware(board)
    assert {name: counts[name] for name in CLOSED} == CLOSED, board.text
    assert len({request.reading for request in platform.accepted}) == counts["taken"], board.text
    times = [request.body["timestamp"] for request in platform.accepted]
    assert times == sorted(times)


async def begun(board: PicoW) -> tuple[Platform, int]:
    """The firmware runs and has delivered its first reading."""
    platform = await Platform(board).open()
    since = await run_firmware(board, **EVERY_2_S)
    assert await board.until(lambda: platform.accepted, seconds=20), board.text
    return platform, since


def server_fails(fault: Tcp, words: str) -> Callable[[PicoW], object]:
    """The server answers no more in this way, then it does again."""

    async def scenario(board: PicoW) -> None:
        platform, since = await begun(board)
        board.network.tcp, board.network.cut_after = fault, 30
        platform.hang_up()
        await board.says(words, seconds=40, since=since)
        await board.machine.sleep(3)
        board.network.tcp = None
        await all_arrive(board, platform, least=4, seconds=120)

    return scenario


def names_fail(fault: Dns) -> Callable[[PicoW], object]:
    """No name is found; then they are. From the start on: lwIP remembers what it found."""

    async def scenario(board: PicoW) -> None:
        platform = await Platform(board).open()
        board.network.dns = fault
        since = await run_firmware(board, **EVERY_2_S)
        await board.says("no sync: time.test: ", seconds=60, since=since)
        assert platform.requests == []
        board.network.dns = None
        await all_arrive(board, platform, least=4, seconds=120)

    return scenario


async def access_point_goes_and_comes(board: PicoW) -> None:
    """Out of reach, another password, back again."""
    platform, since = await begun(board)
    board.network.air = "absent"
    board.radio.lose_link()
    await board.says("the link to home was lost", seconds=10, since=since)
    await board.says("home: not in reach", seconds=30, since=since)
    board.network.air = "password"
    await board.says("home: wrong password", seconds=60, since=since)
    board.network.air = None
    await all_arrive(board, platform, least=4, seconds=120)


CASES = {
    "refused": server_fails("refused", "no answer: cannot connect to miniviz.test: error 104"),
    "black hole": server_fails("black hole", "no answer: the server is silent (time-out)"),
    "reset": server_fails("reset", "no answer: "),
    "truncated": server_fails("truncated", "next try in"),
    "no such name": names_fail("nxdomain"),
    "access point": access_point_goes_and_comes,
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost(results, case: str) -> None:
    results(case)
