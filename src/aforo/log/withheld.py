"""Leaves whose words were erased: the time for which they may be kept is over.

The record of it comes first, as an event of its own that the log's key signs (module `leaves_erased`), and it is in the
tree before a word goes; then each body is written over with what says so. The leaf's hash stays beside it, and the tree
with all its proofs is what it was. Verification takes a leaf without its words where such a record names it, and finds
any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, delete, update

from aforo.domain.credential import use_credential
from aforo.domain.event import Event, Origin, new_event
from aforo.domain.retention import ErasedVersions, LeafWithheld, LeavesErased
from aforo.log import rotation, schema, scrubbed
from aforo.log.ids import event_id
from aforo.log.leaves_erased import STREAM, signed, taken
from aforo.log.proof import leaf_indexes
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError, Log, StoreUnusableError
from aforo.log.stored import StoredEvent, encode, stretches

#: Events of one record, and of the transaction that writes them over, unless one group alone has more.
AT_ONCE = 5_000
#: Seconds that what others append meanwhile may keep the record of an erasure out of the tree.
_PATIENCE_S = 60.0


class Reason(msgspec.Struct, frozen=True):
    """Why words are erased: in clear, for ever; by which version of a policy, and the SHA-256 (hex) of its document."""

    ground: str
    policy: str
    digest: str


def is_withheld(stored: StoredEvent) -> bool:
    """Whether the words of an event were erased."""
    return stored.event.type == LeafWithheld.TYPE


def as_it_was(event: Event) -> str | None:
    """The key by which an event is known again, as it was recorded."""
    return event.idempotency_key


def erase(
    log: Log,
    groups: Sequence[Sequence[StoredEvent]],
    reason: Reason,
    *,
    actor: str,
    origin: Origin = "live",
    key_of: Callable[[Event], str | None] = as_it_was,
) -> int:
    """Erase the words of events, durably; how many there were. Those that have none any more are passed over. Those of
    a group go in one transaction, so that of none a part is left. `key_of` gives the key by which an event is known
    again from then on.

    The bytes are then in none of the store's pages (module `scrubbed`); backups and what a server archives must expire.
    What was kept beside the log of what it says (`projections`) is made anew. If it stops on the way, doing it again
    completes it. Raises ConcurrencyError; ErasureIncompleteError where somebody keeps the bytes in the store's files.
    """
    count = 0
    for part in _parts(groups):
        _erase(log, part, _Order(reason, actor, origin, key_of))
        count += len(part)
    # What an earlier run did not come to as well.
    if scrubbed.is_due(log):
        scrubbed.scrub(log)
    return count


def _parts(groups: Sequence[Sequence[StoredEvent]]) -> Iterator[list[StoredEvent]]:
    """The events with words, in parts that divide no group."""
    part: list[StoredEvent] = []
    for group in groups:
        left = [each for each in group if not is_withheld(each)]
        if part and len(part) + len(left) > AT_ONCE:
            yield part
            part = []
        part += left
    if part:
        yield part


class _Order(NamedTuple):
    """Why words are erased, who has it done, and the key by which an event is known again from then on."""

    reason: Reason
    actor: str
    origin: Origin
    key_of: Callable[[Event], str | None]


def _erase(log: Log, part: Sequence[StoredEvent], order: _Order) -> None:
    in_order = sorted(part, key=lambda each: each.position)
    # Whoever verifies the log finds the record in the tree by the time that a word is missing.
    instead = _recorded(log, in_order, order)
    with log.database.write() as connection:
        log.database.forget_freed(connection)
        for stored, event in zip(in_order, instead, strict=True):
            _write_over(connection, stored, event)
        connection.execute(delete(schema.projection).where(schema.projection.c.name.like("custody/%")))
        scrubbed.written_over(connection)


def _recorded(log: Log, part: Sequence[StoredEvent], order: _Order) -> list[Event]:
    """Record that the words of events go, and have that in the tree; what is to stand in their places."""
    versions = tuple(ErasedVersions(*each) for each in stretches(part))
    reason, actor, origin, key_of = order
    while True:
        at, key = log.clock(), rotation.in_force(log)
        own = event_id(at)
        instead = [_instead(each.event, own, key_of) for each in part]
        leaves = taken((each.leaf_hash, encode(event)) for each, event in zip(part, instead, strict=True)).hex
        said = LeavesErased(reason.ground, reason.policy, reason.digest, versions, leaves)
        said = signed(said, log.keys.signing.signer(key), own, at, actor)
        version = log.versions([STREAM]).get(STREAM, 0) + 1
        log.append([new_event(own, said, STREAM, version, occurred_at=at, recorded_at=at, actor=actor, origin=origin)])
        _sequenced(log, own)
        # A key that came into force meanwhile did not sign it: then it is recorded anew, and that one takes nothing.
        if rotation.in_force(log) == key:
            return instead


def _sequenced(log: Log, event: str) -> None:
    """Bring an event into the tree. Raises StoreUnusableError where what others append before it does not end."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        sequence(log)
        stored = log.event(event)
        if stored is not None and leaf_indexes(log.database, [stored.position]):
            return
        if time.monotonic() > until:
            raise StoreUnusableError(f"an append before {event} does not end")
        time.sleep(0.05)


def _instead(was: Event, record: str, key_of: Callable[[Event], str | None]) -> Event:
    """What stands in the place of an event whose erasure `record` records."""
    with use_credential(None):  # whoever erases has no part in what was recorded there
        return new_event(
            was.event_id, LeafWithheld(was.type, record), was.stream, was.version, occurred_at=was.recorded_at,
            recorded_at=was.recorded_at, actor="", idempotency_key=key_of(was), origin=was.origin,
        )  # fmt: skip


def _write_over(connection: Connection, stored: StoredEvent, event: Event) -> None:
    """Raises ConcurrencyError where another erasure was faster: what stands there is what that one signed."""
    table, was = schema.event, stored.event
    place = update(table).where(table.c.position == stored.position, table.c.type == was.type)
    written = connection.execute(
        place.values(type=event.type, idempotency_key=event.idempotency_key, body=encode(event))
    )
    if written.rowcount != 1:
        raise ConcurrencyError(was.stream, was.version, "another erasure took its words meanwhile")
