"""Stores readings in PostgreSQL by one statement, which is a transaction of its own.

A transaction from the pool is four messages there and back (alive? begin, insert, commit) and most of what a
reading costs this process. A connection that is kept for this needs the one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from miniviz_server.insert import POSTGRESQL, columns, placed
from miniviz_server.records import Event


class PostgresInsert:
    """Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: Any = None

    def insert(self, found: Sequence[tuple[str, Event]], now: int) -> list[int] | None:
        """Stores them for good; their ids, in the same order. None while another thread is at it."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            order, values = columns(found, now)
            return placed(order, self._execute(values))
        finally:
            self._lock.release()

    def close(self) -> None:
        """Closes the connection; the next reading opens another."""
        with self._lock:
            self._drop()

    def _execute(self, values: Sequence[list[Any]]) -> list[int]:
        import psycopg

        if not self._alive():
            self._drop()
            self._connection = self._open()
        try:
            return [int(row[0]) for row in self._connection.execute(POSTGRESQL, values).fetchall()]
        except psycopg.Error as error:
            if self._connection.closed:
                self._drop()
            # As SQLAlchemy would say it, so that whoever asked knows one kind of error.
            raise DBAPIError.instance(POSTGRESQL, None, error, psycopg.Error) from error

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
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
