"""What alerts on trips under seal are about: which trips, what was found, where, since when, and how that is known."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.answers.alert import Alert
from aforo.custody.caused import cause_of
from aforo.custody.limits import Limits
from aforo.custody.saves import saves
from aforo.custody.trip import PREFIX
from aforo.domain.clock import microseconds
from aforo.domain.trip import TripCause, TripOpened
from aforo.flow.causes_asked import named_by
from aforo.flow.causes_shown import CauseShown, cause_shown
from aforo.flow.custody import Custody, UnknownTripError

#: Causes of one alert that are shown: of a jammed road those by which most can be saved.
MOST_CAUSES = 20


class TripNamed(msgspec.Struct, frozen=True):
    """The trip that an alert is about, by what people call it: `trip` is its carrier's own name of it, `crossing` the
    passage that it is for, `carta_porte` the identifier of its document. Null is what was not said, or was erased."""

    trip: str
    crossing: str | None = None
    carta_porte: str | None = None


class TripAlert(msgspec.Struct, frozen=True):
    """What an alert on trips is about: the trips, and the causes that stand, those first by which a response can still
    save most, twenty at most. `saves` is the share that a response now can still save, from 0 to 1, by the document of
    limits: it orders alerts, and is no forecast."""

    trips: list[str]
    saves: float
    causes: list[CauseShown]


def trip_alert(alert: Alert, custody: Custody, now: datetime) -> TripAlert | None:
    """What an alert on trips is about; None of one about something else, or of which nothing stands any more."""
    at, limits = microseconds(now), custody.roads.limits()
    found = _told(alert, custody)
    if not found:
        return None
    ranked = sorted(((_saves(told, at, limits), trip, told) for trip, told in found), key=lambda each: -each[0])
    return TripAlert(
        sorted({trip for trip, _ in found}), round(ranked[0][0], 3),
        [cause_shown(trip, told, limits) for _, trip, told in ranked[:MOST_CAUSES]],
    )  # fmt: skip


def trip_named(alert: Alert, custody: Custody) -> TripNamed | None:
    """The trip that an alert is about; None where it is about a crossing, a road, or something else."""
    room, _, trip = alert.subject.partition("/")
    if room != "trip":
        return None
    try:
        said = custody.trip(trip).opened
    except UnknownTripError:
        return TripNamed(trip)
    return TripNamed(trip, said.crossing or None, said.carta_porte or None)


def announced_by(alert: Alert, custody: Custody) -> str | None:
    """Who had announced the trip of an alert as it stood when the alert was closed; None of one that is open, or about
    something else, or where that was erased."""
    if alert.closed_at is None or not alert.subject.startswith(PREFIX):
        return None
    said = custody.log.stream(alert.subject, types=(TripOpened.TYPE,))
    return next((each.event.actor for each in reversed(said) if each.event.recorded_at <= alert.closed_at), None)


def _told(alert: Alert, custody: Custody) -> list[tuple[str, TripCause]]:
    """The causes of an alert as they were recorded last, each once."""
    found: dict[tuple[str, str], TripCause] = {}
    for cause in alert.causes:
        if (named := named_by(cause.about)) is None:
            continue
        trip, own = named
        try:
            caused = custody.trip(trip).caused
        except UnknownTripError:
            continue
        stands = () if caused is None else caused.causes
        if (told := next((each for each in stands if each.id == own), None)) is not None:
            found[named] = told
    return [(trip, told) for (trip, _), told in found.items()]


def _saves(told: TripCause, at: int, limits: Limits) -> float:
    return saves(cause_of(told), at, limits)
