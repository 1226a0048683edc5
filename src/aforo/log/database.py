"""What the two databases that hold the record (modules `sqlite` and `postgres`) have in common, and all in which they
differ: how a write begins, how events go in fast, up to which position everything is committed, how one sequencer keeps
others out, and how to look without writing.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine

from aforo.log.decision_lock import PATIENCE_S, DecisionLock, DecisionLockedError
from aforo.log.merkle import leaf_hashes
from aforo.log.stored import StoredEvent
from aforo.log.written import Written

#: What a commit waits for: FULL, the event is on the disk; NORMAL, it survives a crash of the process; OFF, the same,
#: and a power cut may leave the store unusable. Anything but FULL breaks the promise that acknowledged means durable.
SYNCHRONOUS = ("FULL", "NORMAL", "OFF")


_LAST_POSITION = "SELECT coalesce(max(position), 0) FROM event"


class ServedError(Exception):
    """Another process serves the log, or decides many declarations on it."""


class Duty(ABC):
    """What one process does for all that serve a log; another one takes it over when that process ends."""

    @abstractmethod
    def is_ours(self) -> bool:
        """Whether this process has the duty, taken now if no other process has it. Raises what the database raises."""

    @abstractmethod
    def close(self) -> None:
        """Leave the duty to another process."""


class ReadOnlyError(Exception):
    """The database takes no writes: its disk is full or read-only, or it is a copy that follows another."""


class Database(ABC):
    """One store's engine. Its errors do not show what was to be written."""

    engine: Engine
    #: The lock of the process that decides.
    decisions: DecisionLock

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

    def last_position(self) -> int:
        """The position of the last event that is committed, also where one before it is not; 0 in an empty log."""
        with self.read() as connection:
            return int(connection.exec_driver_sql(_LAST_POSITION).scalar_one())

    def settle(self, position: int) -> None:
        """Wait until all is committed up to a position that is: until no append that began before it is under way.

        Raises DecisionLockedError where one lasts.
        """
        until = time.monotonic() + PATIENCE_S
        with self.read() as connection:
            while self.settled_position(connection) < position:
                if time.monotonic() > until:
                    raise DecisionLockedError
                time.sleep(0.001)

    @abstractmethod
    def serve(self, *, alone: bool) -> AbstractContextManager[None]:
        """Serve the log for the block: a log in a file is served by one process, one on a server by several.

        `alone` keeps every other process that serves out, on a server too. Raises ServedError.
        """

    @abstractmethod
    def duty(self) -> Duty:
        """The duty of the one process that does outside what is done once, among all that serve the log."""

    @abstractmethod
    def among(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a column is one of the parameter `values`, however many they are; `values` makes that parameter."""

    @abstractmethod
    def values(self, values: Sequence[str]) -> dict[str, object]:
        """The parameter of a query with `among`."""

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
    def refuse_read_only(self) -> None:
        """Raise ReadOnlyError, or the driver's error, where nothing can be written now; nothing is."""

    @abstractmethod
    def durability(self, connection: Connection) -> list[tuple[str, str, str]]:
        """What durability hangs on beside the product's own settings: name, value, and the value that it must have."""

    @abstractmethod
    def version(self, connection: Connection) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
        """The database's name, its version, and the least that will do."""

    @abstractmethod
    def forget_freed(self, connection: Connection) -> None:
        """Have what this transaction frees overwritten, where the database can do that."""

    @abstractmethod
    def scrub(self) -> None:
        """Write the tables anew, so that none of their files holds what was written over. It takes as long as the
        store is large, and as much room again.

        Raises ErasureIncompleteError where somebody who reads, or another process, keeps something of it there.
        """

    def last_recorded(self, connection: Connection) -> datetime | None:
        """When the last event was written, by the clock of then; None in an empty log, or where it is damaged."""
        body = connection.exec_driver_sql("SELECT body FROM event ORDER BY position DESC LIMIT 1").scalar()
        try:
            return None if body is None else StoredEvent(0, b"", bytes(body)).event.recorded_at
        except msgspec.MsgspecError:
            return None

    def close(self) -> None:
        """Give all connections back."""
        self.decisions.close()
        self.engine.dispose()


def stored_columns(events: Written) -> tuple[list[Any], ...]:
    """What the columns of the event table receive, but for the position."""
    own = (events.event_id, events.stream, events.version, events.idempotency_key, events.type)
    return (*own, leaf_hashes(events.body), events.body)
