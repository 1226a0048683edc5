"""What convicts a log: two checkpoints that it signed, of which the later one's tree does not begin with the earlier's.

Of two of one size, other roots are enough. Of two sizes, a proof shows which root the first leaves of the larger tree
have: another one than was signed for that many. Whoever holds the log's key can see that, and needs to believe nobody.
That a proof of consistency fails is no evidence by itself: anybody can send a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from aforo.log.checkpoint import Checkpoint, opened, parse
from aforo.log.merkle import HASH_BYTES, roots_of_consistency
from aforo.log.note import NoteError, Verifier, taken_apart
from aforo.log.tiles import Tree

#: Hashes of a proof, at most (C2SP tlog-witness).
MOST_HASHES = 63


class Contradiction(msgspec.Struct, frozen=True):
    """Two signed notes, the smaller tree's first, and the proof between them (`roots_of_consistency`); empty where they
    are of one size."""

    smaller: str
    larger: str
    proof: list[bytes] = []

    def convicts(self, keys: Iterable[Verifier]) -> bool:
        """Whether one log signed both, under one or two of `keys`, and they cannot both be true of it."""
        known = list(keys)
        try:
            smaller, larger = opened_by(self.smaller, known), opened_by(self.larger, known)
        except NoteError:
            return False
        return _contradict(smaller, larger, self.proof)


def opened_by(note: str, keys: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint of a note that one of these keys signed. Raises NoteError."""
    refused = NoteError("there is no key to verify with")
    for verifier in keys:
        try:
            return opened(note, verifier)
        except NoteError as error:
            refused = error
    raise refused


def between(smaller: str, larger: str, proof: list[bytes]) -> Contradiction | None:
    """What convicts the log of two notes, whose signatures were verified; None where this does not."""
    one, other = _said(smaller), _said(larger)
    return Contradiction(smaller, larger, proof) if _contradict(one, other, proof) else None


def found(kept: str, larger: str, tree: Callable[[int], Tree]) -> Contradiction | None:
    """What convicts the log whose tree is given, by size, and which signed `larger` over it, where it signed `kept` as
    well, over as many leaves or fewer; None where the one begins with the other. Signatures were verified.

    Raises ValueError where `kept` is of the larger tree, and as the tree's `Read`.
    """
    one, other = _said(kept), _said(larger)
    proof = [] if one.size == other.size else tree(other.size).whole_consistency(one.size)
    return between(kept, larger, proof)


def _said(note: str) -> Checkpoint:
    return parse(taken_apart(note)[0])


def _contradict(smaller: Checkpoint, larger: Checkpoint, proof: list[bytes]) -> bool:
    if (
        smaller.origin != larger.origin
        or len(proof) > MOST_HASHES + 1
        or any(len(each) != HASH_BYTES for each in proof)
    ):
        return False
    if smaller.size == larger.size:
        return not proof and smaller.root != larger.root
    roots = roots_of_consistency(smaller.size, larger.size, proof)
    return roots is not None and roots[1] == larger.root and roots[0] != smaller.root
