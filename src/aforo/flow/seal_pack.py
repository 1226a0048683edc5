"""The pack of a carrier's seals, out of the log: what was recorded of each trip of a period, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

import numpy as np

from aforo.answers.seal_pack import (
    Pack,
    PackGap,
    PackInspection,
    PackPosition,
    PackRead,
    PackSeal,
    PackState,
    PackTrip,
    SealEnd,
)
from aforo.custody.case import NEVER, Case, Heard
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.numbers import number_text
from aforo.custody.recorded import promised, trip_of
from aforo.custody.states import Course, courses
from aforo.custody.told import known, told
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.trip import Bound, KnownTrip
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import DOORS, GRADES, NO_SPEED, PER_DEGREE, READING_KINDS
from aforo.domain.trip import POINTS, Discharged, Found, Inspected, Sealed, SealRead, Unsealed
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_verdict import case_from
from aforo.flow.trips_begun import BegunIn
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Trips of one pack, days of its period, and positions: each takes some 700 bytes until it is written.
MOST_TRIPS, MOST_DAYS, MOST_POSITIONS = 500, 366, 500_000
_KMH = 0.036


class PackTooLargeError(ValueError):
    """The period has more trips or positions than one pack holds, or more days: ask for a shorter one."""


def pack_of(
    log: Log,
    carriers: Collection[str] | None,
    since: datetime,
    until: datetime,
    *,
    shown: str = "",
    people: Callable[[str], str] = str,
) -> Pack:
    """The pack of the trips of carriers (None: of all) whose first seal, or else announcement, is of the period.

    `shown` is how the carrier is named on it, `people` how who recorded something is. Raises PackTooLargeError.
    """
    at = log.clock()
    if (until - since).days > MOST_DAYS:
        raise PackTooLargeError(f"{(until - since).days} days")
    record = BegunIn(log, carriers, since, until)
    begun = list(islice(record.trips(), MOST_TRIPS + 1))
    if len(begun) > MOST_TRIPS:
        raise PackTooLargeError(f"more than {MOST_TRIPS} trips")
    trips: list[PackTrip] = []
    left = MOST_POSITIONS
    for _, name in sorted(begun):
        trips.append(_trip(record, name, microseconds(at), people))
        left -= len(trips[-1].positions)
        if left < 0:
            raise PackTooLargeError(f"more than {MOST_POSITIONS} positions")
    return Pack(shown, since, until, at, log.origin, trips)


def _trip(record: BegunIn, trip: str, by: int, people: Callable[[str], str]) -> PackTrip:
    events = record.log.stream(TRIP + trip)
    found = trip_of([(each.event, each.payload) for each in events], by)
    if found is None:
        raise UnknownTripError(trip)
    case = case_from(record, trip, by)
    made = courses(case, by)
    said = found.opened
    return PackTrip(
        found.trip, said.regime, said.carrier, said.carta_porte, said.crossing, said.deadline,
        None if found.discharged is None else instant(found.discharged), found.discharged_where,
        next((people(each.event.actor) for each in events if isinstance(each.payload, Discharged)), ""),
        events[0].event.origin,
        [_seal(record.log, each, events, people) for each in found.seals],
        list(_inspections(found, events, people)),
        list(_reads(found, events)),
        [
            PackState(each.device, each.state, instant(each.since), _instant(each.until), each.grade,
                      [fact.code for fact in each.facts])
            for course in made for each in course.spans
        ],
        [
            PackGap(each.device, each.code, instant(each.earliest), instant(each.latest), each.gap, each.grade)
            for course in made for each in course.facts if each.gap is not None or each.code == "missing"
        ],
        [position for course in made for position in _positions(case, course, by)],
    )  # fmt: skip


def _seal(log: Log, bound: Bound, events: Sequence[StoredEvent], people: Callable[[str], str]) -> PackSeal:
    on, off = _acts(bound, events)
    registered = log.stream(DEVICE + bound.device, types=(DeviceRegistered.TYPE,))
    own = promised([(each.event, each.payload) for each in registered], bound.version)
    sealed = None if on is None else on.payload
    ending = None if off is None else off.payload
    ended: SealEnd | None = None
    if isinstance(ending, Unsealed | Discharged):
        ended = "unsealed" if isinstance(ending, Unsealed) else "discharge"
    return PackSeal(
        bound.device, bound.seal_id, None if own is None else own.seal_class, "" if own is None else own.supplier,
        None if own is None else own.promise_s, instant(bound.since),
        sealed.where if isinstance(sealed, Sealed) else "", "" if on is None else people(on.event.actor),
        _instant(bound.until), ending.where if isinstance(ending, Unsealed | Discharged) else "",
        "" if off is None else people(off.event.actor), ending.authority if isinstance(ending, Unsealed) else "", ended,
        bound.crossing, bound.carta_porte, ending.crossing if isinstance(ending, Unsealed) else "",
        ending.carta_porte if isinstance(ending, Unsealed) else "",
    )  # fmt: skip


def _acts(bound: Bound, events: Sequence[StoredEvent]) -> tuple[StoredEvent | None, StoredEvent | None]:
    """The event that put a seal on, and the one that ended it: that it was taken off, else the discharge of the trip
    with it on. None where there is none."""
    on = off = discharge = None
    for each in events:
        said, at = each.payload, microseconds(each.event.occurred_at)
        if isinstance(said, Sealed) and (said.device, at) == (bound.device, bound.since):
            on = each
        elif max(at, bound.since) != bound.until:
            continue
        elif isinstance(said, Unsealed) and said.device == bound.device:
            off = each
        elif isinstance(said, Discharged):
            discharge = each
    return on, discharge if off is None else off


def _numbers(found: KnownTrip, at: int | None = None) -> set[str]:
    """The numbers of the trip's seals, of those that stood at an instant or of all, as they are compared."""
    return {number_text(each.seal_id) for each in found.seals if at is None or each.since <= at < each.until}


def _inspections(
    found: KnownTrip, events: Sequence[StoredEvent], people: Callable[[str], str]
) -> Iterator[PackInspection]:
    own = _numbers(found)
    for each in events:
        said, event = each.payload, each.event
        if isinstance(said, Inspected):
            bears = number_text(said.seal_id) in own if said.seal_id else None
            yield PackInspection(
                event.occurred_at, said.kind, _points(said), said.passed,
                said.seal_id, bears, said.where, people(event.actor), said.note,
            )  # fmt: skip


def _points(said: Inspected) -> list[tuple[str, Found]]:
    """Every point of the kind, in its order, with what was found: one that was not named was not done."""
    found = {each.point: each.found for each in said.points}
    return [(each, found.get(each, "not_done")) for each in POINTS[said.kind]]


def _reads(found: KnownTrip, events: Sequence[StoredEvent]) -> Iterator[PackRead]:
    for each in events:
        said, event = each.payload, each.event
        if isinstance(said, SealRead):
            own = number_text(said.seal_id) in _numbers(found, microseconds(event.occurred_at))
            grade: Literal["gateway", "unsigned"] = "gateway" if said.signature else "unsigned"
            yield PackRead(event.occurred_at, said.seal_id, own, said.where, said.reader, grade)


def _positions(case: Case, course: Course, by: int) -> Iterator[PackPosition]:
    sealing = course.sealing
    heard = known(case.heard.get(sealing.device, Heard()), by)
    own = told(heard, sealing.tolerance).between(sealing.since, sealing.until)
    for row in np.arange(len(own)).tolist():
        reading = own.readings[row]
        fix, speed = bool(reading["fix"]), int(reading["speed"])
        yield PackPosition(
            sealing.device, instant(int(own.time[row])),
            int(reading["latitude"]) / PER_DEGREE if fix else None,
            int(reading["longitude"]) / PER_DEGREE if fix else None,
            None if speed == NO_SPEED else round(speed * _KMH, 1), READING_KINDS[int(reading["kind"])],
            DOORS[int(reading["door"])], GRADES[int(own.grade[row])],
        )  # fmt: skip


def _instant(at: int) -> datetime | None:
    return None if at == NEVER else instant(at)
