"""TimescaleDB, as far as that can be tried without it: it is detected, and asked in its own words.

Debian has no package of it, so its functions are stand-ins here that note how they were called.
"""

import pytest
from miniviz_server import PROJECTS, Event
from miniviz_server.store import Store
from postgres_server import new_database, started
from postgres_server import pytestmark as pytestmark

PROJECT = PROJECTS[0].id
DAY = 86_400_000
NOW = 1_763_800_000_000
# The signatures of TimescaleDB 2.
_STAND_IN = """
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 99999, 'timescaledb', extowner, extnamespace, false, '2.0' FROM pg_extension LIMIT 1;
CREATE TABLE asked (what text, relation regclass, value bigint);
CREATE FUNCTION create_hypertable(relation regclass, time_column_name name, chunk_time_interval bigint)
RETURNS void LANGUAGE sql AS $$
INSERT INTO asked VALUES ('create_hypertable ' || time_column_name, relation, chunk_time_interval) $$;
CREATE FUNCTION show_chunks(relation regclass, older_than bigint) RETURNS SETOF regclass
LANGUAGE plpgsql AS $$ BEGIN
CREATE TABLE IF NOT EXISTS old_chunk AS SELECT * FROM events WHERE timestamp < older_than;
RETURN QUERY SELECT 'old_chunk'::regclass; END $$;
CREATE FUNCTION drop_chunks(relation regclass, older_than bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO asked VALUES ('drop_chunks', relation, older_than); DROP TABLE old_chunk;
ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events WHERE timestamp < older_than;
ALTER TABLE events ENABLE TRIGGER USER; RETURN NEXT 'old_chunk'; END $$;
"""


@pytest.fixture(scope="module")
def database():
    import psycopg

    with started() as address:
        made = new_database(address, "timescale")
        with psycopg.connect(made.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("SET allow_system_table_mods = on")
            connection.execute(_STAND_IN)
        yield made


def asked(store):
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT what, relation::text, value FROM asked ORDER BY what")
        return [tuple(row) for row in rows]


def test_events_become_a_hypertable_and_retention_drops_chunks(database):
    store = Store(database, seed=PROJECTS)
    created = ("create_hypertable timestamp", "events", 30 * DAY)
    assert asked(store) == [created]
    query = "SELECT relkind::text FROM pg_class WHERE oid = 'events'::regclass"
    with store.reading() as connection:
        assert connection.exec_driver_sql(query).scalar_one() == "r", "not partitioned by us as well"
    for n in range(6):
        store.add(PROJECT, Event(NOW - n * 40 * DAY, "ab"[n % 2], {"t": n}))
    store.forget_before(NOW - 100 * DAY)
    assert ("drop_chunks", "events", NOW - 100 * DAY) in asked(store)
    assert [one.payload["t"] for one in store.newest(PROJECT, 9)] == [0, 1, 2]
    assert (store.count(PROJECT), store.count(PROJECT, "a"), store.count(PROJECT, "b")) == (3, 2, 1)
    store.close()
