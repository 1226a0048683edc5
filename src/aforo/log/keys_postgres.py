"""The key store in a PostgreSQL database of its own, apart from the record's, for servers on several machines.

The statements are those of the file (module `keyfile`), written so that both databases understand them; what only
SQLite understands is put into PostgreSQL's words here. As in a file one connection writes at a time.

What is erased is deleted, and its table written anew, so that no file of a table holds it. The server's write-ahead
log, its archive and the backups of the database hold it until they are gone: they must live shorter than the record's.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from sqlalchemy import URL

from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnreachableError, RowTakenError
from aforo.log.postgres_scrub import scrub_tables

#: Seconds to reach the server.
_CONNECTS_S = 15
#: What SQLite's types are called. Text is compared by its bytes, as there.
_TYPES = {"BLOB": "BYTEA", "INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION", "TEXT": 'TEXT COLLATE "C"'}
_TYPE = re.compile(rf"\b({'|'.join(_TYPES)})\b")
#: A table without a key of its own: SQLite numbers its rows.
_UNNUMBERED = re.compile(r"(CREATE TABLE IF NOT EXISTS \w+ \()(?!.*PRIMARY KEY)", re.DOTALL)
_MARK = re.compile(r"\?(\d*)")
#: The tables whose rows are secrets that an erasure, or a new signing key, destroys.
_SCRUBBED = ("person_key", "signing_key", "sealing_key", "secret")
#: One store of keys in a database: its writers take turns by this advisory lock.
_WRITES = 0x41666F726F


class PostgresKeyTables:
    """See the module; as `keyfile.KeyFile`. Raises KeyStoreForeignError, KeyStoreUnreachableError."""

    def __init__(self, url: URL, mark: str) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        #: The store's URL, without its password.
        self.shown = url.render_as_string(hide_password=True)
        self.lock = threading.RLock()
        self.db = _Connection(self._address)
        own = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        tables = {name for (name,) in self.db.execute(own)}
        # The record has a table of checkpoints, in this schema or another one.
        record = self.db.execute("SELECT 1 FROM pg_tables WHERE tablename = 'checkpoint'").fetchone()
        if record is not None or (tables and mark not in tables):
            self.db.close()
            raise KeyStoreForeignError(self.shown)

    def prepare(self, schema: str) -> None:
        """Have the tables of a schema, which is written for SQLite."""
        with self.write() as db:
            for statement in schema.split(";"):
                if statement.strip():
                    db.execute(_defined(statement))

    def has_table(self, table: str) -> bool:
        """Whether a table is there."""
        return self.db.execute("SELECT to_regclass(?)", (table,)).fetchone()[0] is not None

    def add_column(self, table: str, column: str, declared: str) -> None:
        """Have a column in a table that an earlier version made without it."""
        with self.write() as db:
            db.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {_defined(declared)}")

    @contextmanager
    def write(self) -> Iterator[_Connection]:
        """One transaction, durable when the block ends; the writers of all processes take turns."""
        with self.lock:
            self.db.begin()
            try:
                yield self.db
            except BaseException:
                self.db.roll_back()
                raise
            self.db.commit()

    def scrub(self) -> None:
        """Leave none of the deleted rows in the files of the tables. Raises ErasureIncompleteError."""
        with self.lock:
            scrub_tables(self.db.driver, self.shown, _SCRUBBED)


def has_key_store(url: URL, mark: str) -> bool:
    """Whether a database has the table `mark`; nothing is made. Raises KeyStoreUnreachableError."""
    connection = _Connection(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        return connection.execute("SELECT to_regclass(?)", (mark,)).fetchone()[0] is not None
    finally:
        connection.close()


class _Connection:
    """A connection that understands the statements of the file, and is opened again where the server closed it."""

    def __init__(self, address: str) -> None:
        import psycopg

        self._driver: Any = psycopg
        self._address = address
        self._open: Any = None
        self._writing = False

    @property
    def driver(self) -> Any:
        """The driver's own connection."""
        if self._open is None or self._open.closed:
            try:
                self._open = self._driver.connect(self._address, autocommit=True, connect_timeout=_CONNECTS_S)
            except self._driver.OperationalError as error:
                raise KeyStoreUnreachableError(str(error)) from error
        return self._open

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """As `sqlite3.Connection.execute`."""
        text, given = _translated(statement), _given(statement, values)
        for attempt in (1, 2):
            try:
                # What a transaction has done is lost with its connection: it is not gone on with on another one.
                return (self._open if self._writing else self.driver).execute(text, given)
            except self._driver.IntegrityError as error:
                raise RowTakenError(str(error)) from error
            except (self._driver.OperationalError, self._driver.InterfaceError) as error:
                # Outside a transaction a closed connection is opened again: nothing was done on it.
                if attempt == 2 or self._writing or not self.driver_is_closed:
                    raise KeyStoreUnreachableError(str(error)) from error
        raise AssertionError("an attempt returns or raises")

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """As `sqlite3.Connection.executemany`."""
        every = [_given(statement, row) for row in rows]
        if not every:
            return
        try:
            with (self._open if self._writing else self.driver).cursor() as cursor:
                cursor.executemany(_translated(statement), every)
        except self._driver.IntegrityError as error:
            raise RowTakenError(str(error)) from error
        except (self._driver.OperationalError, self._driver.InterfaceError) as error:
            raise KeyStoreUnreachableError(str(error)) from error

    @property
    def driver_is_closed(self) -> bool:
        """Whether the server has closed the connection."""
        return self._open is None or bool(self._open.closed)

    def begin(self) -> None:
        self.execute("BEGIN")
        self._writing = True
        try:
            self.execute("SELECT pg_advisory_xact_lock(?)", (_WRITES,))
        except BaseException:
            self.roll_back()
            raise

    def commit(self) -> None:
        try:
            self.execute("COMMIT")
        finally:
            self._writing = False

    def roll_back(self) -> None:
        self._writing = False
        with suppress(KeyStoreUnreachableError):  # a transaction ends with its connection
            if not self.driver_is_closed:
                self.execute("ROLLBACK")

    def close(self) -> None:
        if self._open is not None:
            self._open.close()


@lru_cache(maxsize=1_000)
def _translated(statement: str) -> str:
    """A statement with the driver's marks of values in the place of SQLite's."""
    return _MARK.sub(lambda mark: f"%(v{mark[1]})s" if mark[1] else "%s", statement)


def _given(statement: str, values: Sequence[Any]) -> Any:
    # A truth value is a number in the tables.
    plain = [int(each) if isinstance(each, bool) else each for each in values]
    return {f"v{place}": value for place, value in enumerate(plain, 1)} if "?1" in statement else plain


def _defined(declared: str) -> str:
    """A definition of SQLite's as PostgreSQL's."""
    numbered = _UNNUMBERED.sub(r"\1rowid INTEGER GENERATED ALWAYS AS IDENTITY, ", declared)
    return _TYPE.sub(lambda named: _TYPES[named[0]], numbered.replace("WITHOUT ROWID", ""))
