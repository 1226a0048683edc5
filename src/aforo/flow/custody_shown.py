"""Devices, trips and verdicts as people and programs are shown them: instants with their offset, degrees as degrees."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.device import KnownDevice
from aforo.custody.fact import NOTED, Fact, FactCode, Gap, State
from aforo.custody.live import Stands
from aforo.custody.states import Course, Span
from aforo.custody.trip import Bound, KnownTrip
from aforo.custody.verdict import Verdict, before
from aforo.domain.clock import instant
from aforo.domain.declaration import identity_text
from aforo.domain.device import DeviceKind
from aforo.domain.port import SealClass
from aforo.domain.reading import PER_DEGREE, Grade
from aforo.domain.trip import CustodyJudged, Place, PlaceUse, Regime
from aforo.flow.custody_grounds import Ground

#: Facts that make no state and are told beside a verdict: what a bundle notes; and that something came late, or that
#: hardly anybody is heard there, which a bundle tells with what is missing.
BESIDE: Final[tuple[FactCode, ...]] = (*NOTED, "late", "dead_zone")


class StandsShown(msgspec.Struct, frozen=True):
    """Where a device stands by its last fix, in degrees, when that was taken, and who vouches for it. `fences` are
    those that it is in, `beside_m` the metres by which it is beside its trip's corridor; 0 on it, and where none is
    planned. Both are null for a carrier: whoever is told where trucks are watched finds out where they are not."""

    at: datetime
    latitude: float
    longitude: float
    fences: list[str] | None
    beside_m: int | None
    grade: Grade


class DeviceShown(msgspec.Struct, frozen=True):
    """A device. `signs` says whether it has a key, `keys` how many it had; `trip` is the one that it seals.

    `last_reading` is the latest instant that it spoke of, `last_heard` when it was heard last. `silent` is one that
    seals a trip and was not heard for longer than it promised when it was bound to it. `stands` is missing where that
    is not known.
    """

    device: str
    kind: DeviceKind
    supplier: str
    promise_s: int
    tolerance_s: int
    seal_class: SealClass | None
    carrier: str | None
    signs: bool
    keys: int
    retired: bool
    trip: str | None
    last_reading: datetime | None
    last_heard: datetime | None
    silent: bool
    stands: StandsShown | None = None


class TripPlaceShown(msgspec.Struct, frozen=True):
    """A circle on the ground, its middle in degrees and its radius in metres."""

    name: str
    latitude: float
    longitude: float
    radius_m: int
    use: PlaceUse


class SealShown(msgspec.Struct, frozen=True):
    """A seal of a trip; `until` is missing while it stands. `crossing` and `carta_porte` are those that the trip named
    when it was recorded that the seal was put on: what it was put on for. They are missing where it named none then,
    and of what was recorded before this was."""

    device: str
    seal_id: str
    since: datetime
    until: datetime | None
    crossing: str | None
    carta_porte: str | None


class JudgedShown(msgspec.Struct, frozen=True):
    """What the node last recorded of a trip's custody; `codes` are what was found that makes the state. `since` is as
    far as was known when it was recorded, `before` as in `StandingShown`."""

    state: State
    grade: Grade
    since: datetime | None
    codes: list[FactCode]
    before: State | None


class TripShown(msgspec.Struct, frozen=True):
    """A trip; `overdue` where it should have been discharged by now. `judged` is missing while the node has recorded
    nothing of its custody: until it is sealed, and for a second then. `evidence_by` says on what ground what is found
    of it is evidence of its crossing: a filing there names its carrier, or an authority announced it for that, or read
    the number on its seal; null where it is none, and for a carrier. `authorised` is how many persons may seal it and
    take seals off; where that is 0 nobody is named, and whoever may act on the trip may."""

    trip: str
    regime: Regime
    carrier: str
    crossing: str | None
    carta_porte: str | None
    corridor: str | None
    supplier: str | None
    deadline: datetime
    places: list[TripPlaceShown]
    seals: list[SealShown]
    discharged_at: datetime | None
    discharged_where: str | None
    overdue: bool
    judged: JudgedShown | None
    convoy: str | None = None
    evidence_by: Ground | None = None
    authorised: int = 0


class FactShown(msgspec.Struct, frozen=True):
    """What was found of a device: see `aforo.custody.fact.Fact`. `rests_on` are hashes of blocks."""

    code: FactCode
    device: str
    since: datetime
    until: datetime | None
    earliest: datetime
    latest: datetime
    grade: Grade
    rests_on: list[str]
    place: str | None
    gap: Gap | None


class SpanShown(msgspec.Struct, frozen=True):
    """What a device's seal was, from when until when; `until` is missing of what still stands."""

    device: str
    state: State
    since: datetime
    until: datetime | None
    grade: Grade
    facts: list[FactShown]


class VerdictShown(msgspec.Struct, frozen=True):
    """What can be said of a trip's custody at `at` by what had come by `known_by`; and the states of its seals since.
    `noted` are facts that make no state: where its number was read on a seal, its device's own alarm of jamming, what
    was missing for a while and came late (a gap that was filled), and a silence where hardly anybody is heard.
    `before` is the gravest that a seal of it was and is no more, where that is graver or no seal stands any more.

    The state holds since `since`. Where something happened, it did after `earliest` and at `latest` at the latest.
    """

    trip: str
    at: datetime
    known_by: datetime
    state: State
    grade: Grade
    since: datetime | None
    earliest: datetime | None
    latest: datetime | None
    facts: list[FactShown]
    spans: list[SpanShown]
    noted: list[FactShown]
    before: State | None


class StandingShown(msgspec.Struct, frozen=True):
    """A trip's custody at an instant, in short; see `VerdictShown`."""

    trip: str
    state: State
    grade: Grade
    since: datetime | None
    earliest: datetime | None
    latest: datetime | None
    before: State | None


def device_shown(
    known: KnownDevice, trip: KnownTrip | None, now: int, stands: StandsShown | None = None
) -> DeviceShown:
    """A device, and the trip that it seals, at `now`, in microseconds since 1970."""
    return DeviceShown(
        known.device, known.kind, known.supplier, known.promise_s, known.tolerance_s, known.seal_class,
        known.carrier or None, bool(known.key), len(known.keys), known.retired, None if trip is None else trip.trip,
        instant(known.last) if known.last else None, instant(known.heard) if known.heard else None,
        trip is not None and _is_silent(known, trip, now), stands,
    )  # fmt: skip


def trip_shown(known: KnownTrip, now: int, evidence_by: Ground | None = None) -> TripShown:
    """A trip as it stands at `now`, in microseconds since 1970; on what ground it is evidence is for staff."""
    said = known.opened
    return TripShown(
        known.trip, said.regime, said.carrier, said.crossing or None, said.carta_porte or None, said.corridor or None,
        said.supplier or None, said.deadline, [place_shown(each) for each in said.places],
        [_seal(each) for each in known.seals], None if known.discharged is None else instant(known.discharged),
        known.discharged_where or None, known.overdue(now), None if known.judged is None else _judged(known.judged),
        said.convoy or None, evidence_by, len(said.authorised),
    )  # fmt: skip


def verdict_shown(trip: str, found: Verdict, courses: Collection[Course]) -> VerdictShown:
    """A verdict on a trip, and all that became of its seals by what was known."""
    spans = [span for course in courses for span in course.spans]
    return VerdictShown(
        trip, instant(found.at), instant(found.known_by), found.state, found.grade, _held_since(found, spans),
        _instant(found.earliest), _instant(found.latest), [_fact(each) for each in found.facts],
        [
            SpanShown(
                each.device, each.state, instant(each.since), _instant(each.until), each.grade,
                [_fact(fact) for fact in each.facts],
            )
            for each in spans
        ],
        [_fact(fact) for course in courses for fact in course.facts if fact.code in BESIDE],
        before(found, spans),
    )  # fmt: skip


def standing_shown(trip: str, found: Verdict, spans: Collection[Span]) -> StandingShown:
    """A verdict on a trip, in short; `spans` are all of its seals by what was known."""
    return StandingShown(
        trip, found.state, found.grade, _held_since(found, spans), _instant(found.earliest), _instant(found.latest),
        before(found, spans),
    )  # fmt: skip


def is_own(carrier: str, own: Collection[str] | None) -> bool:
    """Whether something of a carrier's is of one of `own`; everything is to whoever is bound to none (None)."""
    return own is None or identity_text(carrier) in {identity_text(each) for each in own}


def _is_silent(known: KnownDevice, trip: KnownTrip, now: int) -> bool:
    sealed = max((each.since for each in trip.standing if each.device == known.device), default=now)
    return now - max(known.heard, sealed) > known.owed


def _held_since(found: Verdict, spans: Collection[Span]) -> datetime | None:
    """Since when the state of a verdict holds, whatever more was found since: a span ends where what is found does."""
    since = found.since
    if since is None:
        return None
    device = next(each.device for each in found.seals if (each.state, each.since) == (found.state, since))
    for each in sorted((each for each in spans if each.device == device), key=lambda each: each.since, reverse=True):
        if each.state == found.state and each.until == since:
            since = each.since
    return _instant(since)


def _instant(at: int | None) -> datetime | None:
    return None if at is None or at == NEVER else instant(at)


def stands_shown(each: Stands) -> StandsShown:
    """Where a device stands, as those see it who see the documents of the roads."""
    latitude, longitude = each.latitude / PER_DEGREE, each.longitude / PER_DEGREE
    return StandsShown(instant(each.at), latitude, longitude, list(each.fences), each.beyond, each.grade)


def place_shown(each: Place) -> TripPlaceShown:
    """A place of a trip, in degrees."""
    latitude, longitude = each.latitude / PER_DEGREE, each.longitude / PER_DEGREE
    return TripPlaceShown(each.name, latitude, longitude, each.radius_m, each.use)


def _seal(each: Bound) -> SealShown:
    return SealShown(
        each.device, each.seal_id, instant(each.since), _instant(each.until), each.crossing or None,
        each.carta_porte or None,
    )  # fmt: skip


def _judged(said: CustodyJudged) -> JudgedShown:
    known = msgspec.convert((said.state, said.codes, said.before or None), tuple[State, list[FactCode], State | None])
    return JudgedShown(known[0], said.grade, instant(said.since) if said.since else None, known[1], known[2])


def _fact(each: Fact) -> FactShown:
    return FactShown(
        each.code, each.device, instant(each.since), _instant(each.until), instant(each.earliest),
        instant(each.latest), each.grade, list(each.rests_on), each.place or None, each.gap,
    )  # fmt: skip
