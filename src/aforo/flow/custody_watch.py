"""The watch over custody: what is made of each trip that is not over, and what is cause to act on it, is recorded as
soon as it is another thing.

A trip is judged anew when something was heard of it or of its road, when other documents of the roads are in force, and
when a seal of it has been silent for longer than it promised. What is recorded follows from the log and the clock, so a
watch that was killed, or two that run side by side, lose nothing and say nothing twice. What somebody has to see to is
then an alert (`custody_causes`).
"""

from __future__ import annotations

import heapq
import logging
from functools import partial

from aforo.custody.trip import PREFIX, KnownTrip
from aforo.custody.verdict import Verdict, verdict
from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, Payload, new_event
from aforo.domain.trip import CustodyJudged
from aforo.flow.custody import Custody
from aforo.flow.custody_coverage import Stating
from aforo.flow.custody_found import found_of
from aforo.flow.custody_verdict import case_from
from aforo.flow.looking import Looking
from aforo.log.contention import retried
from aforo.log.ids import event_ids
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.custody")

#: Who judges.
NODE = "node"
_S = 1_000_000
#: Looks between two savings of what is known.
_SAVE_EVERY = 60


class CustodyWatch(Looking):
    """See the module; use it as a context manager."""

    def __init__(self, log: Log, *, origin: Origin = "live", interval: float = 1.0) -> None:
        """`interval`: seconds between two looks."""
        super().__init__(
            "custody", interval, "custody could not be looked after", logger, at_once=True, at_last=True,
            patient=(ConcurrencyError,),
        )  # fmt: skip
        self._log = log
        self._origin = origin
        self._custody = Custody(log)
        self._stating = Stating(self._custody, NODE, origin)
        #: When another thing is to be said of a trip, if nothing is heard of it: microseconds since 1970.
        self._due: list[tuple[int, str]] = []
        self._by = self._custody.roads.in_force()
        self._looks = 0

    def look(self) -> int:
        """Judge what has to be judged by now; of how many trips another thing was recorded."""
        now = microseconds(self._log.clock())
        self._stating.look(now)
        trips = {each.trip: each for each in self._custody.touched()}
        if (by := self._custody.roads.in_force()) != self._by:
            # Other documents judge all trips otherwise, or may; after a start all are touched.
            trips |= {each.trip: each for each in self._custody.trips() if each.discharged is None}
            self._by = by
        while self._due and self._due[0][0] <= now:
            trip = heapq.heappop(self._due)[1]
            trips[trip] = self._custody.trip(trip)
        for each in list(trips.values()):
            # Who is far from the others of a convoy follows from what any of them says.
            trips |= {other.trip: other for other in self._custody.in_convoy(each)}
        recorded = 0
        for each in trips.values():
            made, due = retried(partial(self._judge, each.trip, now))
            recorded += made
            ends = [instant for instant in (due, self._silent_at(each, now)) if instant is not None]
            if ends and each.discharged is None:
                heapq.heappush(self._due, (min(ends), each.trip))
        self._looks += 1
        if self.stop.is_set() or self._looks % _SAVE_EVERY == 0:
            self._custody.save()
        return recorded

    def _judge(self, trip: str, now: int) -> tuple[bool, int | None]:
        """Record what is made of a trip where that is another thing; whether it is, and when it may be next."""
        stream = PREFIX + trip
        version = self._log.versions([stream])[stream]
        case, known = case_from(self._custody, trip, now), self._custody.trip(trip)
        said: list[Payload] = []
        made, before = _judged(verdict(case, now, now)), known.judged
        if before is None:
            said += [made] if made.state not in ("unsealed", "intact") else []
        elif (before.state, before.codes) != (made.state, made.codes):
            said.append(made)
        found, due = found_of(self._custody, known, case, now)
        said += [] if found is None else [found]
        at = self._log.clock()
        self._log.append(
            [
                new_event(
                    own, each, stream, version + place, occurred_at=at, recorded_at=at, actor=NODE, origin=self._origin
                )
                for place, (own, each) in enumerate(zip(event_ids(len(said), at), said, strict=True), 1)
            ]
        )
        return bool(said), due

    def _silent_at(self, trip: KnownTrip, now: int) -> int | None:
        """The next instant after `now` at which a seal that stands will have been silent for too long."""
        known = self._custody.known({each.device for each in trip.standing})
        ends = [
            max(each.since, min(own.last, own.heard)) + (own.promise_s + own.tolerance_s) * _S + 1
            for each in trip.standing
            if (own := known.get(each.device)) is not None
        ]
        return min((each for each in ends if each > now), default=None)


def _judged(found: Verdict) -> CustodyJudged:
    return CustodyJudged(
        found.state, found.grade, found.since or 0, found.earliest or 0, found.latest or 0,
        tuple(sorted({each.code for each in found.facts})),
    )  # fmt: skip
