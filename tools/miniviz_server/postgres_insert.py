"""Stores readings in PostgreSQL by one statement, which is a transaction of its own.

A transaction from the pool is four messages there and back (alive? begin, insert, commit) and most of what a
reading costs this process. A connection that is kept for this needs the one, prepared. It is asked by libpq's
own calls: from the event loop they take a third of what a thread or psycopg's cursor takes for a batch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError

from miniviz_server.insert import POSTGRESQL, columns, placed
from miniviz_server.records import Event

_NAME = b"miniviz_insert"


class PostgresInsert:
    """Safe to use from any thread, and from an event loop."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: Any = None

    def insert(self, found: Sequence[tuple[str, Event]], now: int) -> list[int] | None:
        """Stores them for good; their ids, in the same order. None while somebody else is at it."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if not self._alive():
                self._drop()
                self._connection = self._open()
            order, values = columns(found, now)
            return placed(order, self._execute(self._written(values)))
        finally:
            self._lock.release()

    async def insert_soon(self, found: Sequence[tuple[str, Event]], now: int) -> list[int] | None:
        """The same on the event loop, which does not wait. None also where it takes a thread: to connect."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if not self._alive():
                return None
            order, values = columns(found, now)
            ids = await self._ask(self._written(values))
            return None if ids is None else placed(order, ids)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Closes the connection; the next reading opens another."""
        with self._lock:
            self._drop()

    def _written(self, values: Iterable[Sequence[Any]]) -> list[bytes]:
        encoding = self._connection.info.encoding
        return [_array(column).encode(encoding) for column in values]

    def _execute(self, values: list[bytes]) -> list[int]:
        import psycopg

        try:
            return self._ids([self._connection.pgconn.exec_prepared(_NAME, values)])
        except psycopg.Error as error:
            raise self._known(error) from error

    async def _ask(self, values: list[bytes]) -> list[int] | None:
        import psycopg

        connection, loop = self._connection.pgconn, asyncio.get_running_loop()
        socket, answered, results = connection.socket, loop.create_future(), list[Any]()

        def look() -> None:
            try:
                connection.consume_input()
                if not connection.flush():
                    loop.remove_writer(socket)
                # The rows come before the commit: what counts is that nothing is left to come.
                while not answered.done() and not connection.is_busy():
                    if (result := connection.get_result()) is None:
                        answered.set_result(None)
                    else:
                        results.append(result)
            except psycopg.Error as error:
                if not answered.done():
                    answered.set_exception(error)

        try:
            loop.add_reader(socket, look)
        except NotImplementedError:
            return None  # Windows' usual event loop watches no sockets of others.
        try:
            connection.send_query_prepared(_NAME, values)
            if connection.flush():
                loop.add_writer(socket, look)
            await answered
            return self._ids(results)
        except psycopg.Error as error:
            raise self._known(error) from error
        finally:
            loop.remove_reader(socket)
            loop.remove_writer(socket)
            if not answered.done():
                self._drop()  # Nobody waits any more for what will come.

    def _ids(self, results: Iterable[Any]) -> list[int]:
        from psycopg import pq

        ids: list[int] = []
        for result in results:
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise _refusal(result, self._connection.info.encoding)
            ids += [int(result.get_value(row, 0)) for row in range(result.ntuples)]
        return ids

    def _known(self, error: Exception) -> StatementError:
        """As SQLAlchemy would say it, so that whoever asked knows one kind of error."""
        import psycopg

        if self._connection is None or self._connection.pgconn.status != psycopg.pq.ConnStatus.OK:
            self._drop()
        return DBAPIError.instance(POSTGRESQL, None, error, psycopg.Error)

    def _alive(self) -> bool:
        """Whether nobody has ended the connection: a PostgreSQL that stops says so, and then hangs up."""
        import psycopg

        if self._connection is None or self._connection.closed:
            return False
        try:
            self._connection.pgconn.consume_input()
            self._connection.pgconn.consume_input()
        except psycopg.Error:
            return False
        return True

    def _open(self) -> Any:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        # No longer the pool's, which would begin and end transactions on it.
        pooled.detach()
        try:
            connection.autocommit = True
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _prepare(connection: Any) -> None:
    from psycopg import pq

    parts = POSTGRESQL.split("%s")
    statement = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]
    result = connection.pgconn.prepare(_NAME, statement.encode())
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise _refusal(result, connection.info.encoding)


def _refusal(result: Any, encoding: str) -> Exception:
    import psycopg

    if result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) is None:
        # Not PostgreSQL's word but libpq's: the connection is gone.
        return psycopg.OperationalError(result.get_error_message(encoding))
    return psycopg.errors.error_from_result(result, encoding)


def _array(column: Sequence[str | int]) -> str:
    """An array as PostgreSQL reads it."""
    return "{" + ",".join(map(_element, column)) + "}"


def _element(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
