"""Opens the database: a SQLite file, or a PostgreSQL address.

Refuses a file that is not ours, brings an older one up to date, sets it for one writer.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from miniviz_server import postgres
from miniviz_server.errors import DatabaseUnusable
from miniviz_server.migrate import MIGRATIONS, upgrade
from miniviz_server.schema import REVISION

__all__ = ["MIGRATIONS", "DatabaseUnusable", "connect"]

# How long a write waits for another process. It holds up everybody here, so it is short: the device is
# told to try again.
_BUSY_SECONDS = 2


def connect(database: Path | str) -> sa.Engine:
    """An engine on this file or PostgreSQL address, with the tables of this version in it."""
    return postgres.connect(str(database)) if postgres.is_postgres(database) else _open(Path(database))


def _open(path: Path) -> sa.Engine:
    found = _revision(path)
    if found is not None and found > REVISION:
        text = f"{path} was written by a newer miniviz (schema {found}, this one knows {REVISION})"
        raise DatabaseUnusable(f"{text}; update miniviz or name another file.")
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    try:
        if found != REVISION:
            with engine.begin() as connection:
                upgrade(connection)
        with engine.begin() as connection:
            # Asks for the write lock now: a file that cannot be written is better refused at the start.
            connection.exec_driver_sql("UPDATE projects SET name = name WHERE id IS NULL")
    except OperationalError as error:
        engine.dispose()
        raise DatabaseUnusable(f"{path} cannot be used as a database: {error.orig}.") from error
    return engine


def _revision(path: Path) -> str | None:
    """The schema's revision in the file; None for a file that does not exist or is empty."""
    if not path.parent.is_dir():
        raise DatabaseUnusable(f"{path} cannot be created: the folder {path.parent} does not exist.")
    if path.is_dir():
        raise DatabaseUnusable(f"{path} is a folder; name a file.")
    if not path.exists() or path.stat().st_size == 0:
        return None
    # Only looks, so that somebody else's file is left as it is. Not "ro": that leaves side files behind.
    reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    try:
        tables = {
            str(row[0]) for row in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if not tables:
            return None
        if not {"alembic_version", "projects", "events"} <= tables:
            names = ", ".join(sorted(tables)[:3])
            text = f"{path} belongs to another program (its tables: {names})"
            raise DatabaseUnusable(f"{text}; name another file.")
        row: Any = reader.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    except sqlite3.DatabaseError as error:
        raise DatabaseUnusable(f"{path} is no SQLite database ({error}); name another file.") from error
    finally:
        reader.close()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # WAL lets pages read while a device writes. With it, NORMAL keeps every acknowledged event when the
    # process is killed; only a power cut may take the last ones. The log is written back to the file after
    # so many pages of 4 KB: each time costs two fsyncs, and a row's index pages are mostly the same ones.
    pragmas = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "wal_autocheckpoint = 4000")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
