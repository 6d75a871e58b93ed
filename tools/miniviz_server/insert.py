"""How readings get into the events table, and what ids they got."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from miniviz_server.records import Event
from miniviz_server.schema import events

_SQLITE = "INSERT INTO events (project_id, timestamp, received_at, label_key, payload) VALUES (?, ?, ?, ?, ?)"
_POSTGRESQL = sa.insert(events).returning(events.c.id, sort_by_parameter_order=True)


def insert_all(connection: sa.Connection, found: Sequence[tuple[str, Event]], now: int) -> list[int]:
    """Stores them within the transaction; their ids, in the same order."""
    if connection.dialect.name == "sqlite":
        return _sqlite(connection, found, now)
    # By project and label: rows that two processes count at once are locked in the same order by both.
    order = sorted(range(len(found)), key=lambda n: (found[n][0], found[n][1].label_key))
    rows = [_row(*found[n], now) for n in order]
    ids = connection.execute(_POSTGRESQL, rows).scalars()
    placed = dict(zip(order, ids, strict=True))
    return [int(placed[n]) for n in range(len(found))]


def _sqlite(connection: sa.Connection, found: Sequence[tuple[str, Event]], now: int) -> list[int]:
    # Past SQLAlchemy, which takes several times as long as SQLite itself for a row. With an id for each row.
    cursor = connection.connection.cursor()
    ids: list[int] = []
    try:
        for project_id, event in found:
            values = (project_id, event.timestamp, now, event.label_key, json.dumps(event.payload))
            cursor.execute(_SQLITE, values)
            ids.append(int(cursor.lastrowid))  # type: ignore[attr-defined]
    finally:
        cursor.close()
    return ids


def _row(project_id: str, event: Event, now: int) -> dict[str, object]:
    return {
        "project_id": project_id,
        "timestamp": event.timestamp,
        "received_at": now,
        "label_key": event.label_key,
        "payload": event.payload,
    }
