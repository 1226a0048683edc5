"""What a response is given to work with: whom to call, the yards nearest to the truck, what is known of the load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aforo.answers.road_response import RoadResponse
from aforo.custody.aboard import Aboard, aboard
from aforo.custody.contacts import Called, ContactBook, called
from aforo.custody.corridor import Corridor
from aforo.custody.recorded import trip_of
from aforo.custody.trip import PREFIX, KnownTrip
from aforo.custody.yards import Away, Yard, nearest
from aforo.domain.clock import microseconds
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_verdict import case_from
from aforo.flow.response_documents import contacts_in_force
from aforo.log.store import Log

#: Yards that are shown.
MOST_YARDS = 3


@dataclass(frozen=True)
class Aid:
    """See the module; `trip` is as the log has it."""

    trip: KnownTrip
    known: Aboard
    called: Called
    yards: list[Away]


def aid(custody: Custody, response: RoadResponse) -> Aid:
    """What there is for a response now. Raises UnknownTripError."""
    now = microseconds(custody.log.clock())
    trip = known_trip(custody.log, response.trip, now)
    known, books = aboard_of(custody, response.trip, now), contacts_in_force(custody.log)
    road = custody.roads.road(trip.opened.corridor)
    planned = None if road is None else road.corridor
    yards = nearest(known.fix, _yards(trip, planned, books), MOST_YARDS) if known.fix is not None else []
    return Aid(trip, known, called(books, response.kind, trip.opened.carrier, known.fix), yards)


def aboard_of(custody: Custody, trip: str, now: int) -> Aboard:
    """What is known of a trip's load at an instant (microseconds since 1970). Raises UnknownTripError."""
    return aboard(case_from(custody, trip, now), now)


def known_trip(log: Log, trip: str, now: int) -> KnownTrip:
    """A trip as it was recorded by an instant. Raises UnknownTripError."""
    found = trip_of([(each.event, each.payload) for each in log.stream(PREFIX + trip)], now)
    if found is None:
        raise UnknownTripError(trip)
    return found


def _yards(trip: KnownTrip, planned: Corridor | None, books: list[ContactBook]) -> Iterator[Yard]:
    """The yards that documents of contacts, the corridor and the trip name, in this order: the first have telephones.
    Where a trip's seal may be opened somebody is in charge, so that is taken for a yard; where it may stand is not."""
    for book in books:
        for each in book.yards:
            yield Yard(each.id, each.name, *each.at, round(each.radius.metres), "contacts", each.phone or "")
    if planned is not None:
        for stop in planned.stops:
            if stop.use == "yard":
                place = stop.place
                yield Yard(stop.id, place.name, place.latitude, place.longitude, place.radius_m, "corridor")
    for place in trip.opened.places:
        if place.use == "open":
            yield Yard(place.name, place.name, place.latitude, place.longitude, place.radius_m, "trip")
