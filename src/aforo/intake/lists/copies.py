"""Dated copies of what was published, in a folder: what was worked with can be told for ever after.

A copy is a folder `PUBLISHER/YYYYMMDDTHHMMSSZ` with the files as they were and `copy.json`, which has their SHA-256 and
what their owner said by which to ask whether they have changed. It is written under another name and then renamed, so
that there is no half of a copy. None is ever written over: another of the same second has `-001` and so on behind its
name. A file that is itself called `copy.json` is kept as `given-copy.json`.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.domain.watchlist import PUBLISHERS, Publisher, Watchlist
from aforo.intake.lists.fetch import Version
from aforo.intake.lists.publishers import Loaded, read_lists
from aforo.intake.lists.reading import PACKAGE

MANIFEST = "copy.json"
_STAMP = "%Y%m%dT%H%M%SZ"
#: Copies of one second that are kept apart.
_MOST_A_SECOND = 1_000


class Copy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `copy.json` says: when the files were fetched, the SHA-256 of each by its name, and of a download what its
    owner calls this version of it."""

    fetched_at: datetime
    files: dict[str, str]
    version: Version | None = None


class CopyDamagedError(Exception):
    """The newest copy of a list is not what was written; `text` says what is wrong."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def keep(
    folder: Path, publisher: str, files: Mapping[str, bytes], fetched_at: datetime, version: Version | None = None
) -> Path:
    """Write a copy and return its folder; the one that is there, where it is of the same second and holds the same
    files. Raises OSError."""
    home = folder / publisher
    home.mkdir(parents=True, exist_ok=True)
    named = _named(files)
    copy = Copy(fetched_at, {name: sha256(data).hexdigest() for name, data in named.items()}, version)
    drafted = Path(tempfile.mkdtemp(prefix=".", dir=home))
    try:
        for name, data in named.items():
            (drafted / name).write_bytes(data)
        (drafted / MANIFEST).write_bytes(msgspec.json.encode(copy))
        os.chmod(drafted, 0o755)  # noqa: S103 - a list is public, and a service reads what an administrator fetched
        target = _put(drafted, home / fetched_at.astimezone(UTC).strftime(_STAMP), copy)
    finally:
        shutil.rmtree(drafted, ignore_errors=True)  # it is there no more where it became the copy
    return target


def _named(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files by their names in a copy: a name that is given is a name, whatever folders it is written with, and none
    is that of the manifest."""
    named = {Path(name).name: data for name, data in files.items()}
    for name in [each for each in named if each.casefold() == MANIFEST]:
        other = f"given-{name}"
        while other in named:
            other = f"given-{other}"
        named[other] = named.pop(name)
    return named


def _put(drafted: Path, target: Path, copy: Copy) -> Path:
    """Give a draft its name. Others of the same second keep theirs; where the last of them has the same files, it is
    the copy."""
    names = [target, *(target.with_name(f"{target.name}-{number:03}") for number in range(1, _MOST_A_SECOND))]
    for place, name in enumerate(names):
        if name.exists():
            continue
        if place and _held(names[place - 1]) == copy.files:
            return names[place - 1]
        try:
            return drafted.rename(name)
        except OSError:
            if not name.exists():  # else another process was faster
                raise
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _held(copy: Path) -> Mapping[str, str] | None:
    """The SHA-256 of each file that a copy says it has; None where it does not say."""
    try:
        return _manifest(copy).files
    except (CopyDamagedError, OSError):
        return None


def newest(folder: Path, publisher: str) -> Path | None:
    """The folder of a publisher's newest copy, or None."""
    home = folder / publisher
    if not home.is_dir():
        return None
    copies = sorted(each for each in home.iterdir() if not each.name.startswith(".") and (each / MANIFEST).is_file())
    return copies[-1] if copies else None


def fetched_at(folder: Path, publisher: Publisher) -> datetime | None:
    """When a publisher's newest copy was fetched, by its name; None where there is none."""
    copy = newest(folder, publisher)
    try:
        return None if copy is None else datetime.strptime(copy.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def load(folder: Path) -> Loaded:
    """The newest copy of each publisher's list. Raises CopyDamagedError, OSError."""
    lists: list[Watchlist] = []
    problems: list[Problem] = []
    counts: dict[Publisher, dict[str, int]] = {}
    for publisher in PUBLISHERS:
        copy = newest(folder, publisher)
        if copy is not None:
            files, fetched_at = files_of(copy)
            loaded = read_lists(files, fetched_at)
            lists += [each for each in loaded.lists if each.publisher == publisher]
            problems += loaded.problems
            counts |= loaded.counts
    return Loaded(tuple(lists), tuple(problems), counts)


def files_of(copy: Path) -> tuple[dict[str, bytes], datetime]:
    """The files of a copy, and when they were fetched. Raises CopyDamagedError, OSError."""
    manifest = _manifest(copy)
    try:
        files = {name: (copy / Path(name).name).read_bytes() for name in manifest.files}
    except FileNotFoundError as wrong:
        raise _damaged(copy, wrong) from None
    for name, data in files.items():
        if sha256(data).hexdigest() != manifest.files[name]:
            raise _damaged(copy, name)
    if manifest.fetched_at.tzinfo is None:
        raise _damaged(copy, MANIFEST)
    return files, manifest.fetched_at


def version_of(copy: Path) -> Version | None:
    """What the owner called the version that a copy is of; None where it said nothing. Raises CopyDamagedError,
    OSError."""
    return _manifest(copy).version


def _manifest(copy: Path) -> Copy:
    try:
        return msgspec.json.decode((copy / MANIFEST).read_bytes(), type=Copy)
    except (msgspec.DecodeError, FileNotFoundError) as wrong:
        raise _damaged(copy, wrong) from None


def _damaged(copy: Path, why: object) -> CopyDamagedError:
    return CopyDamagedError(catalogue(PACKAGE).say("copy_damaged", day=f"{copy.parent.name}/{copy.name}", why=why))
