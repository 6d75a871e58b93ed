"""The tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

import sqlalchemy as sa

# The newest migration in migrations/versions.
REVISION = "0001"

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    # In clear, because its owner may copy it from the page at any time.
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.CheckConstraint("plan IN ('pro', 'free')", name="plan"),
)

events = sa.Table(
    "events",
    metadata,
    # SQLite gives ids to INTEGER columns only; AUTOINCREMENT never hands a deleted row's id out again.
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("label_key", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

# The Database page's order; the id makes it one order where readings share a millisecond.
sa.Index(None, events.c.project_id, events.c.timestamp, events.c.id)
