"""Minutes to money and to jobs, by what others published: a range over estimates with its caveats, never one number.

The often cited 312 million US$ a year for ten minutes is extra northbound cargo, not a gain, and is not used.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.domain.text import Text, catalogue
from aforo.measures.intervals import Interval

Positive = Annotated[float, Meta(gt=0)]


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published value of a truck-hour, US$ of `year` (0: not said)."""

    name: Text
    dollars: Positive
    year: int
    what: Text
    url: str


class JobsEstimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published number of jobs for a wait shorter by `minutes` at the whole border, and where they would be."""

    name: Text
    jobs: Positive
    minutes: Positive
    where: Text
    url: str


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was published and is not reckoned with, and why."""

    name: Text
    said: Text
    why: Text
    url: str


class Range(msgspec.Struct, frozen=True):
    """US$ from `low` to `high`, both of one sign: gained (positive) or lost; estimates from `least` to `most`."""

    low: float
    high: float
    least: float
    most: float
    estimates: tuple[Estimate, ...]
    caveats: tuple[Text, ...]


class Work(msgspec.Struct, frozen=True):
    """Jobs, and hours of work in a year, from low to high, both of one sign: at stake by waits that are shorter
    (positive) or longer. `share` is the part of them that was given to a place, None where nothing was apportioned."""

    jobs_low: float
    jobs_high: float
    hours_low: float
    hours_high: float
    share: float | None
    estimates: tuple[JobsEstimate, ...]
    caveats: tuple[Text, ...]


class _Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    least: Positive
    most: Positive


class _Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hour: tuple[Estimate, ...]
    jobs: tuple[JobsEstimate, ...]
    other: tuple[Other, ...]
    year: _Year


@cache
def _published() -> _Published:
    text = resources.files("aforo.measures").joinpath("economics.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Published)


@cache
def estimates() -> tuple[Estimate, ...]:
    """The published values of a truck-hour, the least first."""
    return tuple(sorted(_published().hour, key=lambda estimate: estimate.dollars))


@cache
def jobs_estimates() -> tuple[JobsEstimate, ...]:
    """The published numbers of jobs, the least a minute first."""
    return tuple(sorted(_published().jobs, key=lambda each: each.jobs / each.minutes))


def others() -> tuple[Other, ...]:
    """What else was published of waiting at this border, which nothing here is computed from."""
    return _published().other


def worth_of(saved: Interval) -> Range | None:
    """What truck-hours saved (negative: lost) are worth, over their interval and all estimates; None where it holds
    zero."""
    if not (saved.low > 0.0 or saved.high < 0.0):
        return None
    values = [estimate.dollars for estimate in estimates()]
    low, high = products((saved.low, saved.high), (values[0], values[-1]))
    return Range(low, high, values[0], values[-1], estimates(), (_said("money"),))


def work_of(shorter: Interval, share: float | None = None) -> Work | None:
    """Work at stake where the mean wait of all trucks at the whole border is shorter (negative: longer) by some
    minutes; None where their interval holds zero.

    What was published for ten minutes is taken in proportion to the minutes, which no study says. With `share`, a
    number in (0, 1], that part of it is given to a place: no study apportions it, and the caveats say so. Raises
    ValueError for another share.
    """
    if share is not None and not 0.0 < share <= 1.0:
        raise ValueError(f"a share lies in (0, 1], not at {share}")
    if not (shorter.low > 0.0 or shorter.high < 0.0):
        return None
    known = jobs_estimates()
    part = 1.0 if share is None else share
    minutes = (part * shorter.low, part * shorter.high)
    jobs = products(minutes, [each.jobs / each.minutes for each in (known[0], known[-1])])
    year = _published().year
    hours = products(jobs, (year.least, year.most))
    caveats = [_said(code) for code in ("jobs", "jobs_linear", "jobs_hours")]
    return Work(*jobs, *hours, share, known, (*caveats, *([] if share is None else [_said("jobs_apportioned")])))


def products(some: tuple[float, float], factors: tuple[float, float] | list[float]) -> tuple[float, float]:
    """The least and the greatest product of one of `some` and one of `factors`."""
    made = [one * factor for one in some for factor in factors]
    return min(made), max(made)


def _said(code: str) -> Text:
    return catalogue("aforo.measures").template(f"economics.{code}")
