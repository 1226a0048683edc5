"""Waits and crossing times of a group of trucks, with intervals, and the wait of who joins a queue now.

The figures are those of `crossing_times`, so that live and simulated ones are the same; here they get their intervals.

The interval of a percentile is that between two of the ordered waits, from the binomial distribution of how many lie
below it, whatever the distribution of waits (Hahn and Meeker, Statistical Intervals, 1991, section 5.2). Waits of one
hour are not independent, so the interval is that of the trucks seen, not of another day like it.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.measures.crossing_times import spread
from aforo.measures.intervals import CONFIDENCE, Float64Array

#: Measurement by tags is accepted where more than this share of the trucks could be read.
READABLE = 0.85


class Quantity(msgspec.Struct, frozen=True):
    """An estimate with its limits; a limit that the data cannot give is None."""

    value: float
    low: float | None = None
    high: float | None = None


class Waits(msgspec.Struct, frozen=True):
    """A group of waits, or of crossing times, in minutes; what `crossing_times` does not define is None."""

    trucks: int
    mean: float
    p50: Quantity
    p95: Quantity | None
    buffer_time: float | None
    buffer_index: float | None


def waits(minutes: npt.ArrayLike) -> Waits | None:
    """The figures of a group of waits; None of an empty one. Raises ValueError for a wait that is no wait."""
    ordered: Float64Array = np.sort(np.asarray(minutes, dtype=np.float64))
    if not len(ordered):
        return None
    if not (np.isfinite(ordered).all() and ordered[0] >= 0):
        raise ValueError("a wait is a finite number of minutes, zero or more")
    told = spread(ordered)
    assert told.mean is not None, "there is a wait"
    assert told.median is not None, "there is a wait"
    p50 = Quantity(told.median, *limits(ordered, 0.5))
    p95 = None if told.p95 is None else Quantity(told.p95, *limits(ordered, 0.95))
    return Waits(told.known, told.mean, p50, p95, told.buffer, told.buffer_index)


def limits(ordered: Float64Array, share: float, confidence: float = CONFIDENCE) -> tuple[float | None, float | None]:
    """The distribution-free limits of a percentile of values in ascending order, at least one.

    A limit is None where no value is far enough out: of few waits there is no upper limit of the 95th percentile.
    """
    count = len(ordered)
    lower, upper = _ranks(count, share, confidence)
    return float(ordered[lower - 1]) if lower >= 1 else None, float(ordered[upper - 1]) if upper <= count else None


def interpolated(ordered: Float64Array, share: float) -> tuple[float | None, float | None]:
    """The limits of a percentile of values in ascending order, at least one, between two neighbours of them each.

    Two of the values hold it with more than the confidence asked for, often with much more where they are few; between
    neighbours the confidence is interpolated (Nyblom, Statistics & Probability Letters 14, 1992). A limit is None where
    no value is far enough out.
    """
    low, high = (_between(len(ordered), share, level) for level in ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return _at(ordered, low), _at(ordered, high)


def _at(ordered: Float64Array, place: tuple[int, float] | None) -> float | None:
    if place is None:
        return None
    rank, weight = place
    return float((1.0 - weight) * ordered[rank - 1] + weight * ordered[rank])


@lru_cache(maxsize=4_096)
def _between(count: int, share: float, level: float) -> tuple[int, float] | None:
    """After which of so many ordered values, counted from 1, a limit lies that is above the percentile with this
    chance, and how far on to the next; None where it lies beyond all of them."""
    # The chance that each value lies above the percentile: that fewer than its rank lie below.
    first, above = _at_most(count, share)
    place = int(np.searchsorted(above, level, side="right"))
    rank = first + place
    if not 1 <= rank < count:
        return None
    under, over = float(above[place - 1]), float(above[place])
    if under == level:
        return rank, 0.0
    odds = rank * (1.0 - share) * (over - level) / ((count - rank) * share * (level - under))
    return rank, 1.0 / (1.0 + odds)


@lru_cache(maxsize=4_096)
def _ranks(count: int, share: float, confidence: float) -> tuple[int, int]:
    """Which of so many values in ascending order, counted from 1, are the limits; 0 and more than `count` are none."""
    first, below = _at_most(count, share)
    tail = (1.0 - confidence) / 2.0
    lower = first + int(np.searchsorted(below, tail, side="right"))  # the first k whose probability exceeds the tail
    return lower, first + int(np.searchsorted(below, 1.0 - tail, side="left")) + 1


@lru_cache(maxsize=256)
def _at_most(count: int, share: float) -> tuple[int, Float64Array]:
    """The chance that at most k of so many values lie below the percentile, for each k from the returned one on: those
    about which it is neither 0 nor 1 to a thousandth of what any limit asks for."""
    reach = 10.0 * float(np.sqrt(count * share * (1.0 - share))) + 20.0
    first = max(0, int(count * share - reach))
    last = min(count, int(count * share + reach) + 1)
    return first, np.asarray(scipy.special.bdtr(np.arange(first, last), count, share), dtype=np.float64)


def clearing(queue: float, served: float, minutes: float, confidence: float = CONFIDENCE) -> Quantity | None:
    """The wait of who joins now: `queue` trucks at the rate at which `served` of them left within `minutes`.

    The interval is that of the rate, exact for Poisson counts (Garwood, Biometrika 28, 1936). None where nobody left,
    for then nothing says how long it takes; a wait of zero where there is no queue.
    """
    if queue <= 0:
        return Quantity(0.0, 0.0, 0.0)
    if served <= 0:
        return None
    tail = (1.0 - confidence) / 2.0
    fewest = float(scipy.special.gammaincinv(served, tail))
    most = float(scipy.special.gammaincinv(served + 1, 1.0 - tail))
    return Quantity(queue * minutes / served, queue * minutes / most, queue * minutes / fewest)
