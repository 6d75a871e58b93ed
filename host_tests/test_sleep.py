"""A device that sleeps between its readings, in virtual time on both runtimes."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "sleep_run.py"
START = 1790000000000
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)


def run(runtime: scenario.Runtime, url: str, folder: Path, **script: Any) -> tuple[dict[str, Any], str]:
    env = {"URL": url, "SCENARIO": json.dumps(script)}
    done = scenario.run(SCENARIO, runtime, folder=folder, env=env, timeout=240)
    return done.lines[-1], done.stdout


@RUNTIMES
def test_an_esp32_sleeps_deeply_and_loses_no_reading(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as server:
        told, _ = run(runtime, server.url, tmp_path, port="esp32", seconds=3590)
        times = [json.loads(body)["timestamp"] for _, _, body in server.requests]
    taken, delivered, aside, dropped = told["sums"]
    assert told["kinds"] == {"deepsleep": 59} and taken == 60
    assert delivered == len(times) == 51 and aside == dropped == 0
    assert times == sorted(times)
    # On the grid, as the clock that runs through the sleep keeps it.
    assert all(abs(t - (START + 60000 * i)) < 3000 for i, t in enumerate(times))


@RUNTIMES
def test_a_pico_w_sleeps_lightly(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as server:
        told, printed = run(runtime, server.url, tmp_path, port="rp2", seconds=3590)
        times = [json.loads(body)["timestamp"] for _, _, body in server.requests]
    assert told["kinds"] == {} and told["sums"][:2] == [60, 51]
    assert "waiting 9" in printed  # they wait on flash: Ctrl-C found the radio off
    assert all(abs(t - (START + 60000 * i)) < 3000 for i, t in enumerate(times))


@RUNTIMES
def test_sleepers_readings_from_before_the_time_was_known_find_their_moments(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    away = [{"fault": "wifi_gone", "start": 0, "end": 1000}]
    with Answers() as server:
        told, _ = run(runtime, server.url, tmp_path, port="esp32", seconds=3590, faults=away)
        times = [json.loads(body)["timestamp"] for _, _, body in server.requests]
    assert told["sums"][1] == len(times) >= 50 and told["sums"][0] >= 58
    assert times == sorted(times) and all(abs(b - a - 60000) < 30000 for a, b in pairwise(times))
    assert abs(times[0] - START) < 15000
