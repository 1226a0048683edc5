"""Waits that an agency publishes: what it said of a lane class, or why it said nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aforo.domain.checked import Checked, Identifier, Instant

#: The lanes whose waits are published apart.
PublishedLane = Literal["standard", "fast"]
#: Why there is no figure: the lane does not exist there, is closed, was not updated, or cannot be read.
Missing = Literal["not_there", "closed", "pending", "unreadable"]


class PublishedWait(Checked, frozen=True, omit_defaults=True):
    """One published reading of a lane class at a crossing. `minutes` is None where there is none, `missing` says why.

    `crossing` is the feed's word for the place and `port_number` its number, where it gives one; `at` is the instant
    that the reading is of, `seen_at` when the feed that held it was made or fetched, which is both of a missing one.
    """

    crossing: Identifier
    lane: PublishedLane
    at: Instant
    seen_at: Instant
    port_number: str | None = None
    minutes: int | None = None
    missing: Missing | None = None
    lanes_open: int | None = None
    most_lanes: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.minutes is None) == (self.missing is None):
            raise self.wrong("minutes", "given, or else `missing` says why not")

    @property
    def key(self) -> tuple[str, PublishedLane, datetime]:
        """What one reading is told by: a feed repeats it until the next."""
        return self.port_number or self.crossing, self.lane, self.at
