"""A thread that has crossings decided again as what is cause to act on their trips changes."""

from __future__ import annotations

import logging
from functools import partial

from aforo.api.desk import Desk
from aforo.api.following import Following
from aforo.flow.custody_reassess import TYPES, concerned, weigh_custody
from aforo.flow.reassess import Reassessed
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

logger = logging.getLogger("aforo.api")

#: Seconds between two looks at the log, and crossings that are weighed again between two batches.
LOOK_EVERY_S, AT_ONCE = 1.0, 20
_PAGE = 1_000


class CustodyWeighing(Following):
    """See the module; use it as a context manager. What was weighed already comes out the same."""

    def __init__(self, desk: Desk, log: Log, *, every: float = LOOK_EVERY_S) -> None:
        """Made before the desk opens its node, so that nothing falls between the two."""
        super().__init__("custody-weighing", "crossings could not be decided again", "weighed/1", desk, log, every)

    def look(self) -> list[Reassessed]:
        """Decide again what has other evidence of custody now. Raises DeskFullError, ConcurrencyError, and what the log
        raises: the next look begins where this one did."""
        reached, after = self._log.position(), self._reached
        events: list[StoredEvent] = []
        while page := self._log.read(after, types=TYPES, limit=_PAGE):
            events += page
            after = page[-1].position
        reached = max(reached, after)
        if not events:
            self._reached = reached
            return []
        names = self._desk.do(lambda node: concerned(events, node)).result()
        made: list[Reassessed] = []
        for start in range(0, len(names), AT_ONCE):
            if self.stop.is_set():
                return made
            made += self._desk.do(partial(weigh_custody, names[start : start + AT_ONCE])).result()
        self._keep(reached)
        if made:
            changed = sum(each.changed for each in made)
            logger.info("custody changed: %d crossings weighed again, %d of them decided otherwise", len(made), changed)
        return made
