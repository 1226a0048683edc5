"""The watch over custody: what is made of each trip that is not over is recorded as soon as it is another thing.

A trip is judged anew when something was heard of it, and when a seal of it has been silent for longer than it promised.
What is recorded follows from the log and the clock, so a watch that was killed, or two that run side by side, lose
nothing and say nothing twice. What somebody has to see to is then an alert (`custody_causes`).
"""

from __future__ import annotations

import heapq
import logging
from functools import partial

from aforo.custody.trip import PREFIX, KnownTrip
from aforo.custody.verdict import Verdict, verdict
from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, new_event
from aforo.domain.trip import CustodyJudged
from aforo.flow.custody import Custody
from aforo.flow.custody_verdict import case_from
from aforo.flow.looking import Looking
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.custody")

#: Who judges.
NODE = "node"
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
        #: When a seal of a trip will have been silent for too long, if nothing is heard: microseconds since 1970.
        self._due: list[tuple[int, str]] = []
        self._looks = 0

    def look(self) -> int:
        """Judge what has to be judged by now; of how many trips another thing was recorded."""
        now = microseconds(self._log.clock())
        trips = {each.trip: each for each in self._custody.touched()}
        while self._due and self._due[0][0] <= now:
            trip = heapq.heappop(self._due)[1]
            trips[trip] = self._custody.trip(trip)
        recorded = 0
        for each in trips.values():
            recorded += retried(partial(self._judge, each.trip, now))
            if (due := self._silent_at(each, now)) is not None:
                heapq.heappush(self._due, (due, each.trip))
        self._looks += 1
        if self.stop.is_set() or self._looks % _SAVE_EVERY == 0:
            self._custody.save()
        return recorded

    def _judge(self, trip: str, now: int) -> int:
        stream = PREFIX + trip
        version = self._log.versions([stream])[stream]
        made = _judged(verdict(case_from(self._log, trip, now), now, now))
        before = self._custody.trip(trip).judged
        if before is None and made.state == "unsealed":
            return 0
        if before is not None and (before.state, before.grade, before.codes) == (made.state, made.grade, made.codes):
            return 0
        at = self._log.clock()
        event = new_event(
            event_id(at), made, stream, version + 1, occurred_at=at, recorded_at=at, actor=NODE, origin=self._origin
        )
        self._log.append([event])
        return 1

    def _silent_at(self, trip: KnownTrip, now: int) -> int | None:
        """The next instant after `now` at which a seal that stands will have been silent for too long."""
        known = self._custody.known({each.device for each in trip.standing})
        ends = [
            max(each.since, min(own.last, own.heard)) + own.owed + 1
            for each in trip.standing
            if (own := known.get(each.device)) is not None
        ]
        return min((each for each in ends if each > now), default=None)


def _judged(found: Verdict) -> CustodyJudged:
    return CustodyJudged(
        found.state, found.grade, found.since or 0, found.earliest or 0, found.latest or 0,
        tuple(sorted({each.code for each in found.facts})),
    )  # fmt: skip
