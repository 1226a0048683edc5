"""A backup of the record, made in a thread of its own into the server's folder, and those that lie there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from aforo.log.backup import back_up

logger = logging.getLogger("aforo.api")

#: Backups that are listed, the newest ones.
MOST = 200


class Making(msgspec.Struct, frozen=True):
    """A backup that is made, or was last: by whom, and how far it is, in events of `of` that there were."""

    state: Literal["running", "done", "failed"]
    by: str
    began_at: datetime
    ended_at: datetime | None
    file: str
    events: int
    of: int


class Kept(msgspec.Struct, frozen=True):
    """A backup in the folder."""

    file: str
    bytes: int
    made_at: datetime


class ShownBackups(msgspec.Struct, frozen=True):
    """The backups in the server's folder, the newest first, and the one that is being made or was last. `folder` says
    whether there is a folder for them (AFORO_BACKUPS)."""

    folder: bool
    backups: list[Kept]
    making: Making | None


class BackupUnderWayError(Exception):
    """One is being made already."""


class Backups:
    """Makes backups of a store into a folder, one at a time, in a thread of its own."""

    def __init__(self, store: str, folder: Path | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._store = store
        self.folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._making: Making | None = None

    def shown(self) -> ShownBackups:
        """How they stand. Raises OSError."""
        files = []
        if self.folder is not None and self.folder.is_dir():
            files = [each for each in self.folder.iterdir() if each.is_file() and each.suffix == ".sqlite"]
        kept = [(each.name, each.stat()) for each in files]
        listed = [Kept(name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC)) for name, told in kept]
        listed.sort(key=lambda each: each.made_at, reverse=True)
        with self._lock:
            return ShownBackups(self.folder is not None, listed[:MOST], self._making)

    def begin(self, by: str, events: int) -> Making:
        """Begin to make one, for whom it is that asks. Raises BackupUnderWayError, and LookupError without a folder."""
        if self.folder is None:
            raise LookupError
        at = self._clock()
        target = self.folder / f"aforo-{at:%Y%m%dT%H%M%SZ}.sqlite"
        with self._lock:
            if self._making is not None and self._making.state == "running":
                raise BackupUnderWayError
            self._making = begun = Making("running", by, at, None, target.name, 0, events)
        threading.Thread(target=self._make, args=(target,), name="backup", daemon=True).start()
        return begun

    def _make(self, target: Path) -> None:
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            back_up(self._store, target, self._advance)
        except Exception as failure:  # noqa: BLE001 (who asked is told that it failed, and the server's log why)
            logger.error("a backup failed: %s", type(failure).__name__)
            self._end("failed")
        else:
            self._end("done")

    def _advance(self, events: int) -> None:
        with self._lock:
            assert self._making is not None
            self._making = msgspec.structs.replace(self._making, events=self._making.events + events)

    def _end(self, state: Literal["done", "failed"]) -> None:
        with self._lock:
            assert self._making is not None
            self._making = msgspec.structs.replace(self._making, state=state, ended_at=self._clock())
