"""Projects and their events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the first two tables."""
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.CheckConstraint("plan IN ('pro', 'free')", name="ck_projects_plan"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _create_partitioned_events()
    else:
        _create_events()
    op.create_index("ix_events_project_id_timestamp_id", "events", ["project_id", "timestamp", "id"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_events_project_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )


def _create_partitioned_events() -> None:
    # PostgreSQL wants the column it partitions by in the primary key.
    timescale = op.get_bind().scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"))
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", "timestamp", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_events_project_id", ondelete="CASCADE"
        ),
        postgresql_partition_by=None if timescale else "RANGE (timestamp)",
    )
    if timescale:
        # Thirty days in milliseconds. Tried against a stand-in only: Debian has no TimescaleDB.
        op.execute("SELECT create_hypertable('events', 'timestamp', chunk_time_interval => 2592000000)")
    else:
        # For timestamps far from today; each month near it gets a partition of its own when it comes.
        op.execute("CREATE TABLE events_other PARTITION OF events DEFAULT")
