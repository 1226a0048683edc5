"""Going on after the end of a log was lost: another log, with a name and a key of its own, begins with what is left.

A node signs nothing below its last checkpoint, so that a store restored from an older copy is closed for ever. What
succeeds it keeps the events that are left, as its first leaves, and says in its next event what is missing: up to which
checkpoint the predecessor had signed. The predecessor's last key signs that, and is then destroyed: nobody can go on
with the old log any more. Whoever kept a checkpoint of the predecessor finds by `verify` what of it is still there.
"""

from __future__ import annotations

import base64
import secrets

import msgspec
from sqlalchemy import func, insert, select, update

from aforo.domain.clock import Clock, system_clock
from aforo.domain.event import LogSucceeded, new_event
from aforo.log import rotation, schema
from aforo.log.database import Database
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.merkle import leaf_hash
from aforo.log.note import Verifier
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.stored import StoredEvent, encode
from aforo.log.tree import refuse_old_copy


class NothingLostError(Exception):
    """The store is not behind what the node has signed: it can be written to as it is."""


class SucceededError(Exception):
    """Another copy of this log was gone on from before, under the name `successor`."""

    def __init__(self, successor: str) -> None:
        super().__init__(successor)
        self.successor = successor


class Succession(msgspec.Struct, frozen=True):
    """What was done: `held` events of `predecessor` are the beginning of `origin`; it had signed `size` leaves."""

    predecessor: str
    origin: str
    held: int
    size: int
    key: str


def succeed(
    database: Database, predecessor: str, keys: KeyStore, reason: str, *, actor: str, clock: Clock = system_clock
) -> Succession:
    """Have a new log go on from an old copy of `predecessor`; what was interrupted is completed by calling it again.

    Raises NothingLostError, SucceededError, SigningKeyMissingError where the key store has not the key that the
    predecessor signed with last, or nothing that vouches for it.
    """
    signing = keys.signing
    known = signing.successor(predecessor)
    if known is not None and signing.witnessed(known) is not None:
        raise SucceededError(known)
    witnessed = signing.witnessed(predecessor)
    with database.read() as connection:
        try:
            refuse_old_copy(connection, predecessor, witnessed)
        except EquivocationError:
            pass
        else:
            raise NothingLostError(predecessor)
        table = schema.event
        query = select(table.c.position, table.c.leaf_hash, table.c.body).where(table.c.stream == rotation.STREAM)
        rows = connection.execute(query.order_by(table.c.version)).all()
        first = connection.execute(select(table.c.body).order_by(table.c.position).limit(1)).scalar_one()
    assert witnessed is not None
    chain = rotation.follow(signing.first(predecessor), [StoredEvent(r[0], bytes(r[1]), bytes(r[2])) for r in rows])
    signer = signing.current(predecessor)
    between = _between(keys, chain.last, signer.verifier)
    origin, key = signing.succeed(predecessor, f"aforo/{secrets.token_hex(8)}")
    payload = LogSucceeded(
        predecessor, witnessed.size, witnessed.root.hex(), origin, base64.b64encode(key.public_key).decode(),
        signer.verifier.key_id.hex(), "", reason, between,
    )  # fmt: skip
    signature = base64.b64encode(signer.signature(rotation.succession(payload))).decode()
    at = clock()
    event = new_event(
        event_id(at), msgspec.structs.replace(payload, signature=signature), rotation.STREAM, len(rows) + 1,
        occurred_at=at, recorded_at=at, actor=actor, origin=StoredEvent(1, b"", bytes(first)).event.origin,
    )  # fmt: skip
    body = encode(event)
    # The new name and the event that says why are one transaction. Nobody else writes: an old copy refuses everybody.
    with database.write() as connection:
        database.exclude_openers(connection)
        connection.execute(
            insert(schema.event).values(
                event_id=event.event_id, stream=event.stream, version=event.version, type=event.type,
                leaf_hash=leaf_hash(body), body=body,
            )
        )  # fmt: skip
        connection.execute(update(schema.log).values(origin=origin))
        held = connection.execute(select(func.count()).select_from(schema.event)).scalar_one() - 1
    return Succession(predecessor, origin, held, witnessed.size, key.text)


def _between(keys: KeyStore, last: Verifier, current: Verifier) -> tuple[tuple[str, str], ...]:
    """The rotations from the last key that the copy knows to the key in force, which were lost with the end."""
    if last == current:
        return ()
    known = keys.signing.verifiers(current.name)
    lost = known[known.index(last) + 1 : known.index(current) + 1]
    signatures = [keys.signing.vouched(each) for each in lost]
    if not lost or None in signatures:
        raise SigningKeyMissingError(f"nothing in the key store vouches for {current.text}")
    return tuple(
        (base64.b64encode(each.public_key).decode(), base64.b64encode(signature or b"").decode())
        for each, signature in zip(lost, signatures, strict=True)
    )
