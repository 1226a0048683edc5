"""How many events one process has appended to a log: it tells the process whether another one has appended any."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class AppendCount:
    """The events that were appended, and those that are being appended. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = self._under_way = 0

    @property
    def done(self) -> int:
        """Events whose append has returned: no more than the log has of them."""
        return self._done

    @property
    def begun(self) -> int:
        """Events that were appended or are being appended: no fewer than the log has of them."""
        with self._lock:
            return self._done + self._under_way

    @contextmanager
    def of(self, events: int) -> Iterator[None]:
        """Count events that the block appends, unless it raises."""
        with self._lock:
            self._under_way += events
        done = 0
        try:
            yield
            done = events
        finally:
            with self._lock:
                self._under_way -= events
                self._done += done
