"""The two databases that hold the record, and all in which they differ: how a write begins, how events go in fast, up
to which position everything is committed, how one sequencer keeps others out, and how to look without writing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Text,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, OperationalError

from aforo.log.address import is_file, parsed
from aforo.log.merkle import leaf_hashes
from aforo.log.migrations import StoreForeignError, revision
from aforo.log.stored import StoredEvent
from aforo.log.written import Written

#: SQLSTATE of a transaction that the server ended to free another.
_DEADLOCK_DETECTED = "40P01"
#: How often an append that was ended for that is tried again.
_DEADLOCKS = 10

#: Of a new SQLite store. An event takes about 700 bytes: pages of the default size are written twice as often.
_PAGE_BYTES = 8_192
#: How far SQLite's write-ahead log grows before it is copied into the file.
_WAL_BYTES = 64 << 20

#: What a commit waits for: FULL, the event is on the disk; NORMAL, it survives a crash of the process; OFF, the same,
#: and a power cut may leave the store unusable. Anything but FULL breaks the promise that acknowledged means durable.
SYNCHRONOUS = ("FULL", "NORMAL", "OFF")


class Database(ABC):
    """One store's engine. Its errors do not show what was to be written."""

    engine: Engine

    @property
    def shown(self) -> str:
        """The store's URL, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @abstractmethod
    def exists(self) -> bool:
        """Whether a store is here; nothing is written to find out. Raises StoreForeignError where it is another's."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A connection in a write transaction, committed at the end of the block."""

    @abstractmethod
    def insert_events(self, events: Written) -> None:
        """Insert events in order, in one transaction, durable on return. Raises sqlalchemy.exc.IntegrityError."""

    @abstractmethod
    def settled_position(self, connection: Connection) -> int:
        """A position at or below which no event will ever be committed again; what is visible there is all there is.

        `connection` must read each statement in a snapshot of its own, and read events after this call.
        """

    @abstractmethod
    def among(self, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
        """Whether a column is one of `values`, however many they are: one parameter for all of them."""

    @abstractmethod
    def next_leaves(self, connection: Connection, after: int, settled: int, limit: int) -> tuple[int, bytes]:
        """The next events' last position and their leaf hashes, 32 bytes each, joined; (after, b"") where none is left.

        At most `limit` events after position `after`, none beyond `settled`. It is one row, since fetching row by row
        gives the interpreter up for every row.
        """

    @abstractmethod
    def exclude_sequencers(self, connection: Connection) -> None:
        """Hold every other sequencer back until the transaction of `connection` ends."""

    @abstractmethod
    def exclude_openers(self, connection: Connection) -> None:
        """Hold every other opener of the store back until the transaction of `connection` ends."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection whose statements each see what is committed when they begin."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Connection]:
        """A connection whose statements all see what is committed when the first begins, however long they take."""

    @abstractmethod
    def positions_taken(self, connection: Connection) -> None:
        """Give new events positions behind those that were written with positions of their own."""

    @abstractmethod
    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        """What durability hangs on beside the product's own settings: name, value, and the value that it must have."""

    def last_recorded(self, connection: Connection) -> datetime | None:
        """When the last event was written, by the clock of then; None in an empty log, or where it is damaged."""
        body = connection.exec_driver_sql("SELECT body FROM event ORDER BY position DESC LIMIT 1").scalar()
        try:
            return None if body is None else StoredEvent(0, b"", bytes(body)).event.recorded_at
        except msgspec.MsgspecError:
            return None

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _insert(rows: int) -> str:
    """SQLite's statement for so many events. A row that it cannot write takes back the whole transaction: to take back
    one statement alone, SQLite would copy every page before the statement changes it."""
    columns = "event_id, stream, version, idempotency_key, type, leaf_hash, body"
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows)
    return f"INSERT OR ROLLBACK INTO event ({columns}) VALUES {marks}"  # noqa: S608 (marks)


def stored_columns(events: Written) -> tuple[list[Any], ...]:
    """What the columns that `_insert` names receive."""
    own = (events.event_id, events.stream, events.version, events.idempotency_key, events.type)
    return (*own, leaf_hashes(events.body), events.body)


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
        return create_engine(url, hide_parameters=True, connect_args={"timeout": 60, "check_same_thread": False})

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

    def positions_taken(self, connection: Connection) -> None:
        """Nothing to do: the next position is one more than the largest."""

    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        return [("journal_mode", str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()), "wal")]

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

    def among(self, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
        each = func.json_each(bindparam(None, json.dumps(values), Text)).table_valued("value")
        return column.in_(select(each.c.value))

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


class PostgresDatabase(Database):
    """A server. Transactions commit side by side, so that a position can become visible after a later one.

    Each append therefore holds a shared advisory lock whose number is a position below all that it will be given. Who
    reads takes the sequence's last value first and the lowest of these locks second: below both, nothing is in flight.
    (An append that took its lock after the reader looked is given positions above the last value the reader saw; a
    lock is released only after the commit is visible.) Unlike the snapshot's oldest transaction this does not wait for
    other work on the same server, and it survives a dump and restore, after which transaction numbers begin anew.
    """

    _APPENDS, _SEQUENCER, _OPENER = 1, 2, 3

    def __init__(self, url: URL, synchronous: str) -> None:
        commit = "on" if synchronous == "FULL" else "off"
        options = f"-c synchronous_commit={commit}"
        self.engine = create_engine(url.update_query_dict({"options": _joined(url, options)}), hide_parameters=True)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with self.read() as connection:
            schema, database = connection.exec_driver_sql("SELECT current_schema(), current_database()").one()
        # Locks are the whole database's: stores in other schemas must not meet ours.
        self._tag = zlib.crc32(f"{database}/{schema}".encode()) & 0x0FFF
        self._append_tag = self._lock_number(self._APPENDS, 0)
        self._insert = f"""
            WITH held AS MATERIALIZED (
                SELECT pg_advisory_xact_lock_shared({self._append_tag} |
                    (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_position_seq))
            )
            INSERT INTO event (event_id, stream, version, idempotency_key, type, leaf_hash, body)
            SELECT rows.event_id, rows.stream, rows.version, rows.key, rows.type, rows.leaf_hash, rows.body
            FROM held CROSS JOIN unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bytea[],
                %s::bytea[]) WITH ORDINALITY
                AS rows (event_id, stream, version, key, type, leaf_hash, body, place)
            ORDER BY rows.place
        """  # noqa: S608 (a number of ours)

    def exists(self) -> bool:
        with self.read() as connection:
            return revision(connection) is not None

    def _lock_number(self, purpose: int, value: int) -> int:
        """48 bits for a position, 12 for the store, 3 for the purpose; a positive bigint."""
        return purpose << 60 | self._tag << 48 | value

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._autocommit.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self._snapshots.begin() as connection:
            yield connection

    def positions_taken(self, connection: Connection) -> None:
        connection.exec_driver_sql(
            "SELECT setval('event_position_seq', coalesce((SELECT max(position) FROM event), 1),"
            " EXISTS (SELECT FROM event))"
        )

    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        settings = ("fsync", "full_page_writes")
        return [(each, str(connection.exec_driver_sql(f"SHOW {each}").scalar()), "on") for each in settings]

    def insert_events(self, events: Written) -> None:
        columns = stored_columns(events)
        for attempt in range(_DEADLOCKS, -1, -1):
            try:
                # One statement is one transaction, and one journey to the server.
                with self.read() as connection:
                    connection.exec_driver_sql(self._insert, columns)
                return
            except OperationalError as error:
                # Two appends that have keys in common, in different orders: the server ended one of them, this one.
                if attempt == 0 or getattr(error.orig, "sqlstate", None) != _DEADLOCK_DETECTED:
                    raise

    def settled_position(self, connection: Connection) -> int:
        last = connection.exec_driver_sql(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_position_seq"
        ).scalar_one()
        in_flight = connection.exec_driver_sql(
            """
            SELECT min((classid::bigint << 32 | objid::bigint) & ((1::bigint << 48) - 1)) FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = %s
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            (self._append_tag >> 48,),
        ).scalar_one()
        # Not the mark itself but the last event at or below it: a position that was given and never committed may be
        # given again after a crash of the server.
        mark = last if in_flight is None else min(last, in_flight)
        return int(
            connection.exec_driver_sql(
                "SELECT coalesce(max(position), 0) FROM event WHERE position <= %s", (mark,)
            ).scalar_one()
        )

    def among(self, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
        return column == any_(bindparam(None, list(values), ARRAY(Text)))

    def next_leaves(self, connection: Connection, after: int, settled: int, limit: int) -> tuple[int, bytes]:
        last, hashes = connection.exec_driver_sql(
            "SELECT coalesce(max(position), %s),"
            " coalesce(string_agg(leaf_hash, ''::bytea ORDER BY position), ''::bytea) FROM"
            " (SELECT position, leaf_hash FROM event WHERE position > %s AND position <= %s ORDER BY position LIMIT %s)"
            " AS next",
            (after, after, settled, limit),
        ).one()
        return last, bytes(hashes)

    def exclude_sequencers(self, connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (self._lock_number(self._SEQUENCER, 0),))

    def exclude_openers(self, connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (self._lock_number(self._OPENER, 0),))


def _joined(url: URL, options: str) -> str:
    """The server options of `url` with ours after them."""
    given = url.query.get("options", "")
    return " ".join([*([given] if isinstance(given, str) else given), options]).strip()


def database(url: str, synchronous: str = "FULL") -> Database:
    """The database at a URL: `sqlite:///file` or `postgresql+psycopg://user@host/name`. Raises ValueError."""
    if synchronous not in SYNCHRONOUS:
        raise ValueError(f"synchronous is one of {', '.join(SYNCHRONOUS)}, not {synchronous!r}")
    parts = parsed(url)
    return SqliteDatabase(parts, synchronous) if is_file(parts) else PostgresDatabase(parts, synchronous)


def database_to_read(url: str) -> Database:
    """The database at a URL (see `database`), to be looked at: the server or the file refuses every write."""
    parts = parsed(url)
    if is_file(parts):
        return SqliteReader(parts)
    options = _joined(parts, "-c default_transaction_read_only=on")
    return PostgresDatabase(parts.update_query_dict({"options": options}), "FULL")
