"""The queue of alerts: each is taken by one process, tried several times, and stays in the log."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server.numeric import now_ms
from miniviz_server.rule import Rule
from miniviz_server.schema_rules import deliveries
from miniviz_server.store import Store

WAITING, SENT, FAILED = "waiting", "sent", "failed"
# Seconds until the next try after each failure; after the last one it is given up.
BACKOFF = (5, 30, 120, 600, 3600)
# A process that took a delivery and died gives it back after this time: then it may arrive twice.
_CLAIM_MILLISECONDS = 60_000
_LOG_ROWS = 50
_KEEP_MILLISECONDS = 30 * 86_400_000


class Delivery(NamedTuple):
    """One alert on its way."""

    id: str
    channel: str
    target: str
    message: dict[str, Any]
    attempts: int


def new(rule: Rule, kind: str, message: dict[str, Any]) -> dict[str, Any]:
    """The row of an alert that is to be sent now."""
    now = now_ms()
    return {
        "id": str(uuid.uuid4()),
        "project_id": rule.project_id,
        "rule_id": rule.id,
        "kind": kind,
        "channel": rule.settings.channel,
        "target": rule.target,
        "message": message,
        "state": WAITING,
        "attempts": 0,
        "next_at": now,
        "created_at": now,
        "error": "",
    }


class Outgoing:
    """Safe to use from any thread and any number of processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self) -> Delivery | None:
        """The next alert that is due, now this process's own."""
        now = now_ms()
        query = sa.select(deliveries).where(deliveries.c.state == WAITING, deliveries.c.next_at <= now)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(deliveries.c.next_at).limit(5)).all()
        for row in rows:
            mine = sa.update(deliveries).where(
                deliveries.c.id == row.id,
                deliveries.c.state == WAITING,
                deliveries.c.attempts == row.attempts,
                deliveries.c.next_at == row.next_at,
            )
            with self._store.writing() as connection:
                change = mine.values(attempts=row.attempts + 1, next_at=now + _CLAIM_MILLISECONDS)
                if connection.execute(change).rowcount:
                    return Delivery(row.id, row.channel, row.target, row.message, row.attempts + 1)
        return None

    def done(self, delivery: Delivery, error: str) -> None:
        """Notes how the try went; without an error it is sent."""
        now = now_ms()
        values: dict[str, Any] = {"error": error}
        if not error:
            values |= {"state": SENT, "done_at": now}
        elif delivery.attempts > len(BACKOFF):
            values |= {"state": FAILED, "done_at": now}
        else:
            values["next_at"] = now + BACKOFF[delivery.attempts - 1] * 1000
        change = sa.update(deliveries).where(
            deliveries.c.id == delivery.id, deliveries.c.attempts == delivery.attempts
        )
        with self._store.writing() as connection:
            connection.execute(change.values(**values))

    def log(self, project_id: str) -> list[dict[str, Any]]:
        """The project's newest deliveries, without their addresses."""
        query = sa.select(deliveries).where(deliveries.c.project_id == project_id)
        query = query.order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(_LOG_ROWS)
        with self._store.reading() as connection:
            return [_shown(row) for row in connection.execute(query)]

    def note(self, row: dict[str, Any], error: str) -> None:
        """Logs one that was sent without the queue: a test."""
        done = {"state": FAILED if error else SENT, "attempts": 1, "done_at": now_ms(), "error": error}
        with self._store.writing() as connection:
            connection.execute(sa.insert(deliveries), row | done)

    def tidy(self) -> None:
        """Forgets what is done since a month."""
        old = deliveries.c.created_at < now_ms() - _KEEP_MILLISECONDS
        with self._store.writing() as connection:
            connection.execute(sa.delete(deliveries).where(deliveries.c.state != WAITING, old))


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "rule_id": row.rule_id,
        "kind": row.kind,
        "channel": row.channel,
        "title": row.message["title"],
        "text": row.message["text"],
        "label_key": row.message["label_key"],
        "state": row.state,
        "attempts": row.attempts,
        "tries": len(BACKOFF) + 1,
        "next_at": row.next_at if row.state == WAITING else None,
        "created_at": row.created_at,
        "done_at": row.done_at,
        "error": row.error,
    }
