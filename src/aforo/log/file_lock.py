"""A lock on a file beside a SQLite log, which one process holds at a time and which ends with that process."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

#: Seconds between two attempts to take a lock that another process holds: doubled from the first up to the last.
_FIRST_S, _LAST_S = 0.001, 0.02


class FileLock:
    """See the module. The file stays when the lock is released: a file that goes is a lock that two could hold.

    The lock belongs to the object: two objects exclude each other within one process too. Raises OSError where the file
    cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._opening = threading.Lock()

    def acquire(self, patience: float) -> bool:
        """Take the lock, waiting `patience` seconds at most; whether it was taken."""
        with self._opening:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        until, pause = time.monotonic() + patience, _FIRST_S
        while not _try_lock(self._descriptor):
            if time.monotonic() >= until:
                return False
            time.sleep(pause)
            pause = min(2 * pause, _LAST_S)
        return True

    def release(self) -> None:
        """Let others take the lock."""
        _unlock(self._descriptor)

    def close(self) -> None:
        """Close the file; a lock that is held ends with it."""
        with self._opening:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


try:
    import fcntl
except ImportError:  # a system that locks parts of files

    def _try_lock(descriptor: int) -> bool:
        import msvcrt

        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
