"""Dated copies of what was published, in a folder: what was worked with can be told for ever after.

A copy is a folder `PUBLISHER/YYYYMMDDTHHMMSSZ` with the files as they were and `copy.json`, which has their SHA-256. It
is written under another name and then renamed, so that there is no half of a copy. None is ever written over.
"""

from __future__ import annotations

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
from aforo.intake.lists.publishers import Loaded, read_lists
from aforo.intake.lists.reading import PACKAGE

MANIFEST = "copy.json"
_STAMP = "%Y%m%dT%H%M%SZ"


class Copy(msgspec.Struct, frozen=True):
    """What `copy.json` says: when the files were fetched, and the SHA-256 of each by its name."""

    fetched_at: datetime
    files: dict[str, str]


class CopyDamagedError(Exception):
    """The newest copy of a list is not what was written; `text` says what is wrong."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def keep(folder: Path, publisher: str, files: Mapping[str, bytes], fetched_at: datetime) -> Path:
    """Write a copy and return its folder; the one that is there, where it is of the same second. Raises OSError."""
    home = folder / publisher
    home.mkdir(parents=True, exist_ok=True)
    target = home / fetched_at.astimezone(UTC).strftime(_STAMP)
    if target.exists():
        return target
    # A name that is given is a name, whatever folders it is written with.
    named = {Path(name).name: data for name, data in files.items()}
    drafted = Path(tempfile.mkdtemp(prefix=".", dir=home))
    try:
        for name, data in named.items():
            (drafted / name).write_bytes(data)
        copy = Copy(fetched_at, {name: sha256(data).hexdigest() for name, data in named.items()})
        (drafted / MANIFEST).write_bytes(msgspec.json.encode(copy))
        os.chmod(drafted, 0o755)  # noqa: S103 - a list is public, and a service reads what an administrator fetched
        drafted.rename(target)
    except BaseException:
        shutil.rmtree(drafted, ignore_errors=True)
        raise
    return target


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
        return None if copy is None else datetime.strptime(copy.name, _STAMP).replace(tzinfo=UTC)
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
    try:
        manifest = msgspec.json.decode((copy / MANIFEST).read_bytes(), type=Copy)
        files = {name: (copy / Path(name).name).read_bytes() for name in manifest.files}
    except (msgspec.DecodeError, FileNotFoundError) as wrong:
        raise _damaged(copy, wrong) from None
    for name, data in files.items():
        if sha256(data).hexdigest() != manifest.files[name]:
            raise _damaged(copy, name)
    if manifest.fetched_at.tzinfo is None:
        raise _damaged(copy, MANIFEST)
    return files, manifest.fetched_at


def _damaged(copy: Path, why: object) -> CopyDamagedError:
    return CopyDamagedError(catalogue(PACKAGE).say("copy_damaged", day=f"{copy.parent.name}/{copy.name}", why=why))
