"""What convicts a log: two checkpoints that it signed, of which the later one's tree does not begin with the earlier's.

Of two of one size, other roots are enough. Of two sizes, a proof shows which root the first leaves of the larger tree
have: another one than was signed for that many. Whoever holds the log's key can see that, and needs to believe nobody.
That a proof of consistency fails is no evidence by itself: anybody can send a wrong one. Two checkpoints of which that
is all that is known are a suspicion, and tiles that one party has of the log turn it into what convicts, or end it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import msgspec

from aforo.log.checkpoint import Checkpoint, opened, parse
from aforo.log.merkle import EMPTY_ROOT, HASH_BYTES, roots_of_consistency
from aforo.log.note import NoteError, Verifier, taken_apart
from aforo.log.tiles import NoTileError, Read, Tree

#: Hashes of a proof, at most (C2SP tlog-witness).
MOST_HASHES = 63


class UnsettledError(LookupError):
    """The tiles at hand do not tell whether checkpoints contradict each other: they give the root of none of them, or
    only of one that has fewer leaves than another, whose tree may go on from it."""


class Contradiction(msgspec.Struct, frozen=True):
    """Two signed notes, the smaller tree's first, and the proof between them (`roots_of_consistency`); empty where they
    are of one size, and where the smaller is of no leaves. Of a suspicion it is empty too."""

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
    return _opening(note, keys)[1]


def bare(note: str, keys: Iterable[Verifier]) -> str:
    """A note that one of these keys signed, with that signature alone: whoever passes a note on can put lines to it.
    Raises NoteError."""
    return _opening(note, keys)[0].alone(note)


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
    proof = [] if one.size in (0, other.size) else tree(other.size).whole_consistency(one.size)
    return between(kept, larger, proof)


def settled(notes: Sequence[str], read: Read) -> Contradiction | None:
    """What of signed checkpoints of one log convicts it, by tiles that somebody has of that log; None where they all
    are of the one tree. Signatures were verified.

    Tiles are believed where they give a root that was signed, and no further: that they lead to another root than that
    of a checkpoint of more leaves says nothing, since they may be anybody's beyond what was signed. Raises
    UnsettledError, and as `read`, but for NoTileError.
    """

    @cache
    def tree(size: int) -> Tree:
        return Tree(size, read)

    said = {note: _said(note) for note in notes}
    by_size = sorted(said, key=lambda note: said[note].size)
    if len({each.origin for each in said.values()}) > 1:
        raise UnsettledError
    for larger in reversed(by_size):
        own = said[larger]
        try:
            if tree(own.size).root() != own.root:
                continue
            for each in by_size:
                if each != larger and said[each].size <= own.size and (convicts := found(each, larger, tree)):
                    return convicts
        except NoTileError:
            continue
        if own.size == said[by_size[-1]].size:
            return None
    raise UnsettledError


def _opening(note: str, keys: Iterable[Verifier]) -> tuple[Verifier, Checkpoint]:
    refused = NoteError("there is no key to verify with")
    for verifier in keys:
        try:
            return verifier, opened(note, verifier)
        except NoteError as error:
            refused = error
    raise refused


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
    if smaller.size == 0:
        return not proof and smaller.root != EMPTY_ROOT
    roots = roots_of_consistency(smaller.size, larger.size, proof)
    return roots is not None and roots[1] == larger.root and roots[0] != smaller.root
