"""Every question to the database, and every change of it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server.clock import clock
from miniviz_server.database import connect
from miniviz_server.records import Event, Project, StoredEvent
from miniviz_server.schema import events, keys, metadata, projects
from miniviz_server.series import Series, Stretch


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
        self._series = Series()
        for project in seed:
            self._add_missing(project)

    @property
    def dialect(self) -> str:
        """Which engine this is, for the few questions that each engine spells its own way."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Closes every connection; the file is complete without its side files."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A connection to ask questions on."""
        with self._engine.connect() as connection:
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

    def projects(self) -> list[Project]:
        """All projects, oldest first."""
        query = sa.select(projects).order_by(projects.c.created_at, projects.c.id)
        with self._engine.connect() as connection:
            return [_project(row) for row in connection.execute(query)]

    def projects_of(self, account_id: str) -> list[Project]:
        """This account's projects, oldest first."""
        query = sa.select(projects).where(projects.c.owner_id == account_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(projects.c.created_at, projects.c.id))
            return [_project(row) for row in rows]

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
            "received_at": clock.now_ms(),
            "label_key": event.label_key,
            "payload": event.payload,
        }
        with self._writing, self._engine.begin() as connection:
            key = connection.execute(_INSERT, values).inserted_primary_key
            fresh = self._series.note(connection, project_id, event)
        assert key is not None
        self._series.remember(fresh)
        return StoredEvent(int(key[0]), event.timestamp, event.label_key, event.payload)

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
        connection.execute(_INSERT, rows)
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
        self._series.forget()
        for project in seed:
            self._add_missing(project)

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

    def delete_events(self, project_id: str, ids: Sequence[int]) -> int:
        """Deletes those of the events that are this project's; how many it were."""
        wanted = events.c.project_id == project_id, events.c.id.in_(ids)
        query = sa.select(events.c.label_key).where(*wanted).distinct()
        with self.writing() as connection:
            labels = list(connection.execute(query).scalars())
            done = connection.execute(sa.delete(events).where(*wanted)).rowcount
            self._series.prune(connection, project_id, labels)
        return done

    def _add_missing(self, project: Project) -> None:
        if self.project(project.id) is not None:
            return
        self.add_project(project)

    def add_project(self, project: Project) -> None:
        """Stores a new project."""
        with self.writing() as connection:
            self.insert_project(connection, project)

    @staticmethod
    def insert_project(connection: sa.Connection, project: Project) -> None:
        """Stores a new project within a transaction."""
        values = {
            "id": project.id,
            "name": project.name,
            "token": project.token,
            "plan": project.plan,
            "owner_id": project.owner_id,
            "created_at": clock.now_ms(),
        }
        connection.execute(sa.insert(projects), values)

    def change_project(self, project_id: str, **changes: str) -> None:
        """Gives the project another name, token or plan."""
        with self._writing, self._engine.begin() as connection:
            connection.execute(sa.update(projects).where(projects.c.id == project_id).values(changes))

    def delete_project(self, project_id: str) -> None:
        """Removes the project with everything in it."""
        with self._writing, self._engine.begin() as connection:
            connection.execute(sa.delete(projects).where(projects.c.id == project_id))
        self._series.forget()

    def catalogue(self, project_id: str) -> list[Stretch]:
        """Which metrics each label has sent, and when."""
        with self._engine.connect() as connection:
            return self._series.all(connection, project_id)


_INSERT = sa.insert(events)


def _project(row: sa.Row[tuple[object, ...]]) -> Project:
    return Project(row.id, row.token, row.name, row.plan, row.owner_id)


def _event(row: sa.Row[tuple[object, ...]]) -> StoredEvent:
    return StoredEvent(row.id, row.timestamp, row.label_key, row.payload)
