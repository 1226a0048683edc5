"""What an auditor takes away: events by their leaves, signed checkpoints, and proofs that an event is under one.

A proof needs neither the whole tree nor much of the log: the hashes left of a leaf are the frontier of the tree that
ends before it, which the last checkpoint before the leaf almost has, and those right of it lie between the leaf and the
checkpoint that it is proved for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
from sqlalchemy import Connection, LargeBinary, cast, func, select

from aforo.log import schema
from aforo.log.database import Database
from aforo.log.merkle import Frontier, sibling_ranges
from aforo.log.stored import StoredEvent
from aforo.log.tree import Head, frontier_of

#: Leaves read at a time.
_BATCH = 10_000
#: Leaves that may lie between an event and the checkpoint that it is proved for: a second's work.
MOST_LEAVES = 1_000_000

_EVENT, _LEAF, _CHECKPOINT = schema.event.c, schema.leaf.c, schema.checkpoint.c


class NoProofError(LookupError):
    """There is no such event or checkpoint, the event is in no tree yet, or the checkpoint is too far from it."""


class Proof(msgspec.Struct, frozen=True):
    """That the event of `body` is leaf `leaf` of the tree that `note` signs, of `size` leaves.

    SHA-256 of a zero byte and `body` is the leaf's hash; with `path` (RFC 6962, section 2.1.1, the lowest node first)
    it leads to the root in the note.
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
    return [(row[0], StoredEvent(row[1], bytes(row[2]), bytes(row[3]))) for row in rows]


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
        if signed is None or not index < signed.size <= index + MOST_LEAVES:
            raise NoProofError(f"{event_id} in a tree of {size} leaves")
        left = _frontier_before(connection, index).nodes()
        path = []
        for first, last in reversed(sibling_ranges(index, signed.size)):
            path.append(left.pop() if first < index else _root(connection, first, last))
    return Proof(index, bytes(row.body), signed.size, path, signed.note)


def _frontier_before(connection: Connection, index: int) -> Frontier:
    """The frontier of the first `index` leaves."""
    last = select(func.max(_CHECKPOINT.size)).where(_CHECKPOINT.size <= index).scalar_subquery()
    frontier = cast(_CHECKPOINT.frontier, LargeBinary)
    query = select(_CHECKPOINT.size, _CHECKPOINT.position, _CHECKPOINT.note, frontier).where(_CHECKPOINT.size == last)
    row = connection.execute(query).first()
    head = Head() if row is None else Head(row[0], row[1], row[2], None if row[3] is None else bytes(row[3]))
    made = frontier_of(connection, head)
    for hashes in _hashes(connection, head.size, index):
        made.extend(hashes)
    return made


def _root(connection: Connection, first: int, last: int) -> bytes:
    """The root over the leaves from `first` until before `last`."""
    frontier = Frontier()
    for hashes in _hashes(connection, first, last):
        frontier.extend(hashes)
    return frontier.root()


def _hashes(connection: Connection, first: int, last: int) -> Iterator[list[bytes]]:
    query = select(_EVENT.leaf_hash).join(schema.event, _LEAF.position == _EVENT.position).select_from(schema.leaf)
    for start in range(first, last, _BATCH):
        bounds = (_LEAF.leaf_index >= start, _LEAF.leaf_index < min(start + _BATCH, last))
        yield [bytes(row[0]) for row in connection.execute(query.where(*bounds).order_by(_LEAF.leaf_index))]
