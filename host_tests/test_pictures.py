"""Pictures with the whole firmware, from the camera's registers to the server's pages, on both runtimes."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from image_sender import picture, sized
from miniviz_lab import scenario
from miniviz_lab.fault_proxy import FaultProxy
from miniviz_lab.faults import Fault
from miniviz_server.clock import clock
from miniviz_server.runner import Running, running

SCENARIO = Path(__file__).parent / "scenarios" / "pictures_run.py"
START = 1790000000000
WATCHDOG_MS = 8388  # the RP2040's longest
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def run(
    runtime: scenario.Runtime,
    url: str,
    folder: Path,
    project: str,
    token: str = "s3cret-token",
    **script: Any,
) -> tuple[dict[str, Any], str]:
    env = {"URL": url, "PROJECT": project, "TOKEN": token, "SCENARIO": json.dumps(script)}
    result = scenario.run(SCENARIO, runtime, folder=folder, env=env, timeout=240)
    assert token not in result.stdout
    return result.lines[-1], result.stdout


def images(server: Answers) -> list[dict[str, Any]]:
    return [
        json.loads(body)
        for target, _, body in server.requests
        if target.split("?")[0].endswith("/image/image")
    ]


@RUNTIMES
def test_a_picture_reaches_the_server_s_table_and_readings_go_on(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    project = server.projects[0]
    told, printed = run(runtime, server.url, tmp_path, project.id, project.token, seconds=55)
    assert (told["pictures"], told["readings"], told["error"]) == (1, 2, None)
    (stored,) = server.images.newest(project.id, 9)
    assert (stored.width, stored.height, stored.label_key) == (640, 480, "greenhouse")
    assert START <= stored.timestamp < START + 20000
    moment = datetime.fromtimestamp(stored.timestamp // 1000, UTC)
    assert stored.name == f"greenhouse-{moment:%Y%m%dT%H%M%S}.jpg"
    assert ", pictures 1" in printed


@RUNTIMES
def test_one_picture_a_minute_and_not_more(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as answers:
        told, _ = run(runtime, answers.url, tmp_path, "image", seconds=400)
        sent = images(answers)
    assert told["problem"] is None or told["pictures"] == 0
    times = [one["timestamp"] for one in sent]
    assert len(times) >= 5 and all(b - a >= 60000 for a, b in pairwise(times))


@RUNTIMES
def test_the_free_plan_stops_pictures_and_nothing_else(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    project = server.projects[1]
    told, printed = run(runtime, server.url, tmp_path, project.id, project.token, seconds=600)
    assert told["pictures"] == 0 and "free plan" in told["stopped"]
    assert told["taken"] == 1  # asked once, not every minute
    assert told["readings"] == 20 and told["waiting"] == 0
    assert "E camera: no pictures until the next start: HTTP 403" in printed


@RUNTIMES
def test_the_pace_is_kept_across_a_restart(runtime: scenario.Runtime, tmp_path: Path) -> None:
    with Answers() as answers:
        run(runtime, answers.url, tmp_path, "image", seconds=20)
        run(runtime, answers.url, tmp_path, "image", seconds=100, start_ms=START + 20000)
        times = [one["timestamp"] for one in images(answers)]
    assert len(times) == 2 and times[1] - times[0] >= 60000
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["picture"] == ["greenhouse", times[1]]
    assert not (tmp_path / "state.json.tmp").exists()


@RUNTIMES
def test_a_picture_over_the_limit_is_taken_smaller_and_the_setting_kept(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    project = server.projects[0]
    shot = {"camera": {"size": "1600x1200", "quality": 90}, "played": {"detail": 0.75}}
    told, printed = run(runtime, server.url, tmp_path, project.id, project.token, seconds=20, **shot)
    assert told["pictures"] == 1 and "again with 1600x1200, quality 40" in printed
    assert json.loads((tmp_path / "state.json").read_text())["camera"] == ["1600x1200", 40]
    clock.offset_ms = 120000
    try:
        later = START + 120000
        told, printed = run(
            runtime, server.url, tmp_path, project.id, project.token, seconds=20, start_ms=later, **shot
        )
    finally:
        clock.offset_ms = 0
    assert told["pictures"] == 1 and "again with" not in printed


@RUNTIMES
def test_a_camera_unplugged_in_the_middle_harms_no_reading(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    project = server.projects[0]
    faults = [{"fault": "camera_unplugged"}]
    told, printed = run(runtime, server.url, tmp_path, project.id, project.token, seconds=290, faults=faults)
    assert told["readings"] == 10 and told["waiting"] == 0
    assert server.images.count(project.id) == told["pictures"] == 0
    assert "W camera: the picture has no end marker" in printed
    assert "; check the camera's wires and supply" in printed
    assert told["error"] == "arducam_mini does not answer on SPI; check power, CS, SCK, MOSI and MISO"
    assert printed.count("does not answer on SPI") <= 3  # said once, not at every try


# Camera, what it does, what the server does, and the sentence (without its digits).
MEGA, ESP32 = {"type": "arducam_mega"}, {"type": "esp32"}
NO_END, UNREACHED = "the picture has no end marker", "no answer: "
FAILURES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "noise": ({}, "camera_noise", "", "the picture is garbled: the marker FF F"),
    "endless": ({}, "camera_endless", "", NO_END),
    "truncated": ({}, "camera_cut", "", NO_END),
    "unplugged": ({}, "camera_unplugged", "", NO_END),
    "absurd length": ({}, "camera_length", "", "arducam_mini says its picture has  bytes; check SCK"),
    "stuck": ({}, "camera_stuck", "", "arducam_mini does not finish a picture within  s; check its supply"),
    "mega unplugged": (MEGA, "camera_unplugged", "", NO_END),
    "esp32 endless": (ESP32, "camera_endless", "", NO_END),
    "esp32 noise": (ESP32, "camera_noise", "", "the picture is garbled"),
    "server resets": ({}, "", "reset_in_request", UNREACHED),
    "server closes": ({}, "", "close_in_request", UNREACHED),
    "server closes mid-body": ({}, "", "close_in_body", UNREACHED),
    "server's answer is cut": ({}, "", "cut_body", UNREACHED),
}


@pytest.mark.skipif(sys.platform != "linux", reason="counts the files of /proc")
@RUNTIMES
@pytest.mark.parametrize("case", FAILURES)
def test_200_failures_leave_nothing_behind(runtime: scenario.Runtime, case: str, tmp_path: Path) -> None:
    played, camera_fault, server_fault, words = FAILURES[case]
    faults = [{"fault": camera_fault}] if camera_fault else []
    script = [Fault(server_fault)] * 200 if server_fault else []
    with FaultProxy(faults=script, only="/image") as proxy:
        told, _ = run(
            runtime, proxy.url, tmp_path, "p", played=played, camera={"size": "160x120"}, failures=200,
            faults=faults, every=600,
        )  # fmt: skip
    assert told["failures"] and all(one.startswith(words) for one in told["failures"])
    assert len(told["files"]) == 200 and len(set(told["files"])) == 1
    # By the 100th everything is loaded and made; after that less than half a block of heap for each failure.
    # CPython's interpreter goes on filling stores of its own for a while: there, less than two blocks.
    assert told["heap"][-1] - told["heap"][99] < 100 * (8 if runtime == "micropython" else 32)
    # No try held the loop up for longer than a watchdog waits; then all was well, and no reading was lost.
    assert told["ms"] < WATCHDOG_MS
    assert (told["pictures"], told["error"], told["problem"]) == (1, None, None)
    assert told["readings"] == told["sampled"] > 20 and told["waiting"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="counts the files of /proc")
@RUNTIMES
def test_a_bad_file_is_one_sentence_and_harms_no_reading(
    runtime: scenario.Runtime, server: Running, tmp_path: Path
) -> None:
    good, noise = picture(size=(320, 240)), picture(size=(320, 240), noise=True)
    broken = picture("PNG", (320, 240), noise=True)[:9000] + picture("PNG")[-12:]
    words = {
        "corrupt.jpg": (
            noise[:3000] + b"\xff\x13" + noise[3000:],
            "the picture is garbled: the marker FF 13",
        ),
        "cut.jpg": (noise[:3000], "the picture has no end marker in its 3000 bytes"),
        "broken.png": (broken, "HTTP 422, refused for good: The picture cannot be read to its end"),
        "empty.jpg": (b"", "the picture is empty"),
        "oversized.jpg": (
            sized(153_601),
            "the picture has 153601 bytes, 204804 as base64; the limit is 204800",
        ),
        "text.jpg": (b"hello, this is a text", "neither JPEG nor PNG: it begins with 68 65 6C 6C"),
        "jpeg.png": (good, "delivered"),  # by its content, whatever it is called
    }
    for name, (data, _) in words.items():
        (tmp_path / name).write_bytes(data)
    project = server.projects[0]
    told, printed = run(runtime, server.url, tmp_path, project.id, project.token, files=list(words))
    assert [
        fate[: len(one)] for (fate, _, _), (_, one) in zip(told["tries"], words.values(), strict=True)
    ] == [one for _, one in words.values()]
    assert max(ms for _, ms, _ in told["tries"]) < 1000
    # The connection of a refused picture is closed, that of a delivered one is kept: never more than one.
    assert max(files for *_, files in told["tries"]) - min(files for *_, files in told["tries"]) <= 1
    (stored,) = server.images.newest(project.id, 9)
    assert (stored.kind, stored.size) == ("image/jpeg", len(good))
    assert told["readings"] == told["sampled"] >= len(words) and told["waiting"] == 0
    told_of = [one for _, one in words.values() if not one.startswith(("HTTP", "delivered"))]
    assert [printed.count(" W camera: " + one) for one in told_of] == [1] * 5  # said once each
