"""The locks of a log on a PostgreSQL server: advisory locks of a session, which end with its connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from aforo.log.database import Duty, ServedError
from aforo.log.decision_lock import PATIENCE_S, DecisionLock, DecisionLockedError

#: SQLSTATE of a lock that was not to be had in time.
_LOCK_NOT_AVAILABLE = "55P03"
#: Takes the lock, and then looks how many positions were given: a sequence is read as it is at that moment, a table as
#: it was when the statement began. The case has the lock taken first.
_TAKE = """
SELECT CASE WHEN pg_advisory_lock(%s) IS NOT NULL
THEN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_position_seq) END
"""
#: Looks how far the log goes, as the statement begins, and gives the lock back.
_GIVE_BACK = """
SELECT position FROM (SELECT coalesce(max(position), 0) AS position FROM event) AS last, pg_advisory_unlock(%s)
"""
#: Seconds for which a duty is believed to be this process's without asking the server.
_BELIEVED_S = 2.0


class PostgresDecisionLock(DecisionLock):
    """The decision lock of a log on a server. The holder records on the connection that has the lock: a connection that
    is lost takes the lock with it, and what was decided under it cannot be recorded."""

    def __init__(self, engine: Engine, number: int) -> None:
        super().__init__()
        self._engine = engine
        self._number = number
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection | None:
        """The connection of the lock, where this thread holds it."""
        return self._connection if not self.kept and self.held_here else None

    def close(self) -> None:
        with self._mutex:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _take(self) -> int:
        # Of a connection that the server has closed meanwhile another one is made: nothing was decided under it.
        for attempt in (1, 2):
            try:
                return int(self._opened().exec_driver_sql(_TAKE, (self._number,)).scalar_one())
            except DBAPIError as error:
                lost = error.connection_invalidated
                self._drop()
                if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                    raise DecisionLockedError from error
                if attempt == 2 or not lost:
                    raise
        raise AssertionError("an attempt returns or raises")

    def _give_back(self) -> int:
        if self._connection is None or self._connection.invalidated:
            self._drop()  # the lock ended with the session, and what was to be recorded on it was refused
            return self._tenure.begins
        try:
            return int(self._connection.exec_driver_sql(_GIVE_BACK, (self._number,)).scalar_one())
        except BaseException:
            self._drop()  # whatever the server thinks of the lock, it ends with the connection
            raise

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.exec_driver_sql(f"SET lock_timeout = {round(PATIENCE_S * 1000)}")
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


@contextmanager
def serve_database(engine: Engine, number: int, *, alone: bool) -> Iterator[None]:
    """Serve a log on a server for the block. Raises ServedError where another process serves it, if this one is to be
    `alone`, or that one is."""
    ask = "SELECT pg_try_advisory_lock(%s)" if alone else "SELECT pg_try_advisory_lock_shared(%s)"
    connection = engine.connect()
    try:
        if not connection.exec_driver_sql(ask, (number,)).scalar_one():
            raise ServedError
        yield
    finally:
        connection.invalidate()  # the lock ends with the session, which nobody else is to be given
        connection.close()


class PostgresDuty(Duty):
    """The duty among several servers: the one whose session has its lock has the duty. For one thread."""

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine = engine
        self._number = number
        self._connection: Connection | None = None
        self._asked = 0.0

    def is_ours(self) -> bool:
        if self._connection is None:
            connection = self._engine.connect()
            if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (self._number,)).scalar_one():
                connection.close()
                return False
            self._connection, self._asked = connection, time.monotonic()
        if time.monotonic() - self._asked > _BELIEVED_S:
            try:
                self._connection.exec_driver_sql("SELECT 1")
            except DBAPIError:
                self.close()
                raise
            self._asked = time.monotonic()
        return True

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
