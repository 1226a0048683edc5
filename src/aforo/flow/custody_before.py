"""The case of a trip as its own seals tell it, and what of before they were put on convicts what they said since.

Of the stream of a device that sealed a trip, what was recorded before it was bound is of other loads. But the device's
chain goes on, so that a clone shows where two blocks of one place lie on both sides of the binding. Who would look for
the other one in all that a device ever said would read years of it: so it is read back from the binding, for as long as
it tells of a place at or behind the first of the trip's own. For a chain that goes on that is a look at its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import msgspec

from aforo.custody.case import Block, Case
from aforo.custody.chain import NONE_BEFORE
from aforo.custody.convicting import convicting
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import Recorded, case_of, heard_of, trip_of
from aforo.custody.trip import Bound, first_of, last_of
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.event import payload_of
from aforo.flow.custody_heard import heard_for
from aforo.flow.seal_blocks import key_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.withheld import is_withheld

#: Versions that are looked at in any case, the last before a device was bound; each further look is at twice as many,
#: and at most at so many.
_NEAR, _MOST = 20, 5_000
Place = tuple[int, int]
#: Behind every place of a chain.
_NOWHERE = (2**63, 0)


class _Head(msgspec.Struct, frozen=True):
    """Where a block stands in its signer's chain, by its boot and sequence, and of what time it is; `hash` is hex, and
    the signer empty where there is none."""

    signer: str
    place: Place
    hash: str
    first: int
    last: int
    stored: StoredEvent


def sealed_case(log: Log, trip: Sequence[Recorded], known_by: int) -> tuple[Case, dict[str, list[StoredEvent]]]:
    """The case of a trip, by the events of its stream, without what is said of roads, by what was recorded by an
    instant (microseconds since 1970); and by device what of its stream that rests on, but for what was registered
    before."""
    known = trip_of(trip, known_by)
    firsts = {} if known is None else first_of(known.seals)
    registered = {
        device: log.stream(DEVICE + device, types=(DeviceRegistered.TYPE,), last=first.version)[-1:]
        for device, first in firsts.items()
    }
    ends = {} if known is None else last_of(known.seals)
    heard = {device: heard_for(log, first, ends[device]) for device, first in firsts.items()}
    case = case_of(trip, {each: _recorded([*registered[each], *heard[each]]) for each in heard}, (), known_by)
    before = {device: _convicting(log, case, first) for device, first in firsts.items()}
    blocks = {device: heard_of(_recorded(events)).blocks for device, events in before.items() if events}
    return replace(case, before=blocks), {device: [*before[device], *heard[device]] for device in firsts}


def rested_on_before(log: Log, trip: Sequence[Recorded], known_by: int, device: str) -> set[int]:
    """The versions of a device's stream that a trip which it sealed rests on though they lie below its binding."""
    _, rests_on = sealed_case(log, trip, known_by)
    known = trip_of(trip, known_by)
    bound = {} if known is None else first_of(known.seals)
    return {version for each in rests_on.get(device, ()) if (version := each.event.version) < bound[device].version}


def _convicting(log: Log, case: Case, first: Bound) -> list[StoredEvent]:
    """The blocks of before a device sealed a load that contradict what it said for it."""
    stood = [each for each in case.sealings if each.device == first.device]
    until = max((each.until for each in stood), default=0)
    tolerance = min((each.tolerance for each in stood), default=0)
    own = [each for each in case.heard[first.device].blocks if each.grade != "unsigned" and each.first < until]
    if not own:
        return []
    near = _near(log, first)
    named, gone = _named(log, first, own, near)
    if _goes_on(own, near, named, gone, tolerance):
        return []
    heads = {each.hash: each for each in (*named, *_back(log, first, _Sought(own, near, named)))}
    events = [each.stored for each in sorted(heads.values(), key=lambda each: each.stored.position)]
    taken = convicting(own, heard_of(_recorded(events)).blocks, tolerance, min(each.since for each in stood), until)
    return [heads[each.hash.hex()].stored for each in taken]


def _near(log: Log, first: Bound) -> list[_Head]:
    """The last blocks of before a device was bound."""
    last, many = first.version - 1, _NEAR
    while last > 0:
        if page := _page(log, first, last, many):
            return page
        last, many = last - many, min(2 * many, _MOST)
    return []


def _beginning(log: Log, first: Bound) -> list[_Head]:
    """The first blocks of a device's stream, of before it was bound."""
    last, many = 0, _NEAR
    while last < first.version - 1:
        last, many = min(last + many, first.version - 1), min(2 * many, _MOST)
        if page := _page(log, first, last, last):
            return page
    return []


def _page(log: Log, first: Bound, last: int, many: int) -> list[_Head]:
    """The blocks of before among so many versions, up to the last of them."""
    page = log.stream(DEVICE + first.device, max(0, last - many), (BlockReceived.TYPE,), last=last)
    return [head for each in page if (head := _head(each, first)) is not None]


def _head(stored: StoredEvent, first: Bound) -> _Head | None:
    """The head of a block of before; None where it is none."""
    event = stored.event
    said = payload_of(event.type, event.schema, event.data)
    if not isinstance(said, BlockReceived) or not first.precedes(event.version, said.last):
        return None
    return _Head(said.signer(first.device), (said.boot, said.sequence), said.hash, said.first, said.last, stored)


def _named(log: Log, first: Bound, own: Sequence[Block], near: Sequence[_Head]) -> tuple[list[_Head], set[str]]:
    """The blocks of before that the trip's own ones name, and the hashes of those that were erased."""
    previous = {each.previous.hex() for each in own if each.previous != NONE_BEFORE}
    heads = [each for each in near if each.hash in previous]
    lost = previous - {each.hash.hex() for each in own} - {each.hash for each in heads}
    keys = {key_of(first.device, each): each for each in lost}
    found = log.find(list(keys)) if keys else {}
    heads += [head for each in found.values() if (head := _head(each, first)) is not None]
    return heads, {keys[key] for key, each in found.items() if is_withheld(each)}


def _goes_on(
    own: Sequence[Block], near: Sequence[_Head], named: Sequence[_Head], gone: Collection[str], tolerance: int
) -> bool:
    """Whether the chain of each signer goes on from the last before the device was bound. Of a signer that signed none
    of these, such as the gateway of another truck, nothing else is asked."""
    for signer, blocks in _by_signer(own).items():
        ahead = [each for each in near if each.signer == signer]
        if not ahead:
            continue
        top, least = max(ahead, key=lambda each: each.place), min(_place(each) for each in blocks)
        if top.place >= least or any(each.signer == signer and each.hash != top.hash for each in named):
            return False
        for each in blocks:
            follows = each.previous.hex() == top.hash and each.first >= top.last - tolerance
            begins = _place(each) == least and each.previous.hex() not in gone
            if each.previous == NONE_BEFORE or (begins and not follows):
                return False
    return True


class _Sought:
    """What blocks of before may contradict a trip's own ones, by their heads; and how far back to look for them, of
    each signer that signed any of the last ones."""

    def __init__(self, own: Sequence[Block], near: Sequence[_Head], named: Sequence[_Head]) -> None:
        lately = {each.signer for each in near}
        self._own = {signer: blocks for signer, blocks in _by_signer(own).items() if signer in lately}
        self._hashes = {each.previous.hex() for each in own}
        self._places = {(each.signer, each.boot, each.sequence + step) for each in own for step in (-1, 0, 1)}
        # What goes on from one that is named stands behind it, or at the next start.
        self._places |= {(each.signer, each.place[0], each.place[1] + 1) for each in named}
        self._places |= {(each.signer, each.place[0] + 1, 0) for each in named}
        self._least: dict[str, Place] = {}
        for signer, blocks in self._own.items():
            places = [*map(_place, blocks), *(each.place for each in named if each.signer == signer)]
            self._least[signer] = min(places)
        #: Of one that names none before it the very first is sought.
        self.begins = any(each.previous == NONE_BEFORE for blocks in self._own.values() for each in blocks)

    def is_behind(self, head: _Head) -> bool:
        """Whether a block stands at or behind the first that is sought."""
        return head.place >= self._least.get(head.signer, _NOWHERE)

    def among(self, heads: Sequence[_Head]) -> list[_Head]:
        """Those of the blocks that may be sought; of a part of them together with others the same as of all."""
        kept: dict[str, _Head] = {}
        for signer, blocks in self._own.items():
            every = [each for each in heads if each.signer == signer]
            least, boot = min(map(_place, blocks)), max(each.boot for each in blocks)
            begun = min(each.first for each in blocks)
            found = [
                each
                for each in every
                if (signer, *each.place) in self._places
                or each.hash in self._hashes
                # An earlier start that speaks of times at which the trip's own had begun.
                or (each.place[0] < boot and each.last > begun)
            ]
            # The last before the trip's own, the first of all, and the first of each start.
            in_order = sorted(every, key=lambda each: (each.place, each.hash))
            found += [each for each in in_order if each.place < least][-1:] + in_order[:1]
            by_start: dict[int, _Head] = {}
            for each in sorted(every, key=lambda each: (each.first, each.hash)):
                by_start.setdefault(each.place[0], each)
            kept |= {each.hash: each for each in (*found, *by_start.values())}
        return list(kept.values())


def _back(log: Log, first: Bound, sought: _Sought) -> list[_Head]:
    """What is sought of before a device was bound, going back until nothing is behind the first of it."""
    last, many = first.version - 1, _NEAR
    found = _beginning(log, first) if sought.begins else []
    while last > 0:
        page = _page(log, first, last, many)
        found = sought.among([*page, *found])
        if page and not any(map(sought.is_behind, page)):
            break
        last, many = last - many, min(2 * many, _MOST)
    return found


def _place(block: Block) -> Place:
    return block.boot, block.sequence


def _by_signer(blocks: Iterable[Block]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for each in blocks:
        found.setdefault(each.signer, []).append(each)
    return found


def _recorded(events: Iterable[StoredEvent]) -> list[Recorded]:
    return [(each.event, each.payload) for each in events]
