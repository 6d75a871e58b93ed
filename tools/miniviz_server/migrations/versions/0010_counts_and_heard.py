"""How many events there are, and which series were heard when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0003_images"

_SQLITE = (
    """CREATE TRIGGER events_counted AFTER INSERT ON events BEGIN
    INSERT INTO event_counts (project_id, label_key, shard, total)
    VALUES (NEW.project_id, NEW.label_key, 0, 1)
    ON CONFLICT (project_id, label_key, shard) DO UPDATE SET total = total + 1; END""",
    """CREATE TRIGGER events_uncounted AFTER DELETE ON events BEGIN
    UPDATE event_counts SET total = total - 1
    WHERE project_id = OLD.project_id AND label_key = OLD.label_key AND shard = 0; END""",
)
# A deletion may take from another shard than the insertion added to: only their sum means something.
_POSTGRESQL = (
    """CREATE FUNCTION miniviz_count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO event_counts AS c (project_id, label_key, shard, total)
    VALUES (NEW.project_id, NEW.label_key, pg_backend_pid() % 16, 1)
    ON CONFLICT (project_id, label_key, shard) DO UPDATE SET total = c.total + 1;
    RETURN NULL; END $$""",
    """CREATE FUNCTION miniviz_uncount() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE event_counts c SET total = c.total - 1 WHERE c.project_id = OLD.project_id
    AND c.label_key = OLD.label_key AND c.shard = (SELECT min(d.shard) FROM event_counts d
    WHERE d.project_id = OLD.project_id AND d.label_key = OLD.label_key);
    RETURN NULL; END $$""",
    "CREATE TRIGGER events_counted AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION miniviz_count()",
    "CREATE TRIGGER events_uncounted AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION miniviz_uncount()",
)
_COUNT = """INSERT INTO event_counts (project_id, label_key, shard, total)
SELECT project_id, label_key, 0, count(*) FROM events GROUP BY project_id, label_key"""
# Only a SQLite file can hold events from before this revision.
_HEARD = """INSERT INTO heard (project_id, label_key, metric, has_number, has_text, received_at)
SELECT project_id, label_key, key, max(j.type <> 'text'), max(j.type = 'text'), max(received_at)
FROM events, json_each(payload) AS j GROUP BY project_id, label_key, key"""


def upgrade() -> None:
    """Creates the two tables, fills them from the events that are there, and keeps the counts true."""
    op.create_table(
        "heard",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("has_number", sa.Integer, nullable=False),
        sa.Column("has_text", sa.Integer, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "label_key", "metric", name="pk_heard"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_heard_project_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "event_counts",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "label_key", "shard", name="pk_event_counts"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_event_counts_project_id", ondelete="CASCADE"
        ),
    )
    op.execute(_COUNT)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        op.execute(_HEARD)
        for statement in _SQLITE:
            op.execute(statement)
