"""Which alerts start a response on the road: what people report, and lives, always; of what is found of a trip, what
the plan in force says."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile

from aforo.custody.caused import alike_judged, goes_on
from aforo.custody.coverage import others_heard
from aforo.custody.limits import Limits
from aforo.custody.response_plan import ResponsePlan
from aforo.custody.trip import CAUSES
from aforo.domain.alert import AlertRaised
from aforo.domain.response import RESPONDS_TO, TheftStart
from aforo.domain.trip import TripCause, TripCaused
from aforo.flow.causes_asked import named_by
from aforo.flow.custody import Custody


def starts_at(raised: AlertRaised, at: datetime, plan: ResponsePlan, custody: Custody) -> datetime | None:
    """From when on an alert that was raised `at` an instant is one that starts a response; None where it is none. A
    silence is one as long as it goes on, from when on it is said to be the truck's own, by documents in force then."""
    if raised.kind not in RESPONDS_TO:
        return None
    if RESPONDS_TO[raised.kind] == "people" or raised.kind == "theft_reported":
        return at
    on = {each.on for each in plan.theft.starts}
    if raised.kind != "custody_silent":
        return at if raised.kind in on else None
    since = [recorded for recorded, _ in takewhile(lambda each: each[1] in on, reversed(_told(raised, custody)))]
    return max(at, since[-1]) if since else None


def alone(told: TripCause, limits: Limits) -> TheftStart | None:
    """What a silence that goes on is, where it is its truck's alone: nearly all beside it are heard; or its device says
    that it is jammed, and of its road nobody says so. None of every other cause."""
    if not goes_on(told):
        return None
    if told.kind == "silent" and others_heard(told.heard, told.expected, limits):
        return "silent_alone"
    return "jammed_alone" if told.kind == "jammed" and not told.road else None


def _told(raised: AlertRaised, custody: Custody) -> list[tuple[datetime, TheftStart | None]]:
    """What the silence that an alert is about was found to be, each time that causes of its trip were recorded by the
    documents by which they were recorded last: what they would have been by these before, nobody could know."""
    if (named := named_by(raised.about)) is None:
        return []
    trip, own = named
    limits = custody.roads.limits()
    told: list[tuple[datetime, TheftStart | None]] = []
    before: TripCaused | None = None
    for stored in custody.log.stream(CAUSES + trip, types=(TripCaused.TYPE,)):
        if isinstance(caused := stored.payload, TripCaused):
            if before is not None and not alike_judged(before, caused):
                told.clear()
            cause = next((each for each in caused.causes if each.id == own), None)
            told.append((stored.event.recorded_at, None if cause is None else alone(cause, limits)))
            before = caused
    return told
