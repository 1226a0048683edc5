"""What truck-hours are worth: a range over published estimates, never a figure of our own.

The often cited 312 million US$ a year for ten minutes is extra northbound cargo, not a gain, and is not used.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from aforo.domain.text import Text
from aforo.measures.intervals import Interval


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published value of a truck-hour, US$ of `year` (0: not said)."""

    name: Text
    dollars: float
    year: int
    what: str
    url: str


class Range(msgspec.Struct, frozen=True):
    """US$ from `low` to `high`, both of one sign: gained (positive) or lost; estimates from `least` to `most`."""

    low: float
    high: float
    least: float
    most: float
    estimates: tuple[Estimate, ...]


@cache
def estimates() -> tuple[Estimate, ...]:
    """The published estimates, by their value."""
    text = resources.files("aforo.twin").joinpath("value_of_time.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text)["estimate"], tuple[Estimate, ...])
    return tuple(sorted(found, key=lambda estimate: estimate.dollars))


def worth_of(saved: Interval) -> Range | None:
    """What the truck-hours saved are worth, over their interval and all estimates; None where it holds zero."""
    if not (saved.low > 0.0 or saved.high < 0.0):
        return None
    values = [estimate.dollars for estimate in estimates()]
    ends = [hours * dollars for hours in (saved.low, saved.high) for dollars in (values[0], values[-1])]
    return Range(min(ends), max(ends), values[0], values[-1], estimates())
