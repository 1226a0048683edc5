"""How long what is recorded of trips is kept: a policy as a document, and what is due by it.

What is not named here is kept: the states of custody that were judged and stated, which name no person and no place;
devices and their keys, without which nothing that they signed could be believed; and what was stated of roads.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.custody.document import Name, Part, RoadError, Slug, check_sources, load
from aforo.domain.figure import Figure

MOST_BYTES = 64 * 1024


class Years(Figure, frozen=True):
    """So many years of the calendar."""

    years: Annotated[int, Meta(ge=1, le=100)]


class Hold(Part, frozen=True):
    """A trip of which nothing is erased for as long as this stands, such as during an inquiry, and why."""

    trip: Name
    why: Name


class Retention(Part, frozen=True):
    """See `documents/retention.toml`. Without `given` or `handovers` these are kept for good."""

    version: Slug
    trip: Years
    readings: Years
    given: Years | None = None
    handovers: Years | None = None
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    hold: Annotated[tuple[Hold, ...], Meta(max_length=10_000)] = ()

    @property
    def held(self) -> frozenset[str]:
        """The trips of which nothing is erased."""
        return frozenset(each.trip for each in self.hold)


class Policy(msgspec.Struct, frozen=True):
    """A policy with the SHA-256 (hex) of its document."""

    retention: Retention
    digest: str


def read(document: bytes) -> Policy:
    """A policy out of its document. Raises RoadError."""
    retention = load(document, Retention, MOST_BYTES)
    check_sources(retention, retention.sources)
    if len(retention.held) < len(retention.hold):
        raise RoadError("road_id_twice", kind="hold", id="trip")
    return Policy(retention, sha256(document).hexdigest())


@lru_cache(maxsize=1)
def shipped() -> Policy:
    """The policy that stands where no other is given."""
    return read(resources.files("aforo.custody").joinpath("documents/retention.toml").read_bytes())


def over_at(since: datetime, kept: Years) -> datetime:
    """When what was recorded at an instant has been kept for so long: the same day and time of a later year, the first
    of March for the 29th of February."""
    try:
        return since.replace(year=since.year + kept.years)
    except ValueError:
        return since.replace(year=since.year + kept.years, month=3, day=1)
