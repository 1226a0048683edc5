"""The questions that every batch puts to the log, made once: to put one together anew takes longer than its answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, select

from aforo.log.database import Database
from aforo.log.schema import FREQUENT_TYPES, RARE, event

#: What a stored event is made of.
COLUMNS = (event.c.position, event.c.leaf_hash, event.c.body)


class Queries:
    """Each takes `Database.values` as its parameter: keys, identifiers or streams, however many."""

    def __init__(self, database: Database) -> None:
        key, stream, version = event.c.idempotency_key, event.c.stream, event.c.version
        #: A key and its event.
        self.by_key = select(key, *COLUMNS).where(database.among(key))
        #: A stream and one of its events, in the order of their versions.
        self.of_streams = select(stream, *COLUMNS).where(database.among(stream)).order_by(stream, version)
        #: A stream and its last version.
        self.versions = select(stream, func.max(version)).where(database.among(stream)).group_by(stream)
        #: Identifier, key and leaf hash of what stands in the log, by identifier and by key.
        standing = select(event.c.event_id, key, event.c.leaf_hash)
        self.standing_by_id = standing.where(database.among(event.c.event_id))
        self.standing_by_key = standing.where(database.among(key))


def behind(position: int, types: Collection[str]) -> list[ColumnElement[Any]]:
    """The conditions of a query for events of `types` (or all) behind a position. Who asks for rare types alone is
    served by their index."""
    conditions: list[ColumnElement[Any]] = [event.c.position > position]
    if types:
        conditions.append(event.c.type.in_(sorted(types)))
        if not set(types) & set(FREQUENT_TYPES):
            conditions.append(RARE)
    return conditions
