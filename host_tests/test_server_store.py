"""The database: one schema in two places, one order, one writer."""

import itertools
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from miniviz_server import PROJECTS, Event, heard
from miniviz_server.database import MIGRATIONS, connect
from miniviz_server.schema import REVISION, metadata
from miniviz_server.store import Cursor, Store
from server_client import NOW
from sqlalchemy.exc import IntegrityError

PROJECT = PROJECTS[0].id


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    yield store
    store.close()


def reading(timestamp=NOW, label="a"):
    return Event(timestamp, label, {"n": 1})


def test_the_migrations_end_where_the_schema_is(tmp_path):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
    engine = connect(tmp_path / "a.sqlite")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_and_schema_make_the_same_tables(tmp_path):
    connect(tmp_path / "a.sqlite").dispose()
    migrated = sqlite3.connect(tmp_path / "a.sqlite")
    query = "SELECT sql FROM sqlite_master WHERE name IN ('projects', 'events')"
    assert all("AUTOINCREMENT" in sql or "CHECK" in sql for (sql,) in migrated.execute(query))
    migrated.close()


def test_an_empty_file_becomes_a_database(tmp_path):
    (tmp_path / "a.sqlite").touch()
    store = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    assert store.projects.all() == list(PROJECTS)
    store.close()


def test_a_path_with_signs_that_mean_something_elsewhere(tmp_path):
    folder = tmp_path / "100% ?mode=ro #1"
    folder.mkdir()
    for _ in range(2):
        store = Store(folder / "a b.sqlite", seed=PROJECTS)
        store.add(PROJECT, reading())
        store.close()
    assert [path.name for path in folder.iterdir()] == ["a b.sqlite"]


def test_events_come_newest_first_and_page_without_a_gap(store):
    times = [NOW + offset for offset in (3, 1, 2, 2, 2, 9, 0)]
    for timestamp in times:
        store.add(PROJECT, reading(timestamp))
    whole = store.newest(PROJECT, 100)
    assert [event.timestamp for event in whole] == sorted(times, reverse=True)
    paged, cursor = [], None
    while page := store.newest(PROJECT, 2, cursor):
        paged += page
        cursor = Cursor(page[-1].timestamp, page[-1].id)
    assert paged == whole


def test_many_threads_write_without_losing_one(store):
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda n: store.add(PROJECT, reading(NOW + n)), range(200)))
    assert store.count(PROJECT) == 200
    assert sorted(event.id for event in stored) == list(range(1, 201))


def test_what_is_too_old_leaves_the_catalogue_too(store):
    day = 86_400_000
    for days, label in ((0, "kept"), (40, "gone"), (40, "both"), (1, "both")):
        store.add(PROJECT, reading(NOW - days * day, label))
    store.forget_before(NOW - 30 * day)
    assert store.labels(PROJECT) == ["both", "kept"]
    cut = NOW - 30 * day - (NOW - 30 * day) % day
    stretches = {one.label_key: one for one in store.catalogue(PROJECT)}
    assert stretches.keys() == {"both", "kept"} and stretches["both"].first == cut
    store.add(PROJECT, reading(NOW - 29 * day, "gone"))
    assert {one.label_key for one in store.catalogue(PROJECT)} == {"both", "kept", "gone"}


def test_what_was_heard_goes_with_its_last_event(store, monkeypatch):
    day = 86_400_000
    monkeypatch.setattr("miniviz_server.store.clock.now_ms", lambda: NOW - 40 * day)
    for days, label in ((40, "gone"), (0, "ahead"), (40, "back")):
        store.add(PROJECT, reading(NOW - days * day, label))
    monkeypatch.setattr("miniviz_server.store.clock.now_ms", lambda: NOW)
    store.add(PROJECT, reading(NOW - 35 * day, "back"))

    def labels():
        with store.reading() as connection:
            return sorted(heard.last_heard(connection, PROJECT))

    store.forget_before(NOW - 41 * day)
    assert labels() == ["ahead", "back", "gone"]
    store.forget_before(NOW - 30 * day)
    assert labels() == ["ahead", "back"], "one has an event left (its clock is ahead), one was heard today"
    store.add(PROJECT, reading(NOW, "gone"))
    assert labels() == ["ahead", "back", "gone"], "what is dropped must not be taken for written"
    store.forget_before(NOW + day)
    assert labels() == ["back", "gone"], "a rule may still wait for a week of silence"


def test_a_batch_is_stored_whole_and_each_event_gets_its_own_id(store):
    found = [(PROJECTS[n % 2].id, reading(NOW + n, "ab"[n % 3 > 0])) for n in range(50)]
    stored = store.add_all(found)
    assert [(one.timestamp, one.label_key) for one in stored] == [
        (one.timestamp, one.label_key) for _, one in found
    ]
    for project in PROJECTS:
        mine = [one for (owner, _), one in zip(found, stored, strict=True) if owner == project.id]
        assert sorted(store.newest(project.id, 99), key=lambda one: one.id) == mine
    with pytest.raises(IntegrityError):
        store.add_all([(PROJECT, reading()), ("nobody", reading())])
    assert store.count(PROJECT) == 25


def test_a_copy_of_a_closed_database_is_whole(tmp_path):
    with_side_files = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    with_side_files.add(PROJECT, reading())
    with_side_files.close()
    shutil.copy(tmp_path / "a.sqlite", tmp_path / "b.sqlite")
    copy = Store(tmp_path / "b.sqlite", seed=PROJECTS)
    assert copy.count(PROJECT) == 1
    copy.close()


def test_two_servers_may_share_a_file(tmp_path):
    stores = [Store(tmp_path / "a.sqlite", seed=PROJECTS) for _ in range(2)]
    for store, n in itertools.product(stores, range(5)):
        store.add(PROJECT, reading(NOW + n))
    assert [store.count(PROJECT) for store in stores] == [10, 10]
    for store in stores:
        store.close()
