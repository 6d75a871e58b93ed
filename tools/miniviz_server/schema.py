"""The tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

import sqlalchemy as sa

# The newest migration in migrations/versions.
REVISION = "0014"

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
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
    sa.Column("owner_id", sa.Text, sa.ForeignKey("accounts.id")),
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

sa.Index(None, projects.c.owner_id)
# One label's events, and the order "by label".
sa.Index(None, events.c.project_id, events.c.label_key, events.c.timestamp, events.c.id)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

# What the server needs to remember over a restart, such as the key that signs sessions.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# Failed logins, here and not in memory so that several server processes count together.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
sa.Index(None, attempts.c.subject, attempts.c.at)

# Which metrics each label has ever sent, and in which stretch of time (whole days, so that it rarely
# changes). Filters and exports read this instead of every payload.
series = sa.Table(
    "series",
    metadata,
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("label_key", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)

images = sa.Table(
    "images",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("label_key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    # The bytes last: SQLite reads a row's pages only as far as it is asked for.
    sa.Column("thumbnail", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index(None, images.c.project_id, images.c.timestamp, images.c.id)
# When a label sent last, and what has expired.
sa.Index(None, images.c.project_id, images.c.label_key, images.c.received_at)
sa.Index(None, images.c.received_at)
