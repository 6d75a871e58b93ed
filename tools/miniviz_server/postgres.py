"""Opens a PostgreSQL database, and keeps a partition ready for every month that readings come from."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from miniviz_server.errors import DatabaseUnusable
from miniviz_server.migrate import upgrade
from miniviz_server.schema import REVISION

# One process at a time changes tables; the number is arbitrary, and the same everywhere.
_LOCK = 20_250_607
_CONNECT_SECONDS = 5
# A statement that takes longer is given up: it would hold up every device.
_STATEMENT_MILLISECONDS = 20_000
# How far ahead of today a month still gets a partition of its own.
_AHEAD_MILLISECONDS = 400 * 86_400_000


def is_postgres(database: object) -> bool:
    """Whether this names a PostgreSQL database, not a file."""
    return str(database).startswith(("postgresql:", "postgresql+", "postgres:"))


def connect(address: str) -> sa.Engine:
    """An engine on this database, with the tables of this version in it."""
    engine = _engine(address)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            found = _revision(connection)
            if found is not None and found > REVISION:
                text = f"{shown} was written by a newer miniviz (schema {found}, this one knows {REVISION})"
                raise DatabaseUnusable(f"{text}; update miniviz or name another database.")
            if found != REVISION:
                upgrade(connection)
    except DBAPIError as error:
        engine.dispose()
        reason = " ".join(str(error.orig).split())
        raise DatabaseUnusable(f"{shown} cannot be used as a database: {reason}.") from error
    return engine


def _engine(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            url,
            pool_size=10,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "options": f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c timezone=UTC",
            },
        )
    except (ArgumentError, NoSuchModuleError) as error:
        text = "The database's address is not understood; write postgresql+psycopg://user:password@host/name."
        raise DatabaseUnusable(text) from error
    except ImportError as error:
        text = "PostgreSQL needs the package psycopg; install it with: pip install 'psycopg[binary]'."
        raise DatabaseUnusable(text) from error


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


class Partitions:
    """The months that have a partition. TimescaleDB, where it is there, keeps chunks by itself."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        query = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'events'::regclass"
        with engine.connect() as connection:
            self._partitioned = bool(connection.scalar(sa.text(query)))
        self._known: set[str] = set()

    def known(self, timestamp: int, now: int) -> bool:
        """Whether nothing is to be made for an event of this time."""
        if not self._partitioned or timestamp > now + _AHEAD_MILLISECONDS:
            return True
        return f"events_{datetime.fromtimestamp(timestamp / 1000, UTC):%Y_%m}" in self._known

    def ensure(self, timestamp: int, now: int) -> None:
        """Makes the month's partition if nobody did yet."""
        if not self.known(timestamp, now):
            moment = datetime.fromtimestamp(timestamp / 1000, UTC)
            name = f"events_{moment:%Y_%m}"
            with self._lock:
                with self._engine.begin() as connection:
                    self._create(connection, name, moment)
                self._known.add(name)

    def ensure_all(self, timestamps: Iterable[int], now: int, within: sa.Connection) -> None:
        """The same for many, within a transaction; not known afterwards, because it may be undone."""
        if not self._partitioned:
            return
        near = {at for at in timestamps if at <= now + _AHEAD_MILLISECONDS}
        moments = [datetime.fromtimestamp(at / 1000, UTC) for at in near]
        months = {f"events_{moment:%Y_%m}": moment for moment in moments}
        for name, moment in sorted(months.items()):
            if name not in self._known:
                self._create(within, name, moment)

    @staticmethod
    def _create(connection: sa.Connection, name: str, moment: datetime) -> None:
        first = datetime(moment.year, moment.month, 1, tzinfo=UTC)
        following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
        lower, upper = _milliseconds(first), _milliseconds(following)
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # A month that was far ahead once and is near now stays among the others, if it has rows there.
        taken = f"SELECT 1 FROM events_other WHERE timestamp BETWEEN {lower} AND {upper - 1} LIMIT 1"
        if not sa.inspect(connection).has_table(name) and not connection.scalar(sa.text(taken)):
            bounds = f"FROM ({lower}) TO ({upper})"
            connection.execute(sa.text(f"CREATE TABLE {name} PARTITION OF events FOR VALUES {bounds}"))

    def drop_before(self, cutoff: int) -> list[str]:
        """Drops every month that ended before this moment; what is left of the boundary's month stays."""
        if not self._partitioned:
            return self._drop_chunks(cutoff)
        dropped: list[str] = []
        with self._engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            names = connection.scalars(sa.text(_MONTHS)).all()
            limit = f"events_{datetime.fromtimestamp(cutoff / 1000, UTC):%Y_%m}"
            for name in (str(name) for name in names):
                if name < limit:
                    # Dropping fires no trigger, so the counts are told first.
                    connection.execute(sa.text(_UNCOUNT.format(name=name)))
                    connection.execute(sa.text(f"DROP TABLE {name}"))
                    self._known.discard(name)
                    dropped.append(name)
            connection.execute(sa.text(_UNSUM), {"cutoff": cutoff})
        return dropped

    def _drop_chunks(self, cutoff: int) -> list[str]:
        with self._engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            chunks = connection.scalars(sa.text(_CHUNKS), {"cutoff": cutoff}).all()
            for chunk in (str(chunk) for chunk in chunks):
                connection.execute(sa.text(_UNCOUNT.format(name=chunk)))
            connection.execute(sa.text(_DROP_CHUNKS), {"cutoff": cutoff})
            connection.execute(sa.text(_UNSUM), {"cutoff": cutoff})
        return [str(chunk) for chunk in chunks]


# TimescaleDB's own functions. Tried against stand-ins only: Debian has no TimescaleDB.
_CHUNKS = "SELECT show_chunks('events', older_than => CAST(:cutoff AS bigint))::text"
_DROP_CHUNKS = "SELECT drop_chunks('events', older_than => CAST(:cutoff AS bigint))"
_MONTHS = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$'"""
_UNCOUNT = """UPDATE event_counts c SET total = c.total - d.n FROM
(SELECT project_id, label_key, count(*) AS n FROM {name} GROUP BY project_id, label_key) d
WHERE c.project_id = d.project_id AND c.label_key = d.label_key AND c.shard =
(SELECT min(e.shard) FROM event_counts e WHERE e.project_id = d.project_id AND e.label_key = d.label_key)"""

# Nor does it tell the sums. Without them an hour's events are asked.
_UNSUM = "DELETE FROM rollup_hours WHERE hour < CAST(:cutoff AS bigint) / 3600000"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
