"""What blocks prove by themselves: each names the one before it, so that what was taken out or made twice shows.

A chain is that of one signer since one start (boot). Two blocks of one place in it with different hashes convict
whoever holds the key, without anything else: nothing honest makes both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise

from aforo.custody.case import NEVER, Block
from aforo.custody.fact import Fact, FactCode
from aforo.domain.reading import weakest

#: What the first block of a device names as the one before it.
NONE_BEFORE = bytes(32)


def facts(device: str, blocks: Sequence[Block], tolerance: int, before: Sequence[Block] = ()) -> list[Fact]:
    """What the signed blocks of a device show; `tolerance` in microseconds is that of its clock.

    Blocks of `before`, when it was on no load or another, are held against those that are asked about; what is about
    them alone, or missing before one of them, is of that load.
    """
    asked = {each.hash for each in blocks}
    by_signer: dict[str, list[Block]] = defaultdict(list)
    for each in {each.hash: each for each in (*before, *blocks) if each.grade != "unsigned"}.values():
        by_signer[each.signer].append(each)
    found: list[Fact] = []
    for own in by_signer.values():
        found += [
            _fact(device, code, about)
            for code, about in _contradictions(own, tolerance)
            if any(each.hash in asked for each in about)
        ]
        found += _missing(device, own, asked)
    return found


def _contradictions(blocks: list[Block], tolerance: int) -> Iterator[tuple[FactCode, list[Block]]]:
    """The blocks of one signer that cannot all be honest, with what is wrong."""
    places: dict[tuple[int, int], list[Block]] = defaultdict(list)
    followers: dict[bytes, list[Block]] = defaultdict(list)
    for each in blocks:
        places[each.boot, each.sequence].append(each)
        followers[each.previous].append(each)
    for same in places.values():
        if len(same) > 1:
            yield "cloned", same
    for (boot, sequence), here in places.items():
        if before := places.get((boot, sequence - 1)):
            hashes = {each.hash for each in before}
            for each in here:
                if each.previous not in hashes:
                    yield "forked", [*before, each]
                elif each.first < min(other.last for other in before if other.hash == each.previous) - tolerance:
                    yield "clock_back", [*(other for other in before if other.hash == each.previous), each]
    for previous, after in followers.items():
        if len({(each.boot, each.sequence) for each in after}) > 1:
            # Two starts cannot both go on from one block, nor a device begin twice with nothing before it.
            yield ("forked" if previous != NONE_BEFORE else "rolled_back"), after
    yield from _rolled_back(blocks, tolerance)


def _rolled_back(blocks: list[Block], tolerance: int) -> Iterator[tuple[FactCode, list[Block]]]:
    """Blocks of an earlier start that speak of times at which a later one had begun."""
    by_boot: dict[int, list[Block]] = defaultdict(list)
    for each in blocks:
        by_boot[each.boot].append(each)
    begun: Block | None = None
    for boot in sorted(by_boot, reverse=True):
        own = by_boot[boot]
        if begun is not None:
            yield from (("rolled_back", [each, begun]) for each in own if each.last > begun.first + tolerance)
        earliest = min(own, key=lambda each: (each.first, each.hash))
        begun = earliest if begun is None or earliest.first < begun.first else begun


def _missing(device: str, blocks: list[Block], asked: Set[bytes]) -> Iterator[Fact]:
    """The places in a chain that never came though what follows them, one of the `asked`, did.

    What was in them is of the time between their neighbours; where these overlap, of the time that they share.
    """
    known = {each.hash for each in blocks}
    by_place = sorted(blocks, key=lambda each: (each.boot, each.sequence, each.hash))
    for before, after in pairwise(by_place):
        follows = after.boot > before.boot or after.sequence > before.sequence + 1
        unknown = after.previous not in known and after.previous != NONE_BEFORE
        if follows and unknown and after.hash in asked:
            grade = weakest({before.grade, after.grade})
            rests_on = tuple(sorted((before.hash.hex(), after.hash.hex())))
            since, latest = sorted((before.last, after.first))
            until = max(latest, since + 1)
            yield Fact(since, "missing", device, since, latest, until, grade, rests_on)


def _fact(device: str, code: FactCode, about: Iterable[Block]) -> Fact:
    """From the first instant that any of these blocks speaks of on, nothing of the device is beyond doubt."""
    own = list(about)
    first, last = min(each.first for each in own), max(each.last for each in own)
    rests_on = tuple(sorted(each.hash.hex() for each in own))
    return Fact(first, code, device, first, last, NEVER, weakest({each.grade for each in own}), rests_on)
