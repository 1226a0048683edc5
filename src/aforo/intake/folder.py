"""A folder that senders put files into: what in it is whole, taken by an atomic move, answered beside, and put away.

Within the folder, `taking` holds what is being filed, `answers` what was answered, `done` and `refused` what was taken.
Every move is a rename within one file system, and everything is reached through the folders as they were when they were
opened, so that a sender who puts a link in the place of one leads nothing astray. A file keeps one name from when it is
taken until it is put away, and its answer bears that name: whatever ends the process, the next one finds in `taking`
what was not put away, and beside it the answer, if it was written.
"""

from __future__ import annotations

import os
import stat
import time
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Literal

#: Where what was taken is put.
Away = Literal["done", "refused"]
#: Why a file cannot be read as a message: codes of sentences of the flow's catalogue.
Unread = Literal["file_no_file", "file_too_large", "file_denied", "file_empty"]

_TAKING, _ANSWERS = "taking", "answers"
_OWN = (_TAKING, _ANSWERS, "done", "refused")
LOCK = ".aforo-watch.lock"
#: How programs that send files call what they are still writing.
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
#: Seconds until an empty file is taken for what was meant: many programs make the file first, and write into it later.
EMPTY_S = 60.0
#: Bytes of a name that leave room for the answer's ending.
_LONGEST_NAME = 200
_READ_BYTES = 1 << 20


class FolderInUseError(Exception):
    """Another process watches the folder."""


class FolderUnfitError(Exception):
    """A part of the folder, which is named, is a link, no folder, or lies on another file system."""


@dataclass(frozen=True)
class Waiting:
    """A file that lies in the folder, or in `taking`; `name` as the system has it, `size` in bytes."""

    name: str
    size: int
    modified_ns: int


class Folder:
    """See the module. A context manager that holds the folder for this process alone.

    `settle` is for how many seconds nothing may have changed in a file before it counts as whole; `now` tells the
    machine's time, which file systems stamp files with.
    """

    def __init__(
        self, path: Path, settle: float, *, endings: Collection[str] = (), now: Callable[[], float] = time.time
    ) -> None:
        """`endings` are those that an answer's name may have, with their dots.

        Raises OSError, FolderInUseError, FolderUnfitError."""
        self.path = path
        self.settle = settle
        self._endings = tuple(endings)
        self._now = now
        #: What was seen of files whose times tell nothing, and when.
        self._seen: dict[str, tuple[tuple[int, ...], float]] = {}
        self._descriptors: dict[str, int] = {}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._root = self._descriptors[""] = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self._root)
        self._descriptors[LOCK] = lock
        _lock(lock)
        device = os.fstat(self._root).st_dev
        for name in _OWN:
            with suppress(FileExistsError):
                # Answers are for the sender; all else, what others may have sent among it, is for nobody.
                os.mkdir(name, 0o777 if name == _ANSWERS else 0o700, dir_fd=self._root)
            try:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                self._descriptors[name] = os.open(name, flags, dir_fd=self._root)
            except NotADirectoryError:
                raise FolderUnfitError(name) from None
            except OSError as error:
                # A link is ELOOP on some systems and "not a directory" on others.
                if stat.S_ISLNK(os.lstat(name, dir_fd=self._root).st_mode):
                    raise FolderUnfitError(name) from error
                raise
            if os.fstat(self._descriptors[name]).st_dev != device:
                raise FolderUnfitError(name)

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the folder."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])

    # What is there

    def whole(self) -> list[Waiting]:
        """The files that may be taken, the oldest first, those of one instant by name; links and what else is no plain
        file among them, to be refused."""
        found = []
        before, self._seen = self._seen, {}
        with os.scandir(self._root) as entries:
            for entry in entries:
                if entry.name in _OWN or entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    continue
                if self._settled(entry.name, status, before):
                    found.append(Waiting(entry.name, status.st_size, status.st_mtime_ns))
        return sorted(found, key=_age)

    @property
    def unsettled(self) -> int:
        """How many files lay there at the last look that may still be written."""
        return len(self._seen)

    def _settled(self, name: str, status: os.stat_result, before: dict[str, tuple[tuple[int, ...], float]]) -> bool:
        """Whether nothing has changed for long enough, by the file's own times, or else by what was seen of it."""
        wanted = self.settle if status.st_size else max(self.settle, EMPTY_S)
        since = self._now() - max(status.st_mtime, status.st_ctime)
        if since >= wanted:
            return True
        mark = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        seen = before.get(name)
        if seen is None or seen[0] != mark:
            seen = mark, time.monotonic()
        # A time that is still to come says nothing of how long ago it was.
        if since < 0 and time.monotonic() - seen[1] >= wanted:
            return True
        self._seen[name] = seen
        return False

    def taken(self) -> list[Waiting]:
        """What was taken and not put away yet, in the order of `whole`."""
        found = []
        with os.scandir(self._descriptors[_TAKING]) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    found.append(Waiting(entry.name, status.st_size, status.st_mtime_ns))
        return sorted(found, key=_age)

    # What is done with it

    def take(self, waiting: Waiting) -> Waiting | None:
        """Move a file to where it is filed from; None where it has gone. From then on it has the name that is given:
        its own, or with the time in it where an unread answer, or a file that is being filed, bears that."""
        name = self._free(_shortened(waiting.name), self._meets)
        try:
            self._move(waiting.name, self._root, name, _TAKING)
        except FileNotFoundError:
            return None
        return Waiting(name, waiting.size, waiting.modified_ns)

    def read(self, waiting: Waiting, most: int) -> bytes | Unread | None:
        """The bytes of a file that was taken; why it is none that can be read; None where it is still being written, or
        has gone. Raises OSError where the file system failed."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            # Looked at before it is opened: to open a device may be to do something with it.
            if not stat.S_ISREG(os.lstat(waiting.name, dir_fd=self._descriptors[_TAKING]).st_mode):
                return "file_no_file"
            descriptor = os.open(waiting.name, flags, dir_fd=self._descriptors[_TAKING])
        except FileNotFoundError:
            return None
        except PermissionError:
            return "file_denied"
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return "file_no_file"
            # Whoever had it open when it was moved may still write into it.
            if 0 <= self._now() - before.st_mtime < self.settle:
                return None
            if before.st_size > most:
                return "file_too_large"
            parts = []
            held = 0
            while held <= most and (part := stream.read(_READ_BYTES)):
                parts.append(part)
                held += len(part)
            after = os.fstat(descriptor)
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or held != after.st_size:
                return None
        return b"".join(parts) if held else "file_empty"

    def answered(self, waiting: Waiting) -> str | None:
        """The name of the answer to a file that was taken, where one was written."""
        return self._answer_of(waiting.name)

    def answer(self, waiting: Waiting, data: bytes, ending: str) -> str:
        """Write the answer to a file that was taken, whole or not at all; its name. It is durable after `sync`."""
        answers = self._descriptors[_ANSWERS]
        name = waiting.name + ending
        draft = f".{blake2b(os.fsencode(name), digest_size=12).hexdigest()}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, 0o666, dir_fd=answers), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, name, src_dir_fd=answers, dst_dir_fd=answers)
        return name

    def sync(self) -> None:
        """Make the answers' names durable: called before what they answer is put away."""
        os.fsync(self._descriptors[_ANSWERS])

    def put_away(self, waiting: Waiting, where: Away) -> str | None:
        """Move a file that was answered to `done` or `refused`; where it is now, within the folder. What lies there
        under its name stays. None where it has gone."""
        name = self._free(waiting.name, lambda name: self._exists(name, where))
        try:
            self._move(waiting.name, self._descriptors[_TAKING], name, where)
        except FileNotFoundError:
            return None
        return f"{where}/{name}"

    def sweep(self, keep_s: float) -> int:
        """Remove what was put away longer ago; how many files. They hold what was declared in clear."""
        removed = 0
        for where in ("done", "refused"):
            descriptor = self._descriptors[where]
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                        # To be moved changes a file's status: so that is when it was put there.
                        if not stat.S_ISDIR(status.st_mode) and self._now() - status.st_ctime >= keep_s:
                            os.unlink(entry.name, dir_fd=descriptor)
                            removed += 1
                    except FileNotFoundError:
                        continue
        return removed

    # Names

    def _meets(self, name: str) -> bool:
        return self._exists(name, _TAKING) or self._answer_of(name) is not None

    def _answer_of(self, name: str) -> str | None:
        return next((name + ending for ending in self._endings if self._exists(name + ending, _ANSWERS)), None)

    def _exists(self, name: str, where: str) -> bool:
        try:
            os.lstat(name, dir_fd=self._descriptors[where])
        except FileNotFoundError:
            return False
        return True

    def _free(self, name: str, meets: Callable[[str], bool]) -> str:
        """The name, or where it is taken the same with the time in it."""
        if not meets(name):
            return name
        at = datetime.fromtimestamp(self._now(), UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        stem, ending = os.path.splitext(name)
        marks = (f"{stem}~{at}{f'-{again}' if again else ''}{ending}" for again in count())
        return next(free for free in marks if not meets(free))

    def _move(self, name: str, source: int, to: str, where: str) -> None:
        os.rename(name, to, src_dir_fd=source, dst_dir_fd=self._descriptors[where])


def shown(name: str) -> str:
    """A file's name as it may be printed: what is no text, or would steer a terminal, is replaced."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each)[0] == "C" else each for each in text)


def _age(waiting: Waiting) -> tuple[int, str]:
    return waiting.modified_ns, waiting.name


def _shortened(name: str) -> str:
    """A name that leaves room for what is added to it: what is too long is cut, and marked by a digest of the whole."""
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_NAME:
        return name
    mark = blake2b(encoded, digest_size=6).hexdigest()
    return f"{encoded[: _LONGEST_NAME - 40].decode('utf-8', 'ignore')}~{mark}"


def _lock(descriptor: int) -> None:
    """Raises FolderInUseError."""
    import fcntl  # no part of Python on every system, and needed by nobody who watches no folder

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderInUseError from None
