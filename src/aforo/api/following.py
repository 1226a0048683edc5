"""A thread that follows the log and has a desk do what follows from it, between the desk's batches."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk, DeskFullError
from aforo.flow.looking import Looking
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.api")


class Following(Looking):
    """A context manager, as `Looking` is. How far it has looked is kept beside the log as `saved`, so that a server
    that starts again takes up what came while it was away; the first time it begins where the log ends.

    Where there is much to do, or others were faster, it tries again: what follows must be the same when done twice.
    """

    def __init__(self, name: str, fails: str, saved: str, desk: Desk, log: Log, every: float) -> None:
        super().__init__(name, every, fails, logger, patient=(DeskFullError, ConcurrencyError))
        self._desk = desk
        self._log = log
        self._saved = saved
        kept = log.projections.load(saved)
        self._reached = log.position() if kept is None else kept[0]

    def _keep(self, reached: int) -> None:
        """It has looked as far as this; kept beside the log."""
        self._log.projections.save(self._saved, reached, b"")
        self._reached = reached
