"""Projections: state made from the log, saved together with the position up to which it was made.

The state and its cursor are one row, so that neither is ever ahead of the other. What is dropped can be made again: of
each kind one state is kept, the last that was saved. The kind is a name's first part, up to the first slash; the others
say what else the state depends on (a set of documents, the projection's version), and change from time to time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import delete, or_, select

from aforo.domain.retention import LeafWithheld
from aforo.log import schema
from aforo.log.database import Database
from aforo.log.restated import in_place
from aforo.log.stored import StoredEvent

if TYPE_CHECKING:
    from aforo.log.store import Log

#: Seconds between two savings while a projection catches up: what is lost, at most, when it is stopped meanwhile. The
#: whole state is written each time, so a saving after each batch would write a long log's worth many times over.
SAVE_EVERY_S = 60.0


class Projections:
    """The saved states, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, name: str) -> tuple[int, bytes] | None:
        """The cursor and the state last saved under `name`; None where there is none."""
        table = schema.projection
        with self._database.read() as connection:
            row = connection.execute(select(table.c.cursor, table.c.state).where(table.c.name == name)).first()
        return None if row is None else (row.cursor, bytes(row.state))

    def save(self, name: str, cursor: int, state: bytes) -> None:
        """Keep the state that follows from all events up to position `cursor`, in place of all others of its kind."""
        table = schema.projection
        kind = name.partition("/")[0]
        of_its_kind = or_(table.c.name == kind, table.c.name.startswith(f"{kind}/", autoescape=True))
        with self._database.write() as connection:
            connection.execute(delete(table).where(of_its_kind))
            connection.execute(table.insert().values(name=name, cursor=cursor, state=state))

    def drop(self, name: str) -> None:
        """Forget the state, so that it is made anew from the first event."""
        with self._database.write() as connection:
            connection.execute(delete(schema.projection).where(schema.projection.c.name == name))


class ProjectionsToRead(Projections):
    """The saved states of a log that is only looked at: what is made of it is of this process, and nothing is kept."""

    def save(self, name: str, cursor: int, state: bytes) -> None:
        """Keep nothing."""

    def drop(self, name: str) -> None:
        """Forget nothing."""


class Projection(Protocol):
    """A state that follows from events alone. A change in what it keeps, or how, is a new `version`.

    `name` begins with the projection's kind, which no other has.
    """

    name: str
    version: int
    #: The event types it looks at; empty for all. With `log.withheld` among them it is given events of the others that
    #: were erased and said anew, in their places (see `aforo.log.restated`).
    types: Sequence[str]

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""

    def dump(self) -> bytes:
        """The state, without personal data in clear."""

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""


def catch_up(
    log: Log, projection: Projection, *, batch: int = 10_000, seconds: Callable[[], float] = time.monotonic
) -> int:
    """Bring a projection to the end of the log, from its saved state or from the first event, and save it.

    On the way it is saved every SAVE_EVERY_S, by the clock `seconds`. Returns the position that it stands at. Another
    version's state is not looked at; it stays until this one's is saved.
    """
    name = f"{projection.name}/{projection.version}"
    saved = log.projections.load(name)
    cursor = 0
    if saved is not None:
        cursor, state = saved
        projection.load(state)
    kept, kept_at = cursor, seconds()
    while events := log.read(cursor, types=projection.types, limit=batch):
        projection.apply(_heard(log, projection, events))
        cursor = events[-1].position
        if seconds() - kept_at >= SAVE_EVERY_S:
            log.projections.save(name, cursor, projection.dump())
            kept, kept_at = cursor, seconds()
    if cursor != kept:
        log.projections.save(name, cursor, projection.dump())
    return cursor


def _heard(log: Log, projection: Projection, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
    return in_place(log, events, projection.types) if LeafWithheld.TYPE in projection.types else events


class Follower:
    """A projection that is kept up with a log: opened where it was saved, and brought up by each look. For one thread
    at a time."""

    def __init__(self, log: Log, projection: Projection, *, batch: int = 10_000) -> None:
        self._log = log
        self._projection = projection
        self._batch = batch
        saved = log.projections.load(self._name)
        if saved is not None:
            projection.load(saved[1])
        self._cursor = self._kept = 0 if saved is None else saved[0]

    @property
    def _name(self) -> str:
        return f"{self._projection.name}/{self._projection.version}"

    def look(
        self,
        stopping: Callable[[], bool] = lambda: False,
        seconds: Callable[[], float] = time.monotonic,
        told: Callable[[int], object] = int,
    ) -> int:
        """Take in what the log has by now, a page at a time, until `stopping` says so; how many events it were. `told`
        hears of each page how many they are. A long look saves the state every SAVE_EVERY_S by the clock `seconds`, so
        that one that is stopped goes on there."""
        end, heard, kept_at = self._log.position(), 0, seconds()
        while self._cursor < end and not stopping():
            events = self._log.read(self._cursor, types=self._projection.types, limit=self._batch)
            if not events:
                self._cursor = end  # the next look need not pass over the events of other types
                break
            self._projection.apply(_heard(self._log, self._projection, events))
            heard += len(events)
            told(len(events))
            self._cursor = events[-1].position
            if seconds() - kept_at >= SAVE_EVERY_S:
                self.save()
                kept_at = seconds()
        return heard

    def save(self) -> None:
        """Keep the state, if anything was looked at since it was kept."""
        if (cursor := self.unsaved) is not None:
            self.keep(cursor, self._projection.dump())

    @property
    def position(self) -> int:
        """Up to where in the log the projection has all that it is of."""
        return self._cursor

    @property
    def unsaved(self) -> int | None:
        """The position of the state as it is now; None where nothing was looked at since it was kept."""
        return None if self._cursor == self._kept else self._cursor

    def keep(self, cursor: int, state: bytes) -> None:
        """Keep what the projection dumped when it was at a position: a large state takes a while, and others may look
        meanwhile."""
        self._log.projections.save(self._name, cursor, state)
        self._kept = cursor
