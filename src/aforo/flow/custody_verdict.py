"""The verdict on a trip's custody, out of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

import numpy as np

from aforo.custody.case import Case
from aforo.custody.reach import Reach, about
from aforo.custody.recorded import Recorded, covered_of, trip_of
from aforo.custody.states import courses, spans
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.verdict import judged
from aforo.domain.clock import microseconds
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_before import sealed_case
from aforo.flow.custody_shown import StandingShown, VerdictShown, standing_shown, verdict_shown
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


class Record(Protocol):
    """A log, and what is said in it of roads; see `Custody`."""

    @property
    def log(self) -> Log: ...

    def covered_between(self, since: int, until: int, near: Reach) -> list[StoredEvent]: ...


def case_from(record: Record, trip: str, known_by: int) -> Case:
    """The case of a trip by what was recorded by an instant, in microseconds since 1970. Raises UnknownTripError."""
    log = record.log
    own = _recorded(log.stream(TRIP + trip))
    known = trip_of(own, known_by)
    if known is None:
        raise UnknownTripError(trip)
    sealed = min((each.since for each in known.seals), default=known_by)
    case, _ = sealed_case(log, own, known_by)
    if (near := _reach(case)) is None:
        return case  # who was nowhere was on no road
    over = min(known_by, max((each.until for each in case.sealings), default=known_by))
    return replace(case, covered=covered_of(_recorded(record.covered_between(sealed, over, near))))


def verdict_on(custody: Custody, trip: str, at: datetime | None, known_by: datetime | None) -> VerdictShown:
    """The verdict on a trip at `at`, now without it, by what had come by `known_by`, all of it without it.

    Raises UnknownTripError.
    """
    when, by = _instants(custody, at, known_by)
    case = case_from(custody, trip, by)
    found = courses(case, by)
    said = judged([span for course in found for span in course.spans], when, by)
    return verdict_shown(trip, said, found)


def standing_of(
    custody: Custody, trip: str, at: datetime | None = None, known_by: datetime | None = None
) -> StandingShown:
    """The same in short. Raises UnknownTripError."""
    when, by = _instants(custody, at, known_by)
    found = spans(case_from(custody, trip, by), by)
    return standing_shown(trip, judged(found, when, by), found)


def _instants(custody: Custody, at: datetime | None, known_by: datetime | None) -> tuple[int, int]:
    """The instants that are asked for, in microseconds since 1970; nothing was known later than now."""
    now = custody.log.clock()
    return microseconds(at or now), microseconds(min(known_by or now, now))


def _reach(case: Case) -> Reach | None:
    """A box that holds all fixes of a case; None without any."""
    fixed = [heard.readings[heard.readings["fix"]] for heard in case.heard.values()]
    fixed = [each for each in fixed if len(each)]
    if not fixed:
        return None
    latitude = np.concatenate([each["latitude"] for each in fixed])
    longitude = np.concatenate([each["longitude"] for each in fixed])
    return about(latitude, longitude)


def _recorded(events: list[StoredEvent]) -> list[Recorded]:
    return [(each.event, each.payload) for each in events]
