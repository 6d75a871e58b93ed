"""A database that an older miniviz filled, on either engine, opens with everything still in it."""

import itertools
import json
import time

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from miniviz_server import passwords
from miniviz_server.accounts import Accounts
from miniviz_server.chart import check
from miniviz_server.chartstore import ChartStore
from miniviz_server.dashboards import Dashboards
from miniviz_server.heard import metrics
from miniviz_server.image_store import ImageStore
from miniviz_server.migrate import MIGRATIONS
from miniviz_server.rollups import Rollups
from miniviz_server.schema import REVISION
from miniviz_server.store import Store
from person import PASSWORD
from postgres_server import new_database, started
from postgres_server import pytestmark as postgres_marks
from server_client import NOW

PROJECT = "11111111-2222-4333-8444-555555555555"
COUNT = 300
DAY = 86_400_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def database(request, tmp_path):
    if request.param == "sqlite":
        yield tmp_path / "a.sqlite"
        return
    with started() as address:
        yield new_database(address, "upgrade")


def engine_of(database):
    return sa.create_engine(database if isinstance(database, str) else f"sqlite:///{database}")


def fill(database, revision):
    """What a server of that revision left behind."""
    engine = engine_of(database)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        tables = sa.MetaData()
        tables.reflect(connection)
        for table, rows in left_behind().items():
            connection.execute(tables.tables[table].insert(), rows)
    engine.dispose()


def left_behind():
    """The rows, by table; as the tables were at revision 0003."""
    account = {"id": "ada", "email": "ada@example.org", "password_hash": passwords.hashed(PASSWORD)}
    project = {"id": PROJECT, "name": "Greenhouse", "token": "t" * 48, "plan": "pro", "owner_id": "ada"}
    image = {"label_key": "cam", "name": "a.jpg", "kind": "image/jpeg", "width": 2, "height": 1, "size": 4}
    image |= {"thumbnail": b"thumb", "data": b"\xff\xd8\xff\xd9"}
    first = NOW - NOW % DAY
    stretches = itertools.product("ab", ("temperature", "state", "humidity"))
    # Images of more than a month ago are not shown.
    mine, then = {"project_id": PROJECT}, {"timestamp": NOW, "received_at": time.time_ns() // 1_000_000}
    return {
        "accounts": [account | {"seal": "s" * 32, "created_at": NOW}],
        "projects": [project | {"created_at": NOW}],
        "keys": [{"name": "session", "value": "k" * 64}],
        "events": [mine | reading(n) for n in range(COUNT)],
        "series": [
            mine | {"label_key": label, "metric": metric, "first": first, "last": first + DAY - 1}
            for label, metric in stretches
        ],
        "images": [mine | then | image],
    }


def reading(n):
    at = NOW + n * 60_000
    payload = {"temperature": n % 40, "state": "on"} if n % 3 else {"humidity": n / 10}
    return {"timestamp": at, "received_at": at, "label_key": "ab"[n % 2], "payload": payload}


@pytest.mark.parametrize("revision", ["0003_images", "0012"])
def test_everything_is_there_after_the_upgrade(database, revision):
    if isinstance(database, str) and revision == "0003_images":
        # PostgreSQL came later: what was written before it is made anew from the events in SQLite only.
        revision = "0012"
    fill(database, revision)
    store = Store(database)
    with store.reading() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        assert found == REVISION
        known = {(one.label_key, one.metric) for one in metrics(connection, PROJECT)}
    project = store.projects.get(PROJECT)
    assert (project.name, project.token, project.owner_id) == ("Greenhouse", "t" * 48, "ada")
    stored = store.newest(PROJECT, COUNT + 1)
    assert [one.timestamp for one in stored] == [NOW + n * 60_000 for n in reversed(range(COUNT))]
    assert stored[-1].payload == {"humidity": 0.0} and stored[-2].payload == {"temperature": 1, "state": "on"}
    assert (store.count(PROJECT), store.count(PROJECT, "a")) == (COUNT, COUNT // 2)
    if revision == "0003_images":
        assert known == {(label, metric) for label in "ab" for metric in ("temperature", "state", "humidity")}
    assert Accounts(store).log_in("ada@example.org", PASSWORD, "127.0.0.1").id == "ada"
    assert store.key("session") == "k" * 64
    image = ImageStore(store).newest(PROJECT, 5)[0]
    assert (image.name, image.label_key) == ("a.jpg", "cam")
    charts = ChartStore(store)
    made = charts.create(PROJECT, check({"type": "line", "name": "W", "metrics": ["temperature"]}))
    assert charts.all(PROJECT) == [made]
    store.projects.delete(PROJECT)
    assert store.count(PROJECT) == 0
    store.close()


def test_charts_from_before_dashboards_stay_on_the_first(database):
    fill(database, "0012")
    engine = engine_of(database)
    settings = check({"type": "line", "name": "Old", "metrics": ["temperature"]}).as_json()
    with engine.begin() as connection:
        values = {"id": "c", "project": PROJECT, "settings": json.dumps(settings), "at": NOW}
        sql = "INSERT INTO charts (id, project_id, position, settings, created_at)"
        connection.execute(sa.text(f"{sql} VALUES (:id, :project, 0, :settings, :at)"), values)
    engine.dispose()
    store = Store(database)
    (first,) = Dashboards(store).all(PROJECT)
    Dashboards(store).create(PROJECT, "Roof")
    assert [one.settings.name for one in ChartStore(store).all(PROJECT, first)] == ["Old"]
    store.close()


def test_events_from_before_the_sums_are_summed(database):
    fill(database, "0013")
    store = Store(database)
    hours = {(NOW + n * 60_000) // 3_600_000 for n in range(COUNT)}
    with store.reading() as connection:
        waiting = connection.exec_driver_sql("SELECT hour FROM rollup_hours WHERE claim = 0").scalars()
        assert set(waiting) == hours
    assert Rollups(store).fill() == len(hours)
    store.close()
