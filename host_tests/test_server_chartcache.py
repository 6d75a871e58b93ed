"""Kept buckets: whatever happens in between, a chart shows what it would show if nothing were kept."""

import random

import pytest
from miniviz_server import PROJECTS, Event, chartdata
from miniviz_server.chartcache import ChartCache
from miniviz_server.chartdata import Question
from miniviz_server.store import Store
from server_client import NOW

PROJECT, OTHER = (project.id for project in PROJECTS)
MINUTE = 60_000


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "a.sqlite", seed=PROJECTS)
    yield store
    store.close()


def question(**changes):
    fields = {"project_id": PROJECT, "labels": [], "metrics": ["t", "h"], "start": NOW, "bucket": 5 * MINUTE}
    return Question(**fields | {"end": NOW + 600 * MINUTE, "aggregate": "mean"} | changes)


def same(store, cache, asked):
    with store.reading() as connection:
        kept = cache.lines(connection, asked)
    with store.reading() as connection:
        assert kept == chartdata.lines(connection, asked)
    return kept[0]


@pytest.mark.parametrize("seed", range(8))
def test_arrivals_late_ones_deletions_and_a_window_that_moves(store, tmp_path, seed):
    chance = random.Random(seed)
    cache, other = ChartCache(), Store(tmp_path / "a.sqlite")
    asked = [
        question(aggregate="mean"),
        question(aggregate="max", labels=["b", "a"], ahead=540),
        question(aggregate="count", metrics=["t"], bucket=60 * MINUTE),
        question(aggregate="min", ahead=-210, bucket=1440 * MINUTE),
        question(aggregate="raw"),
    ]
    moved = 0
    for _ in range(40):
        match chance.randrange(6):
            case 0 | 1 | 2:
                writer = chance.choice((store, other))
                at = NOW + chance.randrange(-50, 900) * MINUTE
                payload = {"t": chance.random(), "h": chance.randrange(9)}
                writer.add(chance.choice((PROJECT, PROJECT, OTHER)), Event(at, chance.choice("abc"), payload))
            case 3:
                rows = store.newest(PROJECT, 50)
                other.delete_events(PROJECT, [row.id for row in chance.sample(rows, min(2, len(rows)))])
            case 4:
                moved += chance.randrange(90_000)
            case 5:
                other.forget_before(NOW + chance.randrange(60) * MINUTE)
        for one in asked:
            same(store, cache, one._replace(start=one.start + moved, end=one.end + moved))
    other.close()


def test_what_is_kept_is_not_read_again(store):
    cache, statements = ChartCache(), []
    store.add_many(PROJECT, [Event(NOW + n * MINUTE, "a", {"t": n}) for n in range(600)])
    same(store, cache, question())
    store.add(PROJECT, Event(NOW + 17 * MINUTE, "a", {"t": 1000}))
    real = chartdata.aggregated

    def counted(connection, asked):
        statements.append((asked.start - NOW, asked.end - NOW))
        return real(connection, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chartdata, "aggregated", counted)
        with store.reading() as connection:
            cache.lines(connection, question())
    ahead_of_bucket = -NOW % (5 * MINUTE)
    (part,) = [one for one in statements if one[1] - one[0] == 5 * MINUTE]
    assert part[0] <= 17 * MINUTE < part[1] and (part[0] - ahead_of_bucket) % (5 * MINUTE) == 0
    assert sum(end - start for start, end in statements) <= 15 * MINUTE


def test_memory_has_bounds(store):
    cache = ChartCache()
    store.add(PROJECT, Event(NOW, "a", {"t": 1}))
    for minutes in range(1, 100):
        same(store, cache, question(bucket=minutes * MINUTE))
    assert len(cache._kept) == 64
