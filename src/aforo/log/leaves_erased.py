"""The record of an erasure: an event that says whose words went, when, by whom and why, signed by the log itself.

Whoever can write to the database could write such an event too, and take the words of any other. So it is signed with
the log's own key, which is in the key store, apart from the database: over all that it says, over who did it and when,
over the hash of every leaf that it names, and over what stands in the place of each. Records of versions that did not
sign are told as such.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.event import Event
from aforo.domain.retention import LeavesErased
from aforo.log.merkle import leaf_hash
from aforo.log.note import NoteError, Signer, Verifier, decoded

#: Where erasures are recorded.
STREAM = "retention/log"


class Taken:
    """The hash over what an erasure took: of each event, in the order of the log, the leaf's hash and what stands in
    its place."""

    def __init__(self) -> None:
        self._hash = sha256()
        #: How many events there were.
        self.count = 0

    def add(self, leaf: bytes, instead: bytes) -> None:
        """The next event: its leaf's hash, and the bytes that stand in its place."""
        self._hash.update(leaf + leaf_hash(instead))
        self.count += 1

    @property
    def hex(self) -> str:
        """As `LeavesErased.leaves` has it."""
        return self._hash.hexdigest()


def taken(events: Iterable[tuple[bytes, bytes]]) -> Taken:
    """What was taken of events, each as `Taken.add` has it, in the order of the log."""
    made = Taken()
    for leaf, instead in events:
        made.add(leaf, instead)
    return made


def signed(said: LeavesErased, signer: Signer, event_id: str, at: datetime, actor: str) -> LeavesErased:
    """A record with the log's signature, as the event `event_id` that `actor` has recorded at an instant."""
    message = _message(said, signer.verifier.name, event_id, at, actor)
    return msgspec.structs.replace(said, signature=base64.b64encode(signer.signature(message)).decode())


def is_signed_by(verifier: Verifier, event: Event, said: LeavesErased) -> bool:
    """Whether a key of the log signed a record, all of it, as this event."""
    try:
        signature = decoded(said.signature, "the signature")
    except NoteError:
        return False
    if event.recorded_at.tzinfo is None:  # no instant, and none of ours
        return False
    return verifier.holds(_message(said, verifier.name, event.event_id, event.recorded_at, event.actor), signature)


def _message(said: LeavesErased, log: str, event_id: str, at: datetime, actor: str) -> bytes:
    words = (log, event_id, microseconds(at), actor, said.ground, said.policy, said.digest, said.versions, said.leaves)
    return b"aforo erasure v1\n" + msgspec.json.encode(words) + b"\n"
