"""A thread that learns from the record what the policy aims at and what filers do, and puts what follows in force."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk, DeskFullError
from aforo.flow.learnt import Learnt
from aforo.flow.looking import Looking
from aforo.flow.targets import targets_of
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.api")

#: Seconds between two looks: duals move by the hour.
LOOK_EVERY_S = 300.0


class Aiming(Looking):
    """See the module; use it as a context manager. The record is read here, so that nobody waits at the desk for it.
    What it puts in force is taken up by who looks for other prices."""

    def __init__(self, desk: Desk, log: Log, *, every: float = LOOK_EVERY_S) -> None:
        super().__init__(
            "aims", every, "what the policy aims at could not be looked at", logger,
            patient=(DeskFullError, ConcurrencyError),
        )  # fmt: skip
        self._desk = desk
        self._log = log
        self._learnt: Learnt | None = None

    def look(self) -> list[str]:
        """The bridges whose parameters moved. Raises DeskFullError, ConcurrencyError, and what the log raises."""
        learnt = self._learnt = self._learnt or Learnt(self._log)
        if not learnt.look(self._desk.do(targets_of).result(), self.stop.is_set):
            return []  # the server stops: what was read is kept
        moved = self._desk.do(lambda node: learnt.put(node, "aims")).result()
        if moved:
            logger.info("%s: what the record teaches moved its prices", ", ".join(sorted(moved)))
        return moved
