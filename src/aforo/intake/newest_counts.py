"""The newest kept copy of the published truck counts, for a server that goes on while others fetch."""

from __future__ import annotations

import threading
from pathlib import Path

import polars as pl

from aforo.intake import bts
from aforo.intake.lists import copies


class NewestCounts:
    """Gives the counts of the newest copy in a folder, read when it is another one than before; None without any, and
    of one that cannot be read. May be asked from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._copy: Path | None = None
        self._counts: pl.DataFrame | None = None

    def __call__(self) -> pl.DataFrame | None:
        """The counts, as `bts.read` has them."""
        with self._lock:
            newest = copies.newest(self._folder, "bts")
            if newest != self._copy:
                self._copy, self._counts = newest, None if newest is None else _read(newest)
            return self._counts


def _read(copy: Path) -> pl.DataFrame | None:
    try:
        files, _ = copies.files_of(copy)
    except (copies.CopyDamagedError, OSError):
        return None
    frame = bts.read(b"".join(files.values())).frame
    return None if frame.is_empty() else frame
