"""What is behind a figure, as it is shown: one page of the crossings, trips, readings, incidents and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.bridge import ReadPlace
from aforo.measures.definition import Definition
from aforo.measures.tallies import bits

#: In what a crossing is counted: in numerator and denominator, in the denominator alone, or left out of both.
CountedIn = Literal["numerator", "denominator", "left_out"]


class EventShown(msgspec.Struct, frozen=True):
    """An event by its identifier, and when it happened."""

    event_id: str
    type: str
    at: datetime


class Behind(msgspec.Struct, frozen=True):
    """One thing that a figure is made of, with its events: a crossing or a trip and in what it is counted, a block of
    readings of a gate, an incident, what was told of a scanner, or a response on the road, which is of no bridge. What
    it is not is null."""

    bridge: str
    day: str
    events: tuple[EventShown, ...]
    crossing_id: str | None = None
    counted_in: CountedIn | None = None
    lane: str | None = None
    programme: str | None = None
    place: ReadPlace | None = None
    readings: int | None = None
    incident_id: str | None = None
    response_id: str | None = None
    trip_id: str | None = None
    scanner_id: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A part of what is behind a figure; `next` is where to go on, None at the end."""

    behind: tuple[Behind, ...]
    next: int | None


def counted_in(measure: Definition, marks: int) -> CountedIn:
    """In what a crossing or a trip that is in the denominator is counted, by its marks."""
    if marks & bits(measure.left_out):
        return "left_out"
    return "numerator" if marks & bits(measure.numerator) == bits(measure.numerator) else "denominator"
