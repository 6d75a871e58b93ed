"""Which label sends which metric, and when last: noted on ingest, asked by pickers and "silent for" rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server.numeric import number
from miniviz_server.records import Event
from miniviz_server.schema import series
from miniviz_server.schema_charts import event_counts, heard

# How far the time of the last reading may lag behind: one more write per series and so many milliseconds.
_LAG = 5000
_MOST_KNOWN = 50_000
# No rule waits longer for a silence, and while one waits the label must stay known.
_SILENCE = 7 * 86_400_000


class Seen(NamedTuple):
    """One metric of one label, now."""

    project_id: str
    label_key: str
    metric: str
    has_number: int
    has_text: int
    received_at: int


class Metric(NamedTuple):
    """A metric as the pickers show it."""

    label_key: str
    metric: str
    has_number: bool
    has_text: bool
    received_at: int


class Heard:
    """Remembers what is written already, so that a reading seldom costs a second write."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Seen] = {}

    def due_all(self, events: Iterable[tuple[str, Event]], now: int) -> list[Seen]:
        """What these events have to say that is not written yet, in one order for all processes."""
        found: dict[tuple[str, str, str], Seen] = {}
        for project_id, event in events:
            for metric, value in event.payload.items():
                text = isinstance(value, str)
                numeric = not text or number(value) is not None
                key = (project_id, event.label_key, metric)
                known = found.get(key) or self._known.get(key)
                due = known is None or now - known.received_at > _LAG or _news(known, numeric, text)
                # U+0000 is a character that PostgreSQL keeps in JSON, but in no text.
                if due and "\0" not in metric:
                    found[key] = Seen(*key, *_flags(found.get(key), numeric, text), now)
        return [found[key] for key in sorted(found)]

    @staticmethod
    def all(project_id: str, rows: Iterable[Mapping[str, Any]]) -> list[Seen]:
        """What many whole rows have to say, once per metric and label, in the same order."""
        found: dict[tuple[str, str], Seen] = {}
        for row in rows:
            for metric, value in row["payload"].items():
                key = (row["label_key"], metric)
                text = isinstance(value, str)
                numeric = not text or number(value) is not None
                old = found.get(key)
                latest = max(old.received_at if old else 0, row["received_at"])
                found[key] = Seen(project_id, *key, *_flags(old, numeric, text), latest)
        # U+0000 as in due_all().
        return [one for key, one in sorted(found.items()) if "\0" not in key[1]]

    def save(self, connection: sa.Connection, seen: list[Seen]) -> None:
        """Writes in the transaction that stores the event."""
        if seen:
            connection.execute(_UPSERT, [one._asdict() for one in seen])

    def remember(self, seen: list[Seen]) -> None:
        """To be called when that transaction is through."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        for one in seen:
            key = one[:3]
            known = self._known.get(key)
            if known is not None:
                one = one._replace(
                    has_number=one.has_number or known.has_number, has_text=one.has_text or known.has_text
                )
            self._known[key] = one

    def prune_before(self, connection: sa.Connection, cutoff: int, now: int) -> None:
        """Drops what was not heard since, and has no event left; after the catalogue was pruned."""
        here = (getattr(series.c, name) == getattr(heard.c, name) for name in _KEY)
        left = sa.select(series.c.label_key).where(*here).correlate(heard).exists()
        old = heard.c.received_at < min(cutoff, now - _SILENCE)
        connection.execute(sa.delete(heard).where(old, ~left))
        self.forget()

    def forget(self) -> None:
        """Something was deleted: write everything anew."""
        self._known.clear()


_KEY = ("project_id", "label_key", "metric")
_UPSERT = sa.text(
    """INSERT INTO heard AS s (project_id, label_key, metric, has_number, has_text, received_at)
    VALUES (:project_id, :label_key, :metric, :has_number, :has_text, :received_at)
    ON CONFLICT (project_id, label_key, metric) DO UPDATE SET received_at = excluded.received_at,
    has_number = CASE WHEN excluded.has_number = 1 THEN 1 ELSE s.has_number END,
    has_text = CASE WHEN excluded.has_text = 1 THEN 1 ELSE s.has_text END"""
)


def metrics(connection: sa.Connection, project_id: str) -> list[Metric]:
    """Every metric of every label of the project, by name."""
    query = sa.select(heard).where(heard.c.project_id == project_id)
    query = query.order_by(heard.c.label_key, heard.c.metric)
    return [
        Metric(row.label_key, row.metric, bool(row.has_number), bool(row.has_text), row.received_at)
        for row in connection.execute(query)
    ]


def labels(connection: sa.Connection, project_id: str) -> list[str]:
    """The labels that have events, by name."""
    query = sa.select(event_counts.c.label_key).where(event_counts.c.project_id == project_id)
    query = query.group_by(event_counts.c.label_key).having(sa.func.sum(event_counts.c.total) > 0)
    return [str(label) for label in connection.scalars(query.order_by(event_counts.c.label_key))]


def last_heard(connection: sa.Connection, project_id: str) -> dict[str, int]:
    """When each label was heard last, a few seconds rough."""
    query = sa.select(heard.c.label_key, sa.func.max(heard.c.received_at))
    query = query.where(heard.c.project_id == project_id).group_by(heard.c.label_key)
    return {str(label): int(moment) for label, moment in connection.execute(query)}


def _news(known: Seen, numeric: bool, text: bool) -> bool:
    return (numeric and not known.has_number) or (text and not known.has_text)


def _flags(known: Seen | None, numeric: bool, text: bool) -> tuple[int, int]:
    old = known[3:5] if known else (0, 0)
    return old[0] or int(numeric), old[1] or int(text)
