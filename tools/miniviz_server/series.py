"""Which metrics each label sends: kept beside the events, so that no page has to read every payload."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from miniviz_server.records import Event
from miniviz_server.schema import events, series

_DAY = 86_400_000
_Key = tuple[str, str, str]
# Beyond this many the memory is emptied: it only saves questions to the database.
_MOST = 50_000


class Stretch(NamedTuple):
    """One metric of one label, and the days between which it was sent (milliseconds)."""

    label_key: str
    metric: str
    first: int
    last: int


class Series:
    """The catalogue. Writes only when an event brings a new name or a day outside what is known."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[int, int]] = {}

    def note(self, connection: sa.Connection, project_id: str, event: Event) -> dict[_Key, tuple[int, int]]:
        """Adds what is new in this event; hands it back, to be remembered after the commit."""
        return self.note_all(connection, [(project_id, event)])

    def note_all(
        self, connection: sa.Connection, found: Iterable[tuple[str, Event]]
    ) -> dict[_Key, tuple[int, int]]:
        """The same for many events, each new name once."""
        fresh = self.due_all(found)
        postgres = connection.dialect.name == "postgresql"
        # In one order for all processes, or two could wait for each other.
        for key, stretch in sorted(fresh.items()):
            # PostgreSQL keeps U+0000 in JSON, but in no text.
            if not (postgres and "\0" in key[2]):
                _widen(connection, key, stretch)
        return fresh

    def due_all(self, found: Iterable[tuple[str, Event]]) -> dict[_Key, tuple[int, int]]:
        """What is new in these events."""
        fresh: dict[_Key, tuple[int, int]] = {}
        for project_id, event in found:
            first = event.timestamp - event.timestamp % _DAY
            last = first + _DAY - 1
            for metric in event.payload:
                key = (project_id, event.label_key, metric)
                known = fresh.get(key) or self._known.get(key)
                if known is None or first < known[0] or last > known[1]:
                    low, high = known or (first, last)
                    fresh[key] = (min(low, first), max(high, last))
        return fresh

    def remember(self, fresh: dict[_Key, tuple[int, int]]) -> None:
        """These stand in the database now."""
        if fresh:
            if len(self._known) > _MOST:
                self._known.clear()
            self._known.update(fresh)

    def forget(self) -> None:
        """Something was deleted: ask the database again."""
        self._known.clear()

    @staticmethod
    def all(connection: sa.Connection, project_id: str) -> list[Stretch]:
        """The project's catalogue, labels and metrics by name."""
        columns = (series.c.label_key, series.c.metric, series.c.first, series.c.last)
        query = sa.select(*columns).where(series.c.project_id == project_id)
        rows = connection.execute(query.order_by(series.c.label_key, series.c.metric))
        return [Stretch(*row) for row in rows]

    def prune(self, connection: sa.Connection, project_id: str, labels: Iterable[str]) -> None:
        """Drops the labels that have no event left."""
        for label in labels:
            left = sa.select(events.c.id).where(
                events.c.project_id == project_id, events.c.label_key == label
            )
            if connection.execute(left.limit(1)).first() is None:
                connection.execute(
                    sa.delete(series).where(series.c.project_id == project_id, series.c.label_key == label)
                )
        self.forget()

    def prune_before(self, connection: sa.Connection, cutoff: int) -> None:
        """Drops the stretches that ended before this moment, and cuts the others there."""
        first = cutoff - cutoff % _DAY
        connection.execute(sa.delete(series).where(series.c.last < cutoff))
        connection.execute(sa.update(series).where(series.c.first < first).values(first=first))
        self.forget()


def _widen(connection: sa.Connection, key: _Key, stretch: tuple[int, int]) -> None:
    values = dict(zip(("project_id", "label_key", "metric", "first", "last"), (*key, *stretch), strict=True))
    names = ["project_id", "label_key", "metric"]
    # The other engine's dialect is not imported: it is a tenth of a second of every start.
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert

        least, most = sa.func.min, sa.func.max
    else:
        from sqlalchemy.dialects.postgresql import insert

        least, most = sa.func.least, sa.func.greatest
    row = insert(series).values(values)
    new = row.excluded
    changes = {"first": least(series.c.first, new.first), "last": most(series.c.last, new.last)}
    connection.execute(row.on_conflict_do_update(index_elements=names, set_=changes))
