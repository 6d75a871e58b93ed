"""The whole firmware, from the sensor's pin to the server's table, on both runtimes in virtual time."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from miniviz_lab import scenario
from miniviz_server.runner import Running, running

SCENARIO = Path(__file__).parent / "scenarios" / "app_run.py"
START = 1790000000000
CLOSED = "http://127.0.0.1:9"  # discard: nobody listens there
# The smallest heap, found by bisection on compiled code with the fakes loaded, plus a tenth. A Pico W has
# about 190 KB, and its objects are half as large as this 64-bit host's.
HEAP = 218000
SECRETS = ("s3cret-token", "correct horse")
EVERY_MINUTE = {"type": "dht22", "pin": 15, "every": 60}

RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def run(
    runtime: scenario.Runtime,
    url: str,
    folder: Path,
    *,
    project: str = "ok",
    token: str = SECRETS[0],
    heap: int | None = None,
    compiled_in: Path | None = None,
    **script: Any,
) -> tuple[dict[str, Any], str]:
    """What became of the readings, and everything that was printed."""
    env = {"URL": url, "PROJECT": project, "TOKEN": token, "SCENARIO": json.dumps(script)}
    result = scenario.run(
        SCENARIO, runtime, folder=folder, env=env, heap=heap, compiled_in=compiled_in, timeout=120
    )
    for secret in (*SECRETS, token):
        assert secret not in result.stdout + result.stderr
    return result.lines[-1], result.stdout


def balanced(told: dict[str, Any]) -> bool:
    """Every reading taken is delivered, waiting, set aside or counted as dropped."""
    return told["taken"] == told["delivered"] + told["waiting"] + told["aside"] + told["dropped"]


@RUNTIMES
def test_readings_arrive_as_the_sensor_gave_them_and_on_time(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    project = server.projects[0]
    told, _ = run(runtime, server.url, tmp_path, project=project.id, token=project.token, seconds=195)
    assert told["taken"] == told["delivered"] == 20 and told["led"] == 0
    stored = server.events(project.id)
    times = sorted(event.timestamp for event in stored)
    assert len(times) == 20
    assert all(START <= t < START + 200000 for t in times)
    # The grid is kept through the wrap of the tick counter, which falls into the run.
    assert {round((b - a) / 1000) for a, b in pairwise(times[1:])} == {10}
    for event in stored:
        assert set(event.payload) == {"temperature", "humidity"}
        assert all(len(str(value).split(".")[1]) == 1 for value in event.payload.values())


@RUNTIMES
def test_a_server_that_is_down_for_ten_sends_costs_no_reading(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers(failing=10) as server:
        told, _ = run(runtime, server.url, tmp_path, seconds=3600, settings={"sensors": [EVERY_MINUTE]})
        bodies = [json.loads(body) for _, _, body in server.requests[10:]]
    assert told["delivered"] == told["taken"] - told["dropped"] - told["waiting"] >= 59
    assert told["dropped"] == 0 and told["problem"] is None and balanced(told)
    times = [body["timestamp"] for body in bodies]
    assert times == sorted(set(times))  # oldest first, none twice


@RUNTIMES
def test_without_a_server_readings_wait_on_flash(runtime: scenario.Runtime, tmp_path: Path) -> None:
    told, printed = run(runtime, CLOSED, tmp_path, seconds=995)
    assert told["taken"] == 100 and told["delivered"] == 0
    assert told["waiting"] == 100 and told["dropped"] == 0 and balanced(told)
    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == ["00000000.seg"]
    assert "no answer: " in printed and "next try in" in printed


@RUNTIMES
def test_nothing_is_sent_with_a_made_up_time(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as server:
        told, printed = run(runtime, server.url, tmp_path, seconds=100, ntp_after=None)
        assert server.requests == []
    assert told["waiting"] == told["taken"] == 10 and told["led"] == 4
    assert told["steps"] <= 1000  # it sleeps between its looks, ten times a second
    assert "no sync: ntp.test: no answer within 1 s" in printed


@RUNTIMES
def test_readings_from_before_the_first_sync_get_their_true_time(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        told, _ = run(runtime, server.url, tmp_path, seconds=100, ntp_after=45)
        times = [json.loads(body)["timestamp"] for _, _, body in server.requests]
    assert told["delivered"] == told["taken"] == 10
    assert all(abs(t - (START + 10000 * i)) < 5000 for i, t in enumerate(times))
    assert len(set(times)) == 10


@RUNTIMES
def test_readings_on_flash_from_before_the_first_sync_keep_their_own_time(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    """More of them than wait in RAM, and newer ones get their stamps before these are sent."""
    with Answers(failing=6) as server:
        told, _ = run(runtime, server.url, tmp_path, seconds=1000, ntp_after=145)
        times = sorted({json.loads(body)["timestamp"] for _, _, body in server.requests})
    assert told["delivered"] == told["taken"] == len(times) == 100
    assert all(5000 < b - a < 15000 for a, b in pairwise(times)), times


@RUNTIMES
def test_sensors_go_on_without_wifi(runtime: scenario.Runtime, tmp_path: Path) -> None:
    wifi = [{"ssid": "home", "password": "s3cret-token-too"}]
    told, printed = run(runtime, CLOSED, tmp_path, seconds=100, settings={"wifi": wifi})
    assert told["taken"] == told["waiting"] == 10 and told["led"] == 3
    assert "home: wrong password" in printed and "s3cret-token-too" not in printed


@RUNTIMES
def test_a_refused_token_is_tried_again_every_quarter_of_an_hour(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        settings = {"sensors": [{"type": "dht22", "pin": 15, "every": 60}]}
        told, printed = run(runtime, server.url, tmp_path, project="401", seconds=3600, settings=settings)
        tries = len(server.requests)
    assert tries == 4 and told["led"] == 5
    assert told["waiting"] == told["taken"] == 60
    assert "E send: HTTP 401, the token is not accepted: bad token" in printed


@RUNTIMES
def test_what_the_platform_will_never_take_is_set_aside_once(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    with Answers() as server:
        told, printed = run(runtime, server.url, tmp_path, project="400", seconds=50)
        assert len(server.requests) == told["taken"] == told["aside"] == 5
    assert "a reading was set aside: HTTP 400, refused for good: payload is 412 bytes" in printed


@RUNTIMES
def test_a_failing_sensor_never_stops_the_others(runtime: scenario.Runtime, tmp_path: Path) -> None:
    sensors = [
        {"type": "dht22", "pin": 14, "every": 10},  # nothing hangs there
        {"type": "dht22", "pin": 15, "every": 10},
        {"type": "system", "every": 20},
    ]
    with Answers() as server:
        told, printed = run(runtime, server.url, tmp_path, seconds=95, settings={"sensors": sensors})
        payloads = [json.loads(body)["payload"] for _, _, body in server.requests]
    assert told["delivered"] == 10 and told["led"] == 6
    assert len(told["failing"]) == 1 and "dht22[0]" in told["failing"][0]
    assert printed.count("W dht22[0]") == 1  # said once, not every round
    assert sum("uptime" in payload for payload in payloads) == 5
    assert all("temperature" in payload for payload in payloads)


@RUNTIMES
def test_more_than_eight_keys_go_as_several_payloads_of_one_moment(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    names = ({"temperature": f"t{i}", "humidity": f"h{i}"} for i in range(5))
    sensors = [{"type": "dht22", "pin": 10 + i, "every": 60, "rename": n} for i, n in enumerate(names)]
    other = {"type": "dht22", "pin": 15, "every": 60, "label": "other"}
    world = {"dht": {str(pin): "dht22" for pin in range(10, 16)}}
    with Answers() as server:
        run(runtime, server.url, tmp_path, seconds=30, world=world, settings={"sensors": [*sensors, other]})
        sent = [json.loads(body) for _, _, body in server.requests]
    assert [(s["label_key"], len(s["payload"])) for s in sent] == [
        ("greenhouse", 8),
        ("greenhouse", 2),
        ("other", 2),
    ]
    assert len({s["timestamp"] for s in sent}) == 1


def test_the_compiled_firmware_runs_within_its_heap_budget(tmp_path: Path) -> None:
    with Answers(failing=3) as server:
        told, _ = run(
            "micropython", server.url, tmp_path, seconds=600, heap=HEAP, compiled_in=tmp_path / "mpy"
        )
    assert told["delivered"] == told["taken"] == 60
