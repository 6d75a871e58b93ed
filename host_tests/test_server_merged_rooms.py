"""Where charts and rules meet what else the server has: the transfer of a project, the lab's reset."""

import itertools

import pytest
from miniviz_server import PROJECTS, Event, heard, transfer
from miniviz_server.rule import check
from miniviz_server.rulestore import RuleStore
from miniviz_server.store import Store
from postgres_server import new_database
from postgres_server import pytestmark as postgres_marks
from server_client import NOW

PROJECT = PROJECTS[0].id
RULE = {"name": "Hot", "metric": "t", "operator": ">", "threshold": "30", "channel": "webhook"}
_names = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def other(request, tmp_path):
    if request.param == "sqlite":
        database = tmp_path / "other.sqlite"
    else:
        database = new_database(request.getfixturevalue("postgres_address"), f"moved{next(_names)}")
    store = Store(database)
    yield store
    store.close()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "one.sqlite", seed=PROJECTS)
    yield store
    store.close()


def known(store):
    with store.reading() as connection:
        return [(one.label_key, one.metric) for one in heard.metrics(connection, PROJECT)]


def test_a_moved_project_has_its_counts_metrics_and_rules(store, other):
    for n in range(3):
        store.add(PROJECT, Event(NOW + n * 40 * 86_400_000, "a", {"t": n, "s": "on"}))
    made = RuleStore(store).create(PROJECT, check(RULE), "https://example.com/x", True)
    _, total = transfer.load(other, transfer.export(store, PROJECT), None, new_id=False)
    assert total == other.count(PROJECT) == other.count(PROJECT, "a") == 3
    assert known(other) == known(store) == [("a", "s"), ("a", "t")]
    assert [one.settings for one in RuleStore(other).all(PROJECT)] == [made.settings]
    other.add(PROJECT, Event(NOW, "a", {"t": 9}))
    assert other.count(PROJECT) == 4


def test_after_a_reset_a_metric_is_heard_anew(other):
    other.reset(PROJECTS)
    for _ in range(2):
        other.add(PROJECT, Event(NOW, "a", {"t": 1}))
        assert known(other) == [("a", "t")] and other.count(PROJECT) == 1
        other.reset(PROJECTS)
        assert known(other) == [] and other.count(PROJECT) == 0
