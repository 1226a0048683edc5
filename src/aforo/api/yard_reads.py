"""A thread that has trucks decided again that were read at the gate of a pre-check yard, between a desk's batches."""

from __future__ import annotations

from functools import partial

from aforo.api.desk import Desk
from aforo.api.following import Following
from aforo.domain.bridge import GateReads
from aforo.flow.yard_reads import come_to_yards
from aforo.log.store import Log

#: Seconds between two looks at the log, and blocks of readings that are gone through between two batches.
LOOK_EVERY_S, AT_ONCE = 1.0, 50


class YardReads(Following):
    """See the module; use it as a context manager. Who was recorded already is not recorded twice."""

    def __init__(self, desk: Desk, log: Log, *, every: float = LOOK_EVERY_S) -> None:
        super().__init__("yard-reads", "trucks at yards could not be recorded", "yard-reads/1", desk, log, every)

    def look(self) -> int:
        """Record who came to a yard since the last look; how many. Raises DeskFullError, ConcurrencyError, and what the
        log raises: the next look begins where this one got to."""
        came, begun = 0, self._reached
        while events := self._log.read(self._reached, types=(GateReads.TYPE,), limit=AT_ONCE):
            if self.stop.is_set():
                break
            came += len(self._desk.do(partial(come_to_yards, events)).result())
            self._reached = events[-1].position
        if self._reached != begun:
            self._keep(self._reached)
        return came
