"""A thread that has trucks that are expected screened again when the lists change, between the batches of a desk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import msgspec

from aforo.api.desk import Desk, DeskFullError
from aforo.flow.rescreening import Rescreened, rescreen
from aforo.log.store import ConcurrencyError, Log
from aforo.risk.screening.in_use import ListsInUse

logger = logging.getLogger("aforo.api")

#: Seconds between two looks at the lists, and crossings that are screened again between two batches.
LOOK_EVERY_S, AT_ONCE = 5.0, 20
_SAVED = "rescreened/1"


class Rescreening:
    """See the module; use it as a context manager. Which copies of lists all were compared with is kept beside the log,
    so that a server that starts again compares only where they have changed meanwhile."""

    def __init__(
        self, desk: Desk, log: Log, lists: Callable[[], ListsInUse | None], *, every: float = LOOK_EVERY_S
    ) -> None:
        self._desk = desk
        self._log = log
        self._lists = lists
        self._every = every
        self._done: list[str] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rescreening", daemon=True)

    def __enter__(self) -> Rescreening:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.look()
            except (DeskFullError, ConcurrencyError):
                continue  # there is much to do: what is asked already is not asked again
            except Exception as failure:  # noqa: BLE001 (the database may come back: the next look tries again)
                logger.error("expected trucks could not be screened again: %s", type(failure).__name__)

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
            if self._stop.is_set():
                return None
            page = names[start : start + AT_ONCE]
            told += self._desk.do(lambda node, page=page: rescreen(page, node)).result()  # type: ignore[misc]
        self._log.projections.save(_SAVED, position, msgspec.json.encode(digests))
        self._done = digests
        logger.info(
            "lists changed: %d expected trucks, %d names compared, %d that cannot be opened, %d hits",
            told.crossings, told.names, told.closed, told.asked,
        )  # fmt: skip
        return told
