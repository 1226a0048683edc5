"""The Merkle tree over the log as the store keeps it: its last signed head, and the frontier that it grows from."""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Connection, FromClause, LargeBinary, Text, cast, func, select

from aforo.log import schema
from aforo.log.merkle import Frontier
from aforo.log.signing import EquivocationError, Witnessed

#: Leaves read at a time.
_BATCH = 10_000


class Head(msgspec.Struct, frozen=True):
    """The last checkpoint in the store: `size` leaves, which are the events up to `position`."""

    size: int = 0
    position: int = 0
    note: str | None = None
    frontier: bytes | None = b""


class Extent(msgspec.Struct, frozen=True):
    """How far the tree reached at one moment: its last checkpoint, and its leaves. Equal in an intact store."""

    head: Head
    leaves: int


def extent(connection: Connection, checkpoint: FromClause) -> Extent:
    """The extent of the tree now, given as kept (`schema.as_kept`); one statement, so that it is of one moment."""
    leaves = select((func.coalesce(func.max(schema.leaf.c.leaf_index), -1) + 1).label("leaves")).subquery()
    last = select(func.max(checkpoint.c.size)).scalar_subquery()
    # A hand that changed the store may have put anything into a column of SQLite's.
    position, note = cast(checkpoint.c.position, BigInteger), cast(checkpoint.c.note, Text)
    query = select(leaves.c.leaves, checkpoint.c.size, position, note, cast(checkpoint.c.frontier, LargeBinary))
    row = connection.execute(query.select_from(leaves.outerjoin(checkpoint, checkpoint.c.size == last))).one()
    held, size, at, said, frontier = row
    if size is None:
        return Extent(Head(), held)
    return Extent(Head(size, at, said, None if frontier is None else bytes(frontier)), held)


def head(connection: Connection) -> Head:
    """The tree's head; an empty one before the first checkpoint. Raises EquivocationError where it is damaged."""
    table = schema.checkpoint
    columns = (table.c.size, table.c.position, table.c.note, cast(table.c.frontier, LargeBinary).label("frontier"))
    row = connection.execute(select(*columns).order_by(table.c.size.desc()).limit(1)).first()
    if row is None:
        return Head()
    if not isinstance(row.size, int) or not isinstance(row.position, int):
        # A file that lost writes, or a foreign hand: SQLite reads what is there.
        raise EquivocationError("the store's last checkpoint is damaged")
    return Head(row.size, row.position, row.note, None if row.frontier is None else bytes(row.frontier))


def frontier_of(connection: Connection, head: Head) -> Frontier:
    """The frontier at `head`; made from the leaves where an older version of the product kept none.

    Raises EquivocationError where what is kept cannot be a frontier of that size.
    """
    if head.frontier is not None:
        try:
            return Frontier.load(head.size, head.frontier)
        except ValueError as error:
            raise EquivocationError(f"the store's last checkpoint was changed: {error}") from error
    event, leaf = schema.event, schema.leaf
    frontier = Frontier()
    query = select(leaf.c.leaf_index, event.c.leaf_hash).join(leaf, leaf.c.position == event.c.position)
    query = query.where(leaf.c.leaf_index < head.size).order_by(leaf.c.leaf_index).limit(_BATCH)
    last = -1
    while part := connection.execute(query.where(leaf.c.leaf_index > last)).all():
        frontier.extend([bytes(row.leaf_hash) for row in part])
        last = part[-1].leaf_index
    return frontier


def held(connection: Connection) -> int:
    """How many events the store holds, those that are not in the tree yet too: the leaf of the next one. Raises
    EquivocationError where its last checkpoint is damaged."""
    at, events = head(connection), schema.event
    query = select(func.count()).select_from(events).where(events.c.position > at.position)
    return at.size + int(connection.execute(query).scalar_one())


def refuse_old_copy(connection: Connection, origin: str, witnessed: Witnessed | None) -> None:
    """Raise EquivocationError where the store holds fewer events than the last signed checkpoint covers."""
    if witnessed is None:
        return
    if head(connection).size >= witnessed.size:
        return
    count = held(connection)
    if count < witnessed.size:
        raise EquivocationError(
            f"{origin} has signed a checkpoint of {witnessed.size} leaves and this store holds {count}: an old copy."
            " It can be read; before it can be written to again, the missing events must be restored"
        )
