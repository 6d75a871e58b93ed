"""Every question to the database, and every change of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from miniviz_server.database import connect
from miniviz_server.records import Event, Project, StoredEvent
from miniviz_server.schema import events, projects


class Cursor(NamedTuple):
    """A place in the Database page's order: the rows after it are older."""

    timestamp: int
    id: int


class Store:
    """The database behind one server. Safe to use from any thread."""

    def __init__(self, path: Path, seed: Iterable[Project] = ()) -> None:
        self._engine = connect(path)
        # SQLite takes one writer; waiting here is fair and quick, waiting in SQLite is neither.
        self._writing = threading.Lock()
        for project in seed:
            self._add_missing(project)

    def close(self) -> None:
        """Closes every connection; the file is complete without its side files."""
        self._engine.dispose()

    def projects(self) -> list[Project]:
        """All projects, oldest first."""
        query = sa.select(projects).order_by(projects.c.created_at, projects.c.id)
        with self._engine.connect() as connection:
            return [_project(row) for row in connection.execute(query)]

    def project(self, project_id: str) -> Project | None:
        """The project with this id."""
        query = sa.select(projects).where(projects.c.id == project_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _project(row)

    def add(self, project_id: str, event: Event) -> StoredEvent:
        """Stores an event for good and gives it its id."""
        values = {
            "project_id": project_id,
            "timestamp": event.timestamp,
            "received_at": time.time_ns() // 1_000_000,
            "label_key": event.label_key,
            "payload": event.payload,
        }
        with self._writing, self._engine.begin() as connection:
            key = connection.execute(_INSERT, values).inserted_primary_key
        assert key is not None
        return StoredEvent(int(key[0]), event.timestamp, event.label_key, event.payload)

    def count(self, project_id: str) -> int:
        """How many events the project has."""
        query = sa.select(sa.func.count()).select_from(events).where(events.c.project_id == project_id)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def newest(self, project_id: str, limit: int, before: Cursor | None = None) -> list[StoredEvent]:
        """Events by their timestamp, newest first, older than the cursor."""
        query = sa.select(events).where(events.c.project_id == project_id)
        if before is not None:
            query = query.where(sa.tuple_(events.c.timestamp, events.c.id) < sa.tuple_(*before))
        query = query.order_by(events.c.timestamp.desc(), events.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(query)]

    def _add_missing(self, project: Project) -> None:
        if self.project(project.id) is not None:
            return
        values = {
            "id": project.id,
            "name": project.name,
            "token": project.token,
            "plan": project.plan,
            "created_at": time.time_ns() // 1_000_000,
        }
        with self._writing, self._engine.begin() as connection:
            connection.execute(sa.insert(projects), values)


_INSERT = sa.insert(events)


def _project(row: sa.Row[tuple[object, ...]]) -> Project:
    return Project(row.id, row.token, row.name, row.plan)


def _event(row: sa.Row[tuple[object, ...]]) -> StoredEvent:
    return StoredEvent(row.id, row.timestamp, row.label_key, row.payload)
