"""Sums of five minutes: with them a chart shows what its events show, whatever happens to these."""

import itertools
import json
import random
import sqlite3
import threading
import time

import pytest
from miniviz_server import PROJECTS, Event, chartdata, clock, rollup
from miniviz_server.chart import DAY, HOUR, MINUTE
from miniviz_server.chartcache import ChartCache
from miniviz_server.chartdata import Question
from miniviz_server.rollups import Rollups
from miniviz_server.schema_rollups import rollup_hours, rollups
from miniviz_server.store import Store
from miniviz_server.transfer import export, load
from postgres_server import new_database
from postgres_server import pytestmark as postgres_marks
from server_client import NOW, wait_until

PROJECT, OTHER = (project.id for project in PROJECTS)
START = NOW - NOW % DAY - DAY
ODD = ['a"b', "$.a", "a'; --", "ключ", "%s", ":m0", "a\\"]
_names = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def database(request, tmp_path):
    if request.param == "sqlite":
        return tmp_path / "a.sqlite"
    return new_database(request.getfixturevalue("postgres_address"), f"rollups{next(_names)}")


@pytest.fixture
def store(database):
    store = Store(database, seed=PROJECTS)
    yield store
    store.close()


def question(**changes):
    fields = {"project_id": PROJECT, "labels": [], "metrics": ["t"], "start": START, "bucket": HOUR}
    return Question(**fields | {"end": START + 12 * HOUR, "aggregate": "mean"} | changes)


def flat(lines):
    return [(line.label_key, line.metric, moment, value) for line in lines for moment, value in line.points]


def asked(store, wanted):
    with store.snapshot() as connection:
        return flat(chartdata.lines(connection, wanted)[0])


def without_sums(store, wanted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rollup, "ready_hours", lambda *_: [])
        return asked(store, wanted)


def same(store, wanted, monkeypatch):
    found, expected = asked(store, wanted), without_sums(store, wanted, monkeypatch)
    assert [one[:3] for one in found] == [one[:3] for one in expected]
    assert [one[3] for one in found] == pytest.approx([one[3] for one in expected])
    return found


def dense(hours=3, label="a", every=20_000, **payload):
    payload = payload or {"t": 1}
    return [Event(START + at, label, payload) for at in range(0, hours * HOUR, every)]


def ready(store, project=PROJECT):
    with store.reading() as connection:
        return rollup.ready_hours(connection, project, START - DAY, START + 2 * DAY)


def first_hour():
    return START // HOUR


@pytest.mark.parametrize("seed", range(4))
def test_any_chart_of_any_events_is_the_same(store, seed, monkeypatch):
    chance = random.Random(seed)
    values = (1, -2.5, 7, "3.5", "no", 0, 1e12, "1e3")
    names = ["t", "h", "x y", *ODD]
    # Few, because each new one is noted by itself.
    shapes = [chance.sample(names, 3) for _ in range(4)]
    for _ in range(2):
        found = [
            Event(
                START + chance.randrange(6 * HOUR),
                chance.choice("abc"),
                {name: chance.choice(values) for name in chance.choice(shapes)},
            )
            for _ in range(2500)
        ]
        store.add_many(PROJECT, found)
        Rollups(store).fill()
        assert ready(store)
        rows = store.newest(PROJECT, 2000)
        store.delete_events(PROJECT, [row.id for row in chance.sample(rows, 3)])
        for aggregate in ("mean", "min", "max", "count"):
            start = START + chance.randrange(-HOUR, 3 * HOUR)
            same(
                store,
                question(
                    start=start,
                    end=start + chance.randrange(1, 8 * HOUR),
                    aggregate=aggregate,
                    metrics=chance.sample(chance.choice(shapes), 2),
                    labels=chance.choice(([], ["a"], ["c", "b"])),
                    bucket=chance.choice((MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY)),
                    ahead=chance.choice((0, 345, -210, 7)),
                    texts=frozenset(names),
                ),
                monkeypatch,
            )


def test_a_chart_reads_sums_and_only_what_they_leave_open(store, monkeypatch):
    store.add_many(PROJECT, dense())
    assert Rollups(store).fill() == 3 and len(ready(store)) == 3
    assert flat_count(store) == 3 * 180
    store.add(PROJECT, Event(START + HOUR + 5, "a", {"t": 1}))
    assert ready(store) == [first_hour(), first_hour() + 2]
    # What is in the sums is not read: a sum that was made wrong shows, the open hour is right.
    with store.writing() as connection:
        connection.execute(rollups.update().values(readings=1))
    assert [one[3] for one in asked(store, question(aggregate="count"))] == [12, 181, 12]


def flat_count(store):
    return sum(value for *_, value in asked(store, question(aggregate="count")))


@pytest.mark.parametrize("what", ["insert", "delete", "elsewhere", "retention"])
def test_whatever_changes_an_hour_takes_its_sums_away(store, what, database, monkeypatch):
    store.add_many(PROJECT, dense(4))
    Rollups(store).fill()
    assert len(ready(store)) == 4
    if what == "insert":
        store.add(PROJECT, Event(START + 7, "b", {"t": 9}))
    elif what == "delete":
        store.delete_events(PROJECT, [row.id for row in store.newest(PROJECT, 700)[5:600]])
    elif what == "elsewhere":
        other = Store(database)
        other.add(PROJECT, Event(START + HOUR, "a", {"t": 50}))
        other.close()
    else:
        store.forget_before(START + 2 * HOUR + MINUTE)
    assert len(ready(store)) < 4
    before = same(store, question(), monkeypatch)
    Rollups(store).fill()
    after = same(store, question(), monkeypatch)
    assert [one[3] for one in after] == pytest.approx([one[3] for one in before])


def test_months_that_are_dropped_leave_no_sums(store, monkeypatch):
    store.add_many(PROJECT, [Event(one.timestamp - 90 * DAY, "a", {"t": 3}) for one in dense()])
    store.add_many(PROJECT, dense())
    Rollups(store).fill()
    wide = question(start=START - 100 * DAY, bucket=DAY)
    assert len(same(store, wide, monkeypatch)) == 2
    store.forget_before(START - 10 * DAY)
    assert len(same(store, wide, monkeypatch)) == 1
    with store.reading() as connection:
        hours = [row.hour for row in connection.execute(rollup_hours.select())]
    assert hours and min(hours) >= (START - 10 * DAY) // HOUR


@pytest.mark.parametrize("change", ["insert", "delete"])
def test_an_event_that_comes_or_goes_while_its_hour_is_summed(store, change, monkeypatch):
    store.add_many(PROJECT, dense(1))
    rows = store.newest(PROJECT, 1)
    filler, real = Rollups(store), Rollups._read
    changed = []

    def interrupted(self, hour):
        found = real(self, hour)
        if not changed:
            changed.append(hour)
            if change == "insert":
                store.add(PROJECT, Event(START + 1, "a", {"t": 100}))
            else:
                store.delete_events(PROJECT, [rows[0].id])
        return found

    monkeypatch.setattr(Rollups, "_read", interrupted)
    # The second time nothing comes between.
    assert filler.fill() == 2 and ready(store) == [first_hour()]
    assert flat_count(store) == (181 if change == "insert" else 179)


@postgres_marks[0]
@postgres_marks[1]
def test_an_event_of_a_transaction_that_is_still_open_is_in_the_sums(postgres_address):
    database = new_database(postgres_address, f"rollups{next(_names)}")
    store = Store(database, seed=PROJECTS)
    store.add_many(PROJECT, dense(1))
    written, let_go = threading.Event(), threading.Event()

    def slowly():
        with store.writing() as connection:
            row = {"project_id": PROJECT, "timestamp": START + 3, "received_at": NOW, "label_key": "a"}
            store.insert_events(connection, PROJECT, [row | {"payload": {"t": 1}}])
            written.set()
            let_go.wait(20)

    writer = threading.Thread(target=slowly)
    writer.start()
    written.wait(20)
    filler = threading.Thread(target=Rollups(store).fill)
    filler.start()
    time.sleep(0.3)
    assert not ready(store)
    let_go.set()
    writer.join()
    filler.join()
    Rollups(store).fill()
    assert ready(store) and flat_count(store) == 181
    store.close()


@postgres_marks[0]
@postgres_marks[1]
def test_two_processes_with_late_readings_of_the_same_hours_both_store_them(postgres_address):
    store = Store(new_database(postgres_address, f"rollups{next(_names)}"), seed=PROJECTS)
    store.add_many(PROJECT, dense(2))
    Rollups(store).fill()
    late = [(PROJECT, Event(START + HOUR + 1, "a", {"t": 1})), (PROJECT, Event(START + 1, "b", {"t": 1}))]
    storing = threading.Thread(target=store.add_all, args=(late,))
    change = "UPDATE rollup_hours SET claim = 0 WHERE hour = %s"
    with store.writing() as connection:
        # The other side is to be the one that finds the deadlock, and is undone.
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '30s'")
        connection.exec_driver_sql(change, (first_hour(),))
        storing.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        assert wait_until(lambda: connection.exec_driver_sql(waiting).scalar_one(), 20)
        connection.exec_driver_sql(change, (first_hour() + 1,))
    storing.join()
    assert flat_count(store) == 362 and not ready(store)
    store.close()


def test_a_claim_of_a_process_that_died_is_taken_over(store, monkeypatch):
    store.add_many(PROJECT, dense(1))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Rollups, "_read", killed)
        Rollups(store).fill()
    assert Rollups(store).fill() == 0 and flat_count(store) == 180
    monkeypatch.setattr(clock.clock, "offset_ms", 600_000)
    assert Rollups(store).fill() == 1 and ready(store) == [first_hour()]


def test_two_processes_sum_while_devices_send(store, database, monkeypatch):
    other = Store(database)
    stop = threading.Event()

    def send(target, seed):
        chance = random.Random(seed)
        while not stop.is_set():
            found = [Event(START + chance.randrange(3 * HOUR), "ab"[seed], {"t": chance.random()})]
            target.add_all([(PROJECT, one) for one in found * 3])

    def sum_up(target):
        while not stop.is_set():
            Rollups(target).fill(lambda _seconds: stop.is_set())

    store.add_many(PROJECT, dense())
    works = [(send, store, 0), (send, other, 1), (sum_up, store), (sum_up, other)]
    threads = [threading.Thread(target=work, args=arguments) for work, *arguments in works]
    for thread in threads:
        thread.start()
    for _ in range(20):
        same_count(store)
    stop.set()
    for thread in threads:
        thread.join()
    Rollups(store).fill()
    assert len(ready(store)) == 3
    same(store, question(bucket=5 * MINUTE), monkeypatch)
    assert flat_count(store) == store.count(PROJECT)
    other.close()


def same_count(store):
    """One moment's chart has all events of that moment."""
    with store.snapshot() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        found = flat(chartdata.lines(connection, question(aggregate="count"))[0])
        total = connection.exec_driver_sql("SELECT sum(total) FROM event_counts").scalar_one()
        assert sum(one[3] for one in found) == total


def test_hours_that_are_not_over_or_hold_little_keep_their_events(store):
    now = clock.clock.now_ms()
    store.add_many(PROJECT, [Event(now, "a", {"t": 1}) for _ in range(100)])
    store.add_many(PROJECT, dense(2, every=10 * MINUTE))
    assert Rollups(store).fill() == 2 and not ready(store)
    assert Rollups(store).fill() == 0
    with store.reading() as connection:
        assert not connection.execute(rollups.select()).all()


def test_projects_keep_apart_and_go_with_their_sums(store):
    store.add_many(PROJECT, dense(1))
    store.add_many(OTHER, dense(1, every=10_000, t=5))
    Rollups(store).fill()
    assert asked(store, question()) == [("a", "t", START, 1)]
    assert asked(store, question(project_id=OTHER)) == [("a", "t", START, 5)]
    store.projects.delete(OTHER)
    assert ready(store) and not ready(store, OTHER)
    with store.reading() as connection:
        assert len(connection.execute(rollups.select()).all()) == 12
    store.reset(PROJECTS)
    assert not ready(store)


def test_an_imported_project_is_summed_anew(store, tmp_path, monkeypatch):
    store.add_many(PROJECT, dense(2))
    Rollups(store).fill()
    lines = list(export(store, PROJECT))
    assert not any("rollup" in next(iter(json.loads(line))) for line in lines)
    copy = Store(tmp_path / "copy.sqlite")
    load(copy, lines, None, new_id=False)
    assert not ready(copy) and Rollups(copy).fill() == 2 and len(ready(copy)) == 2
    assert asked(copy, question()) == asked(store, question())
    copy.close()


def test_the_cache_of_charts_hears_of_late_events(tmp_path):
    store, cache = Store(tmp_path / "a.sqlite", seed=PROJECTS), ChartCache()

    def counted():
        with store.snapshot() as connection:
            return sum(one[3] for one in flat(cache.lines(connection, question(aggregate="count"))[0]))

    store.add_many(PROJECT, dense())
    Rollups(store).fill()
    assert counted() == 540
    store.add(PROJECT, Event(START + 9, "a", {"t": 1}))
    assert counted() == 541
    Rollups(store).fill()
    store.delete_events(PROJECT, [row.id for row in store.newest(PROJECT, 10)])
    assert counted() == 531
    store.close()


def test_sums_cost_few_rows(tmp_path):
    store = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    store.add_many(PROJECT, dense(2, every=2000))
    Rollups(store).fill()
    store.close()
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        assert connection.execute("SELECT count(*), sum(readings) FROM rollups").fetchone() == (24, 3600)
