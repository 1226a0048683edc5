"""The reasons that were worked out for rows of boards."""

from __future__ import annotations

import threading

from aforo.domain.text import Text

#: Reasons that are remembered, of the last decisions that somebody looked at.
MOST = 20_000


class Known:
    """The reasons that are known, by decision. May be asked from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, Text | None] = {}
        self._lock = threading.Lock()

    def of(self, decision: str) -> Text | None:
        """The reason of a decision; None where it is not known."""
        return self._known.get(decision)

    def tried(self, decision: str) -> bool:
        """Whether it was worked out, or was tried in vain."""
        return decision in self._known

    def put(self, found: dict[str, Text | None]) -> None:
        """Remember reasons, None of decisions that have none."""
        with self._lock:
            self._known |= found
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]
