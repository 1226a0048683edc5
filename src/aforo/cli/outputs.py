"""The files that a command writes: never one that it reads, never a record, and no two of them the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences

#: What stands beside a SQLite file while it is in use.
_COMPANIONS = ("", "-wal", "-shm", "-journal")


def keep_apart(written: Mapping[str, Path | None], read: Iterable[Path | str | None], language: str = "") -> None:
    """Leave with an error unless every file that is written, by its option, is another than all those that are read.

    Called before any of them is opened, since opening a file to write to it empties it. `read` may hold the URL of a
    store, which is a file only where it is SQLite's. A file is the same under another name too: by a link of either
    kind, or in other letters where the file system does not tell them apart.
    """
    say = Sentences("aforo.cli", language)
    files = [(option, path) for option, path in written.items() if path is not None and str(path) != "-"]
    taken = [own for each in read if each is not None for own in _files_of(each)]
    for option, path in files:
        if any(_same(path, each) for each in taken):
            terminal.fail(escape(say("output_is_input", option=option, file=path)), to_do=say("output_is_input_to_do"))
    for (option, path), (other, its) in combinations(files, 2):
        if _same(path, its):
            told = say("outputs_are_one", option=option, other=other, file=path)
            terminal.fail(escape(told), to_do=say("output_is_input_to_do"))


def _files_of(read: Path | str) -> list[Path]:
    """The files that are read under this path or URL."""
    if isinstance(read, Path):
        return [read]
    if not read.startswith("sqlite:///"):
        return []
    file = read.removeprefix("sqlite:///")
    return [Path(file + companion) for companion in _COMPANIONS]


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not exist yet."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def kept_in(folder: Path) -> list[Path]:
    """The documents and arrays that a model's folder holds."""
    return [*folder.glob("*.json"), *folder.glob("*.npz")]
