"""What is due to be erased of trips under seal, and its erasure: the proofs stay, the words go.

A trip is due as a whole: when the last that was recorded of it has been kept for as long as the policy says. What is
left of one whose erasure was stopped, by a version that could leave a part, is due too. What a device reported is due
when it has been kept for as long, and no trip rests on it that is not due: of a seal that went on to other loads that
is what is told of the trip, and not what it said of these. A response stays: a start of earlier versions that says
where the truck was goes with its trip, and is said anew without that before. Before a trip is erased its custody is
stated, where it never was or something came of it since: so its states stay, without the persons and places behind
them. Who was given a bundle is due no sooner than its trip; a handover goes with the page that was shown, unless that
tells of a trip on hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.cause import CauseKind
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import trip_of
from aforo.custody.retention import Policy, Years, over_at
from aforo.custody.trip import CAUSES, Bound, KnownTrip, first_of, last_of, named_in
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.event import Origin
from aforo.domain.handover import HandoverSigned
from aforo.domain.response import ResponseStarted
from aforo.domain.retention import (
    OF_CAUSES,
    OF_DEVICE,
    OF_GIVEN,
    OF_HANDOVERS,
    OF_RESPONSES,
    OF_SIGNS,
    OF_THEFTS,
    OF_TRIP,
)
from aforo.domain.trip import CustodyJudged, TripCaused, TripOpened
from aforo.flow.custody import Custody
from aforo.flow.custody_before import rested_on_before
from aforo.flow.custody_behind import last_told
from aforo.flow.custody_bundle import state_at_last
from aforo.flow.custody_given import GIVEN
from aforo.flow.custody_heard import heard_before
from aforo.flow.handover import PREFIX as HANDOVER
from aforo.flow.handover import key_once_erased
from aforo.flow.response_acts import SIGNS
from aforo.flow.theft_reports import THEFTS
from aforo.log import scrubbed, withheld
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.contention import retried
from aforo.log.restated import restate
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: As what responses were kept beside the log while they said where trucks were.
_PLACED = "responses/1"
#: The kinds of cause that what a signer's blocks prove by themselves is.
_OF_CHAIN: tuple[CauseKind, ...] = ("cloned", "replayed", "clock_skew", "missing")


class DueTrip(msgspec.Struct, frozen=True):
    """A trip that is due since an instant, with how many events of it; `held` where the policy says why it is kept."""

    trip: str
    since: datetime
    events: int
    held: str = ""


class DueReadings(msgspec.Struct, frozen=True):
    """Blocks of a device's readings that are due, the first of them since an instant."""

    device: str
    since: datetime
    blocks: int


class DueGiven(msgspec.Struct, frozen=True):
    """Records of who was given bundles of a trip, the first of them due since an instant."""

    trip: str
    since: datetime
    events: int


class DueHandovers(msgspec.Struct, frozen=True):
    """Handovers of a bridge or a port, the first of them due since an instant."""

    place: str
    since: datetime
    events: int


class Due(msgspec.Struct, frozen=True):
    """What is due at an instant by a policy of this version. `unscrubbed`: an erasure was stopped, or kept, from having
    the store's files written anew, and they may still hold what it took; the next one completes it."""

    at: datetime
    policy: str
    trips: list[DueTrip]
    readings: list[DueReadings]
    given: list[DueGiven]
    handovers: list[DueHandovers]
    unscrubbed: bool = False

    @property
    def events(self) -> int:
        """How many events are to be erased."""
        others: list[DueGiven | DueHandovers] = [*self.given, *self.handovers]
        return (
            sum(each.events for each in self.trips if not each.held)
            + sum(each.blocks for each in self.readings)
            + sum(each.events for each in others)
        )


class Erasure(msgspec.Struct, frozen=True):
    """What was erased: trips, and events in all; `stated` trips were stated first, since they never had been, or
    something had come since."""

    trips: int
    events: int
    stated: int


class _Found(msgspec.Struct):
    trips: list[tuple[DueTrip, list[StoredEvent]]]
    #: By device, by trip and by place.
    blocks: dict[str, list[StoredEvent]]
    given: dict[str, list[StoredEvent]]
    handovers: dict[str, list[StoredEvent]]


class _Resting(NamedTuple):
    """A trip that rests on what a device said, with its first sealing by that, and until when it was the last."""

    trip: str
    first: Bound
    until: int


def due(log: Log, policy: Policy, at: datetime) -> Due:
    """What is due at an instant."""
    found, kept = _found(log, policy, at), policy.retention
    return Due(
        at,
        kept.version,
        [each for each, _ in found.trips],
        [DueReadings(*each) for each in _since(found.blocks, kept.readings)],
        [DueGiven(*each) for each in _since(found.given, kept.given)],
        [DueHandovers(*each) for each in _since(found.handovers, kept.handovers)],
        scrubbed.is_due(log),
    )


def erase_due(log: Log, policy: Policy, at: datetime, ground: str, *, actor: str, origin: Origin = "live") -> Erasure:
    """Erase what is due at an instant, for a reason that stands in the record in clear; if it stops on the way, doing
    it again completes it. Raises ConcurrencyError, ErasureIncompleteError."""
    found = _found(log, policy, at)
    trips = [(each.trip, events) for each, events in found.trips if not each.held]
    custody, stated = Custody(log), 0
    for trip, own in trips:
        if any(each.event.type == TripOpened.TYPE for each in own):
            stated += retried(partial(state_at_last, custody, trip, origin=origin))
    scrubbed.forget(log, _PLACED)
    # What is signed by now is what a bundle of it is proved under.
    sequence(log)
    groups = [events for _, events in trips]
    placed = [each for own in groups for each in own if each.event.type in OF_RESPONSES]
    restate(log, placed, actor=actor, origin=origin)
    for others in (found.blocks, found.given, found.handovers):
        groups += [[each] for own in others.values() for each in own]
    # The pages first: what names them is there until they are gone, if it stops on the way.
    log.artefacts.forget([page for own in found.handovers.values() for each in own if (page := _page(each))])
    reason = withheld.Reason(ground, policy.retention.version, policy.digest)
    count = withheld.erase(log, groups, reason, actor=actor, origin=origin, key_of=key_once_erased)
    return Erasure(len(trips), count, stated)


def _found(log: Log, policy: Policy, at: datetime) -> _Found:
    trips: list[tuple[DueTrip, list[StoredEvent]]] = []
    #: By device the trips that are not due and rest on its stream, and from which version on all of it is of one that
    #: it seals.
    resting: dict[str, list[_Resting]] = {}
    standing: dict[str, int] = {}
    blocks: dict[str, list[StoredEvent]] = {}
    why = {each.trip: each.why for each in policy.retention.hold}
    staying = set(why)
    placed = _placed_starts(log)
    for name in dict.fromkeys(_trips(log)):
        events = log.stream(TRIP + name, types=OF_TRIP)
        known = trip_of([(each.event, each.payload) for each in events], microseconds(at))
        events += log.stream(CAUSES + name, types=OF_CAUSES)
        events += log.stream(SIGNS + name, types=OF_SIGNS)
        events += log.stream(THEFTS + name, types=OF_THEFTS)
        if not events:
            continue
        since = over_at(_ended(known, events), policy.retention.trip)
        events += placed.pop(name, [])
        if since <= at:
            trips.append((DueTrip(name, since, len(events), why.get(name, "")), events))
        if since > at or name in why:
            staying.add(name)
            seals = () if known is None else known.seals
            until = last_of(seals)
            for device, first in first_of(seals).items():
                resting.setdefault(device, []).append(_Resting(name, first, until[device]))
                if until[device] == NEVER:
                    standing[device] = min(first.version, standing.get(device, first.version))
    # What is left is of trips that were erased when such starts stayed.
    for name, events in placed.items():
        trips.append((DueTrip(name, events[0].event.recorded_at, len(events), why.get(name, "")), events))
    found = _Found(trips, {}, {}, {})
    for stored in _over(log, OF_DEVICE, policy.retention.readings, at):
        device, version = stored.event.stream.removeprefix(DEVICE), stored.event.version
        if version <= standing.get(device, version):
            blocks.setdefault(device, []).append(stored)
    for device, events in blocks.items():
        trips_on = resting.get(device, ())
        kept = _taken_in(log, device, (each.trip for each in trips_on), at)
        for each in trips_on:
            if each.first.version < events[-1].event.version:
                kept |= _behind(log, each, events)
        if gone := [stored for stored in events if stored.event.version not in kept]:
            found.blocks[device] = gone
    for stored in _over(log, OF_GIVEN, policy.retention.given, at):
        if (trip := stored.event.stream.removeprefix(GIVEN)) not in staying:
            found.given.setdefault(trip, []).append(stored)
    for stored in _over(log, OF_HANDOVERS, policy.retention.handovers, at):
        if not _tells_of(log, stored, why):
            found.handovers.setdefault(stored.event.stream.removeprefix(HANDOVER), []).append(stored)
    return found


def _taken_in(log: Log, device: str, trips: Iterable[str], at: datetime) -> set[int]:
    """What these trips take in of a device's stream, of before they were sealed by it."""
    found: set[int] = set()
    for trip in trips:
        stored = log.stream(TRIP + trip)
        own = [(each.event, each.payload) for each in stored]
        known = trip_of(own, microseconds(at))
        first = None if known is None else first_of(known.seals).get(device)
        if first is None:
            continue
        if _doubted([*stored, *log.stream(CAUSES + trip)]):
            found |= rested_on_before(log, own, microseconds(at), device)
        else:
            found |= {each.event.version for each in heard_before(log, first)}
    return found


def _behind(log: Log, trip: _Resting, blocks: Sequence[StoredEvent]) -> set[int]:
    """The versions of those of a device's blocks, all of them due, that lie behind its binding to a trip and that rests
    on: up to the last that is told of it. And of each signer of these the first behind: if that was gone, the next that
    is left would tell that a block is missing."""
    first = trip.first
    behind = [(each.event.version, said) for each in blocks if isinstance(said := each.payload, BlockReceived)]
    behind = [each for each in behind if each[0] > first.version]
    # Where the last is all that the device said since is read for: not where all of it speaks of the trip's time.
    if all(first.since <= said.last and said.first < trip.until for _, said in behind):
        return {version for version, _ in behind}
    before = heard_before(log, first)
    last = last_told(log, first, before, trip.until)
    own = [*before, *log.stream(DEVICE + first.device, first.version, OF_DEVICE, last=last)]
    signers = {said.signer(first.device) for each in own if isinstance(said := each.payload, BlockReceived)} - {""}
    following: dict[str, tuple[int, int, int]] = {}
    for version, said in behind:
        if version > last and (signer := said.signer(first.device)) in signers:
            place = (said.boot, said.sequence, version)
            following[signer] = min(place, following.get(signer, place))
    return {version for version, _ in behind if version <= last} | {version for *_, version in following.values()}


def _doubted(events: Iterable[StoredEvent]) -> bool:
    """Whether a trip was found to have a seal whose blocks contradict each other, or are missing; or nobody looked."""
    payloads = [each.payload for each in events]
    causes = (cause.kind for said in payloads if isinstance(said, TripCaused) for cause in said.causes)
    return any(each in _OF_CHAIN for each in causes) or not any(isinstance(said, CustodyJudged) for said in payloads)


def _since(found: dict[str, list[StoredEvent]], kept: Years | None) -> Iterator[tuple[str, datetime, int]]:
    """By name since when the first of the events is due, and how many there are."""
    for name, events in sorted(found.items()):
        if kept is not None:
            yield name, over_at(events[0].event.recorded_at, kept), len(events)


def _page(handover: StoredEvent) -> str:
    """The hash of the page that was shown."""
    said = handover.payload
    return said.shown if isinstance(said, HandoverSigned) else ""


def _tells_of(log: Log, handover: StoredEvent, trips: Collection[str]) -> bool:
    """Whether the page that was shown names one of these trips, or something that is about it."""
    if not trips:
        return False
    try:
        page = log.artefacts.get(_page(handover))
    except (ArtefactMissingError, ArtefactChangedError):
        return False
    encode = msgspec.json.encode
    return any(encode(each) in page or encode(TRIP + each) in page for each in trips)


def _trips(log: Log) -> Iterator[str]:
    """The trips of which any words are there, in the order of the log."""
    after = 0
    while page := log.read(after, types={*OF_TRIP, *OF_CAUSES, *OF_SIGNS, *OF_THEFTS}):
        for stream in (each.event.stream for each in page):
            if (trip := named_in(stream)) is not None:
                yield trip
            elif stream.startswith((SIGNS, THEFTS)):
                yield stream.partition("/")[2]
        after = page[-1].position


def _placed_starts(log: Log) -> dict[str, list[StoredEvent]]:
    """The starts of responses that say where a truck was, by its trip."""
    found: dict[str, list[StoredEvent]] = {}
    after = 0
    while page := log.read(after, types=OF_RESPONSES):
        for each in page:
            if "fix" in each.event.data and isinstance(started := each.payload, ResponseStarted):
                found.setdefault(started.trip, []).append(each)
        after = page[-1].position
    return found


def _over(log: Log, types: Collection[str], kept: Years | None, at: datetime) -> Iterator[StoredEvent]:
    """The events of these types that have been kept for as long as they are, in the order of the log."""
    after = 0
    while kept is not None and (page := log.read(after, types=types, limit=1_000)):
        for each in page:
            if over_at(each.event.recorded_at, kept) > at:
                return
            yield each
        after = page[-1].position


def _ended(known: KnownTrip | None, events: list[StoredEvent]) -> datetime:
    """From when on a trip is kept: the last that was recorded of it, and its deadline where nobody discharged it and
    what was announced of it is there."""
    last = max(each.event.recorded_at for each in events)
    if known is None or known.discharged is not None:
        return last
    return max(last, instant(microseconds(known.opened.deadline)))
