"""What the places of a bridge do with their time, and what examinations find: figures of columns, with intervals.

*Utilisation* is the time in service over the time that units are up, manned and not down; *blocked* is the time in
which a unit holds a truck that has nowhere to go, of the same. *Throughput* is trucks that left, an hour. The
*examination rate* is examined over all trucks, the *detection rate* found over hidden: of a simulation, since nobody
knows what was hidden on a real bridge.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from aforo.measures.intervals import CONFIDENCE, Interval, proportion


class Use(msgspec.Struct, frozen=True):
    """Shares of the time that units were up; None where none ever was, which is unknown and not zero."""

    utilisation: float | None
    blocked: float | None


def use(up: float, busy: float, blocked: float) -> Use:
    """The use of a place from times in one unit: units up, in service, and blocked. Raises ValueError below zero.

    It can exceed 1 where a unit that was taken away ends what it had begun.
    """
    if min(up, busy, blocked) < 0.0 or not np.isfinite([up, busy, blocked]).all():
        raise ValueError("times of a place are finite and not below zero")
    return Use(busy / up, blocked / up) if up > 0.0 else Use(None, None)


def throughput(
    left: npt.ArrayLike, since: float, until: float, hour: float, confidence: float = CONFIDENCE
) -> Interval:
    """Trucks an hour that left in [since, until), with Garwood's exact interval of a Poisson count.

    `left` instants, those below zero never left; `hour` is one hour in their unit. Waiting lines make departures more
    even than Poisson's, so the interval is no narrower than it must be. Raises ValueError for an empty period.
    """
    if not (until > since and hour > 0.0):
        raise ValueError("a period ends after it begins, and an hour is longer than nothing")
    gone = np.asarray(left, dtype=np.float64)
    count = int(((gone >= max(since, 0.0)) & (gone < until)).sum())
    hours = (until - since) / hour
    tail = (1.0 - confidence) / 2.0
    low = float(special.gammaincinv(count, tail)) if count else 0.0
    high = float(special.gammaincinv(count + 1, 1.0 - tail))
    return Interval(count / hours, low / hours, high / hours)


def examination_rate(examined: npt.ArrayLike) -> Interval:
    """Examined trucks over all, exact (Clopper and Pearson); bool[n]."""
    carried = np.asarray(examined, dtype=bool)
    return proportion(float(carried.sum()), float(len(carried)))


def detection_rate(hidden: npt.ArrayLike, found: npt.ArrayLike) -> Interval:
    """Found over hidden, exact; bool[n] each. Nothing hidden has no rate. Raises ValueError for a find of nothing."""
    there, seen = np.asarray(hidden, dtype=bool), np.asarray(found, dtype=bool)
    if there.shape != seen.shape or bool((seen & ~there).any()):
        raise ValueError("only what is hidden is found, and both are of the same trucks")
    return proportion(float(seen.sum()), float(there.sum()))
