"""Which database a URL means."""

from __future__ import annotations

from aforo.log.address import is_file, parsed
from aforo.log.database import SYNCHRONOUS, Database
from aforo.log.postgres import PostgresDatabase, joined
from aforo.log.sqlite import SqliteDatabase, SqliteReader


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
    options = joined(parts, "-c default_transaction_read_only=on")
    return PostgresDatabase(parts.update_query_dict({"options": options}), "FULL")
