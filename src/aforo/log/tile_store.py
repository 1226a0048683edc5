"""The tree's tiles in the store: leaves' hashes lie with the events, and the root over each full tile in `subtree`.

A root is written when its tile is full, in the transaction that adds the last of its leaves, and never again. So a tile
above level 0, partial ones too, is a range of rows, and a proof of any leaf for any size reads a few such ranges. An
older store has none of these rows, nor has one that was restored: `fill` makes them from the leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    LargeBinary,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
)

from aforo.log import schema
from aforo.log.database import Database
from aforo.log.merkle import HASH_BYTES
from aforo.log.tiles import HEIGHT, WIDTH, NoTileError, Tile, Tree, width_at

#: Bytes of an entry in a bundle, whose length is written in two.
MOST_ENTRY_BYTES = 65_535
#: Leaves that `fill` takes in one go, ten seconds' work; and roots that it writes at a time.
FILL, _ROWS = 4 << 20, 512

_EVENT, _LEAF, _SUBTREE = schema.event.c, schema.leaf.c, schema.subtree.c
_FIRST, _LAST = bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)
# A database that knows nothing of a table yet, or of the bounds, would read all of it if it were not told how few rows
# come first in the order of an index.
_A_TILE = literal_column(str(WIDTH), Integer)
# Made once: to put one together anew takes longer than its answer.
_OF_LEAVES = (
    select(_EVENT.leaf_hash)
    .select_from(schema.leaf)
    .join(schema.event, _LEAF.position == _EVENT.position)
    .where(_LEAF.leaf_index >= _FIRST, _LEAF.leaf_index < _LAST)
    .order_by(_LEAF.leaf_index)
    .limit(_A_TILE)
)
_BODIES = _OF_LEAVES.with_only_columns(_EVENT.body)
_OF_TILES = (
    select(_SUBTREE.hash)
    .where(_SUBTREE.level == bindparam("level"), _SUBTREE.place >= _FIRST, _SUBTREE.place < _LAST)
    .order_by(_SUBTREE.place)
    .limit(_A_TILE)
)


class EntryTooLargeError(LookupError):
    """An entry has more bytes than a bundle can hold; `leaf` is its leaf."""

    def __init__(self, leaf: int) -> None:
        super().__init__(f"leaf {leaf} has more than {MOST_ENTRY_BYTES} bytes")
        self.leaf = leaf


class Completed:
    """Takes down the roots over tiles as a frontier completes them (its `made`)."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def __call__(self, height: int, first: int, hashes: Sequence[bytes]) -> None:
        level, inside = divmod(height, HEIGHT)
        if level and not inside:
            self.rows += [{"level": level, "place": first + i, "hash": each} for i, each in enumerate(hashes)]

    def store(self, connection: Connection) -> None:
        """Write them."""
        if self.rows:
            connection.execute(insert(schema.subtree), self.rows)
            self.rows.clear()


def tile(connection: Connection, wanted: Tile) -> bytes:
    """The hashes of a tile. Raises NoTileError where the tree has it not, or not in this width."""
    first = wanted.index * WIDTH
    bounds = {"first": first, "last": first + wanted.width}
    if wanted.level == 0:
        rows = connection.execute(_OF_LEAVES, bounds).all()
    else:
        rows = connection.execute(_OF_TILES, {"level": wanted.level, **bounds}).all()
    hashes = b"".join([bytes(row[0]) for row in rows])
    if len(hashes) != wanted.width * HASH_BYTES:
        raise NoTileError(wanted.path)
    return hashes


def entries(connection: Connection, wanted: Tile) -> bytes:
    """The bundle of the leaves of a tile of level 0: each with its length before it, two bytes, the higher first.

    Raises NoTileError, and EntryTooLargeError where a leaf is larger than the format can say.
    """
    first = wanted.index * WIDTH
    rows = connection.execute(_BODIES, {"first": first, "last": first + wanted.width}).all()
    bodies = [bytes(row[0]) for row in rows]
    if len(bodies) != wanted.width:
        raise NoTileError(wanted.entries_path)
    for at, body in enumerate(bodies):
        if len(body) > MOST_ENTRY_BYTES:
            raise EntryTooLargeError(first + at)
    return b"".join([len(body).to_bytes(2, "big") + body for body in bodies])


def tree(connection: Connection, size: int) -> Tree:
    """The tree of the first `size` leaves, of which proofs can be asked: each raises NoTileError where it is not
    here."""
    return Tree(size, partial(tile, connection))


def served_tile(database: Database, wanted: Tile) -> bytes:
    """As `tile`, of the tree that is signed. Raises NoTileError."""
    with database.read() as connection:
        _refuse_unsigned(connection, wanted)
        return tile(connection, wanted)


def served_entries(database: Database, wanted: Tile) -> bytes:
    """As `entries`, of the tree that is signed. Raises NoTileError, EntryTooLargeError."""
    with database.read() as connection:
        _refuse_unsigned(connection, wanted)
        return entries(connection, wanted)


def _refuse_unsigned(connection: Connection, wanted: Tile) -> None:
    if wanted.width > width_at(_signed_size(connection), wanted.level, wanted.index):
        raise NoTileError(wanted.path)


def _signed_size(connection: Connection) -> int:
    """The leaves under the newest checkpoint."""
    return int(connection.execute(select(func.coalesce(func.max(schema.checkpoint.c.size), 0))).scalar_one())


def lacking(connection: Connection, size: int) -> bool:
    """Whether roots over full tiles of a tree of `size` leaves are not there."""
    return _held(connection, 1) < size >> HEIGHT


def fill(connection: Connection, size: int, most: int = FILL) -> int:
    """Make the roots that are lacking in a tree of `size` leaves, from at most `most` of its leaves; how many leaves
    were read. Raises NoTileError where leaves are missing."""
    first = _held(connection, 1)
    last = min(size, first * WIDTH + most) // WIDTH
    frontier = tree(connection, first * WIDTH).frontier()
    completed = Completed()
    for index in range(first, last):
        hashes = tile(connection, Tile(0, index))
        leaves = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        frontier.extend(leaves, completed)
        if len(completed.rows) >= _ROWS:
            completed.store(connection)
    completed.store(connection)
    return (last - first) * WIDTH


class Changed(msgspec.Struct, frozen=True):
    """A root in the store that is not the tree's."""

    level: int
    place: int


class KeptRoots:
    """The roots over tiles of a store, of any revision, to be compared with those of a tree that is grown anew."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._there = schema.has(connection, schema.subtree)
        self._held: dict[int, int] = {}

    def changed(self, height: int, first: int, hashes: Sequence[bytes]) -> list[Changed]:
        """Which of these roots, the tree's, the store has otherwise. Those at the end that it has not yet are none."""
        level, inside = divmod(height, HEIGHT)
        if not self._there or not level or inside:
            return []
        if level not in self._held:
            self._held[level] = _held(self._connection, level)
        last = min(self._held[level], first + len(hashes))
        query = select(_SUBTREE.place, cast(_SUBTREE.hash, LargeBinary)).where(_SUBTREE.level == level)
        rows = self._connection.execute(query.where(_SUBTREE.place >= first, _SUBTREE.place < last)).all()
        kept = {place: bytes(hash_ or b"") for place, hash_ in rows}
        return [Changed(level, at) for at in range(first, last) if kept.get(at) != hashes[at - first]]


def _held(connection: Connection, level: int) -> int:
    """How many roots a level has."""
    query = select(func.coalesce(func.max(_SUBTREE.place), -1) + 1).where(_SUBTREE.level == level)
    return int(connection.execute(query).scalar_one())
