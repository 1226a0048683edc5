"""The document of limits (`alerts.toml`): from when on what is found is a cause to act, and what acting still saves."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.custody.cause import CAUSE_KINDS, CauseKind
from aforo.custody.document import (
    Count,
    Hour,
    Metres,
    Minutes,
    Name,
    Part,
    RoadError,
    Share,
    Slug,
    Speed,
    check_sources,
    load,
)
from aforo.domain.figure import Figure

MOST_BYTES = 64 * 1024


class Deviation(Part, frozen=True):
    """`fixes` of them out of the band by more than `slack`, over `lasts`; or `far_fixes` by more than `far`."""

    slack: Metres
    fixes: Count
    lasts: Minutes
    far: Metres
    far_fixes: Count


class Standing(Part, frozen=True):
    """Within a circle of `radius` for `lasts`."""

    radius: Metres
    lasts: Minutes


class Dwell(Part, frozen=True):
    """How long one may stand at a stop that does not say."""

    longest: Minutes


class Night(Part, frozen=True):
    """From one local hour to the other, and how long a halt may last in it."""

    from_hour: Hour
    until_hour: Hour
    lasts: Minutes


class Fenced(Part, frozen=True):
    """How many fixes in a row are in a fence, or out of it."""

    fixes: Count


class Convoy(Part, frozen=True):
    """`together` they set out; `apart` for `lasts` they are split."""

    together: Metres
    apart: Metres
    lasts: Minutes


class Silence(Part, frozen=True):
    """How slowly a truck may pass a stated dead zone, how fast it may come to one, and how long blocks may be late."""

    slowest: Speed
    fastest: Speed
    fill: Minutes


class Coverage(Part, frozen=True):
    """How a road is cut into stretches and judged; see `coverage`."""

    stretch: Metres
    heard: Share
    least: Count
    chance: Share
    margin: Metres
    live: Minutes
    ahead: Minutes


class Saved(Figure, frozen=True):
    """The share that a response at once would save, which halves every `halves` minutes."""

    share: Annotated[float, Meta(ge=0.0, le=1.0)]
    halves: Annotated[float, Meta(gt=0.0, le=44_640.0)]


#: What kinds were before they had one of their own.
_BEFORE: dict[CauseKind, CauseKind] = {"geofence_watched": "geofence_left", "missing": "silent"}


class Saves(Part, frozen=True):
    """What a response can still save, by kind of cause; `ended` is the part of it once a cause is over."""

    ended: Share
    kind: dict[CauseKind, Saved]

    def of(self, kind: CauseKind) -> Saved:
        """What can be saved of a kind: of one that a document is from before, what it says of the one that it was."""
        return self.kind.get(kind) or self.kind[_BEFORE[kind]]


class Limits(Part, frozen=True):
    """The document."""

    name: Slug
    version: Name
    deviation: Deviation
    stop: Standing
    dwell: Dwell
    night: Night
    fence: Fenced
    convoy: Convoy
    silence: Silence
    coverage: Coverage
    saves: Saves
    sources: dict[str, Name] = msgspec.field(default_factory=dict)


@lru_cache(maxsize=8)
def read(document: bytes) -> Limits:
    """The limits of a TOML document. Raises RoadError that names the place."""
    made = load(document, Limits, MOST_BYTES)
    check_sources(made, made.sources)
    if made.night.from_hour.hour == made.night.until_hour.hour:
        raise RoadError("road_limits_night")
    for kind in CAUSE_KINDS:
        if kind not in made.saves.kind and kind not in _BEFORE:
            raise RoadError("road_limits_saves", kind=kind)
    return made


def shipped_document() -> bytes:
    """The document of the limits that ship."""
    return (resources.files("aforo.custody") / "alerts.toml").read_bytes()


def shipped() -> Limits:
    """The limits that ship."""
    return read(shipped_document())
