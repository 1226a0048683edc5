"""A thread that holds waits, rates and use against what the policy document aims at, and puts what follows in force."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk, DeskFullError
from aforo.flow.looking import Looking
from aforo.flow.targets import put_aims
from aforo.log.store import ConcurrencyError

logger = logging.getLogger("aforo.api")

#: Seconds between two looks: duals move by the hour.
LOOK_EVERY_S = 300.0


class Aiming(Looking):
    """See the module; use it as a context manager. What it puts in force is taken up by who looks for other prices."""

    def __init__(self, desk: Desk, *, every: float = LOOK_EVERY_S) -> None:
        super().__init__(
            "aims", every, "what the policy aims at could not be looked at", logger,
            patient=(DeskFullError, ConcurrencyError),
        )  # fmt: skip
        self._desk = desk

    def look(self) -> list[str]:
        """The bridges whose parameters moved. Raises DeskFullError, ConcurrencyError, and what the log raises."""
        moved = self._desk.do(lambda node: put_aims(node, "aims")).result()
        if moved:
            logger.info("%s: what the policy aims at moved its prices", ", ".join(sorted(moved)))
        return moved
