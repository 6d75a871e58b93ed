"""Server down, WiFi gone, names or time unanswered, refusals: on real lwIP, and nothing is lost.

The cases run side by side, each on its copy of the board; a test is the look at one result.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest
from bench import run_firmware, stop_firmware
from miniviz import http
from miniviz_lab.pico.network import Dns, Tcp
from miniviz_lab.pico_w import PicoW
from platform_server import OK, Answer, Platform, Request

EVERY_2_S = {"sensors": [{"type": "dht22", "pin": 15, "every": 2}], "send_every": 2, "log": "info"}
CLOSED = {"waiting": 0, "set aside": 0, "dropped": 0}
# An exchange that is under way when the link goes ends at its deadline (http.DEADLINE_S and a second more for
# its body); only then does the firmware look at its link again, ten times a second.
LOSS_IS_SEEN_S = http.DEADLINE_S + 2


async def all_arrive(board: PicoW, platform: Platform, *, least: int, seconds: float) -> None:
    """Wait until so many readings are there, stop, and hold the counts together."""

    def enough() -> bool:
        # A reading whose answer was cut off comes again, and counts once.
        return len({request.reading for request in platform.accepted}) >= least

    assert await board.until(enough, seconds=seconds), board.text
    counts = await stop_firmware(board)
    assert {name: counts[name] for name in CLOSED} == CLOSED, board.text
    readings = [request.reading for request in platform.accepted]
    assert len(set(readings)) == counts["taken"], (readings, board.text)
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
    """No name is found, or nobody answers; then they are. From the start on: lwIP remembers what it found."""

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
    lost_at = board.machine.seconds
    await board.says("the link to home was lost", seconds=LOSS_IS_SEEN_S, since=since)
    exchange_ended = "no answer: " in board.text[since:]
    assert exchange_ended or board.machine.seconds - lost_at < 2, board.text[since:]
    await board.says("home: not in reach", seconds=30, since=since)
    board.network.air = "password"
    await board.says("home: wrong password", seconds=60, since=since)
    board.network.air = None
    await all_arrive(board, platform, least=4, seconds=120)


async def no_time_at_first(board: PicoW) -> None:
    """Nothing is sent with a made-up time; later everything with the true one."""
    board.network.udp_silent = True
    platform = await Platform(board).open()
    since = await run_firmware(board, **EVERY_2_S)
    await board.says("no sync: time.test: no answer within 1 s", seconds=30, since=since)
    assert platform.requests == []
    board.network.udp_silent = False
    await all_arrive(board, platform, least=5, seconds=60)
    taken_at = [request.body["timestamp"] for request in platform.accepted]
    # The grid of 2 s is kept from before the first sync on; some rounds also waited 3 s for an answer.
    assert all(b - a < 6000 for a, b in pairwise(taken_at)), taken_at


def refused(answer: Answer, words: str, pause: float) -> Callable[[PicoW], object]:
    """One refusal, then yes: the pause between is the promised one."""

    async def scenario(board: PicoW) -> None:
        left = [answer]
        platform = Platform(board, lambda _request: left.pop() if left else OK)
        await platform.open()
        since = await run_firmware(board, **EVERY_2_S)
        await board.says(words, seconds=30, since=since)
        await all_arrive(board, platform, least=2, seconds=pause + 90)
        first, second = (request.at_ms for request in platform.requests[:2])
        assert pause <= (second - first) / 1000 <= max(1.2 * pause, 60)

    return scenario


async def token_refused(board: PicoW) -> None:
    """The reading is kept and the next try is a quarter of an hour away."""

    def no(_request: Request) -> Answer:
        return 401, '{"detail": "bad token"}', {}

    platform = Platform(board, no)
    await platform.open()
    rarely = {
        **EVERY_2_S,
        "sensors": [{"type": "dht22", "pin": 15, "every": 60}],
    }
    since = await run_firmware(board, **rarely)
    await board.says("HTTP 401, the token is not accepted: bad token", seconds=30, since=since)
    await board.says("next try in 900 s", seconds=1, since=since)
    assert await board.until(lambda: 5 in board.radio.led.groups(), seconds=20)  # the LED: refused
    counts = await stop_firmware(board)
    assert len(platform.requests) == 1 and counts["waiting"] == counts["taken"] >= 1


async def refused_for_good(board: PicoW) -> None:
    """What the platform never takes is set aside once, not sent again."""

    def never(_request: Request) -> Answer:
        return 400, '{"message": "no"}', {}

    platform = Platform(board, never)
    await platform.open()
    await run_firmware(board, **EVERY_2_S)
    assert await board.until(lambda: len(platform.requests) >= 3, seconds=60), board.text
    await board.machine.sleep(0.5)  # an exchange that Ctrl-C interrupts is repeated, rightly
    counts = await stop_firmware(board)
    assert counts["set aside"] == counts["taken"] == len(platform.requests) >= 3


CASES = {
    "refused": server_fails("refused", "no answer: cannot connect to miniviz.test: error 104"),
    "black hole": server_fails("black hole", "no answer: the server is silent (time-out)"),
    "reset": server_fails("reset", "no answer: "),
    "truncated": server_fails("truncated", "next try in"),
    "no such name": names_fail("nxdomain"),
    "names unanswered": names_fail("silent"),
    "access point": access_point_goes_and_comes,
    "no time": no_time_at_first,
    "429": refused((429, "{}", {"Retry-After": "10"}), "HTTP 429, not now", 10),
    "401": token_refused,
    "400": refused_for_good,
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost(results, case: str) -> None:
    results(case)
