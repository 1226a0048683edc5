"""Which key the log is signed with from which position on: a chain from the first key, each vouched for by the one
before.

A rotation is an event like any other. It has an effect only if the key that was in force signed it; whoever trusts the
first key can therefore follow the log to the last one. Checkpoints that cover the rotation are signed by the new key.

A succession is a link of the same chain: from its event on the log has another name, and another key (see
`succession`).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from aforo.domain.event import LogSucceeded, SigningKeyRotated, new_event
from aforo.log.ids import event_id
from aforo.log.note import NoteError, Verifier, decoded
from aforo.log.stored import StoredEvent

if TYPE_CHECKING:
    from aforo.log.store import Log

STREAM = "artefact/signing-key"


class KeyChain(msgspec.Struct, frozen=True):
    """The keys in force, each with the position of the event that put it in force (0 for the first).

    `unvouched` are the positions of rotations without effect: not signed by the key that was in force. `successions`
    are the ends that were lost, with the positions of the events that say so.
    """

    links: tuple[tuple[int, Verifier], ...]
    unvouched: tuple[int, ...] = ()
    successions: tuple[tuple[int, LogSucceeded], ...] = ()

    def at(self, position: int) -> Verifier:
        """The key that signs a checkpoint of the events up to `position`."""
        return next((verifier for since, verifier in reversed(self.links) if since <= position), self.links[0][1])

    @property
    def last(self) -> Verifier:
        """The key in force at the end of the log."""
        return self.links[-1][1]


def statement(old: Verifier, new: Verifier) -> bytes:
    """What the old key signs to put the new one in force."""
    return f"aforo key rotation v1\n{old.text}\n{new.text}\n".encode()


def succession(payload: LogSucceeded) -> bytes:
    """What the last key of a log signs to have another go on from it: all that the event says, but who signs."""
    said = (payload.predecessor, payload.size, payload.root, payload.successor, payload.public_key, payload.reason)
    return b"aforo succession v1\n" + msgspec.json.encode(said) + b"\n"


def follow(first: Verifier, rotations: Iterable[StoredEvent]) -> KeyChain:
    """The chain that the events of `STREAM`, in the order of the log, make from the first key."""
    links = [(0, first)]
    unvouched = []
    successions = []
    for stored in rotations:
        old = links[-1][1]
        try:
            payload = stored.payload
        except (msgspec.MsgspecError, ValueError):
            payload = None
        new = None
        if isinstance(payload, SigningKeyRotated):
            new = _new_key(old, payload)
        elif isinstance(payload, LogSucceeded) and (new := _successor(old, payload)) is not None:
            successions.append((stored.position, payload))
        if new is None:
            unvouched.append(stored.position)
        else:
            links.append((stored.position, new))
    return KeyChain(tuple(links), tuple(unvouched), tuple(successions))


def _new_key(old: Verifier, payload: SigningKeyRotated) -> Verifier | None:
    """The key that a rotation puts in force; None where `old` did not sign it."""
    try:
        new = Verifier(old.name, decoded(payload.public_key, "the new key"))
        signature = decoded(payload.signature or "", "the signature")
    except NoteError:
        return None
    vouched = payload.vouched_by == old.key_id.hex() and payload.key_id == new.key_id.hex()
    return new if vouched and old.holds(statement(old, new), signature) else None


def _successor(old: Verifier, payload: LogSucceeded) -> Verifier | None:
    """The key that a succession puts in force; None where the predecessor's last key did not sign it."""
    last = old
    try:
        for key, vouched in payload.between:
            after = Verifier(old.name, decoded(key, "a key between"))
            if not last.holds(statement(last, after), decoded(vouched, "its signature")):
                return None
            last = after
        new = Verifier(payload.successor, decoded(payload.public_key, "the successor's key"))
        signature = decoded(payload.signature, "the signature")
    except NoteError:
        return None
    if payload.predecessor != old.name or payload.successor == old.name:
        return None
    vouched_by = payload.vouched_by == last.key_id.hex()
    return new if vouched_by and last.holds(succession(payload), signature) else None


def in_force(log: Log) -> Verifier:
    """The key that the log is signed with at its end. Raises SigningKeyMissingError."""
    return follow(log.keys.signing.first(log.origin), log.stream(STREAM)).last


def rotate_key(log: Log, *, actor: str) -> Verifier:
    """Put a new signing key in force and return it.

    The new key is made durable in the key store, then the old one vouches for it in the log. The old private key is
    destroyed when the sequencer has signed the first checkpoint with the new one. A rotation that was interrupted is
    completed by the next. Raises SigningKeyMissingError, ConcurrencyError where another rotation is under way.
    """
    rotations = log.stream(STREAM)
    signing = log.keys.signing
    signing.begin(log.origin)
    old = follow(signing.first(log.origin), rotations).last
    new = signing.prepare(log.origin, old)
    signature = signing.signer(old).signature(statement(old, new))
    signing.vouch(new, signature)
    payload = SigningKeyRotated(
        new.key_id.hex(),
        base64.b64encode(new.public_key).decode(),
        old.key_id.hex(),
        base64.b64encode(signature).decode(),
    )
    at = log.clock()
    version = len(rotations) + 1
    log.append([new_event(event_id(at), payload, STREAM, version, occurred_at=at, recorded_at=at, actor=actor)])
    return new
