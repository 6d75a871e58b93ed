"""Sums of five minutes, for charts of long ranges. Hours that are there are summed by the running server."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_SQLITE = (
    """CREATE TRIGGER rollup_on_insert AFTER INSERT ON events BEGIN
    INSERT INTO rollup_hours (project_id, hour, claim)
    VALUES (NEW.project_id, NEW.timestamp / 3600000, 0)
    ON CONFLICT (project_id, hour) DO UPDATE SET claim = 0 WHERE claim <> 0; END""",
    """CREATE TRIGGER rollup_on_delete AFTER DELETE ON events BEGIN
    UPDATE rollup_hours SET claim = 0
    WHERE project_id = OLD.project_id AND hour = OLD.timestamp / 3600000 AND claim <> 0; END""",
)
# The question first: an INSERT that meets a row locks it, and all processes write into the same hour.
_POSTGRESQL = (
    """CREATE FUNCTION miniviz_rollup_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM rollup_hours h WHERE h.project_id = NEW.project_id
    AND h.hour = NEW.timestamp / 3600000 AND h.claim = 0) THEN
    INSERT INTO rollup_hours AS h (project_id, hour, claim)
    VALUES (NEW.project_id, NEW.timestamp / 3600000, 0)
    ON CONFLICT (project_id, hour) DO UPDATE SET claim = 0 WHERE h.claim <> 0;
    END IF; RETURN NULL; END $$""",
    """CREATE FUNCTION miniviz_rollup_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE rollup_hours h SET claim = 0 WHERE h.project_id = OLD.project_id
    AND h.hour = OLD.timestamp / 3600000 AND h.claim <> 0;
    RETURN NULL; END $$""",
    """CREATE TRIGGER rollup_on_insert AFTER INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION miniviz_rollup_insert()""",
    """CREATE TRIGGER rollup_on_delete AFTER DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION miniviz_rollup_delete()""",
)
_HOURS = """INSERT INTO rollup_hours (project_id, hour, claim)
SELECT DISTINCT project_id, timestamp / 3600000, 0 FROM events"""


def upgrade() -> None:
    """Creates the tables, names the hours that wait for their sums, and keeps a watch on the events."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "rollup_hours",
        sa.Column("id", number, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        sa.Column("claim", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollup_hours"),
        sa.UniqueConstraint("project_id", "hour", name="uq_rollup_hours_project_id"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_rollup_hours_project_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rollup_hours_claim_hour", "rollup_hours", ["claim", "hour"])
    op.create_table(
        "rollups",
        sa.Column("hour_id", number, nullable=False, autoincrement=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("readings", sa.BigInteger, nullable=False),
        sa.Column("total", sa.Double),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("hour_id", "metric", "slot", "label_key", name="pk_rollups"),
        sa.ForeignKeyConstraint(
            ["hour_id"], ["rollup_hours.id"], name="fk_rollups_hour_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.execute(_HOURS)
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL if postgres else _SQLITE:
        op.execute(statement)
