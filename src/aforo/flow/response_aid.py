"""What a response is given to work with: whom to call, the yards nearest to the truck, what is known of the load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aforo.answers.road_response import RoadResponse
from aforo.custody.aboard import Aboard, aboard
from aforo.custody.contacts import Called, ContactBook, called
from aforo.custody.corridor import Corridor
from aforo.custody.recorded import trip_of
from aforo.custody.trip import PREFIX, KnownTrip
from aforo.custody.yards import Away, Yard, nearest
from aforo.domain.clock import instant, microseconds
from aforo.domain.response import ON_CROSSINGS
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_facts import facts_of_trips
from aforo.flow.custody_grounds import grounds
from aforo.flow.custody_verdict import case_from
from aforo.flow.response_documents import contacts_in_force
from aforo.log.store import Log

#: Yards that are shown.
MOST_YARDS = 3


@dataclass(frozen=True)
class Aid:
    """See the module; `trip` is as the log has it, `others` are the other trips that it may be about."""

    trip: KnownTrip
    others: list[str]
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
    others = _others(custody, response)
    carriers = (trip.opened.carrier, *(each.opened.carrier for each in others))
    lines = called(books, response.kind, carriers, known.fix)
    return Aid(trip, [each.trip for each in others], known, lines, yards)


def meant(custody: Custody, crossing: str, since: datetime) -> list[KnownTrip]:
    """The trips that something about a crossing may be about, of those that were not over at an instant: those of which
    something was found that is evidence of it, where there are any, else all that name it, of which those come first
    that could be evidence (`custody_grounds`), and the first to be announced."""
    named = custody.of_crossings([crossing]).get(crossing, [])
    under_way = [each for each in named if each.discharged is None or instant(each.discharged) > since]
    if len(under_way) < 2:
        return under_way
    grounded = grounds(under_way, custody.log)
    found = [each for each in under_way if each.trip in grounded and facts_of_trips([each])]
    return found or sorted(under_way, key=lambda each: each.trip not in grounded)


def _others(custody: Custody, response: RoadResponse) -> list[KnownTrip]:
    """The other trips that a response may be about: none where something came from its own trip."""
    if response.crossing is None or any(each.alert_kind not in ON_CROSSINGS for each in response.causes):
        return []
    return [each for each in meant(custody, response.crossing, response.started_at) if each.trip != response.trip]


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
