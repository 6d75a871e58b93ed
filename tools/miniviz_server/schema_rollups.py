"""The tables of sums: what a chart of a long range reads instead of every event."""

from __future__ import annotations

import sqlalchemy as sa

from miniviz_server.schema import metadata

# An hour that has events. Triggers set claim to 0 when one of them comes or goes, whoever writes; rollup.py
# says what the other values mean.
rollup_hours = sa.Table(
    "rollup_hours",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("hour", sa.BigInteger, nullable=False),
    sa.Column("claim", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("project_id", "hour", name="uq_rollup_hours_project_id"),
    sqlite_autoincrement=True,
)
sa.Index(None, rollup_hours.c.claim, rollup_hours.c.hour)

# One metric of one label in five minutes of such an hour.
rollups = sa.Table(
    "rollups",
    metadata,
    sa.Column(
        "hour_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("rollup_hours.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("label_key", sa.Text, primary_key=True),
    sa.Column("readings", sa.BigInteger, nullable=False),
    # NULL: no number, such as the sum of two infinities.
    sa.Column("total", sa.Double),
    sa.Column("low", sa.Double, nullable=False),
    sa.Column("high", sa.Double, nullable=False),
    # The rows lie in the key's order, so that an hour of one metric is read in one go.
    sqlite_with_rowid=False,
)
