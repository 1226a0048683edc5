"""Leaves whose words were erased: the time for which they may be kept is over.

The record of it comes first, as an event of its own; then each body is written over with what says so. The leaf's hash
stays beside it, and the tree with all its proofs is what it was. Verification takes a leaf without its words where such
a record names it, and finds any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select, update

from aforo.domain.event import Origin, new_event
from aforo.domain.retention import ErasedVersions, LeafWithheld, LeavesErased
from aforo.log import schema
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.stored import StoredEvent, encode, stretches

#: Where erasures are recorded.
STREAM = "retention/log"
#: Events of one record, and of the transaction that writes them over.
AT_ONCE = 5_000


class Reason(msgspec.Struct, frozen=True):
    """Why words are erased: in clear, for ever; by which version of a policy, and the SHA-256 (hex) of its document."""

    ground: str
    policy: str
    digest: str


def is_withheld(stored: StoredEvent) -> bool:
    """Whether the words of an event were erased."""
    return stored.event.type == LeafWithheld.TYPE


def erase(log: Log, events: Sequence[StoredEvent], reason: Reason, *, actor: str, origin: Origin = "live") -> int:
    """Erase the words of events, durably; how many there were. Those that have none any more are passed over.

    The bytes are then in none of the store's pages (`Database.scrub`); backups and what a server archives must expire.
    What was kept beside the log of what it says (`projections`) is made anew. If it stops on the way, doing it again
    completes it. Raises ConcurrencyError.
    """
    left = [each for each in events if not is_withheld(each)]
    for first in range(0, len(left), AT_ONCE):
        part = left[first : first + AT_ONCE]
        at = log.clock()
        own = event_id(at)
        version = log.versions([STREAM]).get(STREAM, 0) + 1
        versions = tuple(ErasedVersions(*each) for each in stretches(part))
        said = LeavesErased(reason.ground, reason.policy, reason.digest, versions)
        log.append([new_event(own, said, STREAM, version, occurred_at=at, recorded_at=at, actor=actor, origin=origin)])
        with log.database.write() as connection:
            log.database.forget_freed(connection)
            for each in part:
                _write_over(connection, each, own)
            connection.execute(delete(schema.projection).where(schema.projection.c.name.like("custody/%")))
    if left:
        log.database.scrub()
    return len(left)


def erased_versions(connection: Connection) -> dict[str, list[tuple[int, int]]]:
    """What the log says was erased: the first and the last version of each stretch, by stream."""
    table = schema.event.c
    found: dict[str, list[tuple[int, int]]] = {}
    for (body,) in connection.execute(select(table.body).where(table.type == LeavesErased.TYPE)):
        said = StoredEvent(0, b"", bytes(body)).payload
        if isinstance(said, LeavesErased):
            for each in said.versions:
                found.setdefault(each.stream, []).append((each.first, each.last))
    return found


def _write_over(connection: Connection, stored: StoredEvent, record: str) -> None:
    was, table = stored.event, schema.event
    event = new_event(
        was.event_id, LeafWithheld(was.type, record), was.stream, was.version, occurred_at=was.recorded_at,
        recorded_at=was.recorded_at, actor="", idempotency_key=was.idempotency_key, origin=was.origin,
    )  # fmt: skip
    connection.execute(
        update(table).where(table.c.position == stored.position).values(type=event.type, body=encode(event))
    )
