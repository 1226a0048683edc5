"""A thread that takes up port documents and prices as they change, and has trucks decided again by what is up now."""

from __future__ import annotations

import logging
from functools import partial

from aforo.api.desk import Desk
from aforo.api.following import Following
from aforo.bootstrap import renew_bridges
from aforo.flow.repricing import TYPES, Repriced, matters, of_documents, reprice, touched
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

logger = logging.getLogger("aforo.api")

#: Seconds between two looks at the log, and crossings that are weighed again between two batches.
LOOK_EVERY_S, AT_ONCE = 1.0, 20
_PAGE = 1_000


class Repricing(Following):
    """See the module; use it as a context manager. What was weighed already comes out the same."""

    def __init__(self, desk: Desk, log: Log, *, every: float = LOOK_EVERY_S) -> None:
        """Made before the desk opens its node, so that no step falls between the two."""
        super().__init__("repricing", "expected trucks could not be decided again", "repriced/1", desk, log, every)

    def look(self) -> Repriced | None:
        """Weigh again what is waiting at the bridges that changed; None where nothing did, or it was told to stop.
        Raises DeskFullError, ConcurrencyError, and what the log raises: the next look begins where this one did."""
        reached, after = self._log.position(), self._reached
        events: list[StoredEvent] = []
        while page := self._log.read(after, types=TYPES, limit=_PAGE):
            events += filter(matters, page)
            after = page[-1].position
        reached = max(reached, after)
        if not events:
            self._reached = reached
            return None
        if of_documents(events):
            self._desk.do(renew_bridges).result()
        bridges = self._desk.do(lambda node: touched(events, node)).result()
        told = Repriced()
        if bridges:
            names = self._desk.do(lambda node: list(node.trucks.trucks)).result()
            for start in range(0, len(names), AT_ONCE):
                if self.stop.is_set():
                    return None
                page_of = names[start : start + AT_ONCE]
                told += self._desk.do(partial(reprice, page_of, bridges)).result()
        self._keep(reached)
        if told.crossings:
            logger.info(
                "%s changed: %d trucks weighed again, %d of them decided otherwise",
                ", ".join(sorted(bridges)), told.crossings, len(told.changed),
            )  # fmt: skip
        return told
