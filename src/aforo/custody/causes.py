"""All that is cause to act on a trip, by what had come by an instant: a function of the set of readings alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from aforo.custody.case import NEVER, Case, Heard, Sealing
from aforo.custody.cause import OF_FACT, Cause, in_order
from aforo.custody.fact import Fact
from aforo.custody.fences import Fences
from aforo.custody.fixes import fixes
from aforo.custody.ground import within
from aforo.custody.limits import Limits
from aforo.custody.movement import first_leap
from aforo.custody.rests import shown
from aforo.custody.road import Road
from aforo.custody.route import Driven, deviations, fenced, standing
from aforo.custody.silence import FILL
from aforo.custody.states import facts_of
from aforo.custody.told import known, told

#: How many of its usual gaps a device may be from a dead zone and still enter it before it reports again. Assumed.
_USUAL_GAPS = 5
_HOUR = 3600 * 1_000_000


def causes(
    case: Case, sealing: Sealing, road: Road | None, fences: Fences, known_by: int, limits: Limits
) -> tuple[Cause, ...]:
    """The causes of one seal of a trip, in the order of time, by what had come by `known_by` (microseconds since 1970).

    `road` is the corridor that was planned; without one nothing is off it. What follows from positions needs fixes that
    follow each other: nothing follows from a gap, but silence, which is judged by what the device promised, what others
    said of the road, and the dead zones that the corridor states.
    """
    return causes_and_next(case, sealing, road, fences, known_by, limits)[0]


def causes_and_next(
    case: Case, sealing: Sealing, road: Road | None, fences: Fences, known_by: int, limits: Limits
) -> tuple[tuple[Cause, ...], int | None]:
    """The same; and the next instant at which there is another one if nothing is heard until then: a silence that a
    dead zone excuses for a while, a block that may still come, a silence that can be filled no more. None where there
    is none."""
    driven = driven_by(case, sealing, road, known_by)
    of_facts = list(_facts(case, driven, known_by, limits))
    found = [
        *(each for each in of_facts if each.shown <= known_by),
        *deviations(driven, limits),
        *standing(driven, limits),
        *fenced(driven, fences, limits),
    ]
    coming = [each.shown for each in of_facts if each.shown > known_by]
    # By what came last, which may itself have been late, a silence that ended can be filled no more.
    coming += [max(each.until + FILL, known_by) + _HOUR for each in found if each.gap == "open" and each.until != NEVER]
    return tuple(sorted(dict.fromkeys(found), key=in_order)), min(coming, default=None)


def driven_by(case: Case, sealing: Sealing, road: Road | None, known_by: int) -> Driven:
    """The way of one seal while it stood, by what had come by an instant."""
    heard = known(case.heard.get(sealing.device, Heard()), known_by)
    own = told(heard, sealing.tolerance).between(sealing.since, sealing.until)
    return Driven(sealing, fixes(own, sealing.tolerance), case.places, road)


def _facts(case: Case, driven: Driven, known_by: int, limits: Limits) -> Iterator[Cause]:
    """What follows from the facts of the seal; what is `shown` after `known_by` is none yet."""
    for fact in facts_of(case, driven.sealing, known_by):
        kind = OF_FACT.get(fact.code)
        if kind is None:
            continue
        since = told_by = fact.since
        if fact.code == "missing":
            # Blocks overtake each other: what is missing behind one may be on its way.
            told_by = fact.until + limits.silence.fill.micro
        elif fact.code in ("silent", "late"):
            since = told_by = _excused(driven, fact, limits)
        elif fact.code == "teleported":
            if (leap := first_leap(driven.found.time, driven.found.latitude, driven.found.longitude)) is not None:
                yield _of_leap(driven, fact, leap)
            continue
        if since >= fact.until:
            continue
        latitude, longitude = driven.found.at(driven.found.before(fact.earliest))
        made = Cause(
            kind, fact.device, since, fact.earliest, fact.latest, told_by, fact.until, fact.grade,
            fact.rests_on, fact.place, latitude=latitude, longitude=longitude, fact=fact.code, gap=fact.gap,
        )  # fmt: skip
        if kind in ("silent", "jammed"):
            made = _beside(case, driven, made, known_by)
        yield made


def _of_leap(driven: Driven, fact: Fact, before: int) -> Cause:
    """The cause of a leap between a fix and the next, shown by the one behind that. It is not that of the fact where an
    earlier one was an error of satellites."""
    found = driven.found
    since, shown_at = int(found.time[before + 1]), int(found.time[min(before + 2, len(found) - 1)])
    grade, rests_on = shown(found.told, found.row[before : before + 2])
    latitude, longitude = found.at(before)
    return Cause(
        "teleported", fact.device, since, int(found.time[before]), since, shown_at, fact.until, grade, rests_on,
        latitude=latitude, longitude=longitude, fact=fact.code,
    )  # fmt: skip


def _excused(driven: Driven, fact: Fact, limits: Limits) -> int:
    """Until when a silence is no more than what the corridor states of its dead zones.

    A truck may have come into a zone unheard, where it is nearer to the zone than a few of its usual gaps are long; it
    is then silent until its promise has run out, and for as long as it takes to pass the zone.
    """
    found, place = driven.found, driven.found.before(fact.earliest)
    if driven.road is None or place < 0:
        return fact.since
    own = slice(place, place + 1)
    away, along = driven.road.along(found.latitude[own], found.longitude[own])
    if away[0] > driven.road.half_width:
        return fact.since
    gaps = np.diff(found.time[: place + 1])
    usual = _USUAL_GAPS * float(np.median(gaps)) if len(gaps) >= _USUAL_GAPS else np.inf
    # What was heard without a fix since the last one tells that it drove on, not how far.
    unseen = min(usual, driven.longest) + fact.earliest - int(found.time[place])
    zone = driven.road.dead_zone(float(along[0]), float(along[0]) + limits.silence.fastest.kmh / 3.6 * unseen / 1e6)
    if zone is None:
        return fact.since
    through = zone.until_km * 1_000 - max(zone.from_km * 1_000, float(along[0]))
    return fact.since + round(through / (limits.silence.slowest.kmh / 3.6) * 1e6)


def _beside(case: Case, driven: Driven, cause: Cause, known_by: int) -> Cause:
    """The silence with what was stated of the road there meanwhile: of several statements by that of most devices, of
    fewest heard. One that is jammed is a matter of its road: the corridor, else the place that the statement names.
    What is stated of the time before its promise ran out may count as heard whoever fell silent with it: it tells not
    whether others are heard while this one is not."""
    ran_out = cause.earliest + driven.longest
    place = driven.found.before(cause.earliest)
    if place < 0:
        return cause
    latitude, longitude = driven.found.latitude[place : place + 2], driven.found.longitude[place : place + 2]
    here = [
        each
        for recorded, each in case.covered
        if recorded <= known_by
        and each.since < cause.until
        and each.until > cause.earliest
        and (each.jammed or (cause.kind == "silent" and each.until > ran_out))
        and within(each.place, latitude, longitude).any()
    ]
    if not here:
        return cause
    most = max(here, key=lambda each: (each.expected, -each.heard, -each.since, each.place.name))
    corridor = most.place.name if driven.road is None else driven.road.corridor.id
    road = corridor if cause.kind == "jammed" else ""
    return msgspec.structs.replace(cause, heard=most.heard, expected=most.expected, road=road)
