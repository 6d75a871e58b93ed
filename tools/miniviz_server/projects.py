"""The projects in the database: asked for, added, changed and removed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from miniviz_server.clock import clock
from miniviz_server.records import Project
from miniviz_server.schema import projects

if TYPE_CHECKING:
    from miniviz_server.store import Store

# How long a device's project is remembered: each reading would ask for the same one.
_RECENT_SECONDS = 1.0
_MOST_RECENT = 10_000


class Projects:
    """Those of one store. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: dict[str, tuple[Project, float]] = {}

    def all(self) -> list[Project]:
        """Every project, oldest first."""
        return self._found(sa.select(projects))

    def of(self, account_id: str) -> list[Project]:
        """This account's projects, oldest first."""
        return self._found(sa.select(projects).where(projects.c.owner_id == account_id))

    def get(self, project_id: str) -> Project | None:
        """The project with this id."""
        found = self._found(sa.select(projects).where(projects.c.id == project_id))
        return found[0] if found else None

    def recent(self, project_id: str) -> Project | None:
        """The same from memory; what another process changed shows a second later."""
        found = self._recent.get(project_id)
        now = time.monotonic()
        if found is not None and now - found[1] < _RECENT_SECONDS:
            return found[0]
        project = self.get(project_id)
        if project is not None:
            if len(self._recent) > _MOST_RECENT:
                self._recent.clear()
            self._recent[project_id] = (project, now)
        return project

    def add(self, project: Project) -> None:
        """Stores a new project."""
        with self._store.writing() as connection:
            self.insert(connection, project)

    def add_missing(self, project: Project) -> None:
        """Stores it unless its id is known."""
        if self.get(project.id) is None:
            self.add(project)

    @staticmethod
    def insert(connection: sa.Connection, project: Project) -> None:
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

    def change(self, project_id: str, **changes: str) -> None:
        """Gives the project another name, token or plan."""
        with self._store.writing() as connection:
            connection.execute(sa.update(projects).where(projects.c.id == project_id).values(changes))
        self._recent.pop(project_id, None)

    def delete(self, project_id: str) -> None:
        """Removes the project with everything in it."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(projects).where(projects.c.id == project_id))
        self._recent.pop(project_id, None)
        self._store.forget_catalogue()

    def forget(self) -> None:
        """Nothing is remembered: the tables were emptied."""
        self._recent.clear()

    def _found(self, query: sa.Select[tuple[object, ...]]) -> list[Project]:
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(projects.c.created_at, projects.c.id))
            return [Project(row.id, row.token, row.name, row.plan, row.owner_id) for row in rows]
