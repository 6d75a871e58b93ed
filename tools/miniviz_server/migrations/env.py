"""Alembic's entry: runs migrations on the connection that database.py hands over."""

from typing import cast

from alembic import context
from miniviz_server.schema import metadata
from sqlalchemy import Connection

context.configure(
    connection=cast("Connection", context.config.attributes["connection"]),
    target_metadata=metadata,
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
