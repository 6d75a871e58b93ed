"""Crashes, hangs and what comes after, in virtual time on both runtimes."""

import json
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "guard_run.py"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)


def run(
    runtime: scenario.Runtime, url: str, folder: Path, crashes: list[list[Any]], **script: Any
) -> tuple[list[dict[str, Any]], str]:
    env = {"URL": url, "SCENARIO": json.dumps({"crashes": crashes, **script})}
    done = scenario.run(SCENARIO, runtime, folder=folder, env=env, timeout=240)
    kept = "".join(file.read_text() for name in ("postmortem.json", "log.*") for file in folder.glob(name))
    for secret in ("s3cret/token", "s3cret%2Ftoken", "correct horse"):
        assert secret not in done.stdout + done.stderr + kept
    return done.lines, done.stdout


def payloads(server: Answers) -> list[dict[str, Any]]:
    return [json.loads(body)["payload"] for _, _, body in server.requests]


@RUNTIMES
@pytest.mark.parametrize("port", ["rp2", "esp32"])
def test_a_hung_sensor_ends_in_a_bite_and_the_next_boot_goes_on(
    runtime: scenario.Runtime, port: str, tmp_path: Path
) -> None:
    crashes = [["hang", 95], ["ctrl-c", 120]]
    with Answers() as server:
        lines, _ = run(runtime, server.url, tmp_path, crashes, port=port)
        sent = payloads(server)
    assert [line["ended"] for line in lines[:2]] == ["watchdog", "repl"]
    assert lines[0]["at"] - 95 <= {"rp2": 9, "esp32": 25}[port]  # an RP2040 counts to 8.388 s
    assert len(sent) >= 18 and lines[2]["state"]["early"] == 0


@RUNTIMES
def test_the_watchdog_lets_go_when_a_person_takes_over(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as server:
        lines, _ = run(runtime, server.url, tmp_path, [["ctrl-c", 30]])
    assert lines[0]["ended"] == "repl" and lines[1]["state"]["running"] is False


@RUNTIMES
def test_a_crash_is_noted_without_secrets_and_reported_once(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        lines, printed = run(runtime, server.url, tmp_path, [["raise", 30], ["ctrl-c", 100], ["ctrl-c", 100]])
        rows = [payload for payload in payloads(server) if "crash" in payload]
    assert [line["ended"] for line in lines[:3]] == ["hard", "repl", "repl"]
    assert (
        len(rows) == 1
        and rows[0]["crash"] == "ValueError: no luck with ***, ***, ***"
        and rows[0]["boot"] == 1
    )
    assert "E guard: crashed, starts again" in printed
    for name in ("postmortem.json", "log.txt"):
        assert "no luck with ***, ***, ***" in (tmp_path / name).read_text()


LOG_FILE = """
from miniviz import log, postmortem
log.setup("info", None, ("s3cret/token",))
for run in range(12):
    log.info("app", "all is well")
    for i in range(3):
        log.warning("wifi", "home: wrong password")
    for i in range(18):
        log.error("server", "answers %d to s3cret/token, and much more than that, as servers do" % i)
    postmortem.write_log()
postmortem.write_log()
"""


@RUNTIMES
def test_the_log_of_warnings_is_short_and_without_secrets(runtime: scenario.Runtime, tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(LOG_FILE)
    scenario.run(file, runtime, folder=tmp_path)
    old, new = ((tmp_path / name).read_text() for name in ("log.old", "log.txt"))
    run = ["+? wifi: home: wrong password"]
    run += [f"+? server: answers {i} to ***, and much more than that, as servers do" for i in range(18)]
    assert (old + new).splitlines() == run * ((old + new).count("wifi"))
    assert 4096 < len(old) < 6144 and len(new) < 6144


@RUNTIMES
def test_three_early_crashes_end_in_safe_mode_which_ends_by_itself(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    crashes = [["raise", 5], ["raise", 5], ["raise", 5], ["power", 5000], ["ctrl-c", 100]]
    with Answers() as server:
        lines, printed = run(runtime, server.url, tmp_path, crashes)
        sent = payloads(server)
    assert [line["ended"] for line in lines[:5]] == ["hard", "hard", "hard", "hard", "repl"]
    assert 600 <= lines[3]["at"] - lines[2]["at"] <= 700
    assert [row["safe_mode"] for row in sent if "safe_mode" in row] == [3]
    assert printed.count("safe mode: 3 crashes") == 1
    assert sum("temperature" in row for row in sent) >= 9


@RUNTIMES
def test_pulling_the_plug_is_no_crash(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as server:
        lines, printed = run(runtime, server.url, tmp_path, [["power", 5]] * 4 + [["ctrl-c", 70]])
    assert "safe mode" not in printed and lines[-1]["state"]["early"] == 0


@RUNTIMES
@pytest.mark.parametrize("port", ["rp2", "esp32"])
def test_silent_name_servers_are_no_hang(runtime: scenario.Runtime, port: str, tmp_path: Path) -> None:
    """Nobody can cut a lookup short; the watchdog waits for it, and sensors are read between."""
    settings = {"sensors": [{"type": "dht22", "pin": 15, "every": 60}], "ntp": ["a.test", "b.test", "c.test"]}
    with Answers() as server:
        lines, printed = run(
            runtime, server.url, tmp_path, [["ctrl-c", 900]], port=port, names="silent", settings=settings
        )
    assert [line["ended"] for line in lines[:1]] == ["repl"] and lines[-1]["state"]["boot"] == 1
    assert "no sync: a.test: no such host, or no DNS" in printed and "b.test" not in printed
    assert "stopped: taken 15, delivered 0, waiting 15, " in printed
