"""Which alerts the recorded causes of a trip raise, and which they settle. Pure.

One trip and kind is one alert, and so is one jammed road over all its trips. What is a cause no more settles it, and
says why: what came late explains it, or it is judged by other documents. A cause that comes back after that is another
to the alerts: whoever was told that there is nothing to it is told that there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from aforo.custody.cause import Matter
from aforo.custody.caused import asks, matter_of
from aforo.domain.alert import AlertKind, SettledWhy
from aforo.domain.trip import TripCause, TripCaused

#: The alert of each matter. A truck off its road and one in a forbidden fence are answered alike.
KIND_OF: dict[Matter, AlertKind] = {
    "seal": "custody_broken",
    "record": "custody_suspect",
    "route": "trip_astray",
    "fence": "trip_astray",
    "stop": "trip_stopped",
    "convoy": "convoy_split",
    "silence": "custody_silent",
}
#: The alerts of trips: they say where, since when, and what they rest on.
KINDS: tuple[AlertKind, ...] = (*dict.fromkeys(KIND_OF.values()), "road_jammed")


class Said(NamedTuple):
    """What was recorded of the causes of a trip, by which event, and when."""

    event: str
    at: datetime
    caused: TripCaused


class Name(NamedTuple):
    """What names a cause to the alerts; and, for one that came back, how it was named before, the last first, with the
    instant at which each of these was withdrawn."""

    about: str
    before: tuple[tuple[str, datetime], ...] = ()


class Asks(NamedTuple):
    """A cause that somebody is to see to: the alert's kind and subject, and what names the cause."""

    cause: TripCause
    kind: AlertKind
    subject: str
    name: Name


class Over(NamedTuple):
    """A cause that is none any more, or that was heard of again, which ends alerts of these kinds, and why."""

    kinds: tuple[AlertKind, ...]
    about: str
    why: SettledWhy


def alert_of(cause: TripCause, trip: str) -> tuple[AlertKind, str]:
    """The kind of alert that a cause raises, and its subject: the stream of the trip, or of what many share."""
    if cause.kind == "jammed" and cause.road:
        return "road_jammed", f"road/{cause.road}"
    if cause.kind == "convoy_split" and cause.road:
        return "convoy_split", f"convoy/{cause.road}"
    return KIND_OF[matter_of(cause.kind)], f"trip/{trip}"


def asked(trip: str, said: Sequence[Said]) -> tuple[list[Asks], list[Over]]:
    """What the last of all records of a trip's causes, in their order, asks somebody to see to, and what it ends."""
    now = said[-1].caused
    asking = [Asks(each, *alert_of(each, trip), name_of(trip, each.id, said)) for each in now.causes if asks(each)]
    over = [Over(_kinds_of(gone.kind), name_of(trip, gone.id, said[:-1]).about, gone.why) for gone in now.withdrawn]
    over += [
        Over(_kinds_of(each.kind), name_of(trip, each.id, said).about, "heard_again")
        for each in now.causes
        if matter_of(each.kind) == "silence" and not asks(each)
    ]
    return asking, over


def name_of(trip: str, cause: str, said: Sequence[Said]) -> Name:
    """What names a cause of a trip to the alerts after these records: each time that it came back by the record that
    has it again."""
    about, before = f"trip/{trip}#{cause}", list[tuple[str, datetime]]()
    gone: datetime | None = None
    for each in said:
        if any(own.id == cause for own in each.caused.withdrawn):
            gone = each.at
        if gone is not None and any(own.id == cause for own in each.caused.causes):
            before.insert(0, (about, gone))
            about, gone = f"trip/{trip}#{cause}#{each.event}", None
    return Name(about, tuple(before))


def named_by(about: str) -> tuple[str, str] | None:
    """The trip and the cause that an alert is about; None where it is about something else."""
    trip, mark, cause = about.removeprefix("trip/").partition("#")
    if not mark or not about.startswith("trip/"):
        return None
    # A device may bear the mark in its name, and then the instant of the cause is behind it.
    own, back, event = cause.rpartition("#")
    return trip, own if back and ":" not in event else cause


def _kinds_of(kind: str) -> tuple[AlertKind, ...]:
    """The kinds of alert that a cause of a kind may have raised."""
    return ("road_jammed", KIND_OF["silence"]) if kind == "jammed" else (KIND_OF[matter_of(kind)],)
