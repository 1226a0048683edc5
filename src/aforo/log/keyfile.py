"""The file that a key store lives in: durable when a transaction ends, and without a trace of what was deleted."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class ErasureIncompleteError(Exception):
    """What was erased is gone from its table, but somebody who reads for long, or another process, keeps its bytes in
    the files. Doing it again completes it."""


class KeyStoreUnusableError(Exception):
    """The file of a key store is none, or is damaged."""


class KeyStoreForeignError(KeyStoreUnusableError):
    """The file or the database holds another program's tables, or the record's."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path}: it holds tables that are no key store's")
        self.path = path


class KeyStoreUnreachableError(KeyStoreUnusableError):
    """The server of a key store does not answer."""


class RowTakenError(Exception):
    """Another row has the key of one that was to be added."""


class KeyFile:
    """A SQLite file of the owner's alone, shared by threads under one lock.

    A file that holds tables, and not the one called `mark`, is another program's and stays as it is. Raises
    KeyStoreForeignError, KeyStoreUnusableError, OSError.
    """

    def __init__(self, path: Path, mark: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Readable by its owner only from the first byte on; SQLite gives the file's companions the same mode. A file
        # that is there is never opened and closed here: POSIX would drop every lock that SQLite has of it in this
        # process, and the next process to leave would delete the write-ahead log under this one
        # (sqlite.org/howtocorrupt.html, 2.2).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
        try:
            tables = {name for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and mark not in tables:
                self.db.close()
                raise KeyStoreForeignError(path)
            for pragma in ("secure_delete = ON", "journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY"):
                self.db.execute(f"PRAGMA {pragma}").fetchall()
        except sqlite3.DatabaseError as error:
            self.db.close()
            raise KeyStoreUnusableError(f"{path}: {error}") from error

    @property
    def shown(self) -> str:
        """The file's path."""
        return str(self.path)

    def prepare(self, schema: str) -> None:
        """Have the tables of a schema."""
        self.db.executescript(schema)

    def has_table(self, table: str) -> bool:
        """Whether a table is there."""
        return self.db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None

    def add_column(self, table: str, column: str, declared: str) -> None:
        """Have a column in a table that an earlier version made without it."""
        with self.write() as db:
            if column not in {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {declared}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block ends."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except sqlite3.IntegrityError as error:
                self.db.execute("ROLLBACK")
                raise RowTakenError(str(error)) from error
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def scrub(self) -> None:
        """Leave none of the deleted bytes in the file or its write-ahead log.

        secure_delete overwrites a deleted row, but a split page of a B-tree can keep a copy of a row that has moved:
        the file is written anew, and the write-ahead log emptied. Raises ErasureIncompleteError where another process
        keeps the write-ahead log from being emptied; scrubbing again completes it.
        """
        with self.lock:
            self.db.execute("VACUUM")
            busy, *_ = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise ErasureIncompleteError(f"{self.path} is in use: its write-ahead log could not be emptied")
