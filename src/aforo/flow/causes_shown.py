"""What was found of trips as people are shown it: one cause, and all of a trip, with what is told alone among them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.cause import CauseKind, Matter
from aforo.custody.caused import asks, cause_of, matter_of
from aforo.custody.coverage import others_heard
from aforo.custody.fact import Gap
from aforo.custody.limits import Limits
from aforo.domain.clock import instant
from aforo.domain.reading import PER_DEGREE, Grade
from aforo.domain.text import Text, catalogue
from aforo.domain.trip import TripCause
from aforo.flow.custody import Custody

#: What a carrier is told of: what its devices' own record says, as the verdict does. All else follows from where trucks
#: are watched, or from who else was heard there; a silence too, which begins behind the dead zones that are stated.
OF_ITS_RECORD: Final[tuple[Matter, ...]] = ("seal", "record")


class CauseShown(msgspec.Struct, frozen=True):
    """One cause as it stands now: what it is in words, since when and, once it is over, until when; the weakest of what
    it rests on; and where the truck was when it began, in degrees, null where that is not known. `road` is the corridor
    or convoy that it is a matter of, `place` a fence, a stop or another trip, `metres` how far off the truck was. Of a
    silence `gap` says how it stands, null of all else, and `heard` of `expected` devices on the same road were heard
    meanwhile, itself among those expected; where nearly all others were, `what` says so. `changed`: what came late
    changed it since it was first told. `asks`: somebody is asked to see to it; else it is told alone, as a watched
    fence and a silence that is over are."""

    trip: str
    kind: CauseKind
    what: Text
    since: datetime
    until: datetime | None
    grade: Grade
    latitude: float | None
    longitude: float | None
    road: str | None
    place: str | None
    metres: int
    heard: int
    expected: int
    changed: bool
    device: str
    gap: Gap | None
    asks: bool


class CausesShown(msgspec.Struct, frozen=True):
    """The causes of a trip as they were recorded last, in the order of time. Of one kind the first and the last are
    named, `more` counts those between them: null for a carrier, who is told of what its devices' own record says, and
    of nothing that tells where trucks are watched."""

    trip: str
    causes: list[CauseShown]
    more: int | None


def causes_on(custody: Custody, trip: str) -> CausesShown:
    """All that was found of a trip, for staff. Raises UnknownTripError."""
    caused, limits = custody.trip(trip).caused, custody.roads.limits()
    if caused is None:
        return CausesShown(trip, [], 0)
    return CausesShown(trip, [cause_shown(trip, each, limits) for each in caused.causes], caused.more)


def for_its_carrier(found: CausesShown) -> CausesShown:
    """What the carrier of a trip is told of its causes."""
    own = [each for each in found.causes if matter_of(each.kind) in OF_ITS_RECORD]
    return CausesShown(found.trip, own, None)


def cause_shown(trip: str, told: TripCause, limits: Limits) -> CauseShown:
    """A cause of a trip in words."""
    own = cause_of(told)
    alone = own.kind == "silent" and others_heard(own.heard, own.expected, limits)
    return CauseShown(
        trip, own.kind, catalogue("aforo.custody").say(f"cause_{own.kind}{'_alone' if alone else ''}"),
        instant(told.since), None if told.until >= NEVER else instant(told.until), told.grade,
        _degrees(told.latitude), _degrees(told.longitude), told.road or None, told.place or None, told.metres,
        told.heard, told.expected, told.changed, told.device, own.gap, asks(told),
    )  # fmt: skip


def _degrees(units: int | None) -> float | None:
    return None if units is None else units / PER_DEGREE
