"""A thread that keeps the dossiers up with the log, so that who opens a page need not wait for what came since."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk
from aforo.flow.looking import Looking

#: Seconds between two looks at the log, and looks between two savings: a server that is killed reads again what came
#: since the last one.
LOOK_EVERY_S, LOOKS_A_SAVING = 2.0, 150
logger = logging.getLogger("aforo.api")


class DossiersKept(Looking):
    """See the module; use it as a context manager inside that of the desk."""

    def __init__(self, desk: Desk, *, every: float = LOOK_EVERY_S) -> None:
        super().__init__("dossiers", every, "the dossiers could not be kept up", logger, at_once=True)
        self._desk = desk
        self._looks = 0

    def look(self) -> None:
        """Take in what is new in the log, if there is a node now, and keep the state from time to time."""
        node = self._desk.node
        if node is None:
            return
        node.dossiers.look()
        self._looks += 1
        if self._looks % LOOKS_A_SAVING == 0:
            node.dossiers.save()
