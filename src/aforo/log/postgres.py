"""The record on a PostgreSQL server, for many writers side by side."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Text, any_, bindparam, create_engine
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError

from aforo.log.database import Database, Duty, ReadOnlyError, stored_columns
from aforo.log.migrations import StoreForeignError, revision
from aforo.log.postgres_locks import PostgresDecisionLock, PostgresDuty, serve_database
from aforo.log.postgres_scrub import scrub_tables
from aforo.log.written import Written

#: The oldest PostgreSQL that the product is for.
_LEAST = (15, 0)
#: SQLSTATE of a transaction that the server ended to free another.
_DEADLOCK_DETECTED = "40P01"
#: How often an append that was ended for that is tried again.
_DEADLOCKS = 10


class PostgresDatabase(Database):
    """A server. Transactions commit side by side, so that a position can become visible after a later one.

    Each append therefore holds a shared advisory lock whose number is a position below all that it will be given. Who
    reads takes the sequence's last value first and the lowest of these locks second: below both, nothing is in flight.
    (An append that took its lock after the reader looked is given positions above the last value the reader saw; a
    lock is released only after the commit is visible.) Unlike the snapshot's oldest transaction this does not wait for
    other work on the same server, and it survives a dump and restore, after which transaction numbers begin anew.
    """

    _APPENDS, _SEQUENCER, _OPENER, _DECISIONS, _SERVERS, _DUTY = 1, 2, 3, 4, 5, 6

    def __init__(self, url: URL, synchronous: str) -> None:
        commit = "on" if synchronous == "FULL" else "off"
        options = f"-c synchronous_commit={commit}"
        self.engine = create_engine(
            url.update_query_dict({"options": joined(url, options)}),
            hide_parameters=True,
            connect_args={"cursor_factory": _cursor()},
        )
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with self.read() as connection:
            schema, database = connection.exec_driver_sql("SELECT current_schema(), current_database()").one()
        # Locks are the whole database's: stores in other schemas must not meet ours.
        self._tag = zlib.crc32(f"{database}/{schema}".encode()) & 0x0FFF
        self._append_tag = self._lock_number(self._APPENDS, 0)
        self._decisions = PostgresDecisionLock(self._autocommit, self._lock_number(self._DECISIONS, 0))
        self.decisions = self._decisions
        self._insert = f"""
            WITH held AS MATERIALIZED (
                SELECT pg_advisory_xact_lock_shared({self._append_tag} |
                    (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_position_seq))
            )
            INSERT INTO event (event_id, stream, version, idempotency_key, type, leaf_hash, body)
            SELECT rows.event_id, rows.stream, rows.version, rows.key, rows.type, rows.leaf_hash, rows.body
            FROM held CROSS JOIN unnest(%b::text[], %b::text[], %b::int[], %b::text[], %b::text[], %b::bytea[],
                %b::bytea[]) WITH ORDINALITY
                AS rows (event_id, stream, version, key, type, leaf_hash, body, place)
            ORDER BY rows.place
        """  # noqa: S608 (a number of ours)

    def exists(self) -> bool:
        with self.read() as connection:
            if connection.exec_driver_sql("SELECT 1 FROM pg_tables WHERE tablename = 'person_key'").first():
                raise StoreForeignError("the database is a key store's: the record has one of its own")
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

    def forget_freed(self, connection: Connection) -> None:
        """Nothing to do: the old rows are gone with the file that `scrub` leaves behind."""

    def scrub(self) -> None:
        with self._autocommit.connect() as connection:
            # Of events nothing but what was written over is an old row: of them alone it is to be told.
            driver = connection.connection.driver_connection
            scrub_tables(driver, self.shown, ["event"], ["projection", "artefact"])

    def positions_taken(self, connection: Connection) -> None:
        connection.exec_driver_sql(
            "SELECT setval('event_position_seq', coalesce((SELECT max(position) FROM event), 1),"
            " EXISTS (SELECT FROM event))"
        )

    def refuse_read_only(self) -> None:
        with self.read() as connection:
            if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar():
                raise ReadOnlyError("the server follows another one")
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                raise ReadOnlyError("the server takes no writes")

    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        settings = ("fsync", "full_page_writes")
        return [(each, str(connection.exec_driver_sql(f"SHOW {each}").scalar()), "on") for each in settings]

    def version(self, connection: Connection) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
        number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        return "PostgreSQL", (number // 10_000, number % 10_000), _LEAST

    def insert_events(self, events: Written) -> None:
        columns = stored_columns(events)
        for attempt in range(_DEADLOCKS, -1, -1):
            try:
                # One statement is one transaction, and one journey to the server.
                with self._recording() as connection:
                    connection.exec_driver_sql(self._insert, columns)
                return
            except OperationalError as error:
                # Two appends that have keys in common, in different orders: the server ended one of them, this one.
                if attempt == 0 or getattr(error.orig, "sqlstate", None) != _DEADLOCK_DETECTED:
                    raise

    def _recording(self) -> AbstractContextManager[Connection]:
        """The connection to record on: that of the decision lock, where this thread holds it."""
        own = self._decisions.connection
        return self.read() if own is None else nullcontext(own)

    def serve(self, *, alone: bool) -> AbstractContextManager[None]:
        return serve_database(self._autocommit, self._lock_number(self._SERVERS, 0), alone=alone)

    def duty(self) -> Duty:
        return PostgresDuty(self._autocommit, self._lock_number(self._DUTY, 0))

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

    def among(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        return column == any_(bindparam("values", type_=ARRAY(Text)))

    def values(self, values: Sequence[str]) -> dict[str, object]:
        return {"values": list(values)}

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


def _cursor() -> type[Any]:
    """The driver's cursor, which asks for results in binary: as text every byte of a body comes as two digits.

    SQLAlchemy, when it looks at how a database is made, asks for types that have no such form: that stays text.
    """
    from psycopg import Cursor
    from psycopg.pq import Format

    class BinaryCursor(Cursor[Any]):
        def execute(self, query: Any, *parameters: Any, **options: Any) -> Any:
            self.format = Format.TEXT if "pg_catalog." in str(query) else Format.BINARY
            return super().execute(query, *parameters, **options)

    return BinaryCursor


def joined(url: URL, options: str) -> str:
    """The server options of `url` with ours after them."""
    given = url.query.get("options", "")
    return " ".join([*([given] if isinstance(given, str) else given), options]).strip()
