"""What a chart shows: the same points from SQLite and from PostgreSQL."""

import itertools
import json

import pytest
import requests
from miniviz_server import PROJECTS, Event, running
from miniviz_server.chart import DAY, HOUR, MINUTE, RANGES
from miniviz_server.chartdata import MOST_RAW, Question, bucket_for, lines
from miniviz_server.numeric import number
from miniviz_server.store import Store
from postgres_server import new_database
from postgres_server import pytestmark as postgres_marks
from server_client import NOW, event, post

PROJECT, OTHER = (project.id for project in PROJECTS)
SLOT = NOW - NOW % HOUR
ODD = ['a"b', "$.a", "a'; --", "ключ", "a.b", "%s", ":m0", "a\\", "🌡"]
_names = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def store(request, tmp_path):
    if request.param == "sqlite":
        database = tmp_path / "a.sqlite"
    else:
        database = new_database(request.getfixturevalue("postgres_address"), f"charts{next(_names)}")
    store = Store(database, seed=PROJECTS)
    yield store
    store.close()


def add(store, offset, payload, label="a", project=PROJECT):
    store.add(project, Event(SLOT + offset, label, payload))


def ask(store, metrics=("t",), labels=(), aggregate="mean", bucket=HOUR, end=DAY, texts=(), ahead=0):
    question = Question(
        PROJECT, list(labels), list(metrics), SLOT, SLOT + end, aggregate, bucket, ahead, frozenset(texts)
    )
    with store.reading() as connection:
        found, left_out = lines(connection, question)
    points = {
        (line.label_key, line.metric): [(moment - SLOT, value) for moment, value in line.points]
        for line in found
    }
    return points, left_out


def test_a_bucket_holds_what_the_aggregate_says(store):
    for offset, value in ((0, 1), (1000, 2.5), (HOUR - 1, 4), (HOUR, 10)):
        add(store, offset, {"t": value})
    expected = {"mean": 2.5, "min": 1, "max": 4, "count": 3}
    for aggregate, value in expected.items():
        last = 1 if aggregate == "count" else 10
        assert ask(store, aggregate=aggregate)[0] == {("a", "t"): [(0, value), (HOUR, last)]}
    assert ask(store, aggregate="raw")[0] == {("a", "t"): [(0, 1), (1000, 2.5), (HOUR - 1, 4), (HOUR, 10)]}


def test_labels_metrics_range_and_project_keep_apart(store):
    add(store, 0, {"t": 1, "h": 5})
    add(store, 0, {"t": 2}, label="b")
    add(store, 0, {"t": 3}, label="c")
    add(store, -1, {"t": 100})
    add(store, DAY, {"t": 100})
    add(store, 0, {"t": 100}, project=OTHER)
    found, _ = ask(store, metrics=("t", "h"), labels=("a", "b"))
    assert found == {("a", "t"): [(0, 1)], ("a", "h"): [(0, 5)], ("b", "t"): [(0, 2)]}
    assert set(ask(store)[0]) == {("a", "t"), ("b", "t"), ("c", "t")}


def test_text_that_reads_as_a_number_is_one(store):
    texts = ["21.5", " 3 ", "-1e2", "true", "", "1,5", "0x10", "NaN", "inf", "1e999", "9" * 300, "5\0"]
    for place, text in enumerate(texts):
        add(store, place * HOUR, {"t": text})
    found, _ = ask(store, texts=("t",))
    assert found == {("a", "t"): [(0, 21.5), (HOUR, 3), (2 * HOUR, -100)]}
    read = [number(text) for text in texts]
    assert read[:3] == [21.5, 3, -100] and set(read[3:]) == {None}


def test_extreme_numbers_break_nothing(store):
    values = [0.0, -0.0, 1e-300, 1e299, -1e299, 2**63, int("9" * 350), 5e-324, 1.7e308]
    for place, value in enumerate(values):
        add(store, place * HOUR, {"t": value})
    found, _ = ask(store)
    assert [value for _, value in found["a", "t"]][:5] == [0, 0, 1e-300, 1e299, -1e299]


@pytest.mark.parametrize("name", ODD)
def test_any_name_can_be_a_metric_and_a_label(store, name):
    add(store, 0, {name: 7, "t": 1}, label=name)
    assert ask(store, metrics=(name,), labels=(name,))[0] == {(name, name): [(0, 7)]}
    add(store, 1, {name: "9"}, label=name)
    assert ask(store, metrics=(name,), labels=(name,), texts=(name,), aggregate="max")[0] == {
        (name, name): [(0, 9)]
    }


def test_days_begin_at_the_viewers_midnight(store):
    midnight = SLOT - SLOT % DAY + DAY
    store.add(PROJECT, Event(midnight - 9 * HOUR - 1, "a", {"t": 1}))
    store.add(PROJECT, Event(midnight - 9 * HOUR, "a", {"t": 2}))
    question = Question(PROJECT, [], ["t"], midnight - DAY, midnight + DAY, "mean", DAY, 9 * 60, frozenset())
    with store.reading() as connection:
        found, _ = lines(connection, question)
    assert found[0].points == [(midnight - DAY - 9 * HOUR, 1), (midnight - 9 * HOUR, 2)]


def test_raw_shows_the_newest_and_says_that_there_are_more(tmp_path):
    store = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    with store.writing() as connection:
        rows = [(PROJECT, SLOT + n, SLOT, "a", json.dumps({"t": n})) for n in range(MOST_RAW + 10)]
        connection.exec_driver_sql(
            "INSERT INTO events (project_id, timestamp, received_at, label_key, payload) "
            "VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    found, left_out = ask(store, aggregate="raw")
    assert left_out and len(found["a", "t"]) == MOST_RAW and found["a", "t"][-1][1] == MOST_RAW + 9
    assert store.count(PROJECT) == store.count(PROJECT, "a") == MOST_RAW + 10
    store.close()


def test_the_width_chooses_a_bucket_that_people_know():
    assert bucket_for(HOUR, 600, 0) == 15_000
    assert bucket_for(DAY, 600, 0) == 5 * MINUTE
    assert bucket_for(7 * DAY, 600, 0) == HOUR
    assert bucket_for(RANGES["1y"], 600, 0) == 2 * DAY
    assert bucket_for(DAY, 600, HOUR) == HOUR
    assert bucket_for(1, 1, 0) == 1000


@pytest.fixture
def server():
    with running() as server:
        yield server


def url(server, path="", project=PROJECT):
    return f"{server.url}/projects/{project}/charts{path}"


def settings(**changes):
    return {"type": "line", "name": "Warmth", "metrics": ["t"], "range": "all"} | changes


def test_a_chart_is_its_projects_own(server):
    made = requests.post(url(server), json=settings(), timeout=10)
    assert made.status_code == 201
    path = f"/{made.json()['id']}"
    assert requests.get(url(server, path + "/data"), timeout=10).status_code == 200
    for answer in (
        requests.get(url(server, path + "/data", OTHER), timeout=10),
        requests.put(url(server, path, OTHER), json=settings(), timeout=10),
        requests.delete(url(server, path, OTHER), timeout=10),
    ):
        assert answer.status_code == 404, answer.text
    arranged = requests.put(url(server, "/order", OTHER), json={"order": [path[1:]]}, timeout=10)
    assert arranged.json() == {"order": []}
    assert requests.delete(url(server, path), timeout=10).status_code == 204
    assert requests.get(url(server), timeout=10).json()["charts"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "pie"}, "type"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"metrics": []}, "metrics"),
        ({"metrics": "t"}, "metrics"),
        ({"metrics": [1]}, "metrics"),
        ({"labels": ["\0"]}, "labels"),
        ({"range": "1w"}, "range"),
        ({"aggregate": "sum"}, "aggregate"),
        ({"interval": 7}, "interval"),
        ({"size": 4}, "size"),
        ({"type": "gauge", "low": 5, "high": 5}, "high"),
        ({"low": "NaN"}, "low"),
    ],
)
def test_settings_that_make_no_chart_are_refused(server, changes, field):
    answer = requests.post(url(server), json=settings(**changes), timeout=10)
    assert answer.status_code == 422 and answer.json()["error"]["field"] == field, answer.text


def test_another_sites_page_changes_nothing(server):
    body = json.dumps(settings())
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
    ):
        assert requests.post(url(server), data=body, headers=headers, timeout=10).status_code in (403, 415)
    assert requests.get(url(server), timeout=10).json()["charts"] == []


def test_number_and_gauge_get_the_latest_value_of_each_label(server):
    for n in range(3):
        post(server, event(timestamp=NOW + n, label_key="a", payload={"t": n, "h": 5}))
    post(server, event(timestamp=NOW + 3, label_key="a", payload={"h": 6}))
    post(server, event(timestamp=NOW, label_key="b", payload={"t": "8.5"}))
    made = requests.post(url(server), json=settings(type="number"), timeout=10).json()
    found = requests.get(url(server, f"/{made['id']}/data?width=300"), timeout=10).json()
    latest = [(one["label"], one["value"], one["timestamp"]) for one in found["latest"]]
    assert latest == [("a", 2, NOW + 2), ("b", 8.5, NOW)]
    assert {line["label"] for line in found["lines"]} == {"a", "b"}


def test_a_span_that_was_zoomed_to_is_answered_as_asked(server):
    post(server, event(timestamp=NOW, payload={"t": 1}))
    made = requests.post(url(server), json=settings(range="24h"), timeout=10).json()
    path = f"/{made['id']}/data"
    assert requests.get(url(server, path), timeout=10).json()["lines"] == []
    zoomed = requests.get(url(server, f"{path}?start={NOW - HOUR}&end={NOW + HOUR}"), timeout=10).json()
    assert len(zoomed["lines"]) == 1 and zoomed["start"] == NOW - HOUR
    for query in ("start=-1&end=5", "width=0", "ahead=9999", f"start=0&end={10**18}"):
        assert requests.get(url(server, f"{path}?{query}"), timeout=10).status_code == 422
