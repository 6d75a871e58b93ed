"""Events of a filter, page by page: every page costs the same, however many events there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from miniviz_server.filters import Filter
from miniviz_server.records import StoredEvent
from miniviz_server.schema import events
from miniviz_server.series import Stretch
from miniviz_server.store import Store

# Counting stops here: to count a million rows costs more than to show fifty.
COUNTED = 10_000
_CHUNK = 1000
# Up to this many labels are read each from its own place in the index and merged.
_MERGED = 40


class Place(NamedTuple):
    """A row, as the key by which the page after it is found."""

    timestamp: int
    id: int
    label_key: str = ""


class Selection:
    """The events of one project that a filter lets through."""

    def __init__(self, store: Store, project_id: str, wanted: Filter) -> None:
        self._store = store
        self._project_id = project_id
        self._filter = wanted
        self._first, self._last = wanted.span()
        self._labels = list(wanted.labels)
        if wanted.metric:
            self._narrow([one for one in store.catalogue(project_id) if one.metric == wanted.metric])

    def page(self, limit: int, after: Place | None = None) -> list[StoredEvent]:
        """The next events after this place, in the filter's order."""
        if self._filter.order in ("newest", "oldest"):
            return self._run(self._merged(limit, after), limit)
        found: list[StoredEvent] = []
        # Label by label: one sort over all of them would have to read every event first.
        for label in self._labels_from(after):
            place = after if after is not None and label == after.label_key else None
            query = self._matching(place).where(events.c.label_key == label)
            found += self._run(query, limit - len(found))
            if len(found) >= limit:
                break
        return found

    def chunks(self) -> Iterator[list[StoredEvent]]:
        """All events, a thousand at a time, without holding a transaction in between."""
        place: Place | None = None
        while found := self.page(_CHUNK, place):
            yield found
            place = place_of(found[-1])

    def count(self) -> int:
        """How many there are; COUNTED + 1 stands for more than COUNTED, except where a total is kept."""
        if self._filter.everything():
            return self._store.count(self._project_id)
        inner = self._plain(None).with_only_columns(sa.literal(1)).limit(COUNTED + 1).subquery()
        with self._store.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(inner)).scalar_one())

    def newest_id(self) -> int:
        """The largest id there is: what comes later is not meant by a question asked now."""
        with self._store.reading() as connection:
            return int(connection.execute(sa.select(sa.func.max(events.c.id))).scalar_one_or_none() or 0)

    def delete(self, up_to: int) -> int:
        """Deletes the events with an id up to this one; how many it were."""
        total = 0
        query = self._plain(None).with_only_columns(events.c.id).where(events.c.id <= up_to).limit(5 * _CHUNK)
        while True:
            with self._store.reading() as connection:
                ids = [int(found) for found in connection.execute(query).scalars()]
            if not ids:
                return total
            # In pieces, so that devices get their turn in between.
            total += self._store.delete_events(self._project_id, ids)

    def _narrow(self, found: list[Stretch]) -> None:
        """Leaves the labels and the time in which the metric was sent at all."""
        if self._labels:
            found = [one for one in found if one.label_key in self._labels]
        self._labels = [one.label_key for one in found]
        self._first = max(self._first, min((one.first for one in found), default=self._first))
        # Without any such label there is nothing to find: an empty stretch of time.
        self._last = min(self._last, max((one.last for one in found), default=-1))

    def _labels_from(self, after: Place | None) -> list[str]:
        """The labels in the filter's order, from the one of this place on."""
        down = self._filter.order == "label-desc"
        found = {
            one.label_key
            for one in self._store.catalogue(self._project_id)
            if one.last >= self._first and one.first <= self._last
        }
        labels = sorted(found & set(self._labels) if self._labels else found, reverse=down)
        if after is None:
            return labels
        return [one for one in labels if (one <= after.label_key if down else one >= after.label_key)]

    def _run(self, query: sa.Select[tuple[object, ...]], limit: int) -> list[StoredEvent]:
        query = query.order_by(*self._order()).limit(limit)
        with self._store.reading() as connection:
            rows = connection.execute(query)
            return [StoredEvent(row.id, row.timestamp, row.label_key, row.payload) for row in rows]

    def _merged(self, limit: int, after: Place | None) -> sa.Select[tuple[object, ...]]:
        if not 1 < len(self._labels) <= _MERGED:
            return self._plain(after)
        parts = [
            self._matching(after).where(events.c.label_key == label).order_by(*self._order()).limit(limit)
            for label in self._labels
        ]
        ids = sa.union_all(
            *(sa.select(part.with_only_columns(events.c.id).subquery().c.id) for part in parts)
        )
        return sa.select(events).where(events.c.id.in_(ids))

    def _plain(self, after: Place | None) -> sa.Select[tuple[object, ...]]:
        query = self._matching(after)
        if len(self._labels) == 1:
            return query.where(events.c.label_key == self._labels[0])
        return query.where(events.c.label_key.in_(self._labels)) if self._labels else query

    def _matching(self, after: Place | None) -> sa.Select[tuple[object, ...]]:
        query = sa.select(events).where(
            events.c.project_id == self._project_id,
            events.c.timestamp >= self._first,
            events.c.timestamp <= self._last,
        )
        if self._filter.metric:
            query = query.where(self._has(self._filter.metric))
        return query if after is None else query.where(self._beyond(after))

    def _has(self, metric: str) -> sa.ColumnElement[bool]:
        if self._store.dialect == "sqlite":
            # Not a JSON path: a metric may hold any sign, and paths have no way to write some of them.
            keys = sa.func.json_each(events.c.payload).table_valued("key")
            return sa.exists(sa.select(keys.c.key).where(keys.c.key == metric))
        return events.c.payload.op("->")(metric).is_not(None)

    def _beyond(self, after: Place) -> sa.ColumnElement[bool]:
        left, right = sa.tuple_(events.c.timestamp, events.c.id), sa.tuple_(after.timestamp, after.id)
        return left > right if self._ascending() else left < right

    def _order(self) -> list[sa.UnaryExpression[object]]:
        keys = (events.c.timestamp, events.c.id)
        return [key.asc() if self._ascending() else key.desc() for key in keys]

    def _ascending(self) -> bool:
        return self._filter.order in ("oldest", "label")


def place_of(event: StoredEvent) -> Place:
    """The key of this row."""
    return Place(event.timestamp, event.id, event.label_key)
