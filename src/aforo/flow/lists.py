"""The lists of a folder in use: loaded from their newest copies, and again when others come."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from aforo.intake.lists import copies
from aforo.intake.lists.sources import SourcesError, load
from aforo.intake.lists.watched import has_copies, stamp
from aforo.risk.screening.in_use import ListsInUse

logger = logging.getLogger("aforo.flow")

#: Seconds between two looks at the folder.
LOOK_EVERY_S = 60.0


def lists_of(folder: Path) -> ListsInUse | None:
    """The lists of the newest copies in a folder; None where there are none. Raises CopyDamagedError, SourcesError,
    OSError."""
    if not has_copies(folder):
        return None
    sources = load(None, folder)
    found = copies.load(folder).lists
    return ListsInUse(found, {publisher: source.stale_after_days for publisher, source in sources.items()})


class Lists:
    """The lists of a folder, as they are now. A context manager: inside, a thread looks whether others have come.

    Others take the place of those in use once they are whole; a damaged copy changes nothing, and is told in the log of
    the process.
    """

    def __init__(self, folder: Path, *, every: float = LOOK_EVERY_S) -> None:
        """Raises CopyDamagedError, SourcesError, OSError."""
        self.folder = folder
        self._every = every
        self._stamp = stamp(folder)
        self._current = lists_of(folder)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)

    def __call__(self) -> ListsInUse | None:
        """The lists in use."""
        return self._current

    def __enter__(self) -> Lists:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                now = stamp(self.folder)
                if now != self._stamp:
                    self._current, self._stamp = lists_of(self.folder), now
            except (copies.CopyDamagedError, SourcesError, OSError) as wrong:
                logger.error("lists that came cannot be used, those before stay in use: %s", type(wrong).__name__)
