"""Events by their positions, and where they stand in the tree: what a reader needs to have each of them proved."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from aforo.log import schema
from aforo.log.database import Database
from aforo.log.stored import StoredEvent

_EVENT, _LEAF = schema.event.c, schema.leaf.c
#: Positions in one IN list, below both databases' limits on parameters.
_CHUNK = 400


def events_at(database: Database, positions: Collection[int]) -> list[StoredEvent]:
    """The events at these positions, in the order of the log; a position that the log does not have is left out."""
    query = select(_EVENT.position, _EVENT.leaf_hash, _EVENT.body)
    found: list[StoredEvent] = []
    with database.read() as connection:
        for chunk in _chunks(positions):
            rows = connection.execute(query.where(_EVENT.position.in_(chunk)).order_by(_EVENT.position))
            found += [StoredEvent.of_row(position, leaf, body) for position, leaf, body in rows]
    return found


def leaves_at(database: Database, positions: Collection[int]) -> dict[int, int]:
    """The leaf of each of these positions; one that is in no tree yet is left out."""
    query = select(_LEAF.position, _LEAF.leaf_index)
    with database.read() as connection:
        return {
            int(position): int(leaf)
            for chunk in _chunks(positions)
            for position, leaf in connection.execute(query.where(_LEAF.position.in_(chunk)))
        }


def _chunks(positions: Collection[int]) -> list[list[int]]:
    ordered = sorted(set(positions))
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
