"""`miniviz bench`: its arithmetic, the files it writes, and that the short form measures all."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from command import miniviz, one_sentence
from miniviz_lab import micropython
from miniviz_lab.bench import catalogue, goal, plots, report, turns
from miniviz_lab.bench.metric import Metric

KEYS = {"value", "unit", "peer", "floor", "ratio_peer", "ratio_floor", "runs"}


def test_the_value_is_the_median_and_the_ratios_are_its_multiples() -> None:
    metric = Metric("image_rate", "MB/s", [30.0, 90.0, 60.0], peer=4.0, floor=80.0)
    assert (metric.value, metric.ratio_peer, metric.ratio_floor) == (60.0, 15.0, 0.75)


def test_without_a_peer_or_a_floor_there_is_no_ratio() -> None:
    metric = Metric("size_mpy", "B", [5.0], floor=0.0)
    assert (metric.ratio_peer, metric.ratio_floor) == (None, None)


def test_what_could_not_be_measured_is_absent_and_says_why() -> None:
    metric = Metric("pico_w_first_reading", "s", [], note="no image")
    told = report.told([metric], {})["metrics"]
    assert told["pico_w_first_reading"]["value"] is None  # type: ignore[index]
    assert told["pico_w_first_reading"]["note"] == "no image"  # type: ignore[index]
    assert goal.judge(metric)[1] is None


# A figure that reaches its goal, and the same one a little worse.
EDGES = [
    (Metric("image_heap", "B", [40960]), Metric("image_heap", "B", [40961])),
    (Metric("image_rate", "MB/s", [15], 1, 18), Metric("image_rate", "MB/s", [14.9], 1, 18)),
    (Metric("image_rate", "MB/s", [16], 1, 20), Metric("image_rate", "MB/s", [16], 1, 20.1)),
    (Metric("reading_rate", "readings/s", [200], 100), Metric("reading_rate", "readings/s", [199], 100)),
    (Metric("backlog_500_tls", "s", [2.0], 40.0), Metric("backlog_500_tls", "s", [2.1], 40.0)),
    (
        Metric("alloc_per_reading", "B", [2048], parts={"growth": 0}),
        Metric("alloc_per_reading", "B", [2048], parts={"growth": 9000}),
    ),
    (
        Metric("clock_error_ms", "ms", [90], parts={"weeks_beyond_it": 0, "backwards": 0}),
        Metric("clock_error_ms", "ms", [90], parts={"weeks_beyond_it": 0, "backwards": 1}),
    ),
    (
        Metric("server_ingest", "readings/s", [50], floor=100, parts={"p99_ms": 49}),
        Metric("server_ingest", "readings/s", [50], floor=100, parts={"p99_ms": 51}),
    ),
    (Metric("server_million", "ms", [20], floor=10), Metric("server_million", "ms", [21], floor=10)),
    (Metric("pico_w_heap_free", "B", [2], peer=1), Metric("pico_w_heap_free", "B", [1], peer=2)),
]


@pytest.mark.parametrize("good,worse", EDGES, ids=lambda metric: metric.name)
def test_a_goal_can_be_missed(good: Metric, worse: Metric) -> None:
    assert goal.judge(good)[1] is True
    assert goal.judge(worse)[1] is False


def test_a_goal_against_a_peer_that_is_missing_is_not_reached() -> None:
    assert goal.judge(Metric("reading_rate", "readings/s", [1e9]))[1] is False


def test_every_figure_has_its_goal() -> None:
    assert set(goal.GOALS) == set(catalogue.NAMES)


def test_they_take_turns_in_changing_order() -> None:
    order: list[str] = []

    def note(name: str, figure: float) -> float:
        order.append(name)
        return figure + len(order)

    taken = turns.take(3, {"a": lambda: note("a", 0), "b": lambda: note("b", 100)})
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert taken == {"a": [1, 4, 5], "b": [102, 103, 106]}
    assert turns.middle(taken, "b") == 103 and turns.middle(taken, "c") is None


def test_a_bar_is_as_long_as_its_figure(tmp_path: Path) -> None:
    metrics = [Metric("image_rate", "MB/s", [50], peer=25, floor=100), Metric("size_mpy", "B", [1])]
    files = plots.write(tmp_path / "plots", metrics)
    assert [file.name for file in files] == ["image_rate.svg"]  # a figure alone needs no plot
    space = "{http://www.w3.org/2000/svg}"
    bars = ElementTree.fromstring(files[0].read_text()).findall(f"{space}rect")[1:]
    ours, peer, floor = (float(bar.attrib["width"]) for bar in bars)
    assert floor == 2 * ours == 4 * peer


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    micropython.for_test()
    folder = tmp_path_factory.mktemp("bench")
    done = miniviz("bench", "--quick", "--json", folder / "b.json", "--plots", folder, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "reading_rate.svg").stat().st_size < 5000
    return {"table": done.stdout, **json.loads((folder / "b.json").read_text())}


@pytest.mark.timeout(300)
def test_the_short_form_measures_every_figure(quick: dict[str, Any]) -> None:
    metrics = quick["metrics"]
    assert set(metrics) == set(catalogue.NAMES)
    for name, metric in metrics.items():
        assert metric.keys() >= KEYS, name
        assert isinstance(metric["unit"], str) and isinstance(metric["runs"], list)
        if name.startswith("pico_w_"):
            assert metric["value"] is None and "quick" in metric["note"]
            continue
        assert isinstance(metric["value"], int | float), name
        assert metric["runs"] and all(isinstance(run, int | float) for run in metric["runs"])
        for other in ("peer", "floor"):
            assert not metric[other] or metric[f"ratio_{other}"] == metric["value"] / metric[other], name


@pytest.mark.timeout(300)
def test_a_camera_s_modules_are_those_that_a_picture_loads(quick: dict[str, Any]) -> None:
    alone, camera, everything = (
        quick["metrics"][name]["value"] for name in ("size_mpy", "size_mpy_arducam", "size_mpy_all")
    )
    assert alone + 5_000 < camera < everything  # the driver and the base64 by themselves are as much


@pytest.mark.timeout(300)
def test_the_clock_stays_within_its_own_bound(quick: dict[str, Any]) -> None:
    clock = quick["metrics"]["clock_error_ms"]
    assert (
        clock["parts"]["beyond_own_bound"]
        == clock["parts"]["beyond_it_and_drift"]
        == clock["parts"]["backwards"]
        == 0
    )
    assert clock["value"] < clock["peer"] <= clock["parts"]["peer_as_read"]


@pytest.mark.timeout(300)
def test_the_json_says_on_what_it_was_measured(quick: dict[str, Any]) -> None:
    assert quick["machine"]["processors"] and quick["versions"]["mpy-cross"]
    assert quick["settings"]["quick"] is True and quick["settings"]["clock_seeds"]


@pytest.mark.timeout(300)
def test_the_short_form_judges_nothing(quick: dict[str, Any]) -> None:
    assert "reading_rate" in quick["table"]
    assert "missed" not in quick["table"] and "reached" not in quick["table"]


def test_an_unknown_figure_is_one_sentence() -> None:
    done = miniviz("bench", "--only", "image_haep")
    assert done.returncode != 0 and "image_haep" in one_sentence(done) and "image_heap" in one_sentence(done)


def test_wear_reaches_its_goal_and_ends_with_what_it_costs() -> None:
    micropython.for_test()
    done = miniviz("bench", "wear")
    lines = done.stdout.splitlines()
    figures = [json.loads(line) for line in lines if line.startswith("{")]
    told = [" ".join(line.split()) for line in lines if not line.startswith("{")]
    assert done.returncode == 0 and len(told) == 2
    for program, sentence in zip((256, 32), told, strict=True):
        naive, stored, marked = [one for one in figures if one["program_size"] == program][:3]
        assert f"{stored['erases_per_1000']:g} erases to store 1,000 readings" in sentence
        assert f"and {marked['erases_per_1000']:g} to mark them" in sentence
        assert f"the goal for both is {naive['erases_per_1000'] / 10:g}," in sentence
        assert stored["erases_per_1000"] + marked["erases_per_1000"] <= naive["erases_per_1000"] / 10
