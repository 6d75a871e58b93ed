"""The charts of a project's dashboards, in their order."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from miniviz_server.chart import Chart, Settings, stored
from miniviz_server.chartcache import ChartCache
from miniviz_server.dashboards import Dashboard, within
from miniviz_server.numeric import now_ms
from miniviz_server.problem import Problem
from miniviz_server.schema_charts import charts
from miniviz_server.store import Store

MOST_CHARTS = 60


class ChartStore:
    """Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.kept = ChartCache()

    def all(self, project_id: str, dashboard: Dashboard | None = None) -> list[Chart]:
        """The charts of one dashboard, or of all."""
        query = sa.select(charts).where(charts.c.project_id == project_id)
        if dashboard is not None:
            query = query.where(within(dashboard))
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(charts.c.position, charts.c.created_at))
            return [Chart(row.id, stored(row.settings)) for row in rows]

    def get(self, project_id: str, chart_id: str) -> Chart | None:
        """One chart, if it is this project's."""
        query = sa.select(charts).where(charts.c.project_id == project_id, charts.c.id == chart_id)
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Chart(row.id, stored(row.settings))

    def create(self, project_id: str, settings: Settings, dashboard: Dashboard | None = None) -> Chart:
        """A new chart at the end of the dashboard; none named: of the first."""
        chart = Chart(str(uuid.uuid4()), settings)
        count = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(charts.c.position), -1))
        with self._store.writing() as connection:
            taken, last = connection.execute(count.where(charts.c.project_id == project_id)).one()
            if taken >= MOST_CHARTS:
                message = f"The project has {taken} charts, the limit is {MOST_CHARTS}; delete one first."
                raise Problem(422, "too_many_charts", message)
            values: dict[str, Any] = {
                "id": chart.id,
                "project_id": project_id,
                "position": last + 1,
                "settings": settings.as_json(),
                "created_at": now_ms(),
                # The first one has no row until it is named.
                "dashboard_id": None if dashboard is None or dashboard.first else dashboard.id,
            }
            connection.execute(sa.insert(charts), values)
        return chart

    def change(self, chart: Chart) -> None:
        """Stores its settings anew."""
        change = sa.update(charts).where(charts.c.id == chart.id)
        with self._store.writing() as connection:
            connection.execute(change.values(settings=chart.settings.as_json()))

    def delete(self, chart: Chart) -> None:
        """Takes it off the dashboard."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(charts).where(charts.c.id == chart.id))

    def arrange(self, project_id: str, order: list[str]) -> None:
        """Puts the charts in this order; those that are not named follow in theirs."""
        known = [chart.id for chart in self.all(project_id)]
        wanted = [chart_id for chart_id in order if chart_id in known]
        wanted += [chart_id for chart_id in known if chart_id not in wanted]
        with self._store.writing() as connection:
            for position, chart_id in enumerate(wanted):
                change = sa.update(charts).where(charts.c.id == chart_id)
                connection.execute(change.values(position=position))
