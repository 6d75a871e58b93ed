"""How readings get into the events table, and what ids they got."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from miniviz_server.records import Event

_SQLITE = "INSERT INTO events (project_id, timestamp, received_at, label_key, payload) VALUES (?, ?, ?, ?, ?)"
# One statement for all rows. The ids come from a sequence in the order of the rows.
POSTGRESQL = """INSERT INTO events (project_id, timestamp, received_at, label_key, payload)
SELECT project_id, timestamp, received_at, label_key, payload::json FROM unnest(
%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY
AS found (project_id, timestamp, received_at, label_key, payload, place) ORDER BY place RETURNING id"""


def insert_all(connection: sa.Connection, found: Sequence[tuple[str, Event]], now: int) -> list[int]:
    """Stores them within the transaction; their ids, in the same order."""
    if connection.dialect.name == "sqlite":
        return _sqlite(connection, found, now)
    order, values = columns(found, now)
    return placed(order, connection.exec_driver_sql(POSTGRESQL, values).scalars())


def columns(found: Sequence[tuple[str, Event]], now: int) -> tuple[list[int], tuple[list[Any], ...]]:
    """The places of the events in the order in which PostgreSQL shall store them, and its statement's values.

    By project and label: rows that two processes count at once are locked in the same order by both.
    """
    order = sorted(range(len(found)), key=lambda n: (found[n][0], found[n][1].label_key))
    rows = [_values(*found[n], now) for n in order]
    return order, tuple(list(column) for column in zip(*rows, strict=True))


def placed(order: Sequence[int], ids: Iterable[int]) -> list[int]:
    """The ids, in the events' own order."""
    found = dict(zip(order, sorted(ids), strict=True))
    return [int(found[n]) for n in range(len(order))]


def _sqlite(connection: sa.Connection, found: Sequence[tuple[str, Event]], now: int) -> list[int]:
    # Past SQLAlchemy, which takes several times as long as SQLite itself for a row. With an id for each row.
    cursor = connection.connection.cursor()
    ids: list[int] = []
    try:
        for project_id, event in found:
            cursor.execute(_SQLITE, _values(project_id, event, now))
            ids.append(int(cursor.lastrowid))  # type: ignore[attr-defined]
    except sqlite3.Error as error:
        # As SQLAlchemy would say it, so that whoever asked knows one kind of error for both engines.
        raise DBAPIError.instance(_SQLITE, None, error, sqlite3.Error) from error
    finally:
        cursor.close()
    return ids


def _values(project_id: str, event: Event, now: int) -> tuple[str, int, int, str, str]:
    return project_id, event.timestamp, now, event.label_key, json.dumps(event.payload)
