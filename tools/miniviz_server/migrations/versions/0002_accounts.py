"""Accounts, whose projects are whose, failed logins, and what each label sends."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002_accounts"
down_revision = "0001"

_DAY = 86_400_000


def upgrade() -> None:
    """Adds the tables, the owner of a project, and fills the list of series from the events."""
    _create_accounts()
    # In SQL: Alembic's way for SQLite copies and drops the table, and dropping projects drops their events.
    op.execute(
        "ALTER TABLE projects ADD COLUMN owner_id TEXT "
        "CONSTRAINT fk_projects_owner_id REFERENCES accounts (id)"
    )
    op.create_index("ix_projects_owner_id", "projects", ["owner_id"])
    op.create_index(
        "ix_events_project_id_label_key_timestamp_id",
        "events",
        ["project_id", "label_key", "timestamp", "id"],
    )
    _create_series()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_keys"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_subject_at", "attempts", ["subject", "at"])


def _create_series() -> None:
    table = op.create_table(
        "series",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "label_key", "metric", name="pk_series"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_series_project_id", ondelete="CASCADE"
        ),
    )
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    rows = op.get_bind().execute(sa.text("SELECT project_id, label_key, timestamp, payload FROM events"))
    for project_id, label, timestamp, payload in rows:
        day = timestamp - timestamp % _DAY
        for metric in json.loads(payload) if isinstance(payload, str) else payload:
            first, last = found.get((project_id, label, metric), (day, day))
            found[project_id, label, metric] = (min(first, day), max(last, day))
    for (project_id, label, metric), (first, last) in found.items():
        values = {"project_id": project_id, "label_key": label, "metric": metric}
        op.execute(table.insert().values(**values, first=first, last=last + _DAY - 1))
