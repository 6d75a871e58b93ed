"""Images, with their bytes and thumbnails."""

import sqlalchemy as sa
from alembic import op

revision = "0003_images"
down_revision = "0002_accounts"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "images",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("label_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_images_project_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_images_project_id_timestamp_id", "images", ["project_id", "timestamp", "id"])
    op.create_index(
        "ix_images_project_id_label_key_received_at", "images", ["project_id", "label_key", "received_at"]
    )
    op.create_index("ix_images_received_at", "images", ["received_at"])
