"""Second histories: a log whose witness has cosigned one tree signs another one, by what it does and how it submits it.

Beside them are honest logs that look alike at first: what they submit is refused too, and convicts nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.merkle import HASH_BYTES
from aforo.log.note import Signer
from aforo.log.tiles import HEIGHT, WIDTH, NoTileError, Read, Tile, width_at
from aforo.log.witness import Submission


class Fork(msgspec.Struct, frozen=True):
    """The leaves that were cosigned, those that the log signed then, and the proof of these with the size that it is
    said to lead from."""

    cosigned: list[bytes]
    signed: list[bytes]
    old: int
    proof: list[bytes]

    def first(self, log: Signer) -> bytes:
        """The submission that the witness cosigns."""
        return Submission(0, [], note(log, self.cosigned)).body

    def then(self, log: Signer) -> bytes:
        """The one that it refuses."""
        return Submission(self.old, self.proof, note(log, self.signed)).body


def note(log: Signer, leaves: list[bytes]) -> str:
    """The signed checkpoint over leaves."""
    return Checkpoint(log.verifier.name, len(leaves), merkle.root(leaves)).signed(log)


def reading(leaves: list[bytes]) -> Read:
    """The tiles of a tree."""
    levels = [leaves]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([merkle.root(below[at : at + WIDTH]) for at in range(0, len(below) - WIDTH + 1, WIDTH)])

    def read(tile: Tile) -> bytes:
        first = tile.index * WIDTH
        hashes = levels[tile.level][first : first + tile.width] if tile.level < len(levels) else []
        if len(hashes) < tile.width:
            raise NoTileError(tile.path)
        return b"".join(hashes)

    return read


def laid_out(folder: Path, leaves: list[bytes], signed: str | None) -> Path:
    """A folder with the tiles of a tree and the checkpoint over it, as a server of files has them."""
    read, size, level = reading(leaves), len(leaves), 0
    folder.mkdir(parents=True)
    if signed is not None:
        (folder / "checkpoint").write_text(signed, encoding="utf-8")
    while size >> HEIGHT * level:
        for index in range(-(-(size >> HEIGHT * level) // WIDTH)):
            tile = Tile(level, index, width_at(size, level, index))
            place = folder / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(read(tile))
        level += 1
    return folder


def grown(draw: Random, own: list[bytes], fork: Fork) -> list[bytes]:
    """One of the two histories, gone on with until it has as many leaves as both: its tiles tell."""
    return [*own, *fresh(draw, max(len(fork.cosigned), len(fork.signed)) - len(own) + draw.randrange(20))]


def fresh(draw: Random, count: int) -> list[bytes]:
    """New leaves."""
    return [draw.randbytes(HASH_BYTES) for _ in range(count)]


def _proof(leaves: list[bytes], old: int) -> list[bytes]:
    return merkle.consistency_proof(leaves, old) if 0 < old < len(leaves) else []


def _before(draw: Random) -> list[bytes]:
    return fresh(draw, draw.randrange(3, 250))


def _changed(draw: Random, leaves: list[bytes]) -> list[bytes]:
    at = draw.randrange(len(leaves))
    return [*leaves[:at], *fresh(draw, 1), *leaves[at + 1 :]]


def _damaged(draw: Random, proof: list[bytes], most: int = 9) -> list[bytes]:
    """Another proof than this one: none, random hashes, one hash less, or one hash changed."""
    kind = draw.randrange(4) if proof else 1
    if kind == 1:
        return fresh(draw, draw.randrange(1, most))
    if kind == 2:
        return proof[:-1]
    return _changed(draw, proof) if kind == 3 else []


def _put_back_and_past(draw: Random) -> Fork:
    """Put back with its keys, and gone on with past what was cosigned."""
    before = _before(draw)
    at = draw.randrange(len(before))
    after = [*before[:at], *fresh(draw, len(before) - at + draw.randrange(1, 40))]
    return Fork(before, after, len(before), _proof(after, len(before)))


def _put_back_and_fewer(draw: Random) -> Fork:
    """Put back with its keys, and gone on with to fewer leaves than were cosigned, from where it knows itself."""
    before = _before(draw)
    at = draw.randrange(len(before) - 1)
    after = [*before[:at], *fresh(draw, draw.randrange(1, len(before) - at))]
    return Fork(before, after, at, _proof(after, at))


def _same_size(draw: Random) -> Fork:
    before = _before(draw)
    after = _changed(draw, before)
    return Fork(before, after, len(before), [])


def _longer(draw: Random) -> Fork:
    """From a size that is no power of two: its own proof says which root was forked."""
    before = fresh(draw, draw.choice([size for size in range(3, 250) if size & (size - 1)]))
    after = [*_changed(draw, before), *fresh(draw, draw.randrange(1, 40))]
    return Fork(before, after, len(before), _proof(after, len(before)))


def _shorter(draw: Random) -> Fork:
    before = _before(draw)
    after = _changed(draw, before[: draw.randrange(1, len(before))])
    old = draw.randrange(len(after) + 1)
    return Fork(before, after, old, _proof(after, old))


def _power_of_two(draw: Random) -> Fork:
    before = fresh(draw, 2 ** draw.randrange(1, 8))
    after = [*_changed(draw, before), *fresh(draw, draw.randrange(1, 40))]
    return Fork(before, after, len(before), _proof(after, len(before)))


def _bad_proof(draw: Random) -> Fork:
    fork = _longer(draw)
    return msgspec.structs.replace(fork, proof=_damaged(draw, fork.proof))


def _another_old(draw: Random) -> Fork:
    fork = _longer(draw)
    old = draw.choice([size for size in range(len(fork.signed) + 1) if size != fork.old])
    return msgspec.structs.replace(fork, old=old, proof=_proof(fork.signed, old))


def _signed_away(draw: Random) -> Fork:
    """A leaf less, and the tree made anew."""
    before = _before(draw)
    at = draw.randrange(len(before))
    after = [*before[:at], *before[at + 1 :], *fresh(draw, draw.randrange(1, 40))]
    return Fork(before, after, len(before), _proof(after, len(before)))


def _answer_lost(draw: Random) -> Fork:
    """Honest: it did not hear that it was cosigned, and goes on from what it knows."""
    after = fresh(draw, draw.randrange(4, 250))
    cosigned = draw.randrange(2, len(after))
    old = draw.randrange(cosigned)
    return Fork(after[:cosigned], after, old, _proof(after, old))


def _old_again(draw: Random) -> Fork:
    """Honest: somebody submits an older checkpoint of it."""
    before = _before(draw)
    after = before[: draw.randrange(1, len(before))]
    old = draw.randrange(len(after) + 1)
    return Fork(before, after, old, _proof(after, old))


def _from_damaged_tiles(draw: Random) -> Fork:
    """Honest as to what it signed: the tiles that it makes proofs from are damaged."""
    after = fresh(draw, draw.randrange(4, 250))
    cosigned = draw.randrange(2, len(after))
    return Fork(after[:cosigned], after, cosigned, _damaged(draw, _proof(after, cosigned)))


FORKS: dict[str, Callable[[Random], Fork]] = {
    "rollback, gone on past what was cosigned": _put_back_and_past,
    "rollback, gone on to fewer leaves": _put_back_and_fewer,
    "fork, of the same size": _same_size,
    "fork, longer": _longer,
    "fork, shorter": _shorter,
    "fork, from a power of two": _power_of_two,
    "fork, with a bad proof": _bad_proof,
    "fork, said to go on from another size": _another_old,
    "deletion, signed over by the log": _signed_away,
}
HONEST: dict[str, Callable[[Random], Fork]] = {
    "honest, whose answer was lost": _answer_lost,
    "honest, an old checkpoint again": _old_again,
    "honest, with a bad proof": _from_damaged_tiles,
}
