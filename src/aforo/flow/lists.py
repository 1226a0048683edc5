"""The lists of a folder in use: loaded from their newest copies, and again when others come."""

from __future__ import annotations

import logging
from pathlib import Path

from aforo.flow.looking import Looking
from aforo.intake.lists import copies
from aforo.intake.lists.sources import load
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


class Lists(Looking):
    """The lists of a folder, as they are now. A context manager: inside, a thread looks whether others have come.

    Others take the place of those in use once they are whole; a damaged copy changes nothing, and is told in the log of
    the process.
    """

    def __init__(self, folder: Path, *, every: float = LOOK_EVERY_S) -> None:
        """Raises CopyDamagedError, SourcesError, OSError."""
        super().__init__("lists", every, "lists that came cannot be used, those before stay in use", logger)
        self.folder = folder
        self._stamp = stamp(folder)
        self._current = lists_of(folder)

    def __call__(self) -> ListsInUse | None:
        """The lists in use."""
        return self._current

    def look(self) -> None:
        """Take those in use that came since. Raises CopyDamagedError, SourcesError, OSError."""
        now = stamp(self.folder)
        if now != self._stamp:
            self._current, self._stamp = lists_of(self.folder), now
