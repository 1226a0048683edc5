"""The trips of a carrier that began in a period, and what is said of roads since: found in the order of the log.

Nothing that was recorded before the period is read, and no more is held than a page. A seal may be recorded long after
it was put on, so behind the period sealings are read on to the end of the log, and announcements no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from aforo.custody.reach import Reach
from aforo.custody.recorded import trip_of
from aforo.custody.stated_roads import StatedRoads
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.clock import microseconds
from aforo.domain.event import Event, payload_of
from aforo.domain.trip import Covered, Sealed, TripOpened
from aforo.flow.custody_shown import is_own
from aforo.flow.roads_covered import covered_between
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events of one page.
_PAGE = 1_000
#: So much may the clocks of those who write to one log be apart: the log is read from so long before the period.
_APART = timedelta(days=1)
#: Trips of which it is remembered whether they are of the carriers: sealed soon after they were announced.
_REMEMBERED = 50_000


class BegunIn:
    """The trips of carriers (None: of all) that were first sealed, or announced where no seal was recorded, from
    `since` until before `until`.

    Roads are covered, for `case_from`, by what was recorded as far as the trips were asked for.
    """

    def __init__(self, log: Log, carriers: Collection[str] | None, since: datetime, until: datetime) -> None:
        self.log = log
        self._carriers = carriers
        self._since, self._until = since, until
        #: Trips whose announcement was read, and whether they are of the carriers: a trip stays its carrier's.
        self._own: dict[str, bool] = {}
        self._roads = StatedRoads()

    def trips(self) -> Iterator[tuple[int, str]]:
        """Each of the trips once, with the instant at which it began (microseconds since 1970)."""
        told: set[str] = set()
        types: tuple[str, ...] = (TripOpened.TYPE, Sealed.TYPE, Covered.TYPE)
        after = position_before(self.log, self._since)
        while page := self.log.read(after, types=types, limit=_PAGE):
            after = page[-1].position
            events = [each.event for each in page]
            for stored in page:
                if isinstance(said := stored.payload, Covered):
                    self._roads.keep(stored.event.stream, stored.event.version, said)
            for event in events:
                trip = event.stream.removeprefix(TRIP)
                if self._may_begin(trip, event) and trip not in told and (begun := self._begun(trip)) is not None:
                    told.add(trip)
                    yield begun, trip
            if events[0].recorded_at - _APART >= self._until:
                types = (Sealed.TYPE, Covered.TYPE)

    def covered_between(self, since: int, until: int, near: Reach) -> list[StoredEvent]:
        """As `Custody.covered_between`, of instants in the period and after it."""
        return covered_between(self.log, self._roads.between(since, until, near), since, until)

    def _may_begin(self, trip: str, event: Event) -> bool:
        """Whether a trip may be one of the carriers' that begins in the period, by an event of it."""
        if event.type == Sealed.TYPE:
            if not self._since <= event.occurred_at < self._until:
                return False
            own = self._own.get(trip)
            return self._is_own(trip) if own is None else own
        said = payload_of(event.type, event.schema, event.data)
        if not isinstance(said, TripOpened):
            return False
        self._own[trip] = is_own(said.carrier, self._carriers)
        if len(self._own) > _REMEMBERED:
            del self._own[next(iter(self._own))]
        return self._own.get(trip, False) and self._since <= event.recorded_at < self._until

    def _is_own(self, trip: str) -> bool:
        """Whether a trip is of the carriers, that was announced before what was read."""
        announced = (each.payload for each in self.log.stream(TRIP + trip, types=(TripOpened.TYPE,)))
        return any(isinstance(each, TripOpened) and is_own(each.carrier, self._carriers) for each in announced)

    def _begun(self, trip: str) -> int | None:
        """When a trip began; None where that was not in the period."""
        events = self.log.stream(TRIP + trip)
        known = trip_of([(each.event, each.payload) for each in events], microseconds(self.log.clock()))
        if known is None:
            return None
        begun = min((each.since for each in known.seals), default=microseconds(events[0].event.recorded_at))
        return begun if microseconds(self._since) <= begun < microseconds(self._until) else None


def position_before(log: Log, at: datetime) -> int:
    """A position at or below which the log has nothing that was recorded at an instant or after it, as the clocks of
    those who write to it are less than _APART apart. It takes as many reads as the log's length has binary digits."""
    low, high = 0, log.position()
    while low < high:
        middle = (low + high) // 2
        found = log.read(middle, limit=1)
        if found and found[0].event.recorded_at + _APART < at:
            low = found[0].position
        else:
            high = middle
    return low
