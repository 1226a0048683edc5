"""The record in a SQLite file, for one writer at a time, and a file that is only looked at."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from sqlalchemy import URL, ColumnElement, Connection, Engine, Text, bindparam, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from aforo.log.database import Database, Duty, ReadOnlyError, stored_columns
from aforo.log.keyfile import ErasureIncompleteError
from aforo.log.migrations import StoreForeignError, revision
from aforo.log.sqlite_locks import OnlyServer, SqliteDecisionLock, serve_file
from aforo.log.written import Written

#: Of a new SQLite store. An event takes about 700 bytes: pages of the default size are written twice as often.
_PAGE_BYTES = 8_192
#: How far SQLite's write-ahead log grows before it is copied into the file.
_WAL_BYTES = 64 << 20


#: The first SQLite that has all that is asked of it (json_each, upserts, window functions).
_LEAST = (3, 35, 0)
#: Less room than this, and the next writes fail: the write-ahead log may have to grow by as much.
_LEAST_FREE_BYTES = 64 << 20


def _insert(rows: int) -> str:
    """SQLite's statement for so many events. A row that it cannot write takes back the whole transaction: to take back
    one statement alone, SQLite would copy every page before the statement changes it."""
    columns = "event_id, stream, version, idempotency_key, type, leaf_hash, body"
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows)
    return f"INSERT OR ROLLBACK INTO event ({columns}) VALUES {marks}"  # noqa: S608 (marks)


class SqliteDatabase(Database):
    """A file, in WAL mode. It has one writer at a time, so that positions are committed in order."""

    #: Rows in one statement, the largest that fits first. A statement of many rows costs a third less than as many
    #: statements, and gives the interpreter up once and not for every row, so that a busy thread does not starve it.
    #: Each size is about half of the one before, so that any number of rows takes few statements; a statement for every
    #: number would be compiled anew almost every time.
    _INSERTS: ClassVar[dict[int, str]] = {size: _insert(size) for size in (500, 250, 100, 50, 25, 12, 6, 3, 2, 1)}

    def __init__(self, url: URL, synchronous: str) -> None:
        self.url = url.render_as_string(hide_password=False)
        self.synchronous = synchronous
        # Writers of this process queue here, and not in SQLite's sleeping retries.
        self._writer = threading.Lock()
        self.engine = self._engine(url)
        self._path = Path(url.database or "")
        self.decisions = SqliteDecisionLock(self._path, self.last_position)

        @event.listens_for(self.engine, "connect")
        def prepare(connection: Any, record: object) -> None:
            # The driver's own transactions begin too late for BEGIN IMMEDIATE; ours are begun below.
            connection.isolation_level = None
            # Text that a foreign hand wrote need not be UTF-8, and must be readable to be found.
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for pragma in (*self._pragmas(), "cache_size = -65536", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}").fetchall()

        @event.listens_for(self.engine, "begin")
        def begin(connection: Connection) -> None:
            if not connection.get_execution_options().get("reads_only"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")

        self._readers = self.engine.execution_options(reads_only=True)

    def _engine(self, url: URL) -> Engine:
        path = Path(url.database or "")

        def connect() -> sqlite3.Connection:
            # Its owner's alone from the first byte on; SQLite gives the file's companions the same mode. Never a
            # file that is there: closing it drops this process's locks of it (sqlite.org/howtocorrupt.html, 2.2).
            if path.parent.is_dir():
                with suppress(FileExistsError):
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            return sqlite3.connect(path, timeout=60, check_same_thread=False)

        return create_engine(url, hide_parameters=True, creator=connect)

    def _pragmas(self) -> Sequence[str]:
        return (
            f"page_size = {_PAGE_BYTES}",
            "journal_mode = WAL",
            f"synchronous = {self.synchronous}",
            f"wal_autocheckpoint = {_WAL_BYTES // _PAGE_BYTES}",
        )

    def exists(self) -> bool:
        with closing(SqliteReader(self.engine.url)) as reader:
            return reader.exists()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._writer, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._readers.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self.read() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    def serve(self, *, alone: bool) -> AbstractContextManager[None]:
        return serve_file(self._path)

    def duty(self) -> Duty:
        return OnlyServer()

    def positions_taken(self, connection: Connection) -> None:
        """Nothing to do: the next position is one more than the largest."""

    def forget_freed(self, connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA secure_delete = ON")

    def scrub(self) -> None:
        try:
            with self._writer, self.read() as connection:
                connection.exec_driver_sql("VACUUM")
                # Who reads what was before has its pages in the write-ahead log, and is waited for.
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except OperationalError as error:
            raise ErasureIncompleteError(f"{self.shown} could not be written anew: {error.orig}") from error
        if busy:
            raise ErasureIncompleteError(f"{self.shown} is being read: its write-ahead log could not be emptied")

    def refuse_read_only(self) -> None:
        path = Path(self.engine.url.database or "")
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise ReadOnlyError("the file or its folder cannot be written to")
        if shutil.disk_usage(path.parent).free < _LEAST_FREE_BYTES:
            raise ReadOnlyError("the disk is full")

    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        return [("journal_mode", str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()), "wal")]

    def version(self, connection: Connection) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
        return "SQLite", sqlite3.sqlite_version_info, _LEAST

    def insert_events(self, events: Written) -> None:
        *own, leaf_hash, body = stored_columns(events)
        # The driver looks for an adapter for each value of bytes, which takes longer than to copy it.
        rows = zip(*own, map(bytearray, leaf_hash), map(bytearray, body), strict=True)
        left = len(events)
        try:
            # The driver is spoken to itself: an Engine's transaction costs as much again as a dozen events.
            with self._writer, closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                for size, statement in self._INSERTS.items():
                    while left >= size:
                        cursor.execute(statement, list(chain.from_iterable(islice(rows, size))))
                        left -= size
                cursor.execute("COMMIT")
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True) from error

    def settled_position(self, connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT coalesce(max(position), 0) FROM event").scalar_one())

    def among(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        each = func.json_each(bindparam("values", type_=Text)).table_valued("value")
        return column.in_(select(each.c.value))

    def values(self, values: Sequence[str]) -> dict[str, object]:
        return {"values": json.dumps(values)}

    def next_leaves(self, connection: Connection, after: int, settled: int, limit: int) -> tuple[int, bytes]:
        last, hashes = connection.exec_driver_sql(
            "SELECT coalesce(max(position), ?), coalesce(group_concat(hex(leaf_hash), ''), '') FROM"
            # The aggregate takes the rows in the order of a subquery that has a limit.
            " (SELECT position, leaf_hash FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?)",
            (after, after, settled, limit),
        ).one()
        return last, bytes.fromhex(hashes)

    def exclude_sequencers(self, connection: Connection) -> None:
        """Nothing to do: a write transaction has the file to itself."""

    def exclude_openers(self, connection: Connection) -> None:
        """Nothing to do: a write transaction has the file to itself."""


class SqliteReader(SqliteDatabase):
    """A file that is only looked at, whosever it may be: not made, not brought into WAL mode, not written to."""

    def __init__(self, url: URL) -> None:
        super().__init__(url, "FULL")

    def _engine(self, url: URL) -> Engine:
        path = Path(url.database or "").resolve()
        # A read-only connection leaves what a stopped writer left beside the file as it is, where another would put it
        # into the file; but it leaves companions of its own behind, which another takes away.
        left = any(path.with_name(path.name + companion).exists() for companion in ("-wal", "-journal"))
        name = f"file:{quote(str(path))}?mode={'ro' if left else 'rw'}"
        return create_engine(
            url,
            hide_parameters=True,
            creator=lambda: sqlite3.connect(name, uri=True, timeout=60, check_same_thread=False),
        )

    def _pragmas(self) -> Sequence[str]:
        return ("query_only = ON",)

    def exists(self) -> bool:
        if not Path(self.engine.url.database or "").is_file():
            return False
        with self.read() as connection:
            if revision(connection) is not None:
                return True
            if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
                raise StoreForeignError("the file holds another program's tables")
        return False
