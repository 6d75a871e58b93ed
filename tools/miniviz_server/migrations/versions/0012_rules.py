"""Rules, where each stands per label, and the deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Creates the three tables."""
    op.create_table(
        "rules",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("enabled", sa.Integer, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_rules_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_rules_project_id", "rules", ["project_id"])
    op.create_table(
        "rule_states",
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("notified_at", sa.BigInteger, nullable=False),
        sa.Column("event", sa.JSON),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "label_key", name="pk_rule_states"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_states_rule_id", ondelete="CASCADE"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_deliveries_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_state_next_at", "deliveries", ["state", "next_at"])
    op.create_index("ix_deliveries_project_id_created_at", "deliveries", ["project_id", "created_at"])
