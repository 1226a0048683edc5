"""Which blocks of before a device sealed a load contradict what it said for that load.

A chain goes on from one load to the next, and a clone may sign a place again that the device signed on an earlier one.
So what a trip rests on reaches back, to the blocks that its own ones cannot stand beside, and no further: where a truck
was on another trip is that trip's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aforo.custody.case import Block
from aforo.custody.chain import facts
from aforo.custody.fact import Fact


def convicting(
    own: Sequence[Block], before: Sequence[Block], tolerance: int, since: int, until: int
) -> tuple[Block, ...]:
    """Of the blocks of `before` those that a trip takes in, by its `own` ones: all that any fact of the time of its
    sealing rests on, and what has to stand beside these so that nothing else seems to be missing or forked.

    The seal stood from `since` until before `until`; these and the clock's tolerance in microseconds.
    """

    def told(taken: Sequence[Block]) -> set[Fact]:
        found = facts("", own, tolerance, taken)
        begins = since - tolerance
        return {each for each in found if each.since < until and min(each.until, each.latest + 1) > begins}

    wanted = told(before)
    named = {each for fact in wanted for each in fact.rests_on}
    taken = [each for each in before if each.hash.hex() in named]
    beside: list[Block] = []
    while told([*taken, *beside]) != wanted:
        previous = {each.previous for each in (*own, *taken, *beside)}
        more = [each for each in before if each.hash in previous and each not in taken and each not in beside]
        if not more:
            break
        beside += more
    beside = _needed(beside, lambda kept: told([*taken, *kept]) == wanted)
    return tuple(each for each in before if each in taken or each in beside)


def _needed(blocks: list[Block], is_enough: Callable[[list[Block]], bool]) -> list[Block]:
    """The blocks without those that are not needed."""
    for each in list(blocks):
        less = [other for other in blocks if other is not each]
        if is_enough(less):
            blocks = less
    return blocks
