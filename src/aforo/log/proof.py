"""What an auditor takes away: events by their leaves, signed checkpoints, and proofs that an event is under one.

A proof needs neither the whole tree nor much of the log: a few of the tree's tiles (`tile_store`), whatever lies
between the event and the checkpoint that it is proved for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, select

from aforo.log import schema, tile_store
from aforo.log.database import Database
from aforo.log.stored import StoredEvent
from aforo.log.tiles import NoTileError

_EVENT, _LEAF, _CHECKPOINT = schema.event.c, schema.leaf.c, schema.checkpoint.c
#: Events that are asked about in one query.
_ASKED = 500


class NoProofError(LookupError):
    """There is no such event or checkpoint, the event is in no tree yet, or tiles of it are not there."""


class Proof(msgspec.Struct, frozen=True):
    """That the event of `body` is leaf `leaf` of the tree that `note` signs, of `size` leaves.

    SHA-256 of a zero byte and `body` is the leaf's hash; with `path` (RFC 6962, section 2.1.1, the lowest node first)
    it leads to the root in the note, which has the cosignatures that the store keeps for it.
    """

    leaf: int
    body: bytes
    size: int
    path: list[bytes]
    note: str


class SignedTree(msgspec.Struct, frozen=True):
    """A checkpoint: the signed note over `size` leaves."""

    size: int
    note: str


def leaves(
    database: Database, after: int, *, types: Collection[str] = (), stream: str | None = None, until: int, limit: int
) -> list[tuple[int, StoredEvent]]:
    """The next events with a leaf behind `after` and before `until`, of `types` (or all) and one `stream` (or all), at
    most `limit`, by leaf."""
    query = select(_LEAF.leaf_index, _EVENT.position, _EVENT.leaf_hash, _EVENT.body)
    query = query.join(schema.event, _LEAF.position == _EVENT.position).select_from(schema.leaf)
    query = query.where(_LEAF.leaf_index > after, _LEAF.leaf_index < until)
    if types:
        query = query.where(_EVENT.type.in_(sorted(types)))
    if stream is not None:
        query = query.where(_EVENT.stream == stream)
    with database.read() as connection:
        rows = connection.execute(query.order_by(_LEAF.leaf_index).limit(limit)).all()
    return [(row[0], StoredEvent.of_row(row[1], row[2], row[3])) for row in rows]


def leaf_indexes(database: Database, positions: Sequence[int]) -> dict[int, int]:
    """The leaves of events, by their positions in the log; those that are in no tree yet are left out."""
    found: dict[int, int] = {}
    with database.read() as connection:
        for start in range(0, len(positions), _ASKED):
            query = select(_LEAF.position, _LEAF.leaf_index)
            query = query.where(_LEAF.position.in_(positions[start : start + _ASKED]))
            found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def last_checkpoint(database: Database) -> SignedTree | None:
    """The newest checkpoint; None before the first."""
    query = select(_CHECKPOINT.size, _CHECKPOINT.note).order_by(_CHECKPOINT.size.desc()).limit(1)
    with database.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else SignedTree(row.size, row.note)


def prove(database: Database, event_id: str, size: int | None = None) -> Proof:
    """The proof that an event is in the tree of a checkpoint of `size` leaves, by default the first that has it.

    Raises NoProofError.
    """
    with database.read() as connection:
        query = select(_LEAF.leaf_index, _EVENT.body).join(schema.event, _LEAF.position == _EVENT.position)
        row = connection.execute(query.select_from(schema.leaf).where(_EVENT.event_id == event_id)).first()
        if row is None:
            raise NoProofError(event_id)
        index = int(row.leaf_index)
        wanted = _CHECKPOINT.size > index if size is None else _CHECKPOINT.size == size
        found = select(_CHECKPOINT.size, _CHECKPOINT.note).where(wanted).order_by(_CHECKPOINT.size).limit(1)
        signed = connection.execute(found).first()
        if signed is None or signed.size <= index:
            raise NoProofError(f"{event_id} in a tree of {size} leaves")
        try:
            path = tile_store.tree(connection, signed.size).inclusion(index)
        except NoTileError as error:
            raise NoProofError(f"tiles are missing: {error}") from error
        note = signed.note + cosignature_lines(connection, signed.size)
    return Proof(index, bytes(row.body), signed.size, path, note)


def cosignature_lines(connection: Connection, size: int) -> str:
    """The lines that witnesses gave for the checkpoint of `size` leaves, which end its note."""
    table = schema.cosignature.c
    return "".join(connection.execute(select(table.line).where(table.size == size).order_by(table.witness)).scalars())
