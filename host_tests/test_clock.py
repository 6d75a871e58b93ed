"""The clock: what it believes, how far it is off, that it never runs backwards, on both runtimes."""

from pathlib import Path

import pytest
from miniviz_lab import scenario
from miniviz_lab.ntp import Fault, NtpServer

HERE = Path(__file__).parent / "scenarios"

ASK = """
import json
from miniviz import clock
import world, os
from miniviz import log, port
port.set_rtc = lambda unix_s: None
feeds, said = [], []
port.feed = lambda: feeds.append(1)
log.warning = lambda where, text: said.append(text)
c = clock.Clock(os.getenv("HOSTS").split(","))
before = c.now_ms()
ok = c.sync()
now = c.now_ms()
print(json.dumps({"before": before, "ok": ok, "reason": c.reason, "error_ms": c.error_ms(),
                  "feeds": len(feeds), "log": "; ".join(said),
                  "off": None if now is None else now - world.unix_ms()}))
"""


def ask(runtime: scenario.Runtime, folder: Path, *hosts: str) -> dict[str, object]:
    return scenario.run_text(ASK, runtime, folder, env={"HOSTS": ",".join(hosts)})[0]


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_a_good_server_sets_the_time_to_the_millisecond(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with NtpServer(offset_ms=12345678) as server:
        said = ask(runtime, tmp_path, server.host)
    assert said["before"] is None and said["ok"] is True
    assert abs(said["off"] - 12345678) <= said["error_ms"] + 1 <= 30  # both clocks are read in whole ms
    assert server.count == 3
    assert len({request[40:48] for request in server.requests}) == 3  # a new nonce for each question


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_half_the_round_trip_is_corrected_and_is_the_error_bound(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with NtpServer(request_delay_ms=100, response_delay_ms=100) as server:
        even = ask(runtime, tmp_path, server.host)
    with NtpServer(request_delay_ms=200) as server:
        lopsided = ask(runtime, tmp_path, server.host)
    assert abs(even["off"]) <= 30 and 100 <= even["error_ms"] <= 140
    # All of a lopsided path's 100 ms show, and the bound says so.
    assert 60 <= abs(lopsided["off"]) <= lopsided["error_ms"] <= 140


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
@pytest.mark.parametrize(
    ("fault", "words", "questions"),
    [
        ("silent", "no answer within 1 s", 3),
        ("unsynchronised", "is itself not synchronised", 3),
        ("stratum16", "is itself not synchronised", 3),
        ("kiss_of_death", "refuses service (kiss-of-death RATE)", 1),
        ("wrong_origin", "answers a question that was not asked", 3),
        ("other_port", "no answer within 1 s", 3),
        ("short", "not an NTP server's answer", 3),
        ("wrong_mode", "not an NTP server's answer", 3),
        ("no_time", "tells no time", 3),
    ],
)
def test_a_doubtful_answer_is_refused_and_the_next_host_asked(
    runtime: scenario.Runtime, fault: Fault, words: str, questions: int, tmp_path: Path
) -> None:
    with NtpServer(fault=fault) as bad, NtpServer() as good:
        said = ask(runtime, tmp_path, bad.host, good.host)
        reason = f"{bad.host}: {words}"
    assert said["ok"] is True and abs(said["off"]) <= 50
    assert said["reason"] == reason
    assert bad.count == questions and good.count == 3


DAY_MS = 86400000


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
@pytest.mark.parametrize("liar", [0, 1])
def test_a_host_that_lies_by_a_day_is_outvoted_at_the_first_sync(
    runtime: scenario.Runtime, liar: int, tmp_path: Path
) -> None:
    with NtpServer(offset_ms=DAY_MS) as lying, NtpServer() as one, NtpServer() as two:
        hosts = [one.host, two.host]
        hosts.insert(liar, lying.host)
        said = ask(runtime, tmp_path, *hosts)
        assert lying.count == one.count == two.count == 3
    assert said["ok"] is True and abs(said["off"]) <= said["error_ms"] + 1 <= 50


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_two_hosts_that_agree_are_enough_and_no_fourth_is_asked(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with NtpServer() as one, NtpServer() as two, NtpServer() as three:
        said = ask(runtime, tmp_path, one.host, two.host, three.host)
        assert (one.count, two.count, three.count) == (3, 3, 0)
    assert said["ok"] is True and abs(said["off"]) <= said["error_ms"] + 1
    lies = [NtpServer(offset_ms=DAY_MS * i) for i in range(4)]
    with lies[0], lies[1], lies[2], lies[3]:
        said = ask(runtime, tmp_path, *(server.host for server in lies))
        assert [server.count for server in lies] == [3, 3, 3, 0]
    assert said["ok"] is True and abs(said["off"]) <= said["error_ms"] + 1  # as the first one says
    assert "no two time servers agree" in said["log"]


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_a_host_that_alone_answers_is_trusted_after_bounded_tries(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    """The watchdog is fed before each question, and no question takes longer than a second."""
    silent = [NtpServer(fault="silent") for _ in range(3)]
    with NtpServer(offset_ms=DAY_MS) as alone, silent[0], silent[1], silent[2]:
        said = ask(runtime, tmp_path, alone.host, *(server.host for server in silent))
        assert [server.count for server in silent] == [3, 3, 0]
    assert said["ok"] is True and abs(said["off"] - DAY_MS) <= 50
    assert said["feeds"] == 9 and said["log"] == ""


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_without_any_answer_the_time_stays_unknown(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with NtpServer(fault="unsynchronised") as server:
        said = ask(runtime, tmp_path, server.host, "no-such-host.invalid")
    assert said["ok"] is False and said["off"] is None and said["error_ms"] is None
    assert said["reason"] == "no-such-host.invalid: no such host, or no DNS"


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_one_lost_answer_of_three_does_not_matter(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with NtpServer(fault="silent", fault_count=2) as server:
        said = ask(runtime, tmp_path, server.host)
    assert said["ok"] is True and server.count == 3


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_a_week_of_drift_and_slow_paths_stays_within_half_a_round_trip(runtime: scenario.Runtime) -> None:
    """The ticks wrap within the week, and in two of the runs a server lies by a day."""
    runs = scenario.run(HERE / "clock_week.py", runtime).lines
    assert len(runs) == 5
    for run in runs:
        assert run["before"] is None
        assert run["worst_ms"] <= 400  # half of the slowest round trip; 50 ppm alone make 30,000 ms
        assert run["bound_broken"] == 0 and run["backwards"] == 0 and run["lies_taken"] == 0
        assert abs(run["measured_ppm"] + run["drift_ppm"]) <= 3
        assert run["syncs"] == 168
    assert [run["wraps"] for run in runs[:3]] == [1, 1, 1]


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_two_servers_that_agree_move_the_clock_and_no_stamp_goes_back(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    """A wrong first answer is corrected by the next two, and the readings' stamps wait for the truth."""
    code = """
import json, world
from miniviz import clock, ntp, port
world.reset(); world.virtual(); world.install(port)
lie = [3600000]
clock.probe = lambda host, uptime: ntp.Sample(world.unix_ms() + lie[0], uptime(), 2)
c = clock.Clock(("one", "two"))
c.sync()
first = c.stamp(c.uptime_ms())
lie[0] = 0
took = c.sync()  # host one differs: doubted; host two agrees with it: taken
off = c.at(c.uptime_ms()) - world.unix_ms()
print(json.dumps({"took": took, "off": off, "step": c.stamp(c.uptime_ms()) - first}))
"""
    said = scenario.run_text(code, runtime, tmp_path)[0]
    assert said["took"] is True and abs(said["off"]) <= 2
    assert said["step"] >= 0


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_one_host_alone_moves_the_clock_after_an_hour_and_never_where_another_contradicts(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    code = """
import json, world
from miniviz import clock, ntp, port

def moved(hosts, other):
    \"\"\"Minutes until the clock follows the first host, which lies from now on; None if it does not.\"\"\"
    world.reset(); world.virtual(); world.install(port)
    lie = [0]
    def probe(host, uptime):
        if host == "other" and other == "silent":
            raise ntp.NtpError("other: no answer")
        return ntp.Sample(world.unix_ms() + (lie[0] if host == "first" else 0), uptime(), 2)
    clock.probe = probe
    c = clock.Clock(hosts)
    c.sync()
    lie[0] = 86400000
    for quarter in range(4 * 120):  # as app does after a failed sync
        c.sync()
        if abs(c.at(c.uptime_ms()) - world.unix_ms()) > 1000:
            return quarter // 4
        world.sleep_ms(15000)

both = ("first", "other")
print(json.dumps([moved(("first",), None), moved(both, "silent"), moved(both, "true")]))
"""
    assert scenario.run_text(code, runtime, tmp_path)[0] == [60, 60, None]


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_the_time_is_what_a_host_s_three_answers_agree_on(runtime: scenario.Runtime, tmp_path: Path) -> None:
    """Intervals that overlap narrow each other; of those that contradict, the shorter round trip counts."""
    code = """
import json, world
from miniviz import clock, ntp, port

def told(*answers):
    world.reset(); world.virtual(); world.install(port)
    left = list(answers)
    def probe(host, uptime):
        world.sleep_ms(500)
        off, error = left.pop(0)
        return ntp.Sample(world.unix_ms() + off, uptime(), error)
    clock.probe = probe
    c = clock.Clock(("one",))
    c.sync()
    return c.at(c.uptime_ms()) - world.unix_ms(), c.error_ms()

print(json.dumps([told((-100, 150), (120, 160), (0, 400)), told((-100, 50), (100, 40), (300, 90))]))
"""
    (agreed, within), (contradicted, least) = scenario.run_text(code, runtime, tmp_path)[0]
    # From -40 (the second's earliest) to 50 (the first's latest).
    assert abs(agreed - 5) <= 2 and 45 <= within <= 48
    assert contradicted == 100 and least == 40
