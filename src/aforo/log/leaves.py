"""Events in the order of the tree: what has a leaf is committed, has its place for good, and nothing comes before it.

A reader that keeps the last leaf it has seen meets every event once, whoever wrote it: leaves are dense, and are given
by one sequencer at a time behind the settled position, while positions may become visible out of order.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from aforo.log import schema
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def last_leaf(log: Log) -> int:
    """The index of the last leaf; -1 in an empty tree."""
    with log.database.read() as connection:
        found = connection.execute(select(func.max(schema.leaf.c.leaf_index))).scalar()
    return -1 if found is None else int(found)


def leaves_after(log: Log, index: int, types: Collection[str], limit: int) -> tuple[list[tuple[int, StoredEvent]], int]:
    """The next events of `types` behind a leaf, at most `limit`, with their leaves; and the leaf up to which there are
    no others."""
    event, leaf = schema.event, schema.leaf
    end = last_leaf(log)
    query = (
        select(leaf.c.leaf_index, event.c.position, event.c.leaf_hash, event.c.body)
        .join(event, event.c.position == leaf.c.position)
        .where(leaf.c.leaf_index > index, leaf.c.leaf_index <= end, event.c.type.in_(sorted(types)))
        .order_by(leaf.c.leaf_index)
        .limit(limit)
    )
    with log.database.read() as connection:
        rows = connection.execute(query).all()
    found = [(int(row[0]), StoredEvent.of_row(row[1], row[2], row[3])) for row in rows]
    return found, found[-1][0] if len(found) == limit else max(index, end)
