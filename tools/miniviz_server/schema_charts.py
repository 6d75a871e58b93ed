"""The tables behind Visualize: what the charts show, which series there are, how many events."""

from __future__ import annotations

import sqlalchemy as sa

from miniviz_server.schema import metadata

dashboards = sa.Table(
    "dashboards",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
sa.Index(None, dashboards.c.project_id, dashboards.c.created_at)

charts = sa.Table(
    "charts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    # Everything a person chose in the chart editor, as chart.py checks it.
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    # None: the project's first dashboard.
    sa.Column("dashboard_id", sa.Text, sa.ForeignKey("dashboards.id", ondelete="CASCADE")),
)
sa.Index(None, charts.c.project_id, charts.c.position)

# Which label sent which metric, and when last: the pickers and "silent for" ask this small table instead of
# every event. Written at most every few seconds per series.
heard = sa.Table(
    "heard",
    metadata,
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("label_key", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("has_number", sa.Integer, nullable=False),
    sa.Column("has_text", sa.Integer, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
)

# Kept by triggers, whoever writes. Counting a million rows would take longer than showing fifty of them.
# On PostgreSQL each connection adds to one of several shards, so that writers do not wait for each other.
event_counts = sa.Table(
    "event_counts",
    metadata,
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("label_key", sa.Text, primary_key=True),
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("total", sa.BigInteger, nullable=False),
)
