"""The locks of a log in a SQLite file: files beside it, locked by the system and released when a process ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from aforo.log.database import Duty, ServedError
from aforo.log.decision_lock import PATIENCE_S, DecisionLock, DecisionLockedError
from aforo.log.file_lock import FileLock

#: What is added to the name of the log's file.
_DECIDES, _SERVES = "-decides.lock", "-serves.lock"


class SqliteDecisionLock(DecisionLock):
    """The decision lock of a log in a file."""

    def __init__(self, store: Path, last_position: Callable[[], int]) -> None:
        super().__init__()
        self._last_position = last_position
        self._file = FileLock(store.with_name(store.name + _DECIDES))

    def close(self) -> None:
        self._file.close()

    def _take(self) -> int:
        if not self._file.acquire(PATIENCE_S):
            raise DecisionLockedError
        try:
            return self._last_position()
        except BaseException:
            self._file.release()
            raise

    def _give_back(self) -> int:
        try:
            return self._last_position()
        finally:
            self._file.release()


@contextmanager
def serve_file(store: Path) -> Iterator[None]:
    """Serve a log in a file for the block. Raises ServedError where another process serves it."""
    with closing(FileLock(store.with_name(store.name + _SERVES))) as lock:
        if not lock.acquire(0.0):
            raise ServedError
        yield


class OnlyServer(Duty):
    """The duty where one process alone serves the log."""

    def is_ours(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to leave."""
