"""Whether other copies of lists have come into a folder: `aforo lists update` runs beside a server."""

from __future__ import annotations

from pathlib import Path

from aforo.domain.watchlist import PUBLISHERS, Publisher
from aforo.intake.lists import copies

#: What tells one state of the folder from another: the newest copy of each publisher, and the sources' last change.
Stamp = tuple[tuple[Publisher, str | None] | tuple[str, int], ...]


def stamp(folder: Path) -> Stamp:
    """The state of a folder now: it is another when a copy came, or `sources.toml` changed. Raises OSError."""
    newest = tuple(
        (publisher, None if (copy := copies.newest(folder, publisher)) is None else copy.name)
        for publisher in PUBLISHERS
    )
    own = folder / "sources.toml"
    return *newest, ("sources", own.stat().st_mtime_ns if own.is_file() else 0)


def has_copies(folder: Path) -> bool:
    """Whether there is a copy of any list."""
    return any(copies.newest(folder, publisher) is not None for publisher in PUBLISHERS)
