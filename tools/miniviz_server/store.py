"""Every question to the database, and every change of it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from miniviz_server.clock import clock
from miniviz_server.database import connect
from miniviz_server.heard import Heard
from miniviz_server.heard import labels as labels_of
from miniviz_server.insert import insert_all
from miniviz_server.postgres import Partitions
from miniviz_server.postgres_insert import PostgresInsert
from miniviz_server.problem import Problem
from miniviz_server.projects import Projects
from miniviz_server.records import Event, Project, StoredEvent
from miniviz_server.rollup import HOUR
from miniviz_server.schema import events, keys, metadata
from miniviz_server.schema_charts import event_counts
from miniviz_server.schema_rollups import rollup_hours
from miniviz_server.series import Series, Stretch


class Cursor(NamedTuple):
    """A place in the Database page's order: the rows after it are older."""

    timestamp: int
    id: int


class Store:
    """The database behind one server. Safe to use from any thread."""

    def __init__(self, database: Path | str, seed: Iterable[Project] = ()) -> None:
        self._engine = connect(database)
        self.postgres = self._engine.dialect.name == "postgresql"
        self._partitions = Partitions(self._engine) if self.postgres else None
        self._insert = PostgresInsert(self._engine) if self.postgres else None
        # SQLite takes one writer; waiting here is fair and quick, waiting in SQLite is neither.
        self._writing = nullcontext() if self.postgres else threading.Lock()
        self._series = Series()
        self._heard = Heard()
        self.projects = Projects(self)
        for project in seed:
            self.projects.add_missing(project)

    @property
    def dialect(self) -> str:
        """Which engine this is, for the few questions that each engine spells its own way."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Closes every connection; the file is complete without its side files."""
        if self._insert is not None:
            self._insert.close()
        self._engine.dispose()

    def where(self) -> str:
        """The file or the address, fit to be shown."""
        url = self._engine.url
        return url.render_as_string(hide_password=True) if self.postgres else str(url.database)

    def address(self) -> str:
        """Where PostgreSQL is, as its own library reads it; with the password."""
        return self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A connection to ask questions on."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Generator[sa.Connection]:
        """The same; on PostgreSQL all its questions are answered as of one moment."""
        with self._engine.connect() as connection:
            if self.postgres:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """A transaction: stored for good when the block ends, undone when it raises."""
        with self._writing, self._engine.begin() as connection:
            yield connection

    def key(self, name: str) -> str:
        """A random secret that is made once per database and then stays."""
        query = sa.select(keys.c.value).where(keys.c.name == name)
        with self.writing() as connection:
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                found = secrets.token_hex(32)
                connection.execute(sa.insert(keys), {"name": name, "value": found})
        return str(found)

    def check(self, event: Event) -> None:
        """Raises Problem for an event that this engine cannot keep."""
        if self.postgres:
            _check_label(event.label_key)

    def add(self, project_id: str, event: Event) -> StoredEvent:
        """Stores an event for good and gives it its id."""
        return self.add_all([(project_id, event)])[0]

    def add_all(self, found: Sequence[tuple[str, Event]]) -> list[StoredEvent]:
        """Stores events of any projects in one transaction: all of them or none."""
        for _ in range(_DEADLOCKS):
            try:
                return self._add_all(found)
            except OperationalError as error:
                # Late readings of many hours, in two processes at once: PostgreSQL undid this side's.
                if getattr(error.orig, "sqlstate", "") != _DEADLOCK:
                    raise
        return self._add_all(found)

    def _add_all(self, found: Sequence[tuple[str, Event]]) -> list[StoredEvent]:
        now = clock.now_ms()
        if self._partitions is not None:
            for _, event in found:
                self.check(event)
                self._partitions.ensure(event.timestamp, now)
        ids = self._insert_alone(found, now)
        if ids is None:
            due = self._heard.due_all(found, now)
            with self._writing, self._engine.begin() as connection:
                ids = insert_all(connection, found, now)
                fresh = self._series.note_all(connection, found)
                self._heard.save(connection, due)
            self._series.remember(fresh)
            self._heard.remember(due)
        return _stored(found, ids)

    async def add_soon(self, found: Sequence[tuple[str, Event]]) -> list[StoredEvent] | None:
        """The same from the event loop, while which PostgreSQL works; None where that takes a thread."""
        now = clock.now_ms()
        if self._insert is None or self._partitions is None or not self._nothing_else(found, now):
            return None
        for _, event in found:
            self.check(event)
            if not self._partitions.known(event.timestamp, now):
                return None
        try:
            ids = await self._insert.insert_soon(found, now)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != _DEADLOCK:
                raise
            ids = None
        return None if ids is None else _stored(found, ids)

    def _insert_alone(self, found: Sequence[tuple[str, Event]], now: int) -> list[int] | None:
        """Their ids, if they could be stored the short way: where nothing else is to be written with them."""
        if self._insert is None or not self._nothing_else(found, now):
            return None
        return self._insert.insert(found, now)

    def _nothing_else(self, found: Sequence[tuple[str, Event]], now: int) -> bool:
        """Whether these events bring no news for the catalogue."""
        return not (self._heard.due_all(found, now) or self._series.due_all(found))

    def add_many(self, project_id: str, found: Sequence[Event]) -> None:
        """Stores these events in one transaction; pages that are open are not told."""
        now = clock.now_ms()
        rows = [
            {
                "project_id": project_id,
                "timestamp": event.timestamp,
                "received_at": now,
                "label_key": event.label_key,
                "payload": event.payload,
            }
            for event in found
        ]
        with self.writing() as connection:
            self.insert_events(connection, project_id, rows)

    def insert_events(self, connection: sa.Connection, project_id: str, rows: list[dict[str, Any]]) -> None:
        """Stores whole rows within a transaction."""
        if self._partitions is not None:
            for label in {row["label_key"] for row in rows}:
                _check_label(label)
            # In this transaction: another one would wait for what this one has locked.
            self._partitions.ensure_all((row["timestamp"] for row in rows), clock.now_ms(), connection)
        connection.execute(_INSERT, rows)
        self._heard.save(connection, self._heard.all(project_id, rows))
        # One of each kind and day is enough for the catalogue, and nothing is remembered before the commit.
        kinds = {(row["label_key"], row["timestamp"] // 86_400_000, *row["payload"]): row for row in rows}
        for row in kinds.values():
            self._series.note(
                connection, project_id, Event(row["timestamp"], row["label_key"], row["payload"])
            )

    def reset(self, seed: Iterable[Project]) -> None:
        """Empties every table but the server's own keys, and starts again with these projects."""
        with self.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                if table is not keys:
                    connection.execute(sa.delete(table))
        self.projects.forget()
        self.forget_catalogue()
        for project in seed:
            self.projects.add_missing(project)

    def forget_catalogue(self) -> None:
        """Labels and metrics are read afresh: rows of theirs went with a project, or with all."""
        self._series.forget()
        self._heard.forget()

    def count(self, project_id: str, label_key: str | None = None) -> int:
        """How many events the project has, all or of one label."""
        query = sa.select(sa.func.coalesce(sa.func.sum(event_counts.c.total), 0))
        query = query.where(event_counts.c.project_id == project_id)
        if label_key is not None:
            query = query.where(event_counts.c.label_key == label_key)
        with self.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def forget_before(self, cutoff: int) -> None:
        """Deletes every event with an older timestamp; on PostgreSQL whole months go at once."""
        if self._partitions is not None:
            self._partitions.drop_before(cutoff)
        while True:
            # In bites, so that devices get their turn in between.
            old = sa.select(events.c.id).where(events.c.timestamp < cutoff).limit(2000)
            with self.writing() as connection:
                query = sa.delete(events).where(events.c.timestamp < cutoff, events.c.id.in_(old))
                if not connection.execute(query).rowcount:
                    break
        with self.writing() as connection:
            connection.execute(sa.delete(rollup_hours).where(rollup_hours.c.hour < cutoff // HOUR))
            self._series.prune_before(connection, cutoff)
            self._heard.prune_before(connection, cutoff, clock.now_ms())

    def newest(self, project_id: str, limit: int, before: Cursor | None = None) -> list[StoredEvent]:
        """Events by their timestamp, newest first, older than the cursor."""
        query = sa.select(events).where(events.c.project_id == project_id)
        if before is not None:
            query = query.where(sa.tuple_(events.c.timestamp, events.c.id) < sa.tuple_(*before))
        query = query.order_by(events.c.timestamp.desc(), events.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(query)]

    def delete_events(self, project_id: str, ids: Sequence[int]) -> int:
        """Deletes those of the events that are this project's; how many it were."""
        wanted = events.c.project_id == project_id, events.c.id.in_(ids)
        query = sa.select(events.c.label_key).where(*wanted).distinct()
        with self.writing() as connection:
            labels = list(connection.execute(query).scalars())
            done = connection.execute(sa.delete(events).where(*wanted)).rowcount
            self._series.prune(connection, project_id, labels)
        return done

    def newest_of(self, project_id: str, labels: list[str], limit: int) -> list[StoredEvent]:
        """The newest events of these labels (none named: of all), newest first."""
        if not labels:
            return self.newest(project_id, limit)
        found: list[StoredEvent] = []
        # Label by label, because each one's newest stand at the end of the index.
        for label in labels:
            query = sa.select(events).where(events.c.project_id == project_id, events.c.label_key == label)
            query = query.order_by(events.c.timestamp.desc(), events.c.id.desc()).limit(limit)
            with self.reading() as connection:
                found += [_event(row) for row in connection.execute(query)]
        return sorted(found, key=lambda event: (event.timestamp, event.id), reverse=True)[:limit]

    def labels(self, project_id: str) -> list[str]:
        """The labels that have events, by name."""
        with self.reading() as connection:
            return labels_of(connection, project_id)

    def catalogue(self, project_id: str) -> list[Stretch]:
        """Which metrics each label has sent, and when."""
        with self._engine.connect() as connection:
            return self._series.all(connection, project_id)


_INSERT = sa.insert(events)
# PostgreSQL's code for it, and how often it is tried again.
_DEADLOCK, _DEADLOCKS = "40P01", 3
# PostgreSQL's indexes take no longer text.
_LABEL = 500


def _check_label(label_key: str) -> None:
    if len(label_key) > _LABEL:
        message = f"label_key has {len(label_key)} characters, on PostgreSQL the limit is {_LABEL}."
        raise Problem(422, "label_too_long", message, "label_key")


def _event(row: sa.Row[tuple[object, ...]]) -> StoredEvent:
    return StoredEvent(row.id, row.timestamp, row.label_key, row.payload)


def _stored(found: Sequence[tuple[str, Event]], ids: Sequence[int]) -> list[StoredEvent]:
    return [
        StoredEvent(number, event.timestamp, event.label_key, event.payload)
        for number, (_, event) in zip(ids, found, strict=True)
    ]
