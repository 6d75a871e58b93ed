"""Sums the hours that are over, beside the requests: reads without a lock, writes in small transactions."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from miniviz_server.clock import clock
from miniviz_server.jsonnumber import postgres_number, sqlite_number
from miniviz_server.numeric import TEXT_NUMBER
from miniviz_server.rollup import HOUR, READY, SPARSE, STEP, WAITING
from miniviz_server.schema_rollups import rollup_hours, rollups
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.rollups")

_AT_ONCE = 10
# Rows per transaction: devices wait for it.
_CHUNK = 500
# A claim is the time it was made, in milliseconds, and so many random bits.
_RANDOM_BITS = 20
# Whoever claimed an hour so long ago has ended.
_ABANDONED_MILLISECONDS = 120_000
_OTHERS_SECONDS = 5.0


class _Hour(NamedTuple):
    """An hour that waits for its sums."""

    id: int
    project_id: str
    hour: int


class Rollups:
    """The sums of every project."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self, stopped: Callable[[float], bool] = lambda _seconds: False) -> int:
        """Sums all hours that wait, newest first; between them `stopped` pauses, and may end it. How many."""
        done = 0
        while True:
            claim = (clock.now_ms() << _RANDOM_BITS) + secrets.randbits(_RANDOM_BITS)
            found = self._claim(claim)
            if not found:
                return done
            if not self._others_know():
                self._release(claim)
                return done
            for hour in found:
                started = time.monotonic()
                self._sum(hour, claim)
                done += 1
                # Most of the time belongs to the devices.
                if stopped(3 * (time.monotonic() - started)):
                    self._release(claim)
                    return done

    def _claim(self, claim: int) -> list[_Hour]:
        column, now = rollup_hours.c.claim, clock.now_ms() // HOUR
        old = (clock.now_ms() - _ABANDONED_MILLISECONDS) << _RANDOM_BITS
        due = sa.or_(column == WAITING, sa.and_(column > SPARSE, column < old))
        wanted = sa.select(rollup_hours.c.id).where(due, rollup_hours.c.hour < now)
        wanted = wanted.order_by(rollup_hours.c.hour.desc()).limit(_AT_ONCE)
        with self._store.reading() as connection:
            ids = connection.execute(wanted).scalars().all()
        if not ids:
            return []
        with self._store.writing() as connection:
            change = sa.update(rollup_hours).where(due, rollup_hours.c.id.in_(ids)).values(claim=claim)
            connection.execute(change)
            mine = sa.select(rollup_hours.c.id, rollup_hours.c.project_id, rollup_hours.c.hour)
            rows = connection.execute(mine.where(column == claim).order_by(rollup_hours.c.hour.desc()))
            return [_Hour(*row) for row in rows]

    def _others_know(self) -> bool:
        """Waits for the transactions that began before the claim, whose events neither see it nor are seen.

        SQLite has one writer, so that there are none.
        """
        if not self._store.postgres:
            return True
        end = time.monotonic() + _OTHERS_SECONDS
        with self._store.reading() as connection:
            # Each statement must see what is new.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            query = "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
            newest = int(connection.execute(sa.text(query)).scalar_one())
            query = query.replace("xmax", "xmin")
            while int(connection.execute(sa.text(query)).scalar_one()) < newest:
                if time.monotonic() > end:
                    return False
                time.sleep(0.01)
        return True

    def _release(self, claim: int) -> None:
        column = rollup_hours.c.claim
        with self._store.writing() as connection:
            connection.execute(sa.update(rollup_hours).where(column == claim).values(claim=WAITING))

    def _sum(self, hour: _Hour, claim: int) -> None:
        try:
            rows = self._read(hour)
        except OperationalError:
            raise
        except DBAPIError as error:
            # Such as a sum that is beyond what PostgreSQL can hold: a chart asks for the events then.
            logger.warning("an hour cannot be summed: %s", type(error.orig).__name__)
            rows = []
        worth = sum(row["readings"] for row in rows) >= 2 * len(rows) > 0
        old = sa.delete(rollups).where(rollups.c.hour_id == hour.id)
        parts = [(old, None), *((sa.insert(rollups), chunk) for chunk in _chunks(rows if worth else []))]
        for statement, chunk in parts:
            with self._store.writing() as connection:
                if not self._held(connection, hour, claim, claim):
                    return
                connection.execute(statement, chunk)
        with self._store.writing() as connection:
            self._held(connection, hour, claim, READY if worth else SPARSE)

    def _held(self, connection: sa.Connection, hour: _Hour, claim: int, becomes: int) -> bool:
        """Whether nothing has come or gone in this hour since the claim."""
        mine = rollup_hours.c.id == hour.id, rollup_hours.c.claim == claim
        return bool(connection.execute(sa.update(rollup_hours).where(*mine).values(claim=becomes)).rowcount)

    def _read(self, hour: _Hour) -> list[dict[str, Any]]:
        values = {"project_id": hour.project_id, "start": hour.hour * HOUR, "end": (hour.hour + 1) * HOUR}
        with self._store.reading() as connection:
            query = sa.text(_sums(connection))
            found = connection.execute(query, values | {"step": STEP, "number": TEXT_NUMBER})
            return [{"hour_id": hour.id} | dict(row) for row in found.mappings()]


def _sums(connection: sa.Connection) -> str:
    if connection.dialect.name == "sqlite":
        value, pairs, total = sqlite_number("j.value", text=True), "json_each(events.payload)", "total"
    else:
        value, total = postgres_number("j.value", "(j.value #>> '{}')", text=True), "sum"
        pairs = "json_each(CASE WHEN strpos(payload::text, '\\u0000') = 0 THEN payload ELSE '{}' END)"
    return f"""SELECT metric, slot, label_key, count(*) AS readings, {total}(v) AS total, min(v) AS low,
max(v) AS high FROM (SELECT j.key AS metric, timestamp / :step AS slot, label_key, {value} AS v
FROM events, {pairs} AS j WHERE project_id = :project_id AND timestamp >= :start AND timestamp < :end)
AS found WHERE v IS NOT NULL GROUP BY metric, slot, label_key"""


def _chunks(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(rows), _CHUNK):
        yield rows[first : first + _CHUNK]
