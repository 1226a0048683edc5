"""A thread that has trucks that are expected screened again when the lists change, between the batches of a desk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import msgspec

from aforo.api.desk import Desk, DeskFullError
from aforo.flow.looking import Looking
from aforo.flow.rescreening import Rescreened, rescreen
from aforo.log.store import ConcurrencyError, Log
from aforo.risk.screening.in_use import ListsInUse

logger = logging.getLogger("aforo.api")

#: Seconds between two looks at the lists, and crossings that are screened again between two batches.
LOOK_EVERY_S, AT_ONCE = 5.0, 20
_SAVED = "rescreened/1"


class Rescreening(Looking):
    """See the module; use it as a context manager. Which copies of lists all were compared with is kept beside the log,
    so that a server that starts again compares only where they have changed meanwhile."""

    def __init__(
        self, desk: Desk, log: Log, lists: Callable[[], ListsInUse | None], *, every: float = LOOK_EVERY_S
    ) -> None:
        # Where there is much to do it tries again: what is asked already is not asked again.
        super().__init__(
            "rescreening", every, "expected trucks could not be screened again", logger,
            patient=(DeskFullError, ConcurrencyError),
        )  # fmt: skip
        self._desk = desk
        self._log = log
        self._lists = lists
        self._done: list[str] | None = None

    def look(self) -> Rescreened | None:
        """Screen all that are expected again, if the lists are others than those that they were compared with; None
        where they are not, or it was told to stop. Raises DeskFullError, ConcurrencyError, and what the log raises."""
        if self._done is None:
            saved = self._log.projections.load(_SAVED)
            self._done = [] if saved is None else msgspec.json.decode(saved[1], type=list[str])
        lists = self._lists()
        digests = [] if lists is None else sorted(f"{each.publisher}:{each.digest}" for each in lists.lists)
        if not digests or digests == self._done:
            return None
        position = self._log.position()
        names = self._desk.do(lambda node: list(node.trucks.trucks)).result()
        told = Rescreened()
        for start in range(0, len(names), AT_ONCE):
            if self.stop.is_set():
                return None
            page = names[start : start + AT_ONCE]
            told += self._desk.do(partial(rescreen, page)).result()
        self._log.projections.save(_SAVED, position, msgspec.json.encode(digests))
        self._done = digests
        logger.info(
            "lists changed: %d expected trucks, %d names compared, %d that cannot be opened, %d hits",
            told.crossings, told.names, told.closed, told.asked,
        )  # fmt: skip
        return told
