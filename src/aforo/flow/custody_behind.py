"""How far into the stream of a device reaches what a load that it sealed and seals no more rests on.

A seal goes on to other loads, for years. What it says of these tells nothing of the load before, unless it speaks of
that time, late; or its chain shows that something of the load's own is contradicted, or never came.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from aforo.custody.case import Block, Heard
from aforo.custody.chain import NONE_BEFORE
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import heard_of
from aforo.custody.trip import Bound
from aforo.domain.device import BlockReceived
from aforo.flow.device_acts import LONGEST_TOLERANCE_S
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events that are read at once.
_PAGE = 2_000


class _Placed(NamedTuple):
    """A block, the version of its device's stream that it is, and whether it speaks of the time of the load."""

    block: Block
    version: int
    in_time: bool


def last_told(log: Log, sealed: Bound, before: Iterable[StoredEvent], until: int) -> int:
    """The last version of a device's stream that a load rests on: behind it nothing speaks of the time from when the
    seal was put on, or as much before as any clock may be off, until it was taken off; and nothing contradicts what
    does. `before` is what was heard of that load before the device was bound; instants in microseconds."""
    since = sealed.since - LONGEST_TOLERANCE_S * 1_000_000
    placed = _placed(before, since, until)
    stream, at, end = DEVICE + sealed.device, sealed.version, log.versions([DEVICE + sealed.device])
    for after in range(at, end.get(stream, at), _PAGE):
        placed += _placed(log.stream(stream, after, (BlockReceived.TYPE,), last=after + _PAGE), since, until)
    return _with_between(placed, max((at, *(each.version for each in placed if each.in_time), *_convicting(placed))))


def _placed(events: Iterable[StoredEvent], since: int, until: int) -> list[_Placed]:
    recorded = [(each.event, each.payload) for each in events]
    version = {said.hash: event.version for event, said in recorded if isinstance(said, BlockReceived)}
    heard = heard_of(recorded)
    spoke = _spoke(heard, since, until)
    return [
        # What claims a time that had not come is of when it came.
        _Placed(each, version[each.hash.hex()], spoke[place] or since <= each.arrived < until)
        for place, each in enumerate(heard.blocks)
    ]


def _spoke(heard: Heard, since: int, until: int) -> list[bool]:
    """Of which blocks a reading is of the time since an instant, until before another."""
    time = heard.readings["at"]
    counts = np.bincount(heard.block[(since <= time) & (time < until)], minlength=len(heard.blocks))
    return [bool(each) for each in counts]


def _with_between(placed: list[_Placed], last: int) -> int:
    """The version up to which blocks are read so that none is missing between two that are: a block of later that came
    before some of the load's own would else show a gap that what came after them has filled."""
    signed = [each for each in placed if each.block.grade != "unsigned"]
    while True:
        furthest: dict[str, tuple[int, int]] = {}
        for each in signed:
            if each.version <= last:
                place = each.block.boot, each.block.sequence
                furthest[each.block.signer] = max(place, furthest.get(each.block.signer, place))
        more = [
            each.version
            for each in signed
            if each.block.signer in furthest and (each.block.boot, each.block.sequence) < furthest[each.block.signer]
        ]
        if max(more, default=last) <= last:
            return last
        last = max(more)


def _convicting(placed: list[_Placed]) -> list[int]:
    """The versions of blocks that speak of other times, and stand in a chain where one of the load's own does or did;
    that go on from any of these but the last; or that show that what came behind the last is missing."""
    found: list[int] = []
    for signer in {each.block.signer for each in placed if each.in_time and each.block.grade != "unsigned"}:
        chain = [each for each in placed if each.block.signer == signer and each.block.grade != "unsigned"]
        own = [each.block for each in chain if each.in_time]
        top = max((each.boot, each.sequence) for each in own)
        ends = {each.hash for each in own if (each.boot, each.sequence) == top}
        named = {each.hash for each in own} - ends | ({NONE_BEFORE} & {each.previous for each in own})
        behind = [each for each in chain if not each.in_time]
        later = [each for each in behind if (each.block.boot, each.block.sequence) > top]
        found += [each.version for each in behind if (each.block.boot, each.block.sequence) <= top]
        found += [each.version for each in later if each.block.previous in named]
        if later:
            following = min(later, key=lambda each: (each.block.boot, each.block.sequence, each.version))
            found += [following.version] if following.block.previous not in ends else []
    return found
