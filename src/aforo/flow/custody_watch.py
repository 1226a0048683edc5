"""The watch over custody: what is made of each trip that is not over is recorded as soon as it is another thing.

A trip is judged anew when something other than what is expected of it was heard, and when a seal of it has been silent
for longer than it promised: `custody.live` tells these, of a million devices. What is recorded follows from the log and
the clock, so a watch that was killed, or two that run side by side, lose nothing and say nothing twice. What somebody
has to see to is then an alert (`custody_causes`).
"""

from __future__ import annotations

import logging
import time
from functools import partial

from aforo.custody.fences import Fences
from aforo.custody.limits import shipped
from aforo.custody.live import Ground, Live
from aforo.custody.trip import PREFIX
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
#: Looks between two savings of what is known, and how many times as long as one takes there is none.
_SAVE_EVERY, _SAVE_SHARE = 60, 50
#: Seconds after which a look ends, and leaves the rest to the next.
_LONGEST_S = 2.0


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
        #: What the log has, kept up: for whoever works with the same log in this process too.
        self.custody = Custody(log, Live(Ground(Fences(), {}, shipped())))
        self._looks, self._save_after = 0, 0.0
        #: Trips that were judged whole.
        self.judged = 0

    def look(self) -> int:
        """Judge what has to be judged by now; of how many trips another thing was recorded."""
        now = microseconds(self._log.clock())
        waiting = {each.trip: each for each in (*self.custody.silent(now), *self.custody.touched())}
        recorded, until = 0, time.monotonic() + _LONGEST_S
        try:
            # Where there is more than can be judged, the next look begins with those that have fallen silent since.
            while waiting and time.monotonic() < until:
                trip = next(iter(waiting))
                recorded += retried(partial(self._judge, trip, now))
                self.judged += 1
                del waiting[trip]
        finally:
            self.custody.touch(waiting)
        self._looks += 1
        if self.stop.is_set() or (self._looks >= _SAVE_EVERY and time.monotonic() >= self._save_after):
            self._save()
        return recorded

    def _save(self) -> None:
        begun = time.monotonic()
        self.custody.save()
        self._looks, self._save_after = 0, time.monotonic() + _SAVE_SHARE * (time.monotonic() - begun)

    def _judge(self, trip: str, now: int) -> int:
        stream = PREFIX + trip
        version = self._log.versions([stream])[stream]
        made = _judged(verdict(case_from(self.custody, trip, now), now, now))
        before = self.custody.trip(trip).judged
        if before is None and made.state in ("unsealed", "intact"):
            return 0
        if before is not None and (before.state, before.codes) == (made.state, made.codes):
            return 0
        at = self._log.clock()
        event = new_event(
            event_id(at), made, stream, version + 1, occurred_at=at, recorded_at=at, actor=NODE, origin=self._origin
        )
        self._log.append([event])
        return 1


def _judged(found: Verdict) -> CustodyJudged:
    return CustodyJudged(
        found.state, found.grade, found.since or 0, found.earliest or 0, found.latest or 0,
        tuple(sorted({each.code for each in found.facts})),
    )  # fmt: skip
