"""Where a key store lies: a SQLite file, or a PostgreSQL database of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from aforo.log.address import is_file, parsed
from aforo.log.keyfile import KeyFile
from aforo.log.keys_postgres import PostgresKeyTables, has_key_store

#: The table by which a key store is known.
_MARK = "secret"


class KeyRows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class KeyConnection(Protocol):
    """Executes statements as a connection of SQLite does: those that both databases understand."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> KeyRows: ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...

    def close(self) -> None: ...


class KeyTables(Protocol):
    """The tables of a key store, shared by threads under one lock; see `keyfile.KeyFile`."""

    @property
    def lock(self) -> threading.RLock: ...

    @property
    def db(self) -> KeyConnection: ...

    @property
    def shown(self) -> str:
        """The store's place without its password."""

    def prepare(self, schema: str) -> None: ...

    def has_table(self, table: str) -> bool: ...

    def add_column(self, table: str, column: str, declared: str) -> None: ...

    def write(self) -> AbstractContextManager[KeyConnection]: ...

    def scrub(self) -> None: ...


def file_of(place: str | Path) -> Path | None:
    """The file of a key store; None for one on a server. Raises UnknownStoreError, a ValueError."""
    if isinstance(place, Path) or "://" not in place:
        return Path(place)
    parts = parsed(place)
    return Path(parts.database or "") if is_file(parts) else None


def is_present(place: str | Path) -> bool:
    """Whether a key store is there; nothing is made. Raises UnknownStoreError, KeyStoreUnreachableError."""
    file = file_of(place)
    return file.is_file() if file is not None else has_key_store(parsed(str(place)), _MARK)


def key_tables(place: str | Path) -> KeyTables:
    """The tables of the key store at a path, at `sqlite:///FILE` or at `postgresql+psycopg://HOST/NAME`.

    Raises UnknownStoreError, KeyStoreForeignError, KeyStoreUnusableError, OSError.
    """
    file = file_of(place)
    return PostgresKeyTables(parsed(str(place)), _MARK) if file is None else KeyFile(file, _MARK)
