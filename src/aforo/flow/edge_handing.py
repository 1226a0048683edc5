"""What an edge hands in: the leaves of its log in their order, signed, with its last checkpoint."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec

from aforo.domain.event import PAYLOADS
from aforo.log import merkle
from aforo.log.leaves import leaves_after
from aforo.log.note import NoteError, Verifier
from aforo.log.proof import last_checkpoint
from aforo.log.store import Log

_FORMAT = "aforo edge hand-in v1"
#: Leaves of one hand-in, and bytes of their bodies, at most.
MOST_LEAVES = 500
MOST_BYTES = 2 * 1024 * 1024


class HandIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Leaves of an edge's log from `first` on; `bodies` as they were hashed. `note` is the edge's signature over the
    root of their hashes; `checkpoint` its last signed checkpoint, where the leaves reach so far."""

    edge: str
    first: int
    bodies: list[str]
    note: str
    checkpoint: str = ""


class HandedIn(msgspec.Struct, frozen=True):
    """How many leaves of the edge the node has now, from which the edge goes on; how many of these were new, and how
    many visits have found no crossing yet."""

    cursor: int
    taken: int
    unmatched: int


def hand_in(log: Log, first: int, most: int = MOST_LEAVES) -> HandIn | None:
    """What an edge has to hand in from a leaf on; None where its tree has no more."""
    found, _ = leaves_after(log, first - 1, PAYLOADS.keys(), min(most, MOST_LEAVES))
    bodies: list[bytes] = []
    size = 0
    for _, stored in found:
        size += len(stored.body)
        if bodies and size > MOST_BYTES:
            break
        bodies.append(stored.body)
    if not bodies:
        return None
    note = log.keys.signing.current(log.origin).note(_text(log.origin, first, merkle.leaf_hashes(bodies)))
    tree = last_checkpoint(log.database)
    whole = tree is not None and tree.size == first + len(bodies)
    return HandIn(
        log.origin, first, [each.decode() for each in bodies], note, tree.note if tree is not None and whole else ""
    )


def check_signed(handed: HandIn, key: Verifier) -> list[bytes]:
    """The leaf hashes of a hand-in. Raises NoteError where the key did not sign it."""
    hashes = merkle.leaf_hashes(body.encode() for body in handed.bodies)
    if key.opens(handed.note) != _text(handed.edge, handed.first, hashes):
        raise NoteError("another hand-in was signed")
    return hashes


def _text(edge: str, first: int, hashes: Sequence[bytes]) -> str:
    root = base64.b64encode(merkle.root(hashes)).decode()
    return f"{_FORMAT}\n{edge}\n{first}\n{len(hashes)}\n{root}\n"
