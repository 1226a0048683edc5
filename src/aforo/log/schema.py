"""The tables of the record, as SQLAlchemy Core sees them. Their history is in `migrations`; a test holds the two equal.

`event` is what was appended; `leaf` gives each committed event its dense place in the Merkle tree; `subtree` has the
roots over each 256, 65,536 and so on of them; `checkpoint` is what was signed about the tree, `cosignature` what
witnesses signed about a checkpoint; `artefact` and `projection` lie beside the record so that one backup takes all of
it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    cast,
    inspect,
    literal_column,
    null,
    select,
)

#: SQLite's row identifier is its identity, and must be called INTEGER for that.
_POSITION = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

log = Table(
    "log",
    metadata,
    Column("origin", Text, primary_key=True),
)

event = Table(
    "event",
    metadata,
    Column("position", _POSITION, Identity(), primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("idempotency_key", Text),
    Column("type", Text, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("event_id", name="event_by_id"),
    UniqueConstraint("stream", "version", name="event_by_stream"),
)
#: Most events carry no key; the index holds those that do.
Index(
    "event_by_key",
    event.c.idempotency_key,
    unique=True,
    sqlite_where=event.c.idempotency_key.is_not(None),
    postgresql_where=event.c.idempotency_key.is_not(None),
)

#: The types of nearly all events of a log: a query for others says that it wants none of these, word for word, and the
#: databases then use the index of the rest.
FREQUENT_TYPES = (
    "crossing.filed",
    "crossing.assessed",
    "crossing.decided",
    "crossing.arrived",
    "crossing.passed",
    "device.block",
)
RARE: ColumnElement[Any] = literal_column(f"type NOT IN ({', '.join(map(repr, FREQUENT_TYPES))})")
Index("event_by_rare_type", event.c.type, event.c.position, sqlite_where=RARE, postgresql_where=RARE)

leaf = Table(
    "leaf",
    metadata,
    Column("leaf_index", _POSITION, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("position", name="leaf_by_position"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", _POSITION, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("frontier", LargeBinary),
)

#: The hashes of tiles of level 1 and above (module `tiles`): `place` counts those of a level.
subtree = Table(
    "subtree",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", _POSITION, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

#: The line that a witness, told by its key as text, gave for the checkpoint of `size` leaves.
cosignature = Table(
    "cosignature",
    metadata,
    Column("size", _POSITION, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),
    Column("line", Text, nullable=False),
    sqlite_with_rowid=False,
)

artefact = Table(
    "artefact",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

projection = Table(
    "projection",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)


def has(connection: Connection, table: Table) -> bool:
    """Whether a store, of any revision, has this table."""
    return inspect(connection).has_table(table.name)


def as_kept(connection: Connection, table: Table) -> FromClause:
    """A table with today's columns, in a store of any revision: what an earlier one did not keep is NULL."""
    kept = {column["name"] for column in inspect(connection).get_columns(table.name)}
    columns = (each if each.name in kept else cast(null(), each.type).label(each.name) for each in table.c)
    return select(*columns).subquery("kept")
