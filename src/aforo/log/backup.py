"""Backup and restore: the record as one SQLite file, whichever database holds it, and back into an empty one of either.

A backup is a store like any other: it can be opened, read and verified where it lies, and its history of migrations is
today's. It holds the record (events, tree, checkpoints with their cosignatures, artefacts) and neither projections nor
the roots over tiles, which are made again from it. The keys are backed up apart, since their backups must live shorter:
what is erased must be erased in every copy.

The rule on checkpoints: a node signs nothing below the last checkpoint that it signed, and the key store remembers
which one that was. So a store restored from a backup that is older than this opens for reading only. Who restores the
key store as well must give it the last checkpoint that was kept elsewhere (`witness`), or the node would sign a second
history.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Table, insert, inspect, select

from aforo.log import schema
from aforo.log.accounts import Accounts
from aforo.log.address import is_server, parsed
from aforo.log.checkpoint import opened, parse
from aforo.log.database import Database
from aforo.log.databases import database
from aforo.log.key_tables import file_of, key_tables
from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.log.migrations import upgrade
from aforo.log.note import NoteError, taken_apart
from aforo.log.passkeys import Passkeys
from aforo.log.sessions import Sessions
from aforo.log.store import open_to_read
from aforo.log.tokens import Tokens
from aforo.log.tree import head

#: Rows copied at a time.
_ROWS = 5_000
#: No checkpoint is larger, with the cosignatures of all its witnesses.
_MOST_CHECKPOINT_BYTES = 65_536

Advance = Callable[[int], None]


class TargetInUseError(Exception):
    """Where a backup or a store is to be made there is something already."""


class Copied(msgspec.Struct, frozen=True):
    """What was copied: the log's name, its events, the leaves under its last checkpoint, and its artefacts."""

    origin: str
    events: int
    leaves: int
    artefacts: int


def back_up(store: str, target: Path, advance: Advance = lambda events: None) -> Copied:
    """Copy the record of a store, while it is in use, as it is at one moment, into a new file at `target`.

    The file appears under its name when it is whole and on the disk. `advance` is told how many events were copied.
    Raises TargetInUseError, StoreMissingError, StoreUnusableError, StoreTooNewError, StoreForeignError, OSError.
    """
    if target.exists():
        raise TargetInUseError(str(target))
    source, origin = open_to_read(store)
    unfinished = target.with_name(target.name + ".unfinished")
    with closing(source), _made(unfinished) as copy:
        copied = _copy(source, origin, copy, advance)
        copy.close()
        _as_one_file(unfinished)
        os.replace(unfinished, target)
        _sync(target.parent)
    return copied


def restore(backup: Path, store: str, advance: Advance = lambda events: None) -> Copied:
    """Copy a backup into a store that does not exist yet, in one transaction.

    The folder of a store that is a file is made, its owner's alone. Raises TargetInUseError where there is anything in
    the database, OSError, and as `back_up`.
    """
    source, origin = open_to_read(f"sqlite:///{backup.resolve()}")
    if not is_server(store):
        Path(parsed(store).database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(source), closing(database(store)) as copy:
        with copy.read() as connection:
            if inspect(connection).get_table_names():
                raise TargetInUseError(copy.shown)
        return _copy(source, origin, copy, advance)


#: What was revoked since a backup is not known: every token is issued anew, every account let in anew.
_SHUT_OUT = {
    "access_token": "DELETE FROM access_token",
    "session": "DELETE FROM session",
    "passkey": "DELETE FROM passkey",
    "account": "UPDATE account SET disabled_at = coalesce(disabled_at, created_at)",
}


class KeysOnServerError(Exception):
    """The key store is a database of a server: the server's own programs back it up and restore it."""


def back_up_keys(keys: KeyStore, target: Path) -> None:
    """Copy the key store, while it is in use, into a new file at `target`, which its owner alone can read.

    Raises KeysOnServerError, TargetInUseError, OSError.
    """
    file = file_of(keys.place)
    if file is None:
        raise KeysOnServerError
    if target.exists():
        raise TargetInUseError(str(target))
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as copy:
        source.backup(copy)
    _as_one_file(unfinished)
    os.replace(unfinished, target)
    _sync(target.parent)


def shut_out(place: str) -> None:
    """As `restore_keys`, for a key store whose database the server's own programs have restored: nobody is let in by
    what the backup held. Raises what a key store raises."""
    for made in (Tokens, Sessions, Passkeys, Accounts):
        made(place).close()  # a backup of before may lack their tables
    tables = key_tables(place)
    with tables.write() as db:
        for statement in _SHUT_OUT.values():
            db.execute(statement)
    tables.db.close()


def restore_keys(backup: Path, target: Path) -> None:
    """Put a backup of the key store in the place of one that is lost; access tokens and sessions do not come back with
    it, and accounts come back disabled: who was shut out since the backup is not known.

    Persons who were erased since the backup do: `erasure.erase_again` must follow, once the record is there too.

    Raises TargetInUseError where there is one, KeyStoreForeignError, KeyStoreUnusableError, OSError.
    """
    name = f"file:{quote(str(backup.resolve()))}?mode=ro"
    with closing(sqlite3.connect(name, uri=True)) as source:
        try:
            tables = {table for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            raise KeyStoreUnusableError(f"{backup}: {error}") from error
        if "secret" not in tables:
            raise KeyStoreForeignError(backup)
        if target.exists():
            raise TargetInUseError(str(target))
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA secure_delete = ON").fetchall()
            for table, shut_out in _SHUT_OUT.items():
                if table in tables:
                    copy.execute(shut_out)
            copy.commit()
    _as_one_file(target)
    _sync(target.parent)


def witness(keys: KeyStore, origin: str, note: str) -> int:
    """Tell a restored key store of a checkpoint that `origin` had signed and that was kept elsewhere; its size.

    Raises NoteError where none of the log's keys signed it, EquivocationError where the key store remembers a larger
    one, or another of its size.
    """
    refused = NoteError(f"the key store holds no key of {origin}")
    for verifier in keys.signing.verifiers(origin):
        try:
            checkpoint = opened(note, verifier)
        except NoteError as error:
            refused = error
            continue
        keys.signing.remember(checkpoint)
        return checkpoint.size
    raise refused


def last_checkpoint(store: str) -> str | None:
    """The newest checkpoint that the record at a URL holds, as its signed note; None before the first.

    Reads only, so that it runs beside a server. Raises what `open_to_read` raises.
    """
    database, _ = open_to_read(store)
    with closing(database), database.read() as connection:
        return head(connection).note


def newest_checkpoint(folder: Path) -> Path | None:
    """The file of a folder whose checkpoint has the most leaves; None where no file holds a checkpoint.

    Signatures are not checked here: `witness` refuses a checkpoint that no key of the log signed.
    """
    sizes = {file: size for file in sorted(folder.iterdir()) if (size := _leaves(file)) is not None}
    return max(sizes, key=lambda file: sizes[file], default=None)


def _leaves(file: Path) -> int | None:
    """How many leaves the checkpoint in a file has; None where it holds no checkpoint."""
    try:
        if not file.is_file() or file.stat().st_size > _MOST_CHECKPOINT_BYTES:
            return None
        return parse(taken_apart(file.read_text(encoding="utf-8"))[0]).size
    except (NoteError, UnicodeDecodeError):
        return None


def _copy(source: Database, origin: str, target: Database, advance: Advance) -> Copied:
    """Everything up to one settled position, in one transaction of the target."""
    with source.read() as connection:
        settled = source.settled_position(connection)
    counts = {"event": 0, "leaf": 0, "artefact": 0}
    with source.snapshot() as reading, target.write() as writing:
        upgrade(writing)
        writing.execute(insert(schema.log).values(origin=origin))
        for table, rows in _tables(reading, settled):
            writing.execute(insert(table), rows)
            if table.name in counts:
                counts[table.name] += len(rows)
            if table is schema.event:
                advance(len(rows))
        target.positions_taken(writing)
    return Copied(origin, counts["event"], counts["leaf"], counts["artefact"])


def _tables(connection: Connection, settled: int) -> Iterator[tuple[Table, list[dict[str, object]]]]:
    """The rows of the record, table by table, in parts; of the tree what lies under the last settled checkpoint."""
    checkpoint = schema.as_kept(connection, schema.checkpoint)
    size = connection.execute(
        select(schema.checkpoint.c.size)
        .where(schema.checkpoint.c.position <= settled)
        .order_by(schema.checkpoint.c.size.desc())
        .limit(1)
    ).scalar()
    for table, kept, key, end in (
        (schema.event, schema.as_kept(connection, schema.event), "position", settled),
        (schema.leaf, schema.as_kept(connection, schema.leaf), "leaf_index", (size or 0) - 1),
        (schema.checkpoint, checkpoint, "size", size or 0),
    ):
        last = -1
        query = select(kept).where(kept.c[key] <= end).order_by(kept.c[key]).limit(_ROWS)
        while rows := [dict(row._mapping) for row in connection.execute(query.where(kept.c[key] > last))]:
            yield table, rows
            last = rows[-1][key]
    if schema.has(connection, schema.cosignature):
        query = select(schema.cosignature).where(schema.cosignature.c.size <= (size or 0))
        for part in connection.execute(query.execution_options(yield_per=_ROWS)).mappings().partitions():
            yield schema.cosignature, [dict(row) for row in part]
    # Documents may be large: one at a time.
    hashes = connection.execute(select(schema.artefact.c.hash).order_by(schema.artefact.c.hash)).scalars().all()
    for hash_ in hashes:
        row = connection.execute(select(schema.artefact).where(schema.artefact.c.hash == hash_)).one()
        yield schema.artefact, [dict(row._mapping)]


@contextmanager
def _made(file: Path) -> Iterator[Database]:
    """A new SQLite store in a file, which is taken away where the block fails."""
    file.unlink(missing_ok=True)
    # Nothing is promised before the file has its name, and then it is synced as a whole.
    copy = database(f"sqlite:///{file.resolve()}", "OFF")
    try:
        yield copy
    except BaseException:
        copy.close()
        for companion in ("", "-wal", "-shm"):
            file.with_name(file.name + companion).unlink(missing_ok=True)
        raise


def _as_one_file(file: Path) -> None:
    """A SQLite file without companions, on the disk."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
