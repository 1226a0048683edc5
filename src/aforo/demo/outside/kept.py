"""How the world stands, kept in the demonstration's folder, so that it goes on after a restart.

What is kept is never ahead of what the node has acknowledged. What happened between the last keeping and a stop that
was not foreseen happens again: it was drawn beforehand, so it is the same again, and the node takes what it has already
as said before.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from aforo.demo.outside.sealing import SealsStanding
from aforo.demo.outside.standing import Standing

_FILE = "world.json"


class Kept(msgspec.Struct):
    """`at` is the instant, microseconds since 1970, up to which everything was handed in; `heard` the last event that
    was heard; `filed` how many trucks filed; `seals` are the trucks under seal."""

    seed: int
    at: int
    heard: str
    filed: int
    yards: dict[str, Standing]
    seals: SealsStanding = msgspec.field(default_factory=SealsStanding)


def load(folder: Path, seed: int) -> Kept | None:
    """What a folder has of the world of a seed; None where it has nothing."""
    path = folder / _FILE
    if not path.is_file():
        return None
    found = msgspec.json.decode(path.read_bytes(), type=Kept)
    return found if found.seed == seed else None


def save(folder: Path, kept: Kept) -> None:
    """Keep it, in place of what was kept before."""
    draft = folder / f"{_FILE}.part"
    draft.write_bytes(msgspec.json.encode(kept))
    draft.replace(folder / _FILE)
