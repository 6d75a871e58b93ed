"""The dashboards of a project, each with charts of its own."""

from __future__ import annotations

import uuid
from typing import NamedTuple

import sqlalchemy as sa

from miniviz_server.numeric import now_ms
from miniviz_server.problem import Problem
from miniviz_server.schema_charts import charts, dashboards
from miniviz_server.store import Store

MOST_DASHBOARDS = 30
NAME = 40
# What the first one is called until somebody names it.
_FIRST = "Dashboard"


class Dashboard(NamedTuple):
    """A page of charts. The first one of a project is there before anything is stored of it."""

    id: str
    name: str
    first: bool = False


class Dashboards:
    """Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self, project_id: str) -> list[Dashboard]:
        """The project's, in their order; always at least one."""
        with self._store.reading() as connection:
            return _all(connection, project_id)

    def get(self, project_id: str, dashboard_id: str) -> Dashboard:
        """One of the project's; none named: the first."""
        found = self.all(project_id)
        for one in found:
            if one.id == dashboard_id or not dashboard_id:
                return one
        message = "This project has no dashboard with this id; it may have been deleted."
        raise Problem(404, "unknown_dashboard", message, "dashboard")

    def create(self, project_id: str, name: str) -> Dashboard:
        """A new one at the end, empty."""
        made = Dashboard(str(uuid.uuid4()), name)
        with self._store.writing() as connection:
            count = len(self._stored(connection, project_id))
            if count >= MOST_DASHBOARDS:
                message = f"The project has {count} dashboards, the limit is {MOST_DASHBOARDS}; delete one."
                raise Problem(422, "too_many_dashboards", message)
            _insert(connection, project_id, made)
        return made

    def rename(self, project_id: str, dashboard: Dashboard, name: str) -> Dashboard:
        """Gives it another name."""
        with self._store.writing() as connection:
            self._stored(connection, project_id)
            change = sa.update(dashboards).where(dashboards.c.id == dashboard.id)
            connection.execute(change.values(name=name))
        return dashboard._replace(name=name)

    def delete(self, project_id: str, dashboard: Dashboard) -> None:
        """Removes it with its charts; the events stay, and so does the last dashboard."""
        with self._store.writing() as connection:
            if len(self._stored(connection, project_id)) == 1:
                message = "This is the project's only dashboard; delete its charts, or rename it."
                raise Problem(422, "last_dashboard", message)
            connection.execute(sa.delete(charts).where(charts.c.project_id == project_id, within(dashboard)))
            connection.execute(sa.delete(dashboards).where(dashboards.c.id == dashboard.id))

    @staticmethod
    def _stored(connection: sa.Connection, project_id: str) -> list[Dashboard]:
        """The same as rows: the first one gets its own."""
        found = _all(connection, project_id)
        known = sa.select(dashboards.c.id).where(dashboards.c.project_id == project_id).limit(1)
        if connection.execute(known).first() is None:
            _insert(connection, project_id, found[0])
        return found


def within(dashboard: Dashboard) -> sa.ColumnElement[bool]:
    """Which charts are on it: those that name none are on the first."""
    named = charts.c.dashboard_id == dashboard.id
    return sa.or_(named, charts.c.dashboard_id.is_(None)) if dashboard.first else named


def _all(connection: sa.Connection, project_id: str) -> list[Dashboard]:
    query = sa.select(dashboards.c.id, dashboards.c.name).where(dashboards.c.project_id == project_id)
    rows = connection.execute(query.order_by(dashboards.c.created_at, dashboards.c.id)).all()
    if not rows:
        return [Dashboard(project_id, _FIRST, first=True)]
    return [Dashboard(row.id, row.name, first=not place) for place, row in enumerate(rows)]


def _insert(connection: sa.Connection, project_id: str, dashboard: Dashboard) -> None:
    # Before any that is made by hand, even in the same millisecond.
    created = 0 if dashboard.first else now_ms()
    values = {"id": dashboard.id, "project_id": project_id, "name": dashboard.name, "created_at": created}
    connection.execute(sa.insert(dashboards), values)
