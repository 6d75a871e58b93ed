"""A chart that was drawn once costs only what is new: its finished buckets are kept.

SQLite has to read every event of the range, a second for a million, and an open page asks again with each one
that arrives. Kept buckets are held against the database each time, because other processes write too: events
with a new id say which buckets changed, and a total that does not fit says that something was deleted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server import chartdata
from miniviz_server.chart import MINUTE
from miniviz_server.chartdata import Line, Question, Row

# Answers, and rows of one of them: bounds of the memory.
_MOST, _MOST_ROWS = 64, 20_000
# Scattered changes beyond this are read as one whole.
_MOST_PIECES = 20
_MOST_NEWS = 20_000


class _Kept(NamedTuple):
    """The buckets from first up to (not with) last, as they were when the newest id and the total were so."""

    newest: int
    total: int
    first: int
    last: int
    rows: dict[int, list[Row]]


class ChartCache:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def lines(self, connection: sa.Connection, question: Question) -> tuple[list[Line], bool]:
        """The lines, and whether older points were left out."""
        # PostgreSQL gives ids before it commits them in another order, so news could be missed there.
        if question.aggregate == "raw" or not question.metrics or connection.dialect.name != "sqlite":
            return chartdata.lines(connection, question)
        # One snapshot for all the questions.
        connection.exec_driver_sql("BEGIN")
        return chartdata.drawn(question, self._rows(connection, question)), False

    def _rows(self, connection: sa.Connection, question: Question) -> Sequence[Row]:
        first, last = _whole(question)
        if first >= last:
            return chartdata.aggregated(connection, question)
        begin, end = _begin(question, first), _begin(question, last)
        key = question._replace(start=0, end=0, labels=sorted(question.labels))
        kept = self._fresh(connection, question, self._of(key), first, last)
        found = list(chartdata.aggregated(connection, question._replace(end=begin)))
        for slot in range(first, last):
            found += kept.rows.get(slot, ())
        found += chartdata.aggregated(connection, question._replace(start=end))
        if sum(map(len, kept.rows.values())) <= _MOST_ROWS:
            self._keep(key, kept)
        return found

    def _fresh(
        self, connection: sa.Connection, question: Question, old: _Kept | None, first: int, last: int
    ) -> _Kept:
        newest, total = _state(connection, question.project_id)
        rows: dict[int, list[Row]] = {}
        due = set(range(first, last))
        changed = None if old is None else _changed(connection, question, old, total)
        if old is not None and changed is not None:
            rows = {slot: found for slot, found in old.rows.items() if first <= slot < last}
            due = {slot for slot in due if slot in changed or not old.first <= slot < old.last}
        pieces = list(_pieces(due))
        if len(pieces) > _MOST_PIECES:
            pieces = [(first, last)]
        for low, high in pieces:
            for slot in range(low, high):
                rows.pop(slot, None)
            part = question._replace(start=_begin(question, low), end=_begin(question, high))
            for row in chartdata.aggregated(connection, part):
                rows.setdefault(int(row[1]), []).append(row)
        return _Kept(newest, total, first, last, rows)

    def _of(self, key: Question) -> _Kept | None:
        with self._lock:
            return self._kept.get(_hashable(key))

    def _keep(self, key: Question, kept: _Kept) -> None:
        with self._lock:
            self._kept[_hashable(key)] = kept
            self._kept.move_to_end(_hashable(key))
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)


def _hashable(key: Question) -> Any:
    return key._replace(labels=tuple(key.labels), metrics=tuple(key.metrics))  # type: ignore[arg-type]


def _whole(question: Question) -> tuple[int, int]:
    """The buckets that lie in the range with all of their time: from the first up to the last."""
    ahead = question.ahead * MINUTE
    return -(-(question.start + ahead) // question.bucket), (question.end + ahead) // question.bucket


def _begin(question: Question, slot: int) -> int:
    return slot * question.bucket - question.ahead * MINUTE


def _state(connection: sa.Connection, project_id: str) -> tuple[int, int]:
    newest = "SELECT coalesce(max(id), 0) FROM events"
    total = "SELECT coalesce(sum(total), 0) FROM event_counts WHERE project_id = :project_id"
    values = {"project_id": project_id}
    return (
        int(connection.execute(sa.text(newest)).scalar_one()),
        int(connection.execute(sa.text(total), values).scalar_one()),
    )


def _changed(connection: sa.Connection, question: Question, old: _Kept, total: int) -> set[int] | None:
    """The buckets of the events that came since; None when something else happened as well."""
    # The plus keeps SQLite from another index: the few newest ids are wanted.
    query = "SELECT timestamp FROM events WHERE id > :newest AND +project_id = :project_id LIMIT :most"
    values = {"newest": old.newest, "project_id": question.project_id, "most": _MOST_NEWS + 1}
    times = connection.execute(sa.text(query), values).scalars().all()
    if len(times) > _MOST_NEWS or old.total + len(times) != total:
        return None
    ahead = question.ahead * MINUTE
    return {(int(at) + ahead) // question.bucket for at in times}


def _pieces(slots: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of slots that follow each other."""
    low = high = None
    for slot in sorted(slots):
        if low is not None and slot == high:
            high = slot + 1
            continue
        if low is not None and high is not None:
            yield low, high
        low, high = slot, slot + 1
    if low is not None and high is not None:
        yield low, high
