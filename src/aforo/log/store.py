"""The log: append, find, read. One code path for SQLite and PostgreSQL; where they differ is in `database`."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import insert, select, tuple_
from sqlalchemy.exc import DBAPIError, IntegrityError

from aforo.domain.clock import Clock, system_clock
from aforo.domain.event import Event, Origin
from aforo.log import merkle, rotation, schema
from aforo.log.append_count import AppendCount
from aforo.log.artefacts import Artefacts
from aforo.log.database import Database
from aforo.log.databases import database, database_to_read
from aforo.log.keyfile import KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.log.migrations import refuse_newer, revision, upgrade
from aforo.log.note import Signer
from aforo.log.projections import Projections, ProjectionsToRead
from aforo.log.queries import COLUMNS, Queries, behind
from aforo.log.receipt import Receipts, Standing
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.stored import StoredEvent
from aforo.log.tree import head, held, refuse_old_copy
from aforo.log.written import Written

#: Values in one IN list, below both databases' limits on parameters.
_CHUNK = 400
#: How often an append that met others' duplicates tries again; each time someone else has got further.
_ATTEMPTS = 20


class StoreMissingError(LookupError):
    """There is no store at this place."""


class StoreUnusableError(Exception):
    """The database does not answer, or is not one."""


class ConcurrencyError(Exception):
    """Another event has this stream's next version already, or the version before it is missing."""

    def __init__(self, stream: str, version: int, reason: str) -> None:
        super().__init__(f"{stream} version {version}: {reason}")
        self.stream = stream
        self.version = version


class Log:
    """The append-only record of one node. Safe to share between threads."""

    def __init__(
        self, database: Database, keys: KeyStore, origin: str, clock: Clock, refusal: EquivocationError | None = None
    ) -> None:
        #: Why nothing can be appended: this store is an old copy of what the node has signed.
        self.refusal = refusal
        self.database = database
        #: What writes rows, all or none and durable on return; it may be another process's work (module `writer`).
        self.insert: Callable[[Written], None] = database.insert_events
        self.keys = keys
        #: The log's name, in its checkpoints and receipts.
        self.origin = origin
        self.clock = clock
        #: The origin of all that is appended and names none: in a log of nothing real, no event may say that it is.
        self.marks: Origin = "live"
        self.appended = AppendCount()
        self._queries = Queries(database)
        self.artefacts = Artefacts(database)
        self.projections = Projections(database)

    @classmethod
    def open(cls, url: str, keys: KeyStore, *, synchronous: str = "FULL", clock: Clock = system_clock) -> Log:
        """Open a store, making or upgrading its tables.

        `url` is `sqlite:///FILE` or `postgresql+psycopg://HOST/NAME`. `synchronous` other than FULL gives up that what
        is acknowledged survives a power cut. A store that is older than the last checkpoint this node signed opens for
        reading only (see `refusal`). Raises StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError, and
        SigningKeyMissingError where `keys` is the key store of another log.
        """
        store, origin = open_store(url, synchronous)
        with store.read() as connection:
            if not keys.signing.verifiers(origin):
                if store.settled_position(connection):
                    raise SigningKeyMissingError(f"{keys!r} is not the key store of {origin}: it has no key of it")
                keys.signing.begin(origin)
            try:
                refuse_old_copy(connection, origin, keys.signing.witnessed(origin))
                if keys.signing.erasures_signed_since(origin) is None:
                    keys.signing.sign_erasures_since(origin, held(connection))
            except EquivocationError as refusal:
                return cls(store, keys, origin, clock, refusal)
        return cls(store, keys, origin, clock)

    @classmethod
    def open_to_read(cls, url: str, keys: KeyStore) -> Log:
        """Look at a store as it is, of whatever revision: it is neither made nor upgraded, and refuses every write.

        Raises StoreMissingError, StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError, and
        SigningKeyMissingError where `keys` is the key store of another log.
        """
        store, origin = open_to_read(url)
        if not keys.signing.verifiers(origin):
            store.close()
            raise SigningKeyMissingError(f"{keys!r} is not the key store of {origin}: it has no key of it")
        log = cls(store, keys, origin, system_clock)
        log.projections = ProjectionsToRead(store)
        return log

    def close(self) -> None:
        """Give the store's connections back."""
        self.database.close()

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    # Writing

    def append(self, events: Sequence[Event]) -> Receipts:
        """Write events in one transaction, all or none; they are durable when this returns. One receipt each.

        An event whose identifier or idempotency key the log has, or that an earlier one of `events` has, is a
        duplicate: nothing of it is written, and its receipt names the event that stands in its place. What was caused
        by it (an event of this append whose `causation_id` is the duplicate's identifier, and so on from there) is not
        written either, and its receipt is the duplicate's. So a filing that is sent twice leaves one assessment and one
        decision, and the rest of the append is written as it is.

        Raises ConcurrencyError, and writes nothing, where a (stream, version) is taken or does not follow the one
        before; EquivocationError where the store is an old copy of what this node has signed.
        """
        if self.marks != "live":
            replace = msgspec.structs.replace
            events = [replace(each, origin=self.marks) if each.origin == "live" else each for each in events]
        return self.append_written(Written.of(events))

    def append_written(self, events: Written) -> Receipts:
        """As `append`, for events that are encoded already."""
        at = self.clock()
        if not len(events):
            return Receipts(events, {}, self._signer, at)
        if self.refusal is not None:
            raise self.refusal
        with self.database.decisions.hold_for(events.type):
            return self._append(events, at)

    def _append(self, events: Written, at: datetime) -> Receipts:
        standing: dict[int, Standing] = {}
        kept = events
        for _ in range(_ATTEMPTS):
            try:
                self._check_versions_follow(kept)
                if len(kept):
                    with self.appended.of(len(kept)):
                        self.insert(kept)
                break
            except (IntegrityError, ConcurrencyError) as error:
                found = self._duplicates(events)
                if found == standing:
                    raise self._conflict(kept) or error from error
                standing = found
                kept = events.where([i for i in range(len(events)) if i not in standing])
        else:
            raise ConcurrencyError(events.stream[0], events.version[0], f"others were faster, {_ATTEMPTS} times")
        return Receipts(events, standing, self._signer, at)

    def _signer(self) -> Signer:
        return self.keys.signing.current(self.origin)

    def _check_versions_follow(self, events: Written) -> None:
        """Raise ConcurrencyError for the first version that follows neither an earlier one of these nor the log's."""
        last: dict[str, int] = {}
        open_: list[tuple[str, int]] = []
        for stream, version in zip(events.stream, events.version, strict=True):
            before = last.get(stream)
            if before is None:
                if version != 1:
                    open_.append((stream, version))
            elif version != before + 1:
                raise ConcurrencyError(stream, version, f"does not follow version {before}")
            last[stream] = version
        if not open_:
            return
        # Versions of a stream have no gaps: the one before is there where any behind it is.
        stored = self.versions([stream for stream, _ in open_])
        for stream, version in open_:
            if not 1 < version <= stored.get(stream, 0) + 1:
                raise ConcurrencyError(stream, version, f"the log has no version {version - 1} of it")

    def _taken(self, places: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
        """Which of these (stream, version) the log has."""
        table = schema.event
        place = tuple_(table.c.stream, table.c.version)
        with self.database.read() as connection:
            return {
                (row.stream, row.version)
                for chunk in _chunks(places)
                for row in connection.execute(select(table.c.stream, table.c.version).where(place.in_(chunk)))
            }

    def _conflict(self, events: Written) -> ConcurrencyError | None:
        """The first of the events whose place in its stream is taken."""
        places = list(zip(events.stream, events.version, strict=True))
        taken = self._taken(places)
        for stream, version in places:
            if (stream, version) in taken:
                return ConcurrencyError(stream, version, "another event has this version")
        return None

    def _duplicates(self, events: Written) -> dict[int, Standing]:
        """By place in `events`, what stands in the log (or earlier in `events`) for those that must not be written."""
        by_id: dict[str, Standing] = {}
        by_key: dict[str, Standing] = {}
        keys = [key for key in events.idempotency_key if key is not None]
        with self.database.read() as connection:
            queries = self._queries
            for query, wanted in ((queries.standing_by_id, events.event_id), (queries.standing_by_key, keys)):
                for id_, key, leaf in connection.execute(query, self.database.values(wanted)):
                    by_id[id_] = (id_, bytes(leaf))
                    if key is not None:
                        by_key[key] = by_id[id_]
        standing: dict[int, Standing] = {}
        dropped: dict[str, Standing] = {}
        written: set[str] = set()
        columns = (events.event_id, events.idempotency_key, events.causation_id, events.body)
        for i, (id_, key, cause, body) in enumerate(zip(*columns, strict=True)):
            found = by_id.get(id_)
            if found is None and key is not None:
                found = by_key.get(key)
            if found is None and cause is not None:
                found = dropped.get(cause)
            if found is not None:
                standing[i] = found
                if id_ not in written:
                    dropped[id_] = found
                continue
            by_id[id_] = (id_, merkle.leaf_hash(body))
            written.add(id_)
            if key is not None:
                by_key[key] = by_id[id_]
        return standing

    # Reading

    def find(self, idempotency_keys: Sequence[str]) -> dict[str, StoredEvent]:
        """The events that carry these keys, by key; a key that the log does not have is left out."""
        with self.database.read() as connection:
            rows = connection.execute(self._queries.by_key, self.database.values(idempotency_keys))
            return {found: _stored(*row) for found, *row in rows}

    def event(self, event_id: str) -> StoredEvent | None:
        """The event of this identifier; None where the log has none."""
        with self.database.read() as connection:
            row = connection.execute(select(*COLUMNS).where(schema.event.c.event_id == event_id)).first()
        return None if row is None else _stored(*row)

    def stream(
        self, stream: str, after: int = 0, types: Collection[str] = (), *, last: int | None = None
    ) -> list[StoredEvent]:
        """The events of a stream behind version `after` up to version `last` (or its end), of `types` (or all), in the
        order of their versions."""
        table = schema.event
        query = select(*COLUMNS).where(table.c.stream == stream, table.c.version > after).order_by(table.c.version)
        if last is not None:
            query = query.where(table.c.version <= last)
        if types:
            query = query.where(table.c.type.in_(sorted(types)))
        with self.database.read() as connection:
            return [_stored(*row) for row in connection.execute(query)]

    def streams(self, streams: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """All events of each of these streams, in the order of their versions; one that the log does not have is left
        out."""
        found: dict[str, list[StoredEvent]] = {}
        with self.database.read() as connection:
            for stream, *row in connection.execute(self._queries.of_streams, self.database.values(streams)):
                found.setdefault(stream, []).append(_stored(*row))
        return found

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The last version of each of these streams; a stream that the log does not have is left out."""
        with self.database.read() as connection:
            rows = connection.execute(self._queries.versions, self.database.values(streams))
            return {row[0]: row[1] for row in rows}

    def read(self, after: int = 0, *, types: Collection[str] = (), limit: int = 10_000) -> list[StoredEvent]:
        """The next events after position `after`, of `types` (or all), at most `limit`, in the order of the log. Only
        positions up to `position()` are read, so that no event ever appears behind one that was read before it."""
        table = schema.event
        with self.database.read() as connection:
            settled = self.database.settled_position(connection)
            query = select(*COLUMNS).where(*behind(after, types), table.c.position <= settled)
            rows = connection.execute(query.order_by(table.c.position).limit(limit))
            return [_stored(*row) for row in rows]

    def behind(self, position: int, types: Collection[str]) -> list[StoredEvent]:
        """The events of `types` behind a position, in the order of the log: all that are committed, also where one
        before them is not yet. For who asks what changed since, and not for who follows."""
        table = schema.event
        query = select(*COLUMNS).where(*behind(position, types))
        with self.database.read() as connection:
            return [_stored(*row) for row in connection.execute(query.order_by(table.c.position))]

    def position(self) -> int:
        """The position of the last event at or below which all is committed; 0 for an empty log."""
        with self.database.read() as connection:
            return self.database.settled_position(connection)

    def extent(self) -> tuple[int, int]:
        """How many events the log has, nearly: those in the tree, and the positions behind it; and how many of these
        are not in the tree yet."""
        with self.database.read() as connection:
            at = head(connection)
            outside = self.database.settled_position(connection) - at.position
        return at.size + max(0, outside), max(0, outside)

    @property
    def can_sign(self) -> bool:
        """Whether the key store has the key that is in force."""
        signing = self.keys.signing
        try:
            return signing.holds(rotation.follow(signing.first(self.origin), self.stream(rotation.STREAM)).last)
        except (SigningKeyMissingError, KeyStoreUnusableError, sqlite3.Error):
            return False


def open_store(url: str, synchronous: str = "FULL") -> tuple[Database, str]:
    """A store with its tables made or upgraded, and the name of its log.

    Raises StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError.
    """
    with _opening(lambda: database(url, synchronous)) as store:
        # Asked first, since a file of another program would be brought into WAL mode before it could be refused.
        store.exists()
        with store.write() as connection:
            store.exclude_openers(connection)
            upgrade(connection)
            origin = connection.execute(select(schema.log.c.origin)).scalar()
            if origin is None:
                origin = f"aforo/{secrets.token_hex(8)}"
                connection.execute(insert(schema.log).values(origin=origin))
    return store, origin


def open_to_read(url: str) -> tuple[Database, str]:
    """A store as it is, of whatever revision and not to be written to, and the name of its log; no key store is needed.

    Raises StoreMissingError, StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError.
    """
    with _opening(lambda: database_to_read(url)) as store:
        if not store.exists():
            raise StoreMissingError(store.shown)
        with store.read() as connection:
            refuse_newer(revision(connection))
            origin = connection.execute(select(schema.log.c.origin)).scalar()
        if origin is None:
            raise StoreUnusableError("the name of the log was removed from it")
    return store, origin


@contextmanager
def _opening(made: Callable[[], Database]) -> Iterator[Database]:
    """A database that is given up again where the block refuses it; what it answers wrongly is a StoreUnusableError."""
    try:
        store = made()
    except DBAPIError as error:
        raise StoreUnusableError(str(error.orig)) from error
    except ModuleNotFoundError as error:
        raise StoreUnusableError(f"{error.name} is missing: pip install 'aforo[postgres]'") from error
    try:
        yield store
    except DBAPIError as error:
        store.close()
        raise StoreUnusableError(str(error.orig)) from error
    except BaseException:
        store.close()
        raise


def _stored(position: int, leaf_hash: bytes, body: bytes) -> StoredEvent:
    return StoredEvent.of_row(position, leaf_hash, body)


_T = TypeVar("_T")


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
