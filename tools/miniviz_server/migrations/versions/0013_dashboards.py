"""Several dashboards per project. The charts that are there stay on the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Creates the table, and the column by which a chart names its dashboard."""
    op.create_table(
        "dashboards",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dashboards"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_dashboards_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_dashboards_project_id_created_at", "dashboards", ["project_id", "created_at"])
    with op.batch_alter_table("charts") as table:
        table.add_column(sa.Column("dashboard_id", sa.Text))
        table.create_foreign_key(
            "fk_charts_dashboard_id", "dashboards", ["dashboard_id"], ["id"], ondelete="CASCADE"
        )
