"""The charts of Visualize."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "charts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_charts"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_charts_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_charts_project_id_position", "charts", ["project_id", "position"])
