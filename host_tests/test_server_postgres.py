"""PostgreSQL: the same server, any number of processes, partitions by month."""

import asyncio
import itertools
import os
import signal
import threading
from contextlib import contextmanager

import pytest
import requests
import sqlalchemy as sa
from miniviz_server import PROJECTS, DatabaseUnusable, Event
from miniviz_server.database import connect
from miniviz_server.relay import _batches
from miniviz_server.schema import REVISION
from miniviz_server.store import Store
from postgres_server import new_database, started
from postgres_server import pytestmark as pytestmark
from server_client import NOW, event, ready_line, refused, start, wait_until
from sqlalchemy.exc import IntegrityError, OperationalError
from test_server_live import Watcher

PROJECT = PROJECTS[0].id
_names = itertools.count()


@pytest.fixture(scope="module")
def address():
    with started() as address:
        yield address


@pytest.fixture
def database(address):
    return new_database(address, f"store{next(_names)}")


@pytest.fixture
def store(database):
    store = Store(database, seed=PROJECTS)
    yield store
    store.close()


def partitions(store):
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass ORDER BY 1"
    with store.reading() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def month(year, number):
    from datetime import UTC, datetime

    return int(datetime(year, number, 15, tzinfo=UTC).timestamp() * 1000)


def test_events_lie_in_the_partition_of_their_month(store):
    for timestamp in (month(2025, 11), month(2025, 12), month(2025, 12) + 1, month(9999, 12)):
        store.add(PROJECT, Event(timestamp, "a", {"t": 1}))
    assert partitions(store) == ["events_2025_11", "events_2025_12", "events_other"]
    assert [one.timestamp for one in store.newest(PROJECT, 2)] == [month(9999, 12), month(2025, 12) + 1]
    assert store.count(PROJECT) == 4


def test_retention_drops_whole_months_and_the_rest_row_by_row(store):
    for timestamp in (month(2025, 10), month(2025, 11), month(2025, 12), month(2025, 12) + 1000):
        store.add(PROJECT, Event(timestamp, "a", {"t": 1}))
    store.forget_before(month(2025, 12) + 1)
    assert partitions(store) == ["events_2025_12", "events_other"]
    assert [one.timestamp for one in store.newest(PROJECT, 9)] == [month(2025, 12) + 1000]
    assert store.count(PROJECT) == store.count(PROJECT, "a") == 1
    store.add(PROJECT, Event(month(2025, 10), "a", {"t": 1}))
    assert store.count(PROJECT) == 2


def test_a_batch_of_many_projects_and_labels_gets_its_ids_in_its_order(store):
    found = [(PROJECTS[n % 2].id, Event(NOW + n, "cab"[n % 3], {"t": n})) for n in range(50)]
    stored = store.add_all(found)
    assert [one.timestamp for one in stored] == [event.timestamp for _, event in found]
    for project in PROJECTS:
        mine = {one.id: one for (owner, _), one in zip(found, stored, strict=True) if owner == project.id}
        assert {one.id: one for one in store.newest(project.id, 99)} == mine


def backends(store, do="pid"):
    query = (
        f"SELECT {do} FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with store.reading() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def test_a_reading_that_brings_nothing_new_is_one_statement(store):
    store.add(PROJECT, Event(NOW, "a", {"t": 1}))
    with sqlalchemy_statements(store) as statements:
        stored = store.add_all([(PROJECT, Event(NOW + n, "a", {"t": n})) for n in (2, 1)])
    assert statements == [] and [one.timestamp for one in stored] == [NOW + 2, NOW + 1]
    assert [one.id for one in store.newest(PROJECT, 2)] == [one.id for one in stored]
    assert store.count(PROJECT) == 3


def test_on_the_event_loop_a_batch_is_one_statement_and_a_refused_or_lost_one_is_said(store):
    def soon(*events):
        return asyncio.run(store.add_soon(events))

    batch = [(PROJECT, Event(NOW + n, 'a"\\\u00e9', {"t": 'x"\\\u00e9'})) for n in (2, 1)]
    assert (
        soon(*batch) is None and store.count(PROJECT) == 0
    )  # nothing is known and open yet: a thread's work
    store.add_all(batch)
    store.add_all(batch)
    with sqlalchemy_statements(store) as statements:
        stored = soon(*batch)
    assert statements == [] and [one.timestamp for one in stored] == [NOW + 2, NOW + 1]
    assert [one for one in store.newest(PROJECT, 6) if one.id in {two.id for two in stored}] == stored
    store._heard._known |= {("gone", *key[1:]): seen for key, seen in store._heard._known.items()}
    store._series._known |= {("gone", *key[1:]): days for key, days in store._series._known.items()}
    with pytest.raises(IntegrityError):
        soon(*batch, ("gone", batch[0][1]))
    assert store.count(PROJECT) == 6 and len(soon(*batch * 100)) == 200
    backends(store, "pg_terminate_backend(pid, 5000)")
    assert soon(*batch) is None and store.count(PROJECT) == 206


def test_on_the_event_loop_a_connection_lost_on_the_way_refuses_the_reading(store):
    found = [(PROJECT, Event(NOW, "a", {"t": 1}))]
    store.add_all(found)
    store.add_all(found)

    async def lose():
        storing = asyncio.create_task(store.add_soon(found))
        with store.writing() as connection:
            connection.exec_driver_sql("LOCK TABLE events IN SHARE MODE")
            waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
            while not (pids := connection.exec_driver_sql(waiting).scalars().all()):
                await asyncio.sleep(0.01)
            connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (pids[0],))
            with pytest.raises(OperationalError):
                await asyncio.wait_for(storing, 20)

    asyncio.run(lose())
    assert store.count(PROJECT) == 2 and len(store.add_all(found)) == 1


@contextmanager
def sqlalchemy_statements(store):
    found = []

    def heard(_connection, _cursor, statement, *_):
        found.append(statement)

    sa.event.listen(store._engine, "before_cursor_execute", heard)
    yield found
    sa.event.remove(store._engine, "before_cursor_execute", heard)


def test_readings_are_taken_after_postgresql_has_ended_every_connection(store):
    for n in range(3):
        store.add(PROJECT, Event(NOW + n, "a", {"t": 1}))
    assert len(backends(store)) == 1
    backends(store, "pg_terminate_backend(pid, 5000)")
    store.add(PROJECT, Event(NOW + 3, "a", {"t": 1}))
    assert store.count(PROJECT) == 4


def test_a_reading_whose_connection_is_lost_on_the_way_is_refused_and_not_tried_again(store):
    store.add(PROJECT, Event(NOW, "a", {"t": 1}))
    store.add(PROJECT, Event(NOW + 1, "a", {"t": 1}))
    told = []

    def add():
        try:
            store.add(PROJECT, Event(NOW + 2, "a", {"t": 1}))
        except OperationalError as error:
            told.append(error)

    storing = threading.Thread(target=add)
    with store.writing() as connection:
        # The reading waits for this lock with its connection, which is then ended under it.
        connection.exec_driver_sql("LOCK TABLE events IN SHARE MODE")
        storing.start()
        waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
        assert wait_until(lambda: connection.exec_driver_sql(waiting).first(), 20)
        pid = connection.exec_driver_sql(waiting).scalar_one()
        connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        storing.join(20)
    assert not storing.is_alive() and len(told) == 1
    assert store.count(PROJECT) == 2
    store.add(PROJECT, Event(NOW + 2, "a", {"t": 1}))
    assert store.count(PROJECT) == 3


def test_a_batch_with_a_project_that_is_gone_is_stored_not_at_all(store, database):
    both = [(project.id, Event(NOW, "a", {"t": 1})) for project in PROJECTS]
    store.add_all(both)
    other = Store(database)
    other.projects.delete(PROJECTS[1].id)
    other.close()
    for _ in range(2):
        with pytest.raises(IntegrityError):
            store.add_all(both)
    assert store.count(PROJECT) == 1
    store.add_all(both[:1])
    assert store.count(PROJECT) == 2


def test_counts_stay_true_whoever_writes_and_deletes(store, database):
    other = Store(database)
    for n in range(20):
        (store, other)[n % 2].add(PROJECT, Event(NOW + n, f"label-{n % 3}", {"t": n}))
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE label_key = 'label-1'")
    assert (store.count(PROJECT), store.count(PROJECT, "label-1"), store.labels(PROJECT)) == (
        13,
        0,
        ["label-0", "label-2"],
    )
    other.close()


def test_what_postgresql_cannot_index_or_show_is_refused_or_kept(database):
    with processes(database, 1) as (server,):
        answer = server.post(event(label_key="x" * 501))
        refused(answer, 422, "label_too_long", "label_key")
        assert server.post(event(label_key="🌡" * 500, payload={"t": "a\0b", "a\0": 1})).status_code == 201
        found = requests.get(f"{server.url}/projects/{PROJECT}/events", timeout=10).json()["events"]
        assert found[0]["payload"] == {"t": "a\0b", "a\0": 1}


class Process:
    """A server process."""

    projects = PROJECTS

    def __init__(self, database):
        self.process = start(database)
        line = ready_line(self.process)
        assert line, self.process.stderr.read()
        import json

        self.url = json.loads(line)["url"]

    def post(self, body, session=requests):
        target = f"{self.url}/api/project/{PROJECT}?token={PROJECTS[0].token}"
        return session.post(target, json=body, timeout=20)


class processes:
    """So many server processes on one database."""

    def __init__(self, database, count):
        self.database, self.count = database, count

    def __enter__(self):
        self.running = [Process(self.database) for _ in range(self.count)]
        return self.running

    def __exit__(self, *_error):
        for one in self.running:
            one.process.send_signal(signal.SIGINT)
        for one in self.running:
            one.process.wait(20)
            one.process.stdout.close()
            one.process.stderr.close()


def test_a_page_of_one_process_hears_what_another_stores(database):
    with processes(database, 2) as (one, two):
        watcher = Watcher(one)
        # The other process may still be connecting its listener.
        assert wait_until(lambda: two.post(event(payload={"n": 0})).ok and watcher.heard, 20)
        for n in range(1, 30):
            assert (one, two)[n % 2].post(event(label_key="🌡" * 500, payload={"n": n})).status_code == 201
        heard = lambda: {found["payload"]["n"] for _, found in watcher.heard}  # noqa: E731
        assert wait_until(lambda: heard() == set(range(30)), 20)
        assert len({found["id"] for _, found in watcher.heard}) == len(watcher.heard)


def test_a_killed_process_loses_no_acknowledged_event(database):
    with processes(database, 2) as (one, two):
        acknowledged = [one.post(event(payload={"n": n})).json()["id"] for n in range(50)]
        os.kill(one.process.pid, signal.SIGKILL)
        stored = requests.get(f"{two.url}/projects/{PROJECT}/events", timeout=10).json()["events"]
        assert {found["id"] for found in stored} == set(acknowledged)


def test_an_address_that_will_not_do_is_one_sentence_without_the_password(address):
    for database, words in (
        (address.replace("miniviz@", "miniviz:secret@") + "/none", "does not exist"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "cannot be used"),
        ("postgresql+nothing://u:secret@127.0.0.1/x", "not understood"),
    ):
        with pytest.raises(DatabaseUnusable, match=words) as caught:
            connect(database)
        assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_database_of_a_newer_miniviz_is_left_alone(store, database):
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match=f"9999, this one knows {REVISION}"):
        connect(database)


def test_a_notification_never_exceeds_what_postgresql_takes():
    messages = [b"x" * size for size in (10, 3000, 4000, 3900, 7000, 5)]
    texts = _batches("me", messages)
    assert all(len(text) <= 7900 for text in texts) and len(texts) == 3
    assert sum(text.count("x") for text in texts) == sum(map(len, messages))
