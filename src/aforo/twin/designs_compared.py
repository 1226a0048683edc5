"""Designs beside each other: which no other is better than in everything, which are dominated, by whom, how surely.

One design *dominates* another where it is no worse in any of cost, mean wait, trucks in the street and share of harm
prevented, and better in one; what is told as the same (`Negligible`) is neither. Judged at the means, and in every
future apart, on the same trucks and the same draw of costs: the share of futures in which it holds says how sure it is.

Differences that are each told as the same may add up, so that designs beat each other in a ring. None of a ring counts
as dominated by another of it: dominance has no cycles, and there is always a design on the front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.text import Text
from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import skewed_mean_interval
from aforo.measures.intervals import Interval, proportion
from aforo.twin.designs import Negligible

#: What designs are judged by: the figure, and the sign that makes less of it better.
OBJECTIVES: Final = (("cost", 1.0), ("wait_mean", 1.0), ("street_mean", 1.0), ("prevented_share", -1.0))

#: Figures of a design over futures, `cost` among them.
Columns = Mapping[str, Float64Array]


class Dominated(msgspec.Struct, frozen=True):
    """A design is dominated `by` another at the means, in this `share` of futures.

    `apart` by objective: what the other has less what this one has, on the same trucks; 95 per cent limits of the mean,
    of cost of the drawn differences. `note` is what the document says must be told with the other.
    """

    by: str
    share: Interval
    apart: dict[str, Interval]
    note: Text | None = None


def dominated(
    designs: Sequence[str], columns: Sequence[Columns], same: Negligible
) -> tuple[tuple[Dominated, ...], ...]:
    """By design: those that dominate it at the means, the surest first; none of one that is on the front."""
    beats = {
        (other, at): share
        for at, own in enumerate(columns)
        for other, its in enumerate(columns)
        if other != at and (share := _beats(its, own, same)) is not None
    }
    chains = _chains(len(columns), beats)
    found = []
    for at, own in enumerate(columns):
        by = [
            Dominated(designs[other], share, _differences(own, columns[other]))
            for (other, beaten), share in beats.items()
            if beaten == at and not chains[at, other]
        ]
        found.append(tuple(sorted(by, key=lambda each: -(each.share.value or 0.0))))
    return tuple(found)


def _beats(its: Columns, own: Columns, same: Negligible) -> Interval | None:
    """The share of futures in which the first is better than the second, as `_better`; None where at the means it is
    not."""
    apart = np.stack([sign * (its[name] - own[name]) for name, sign in OBJECTIVES])
    known = ~np.isnan(apart).any(axis=0)
    least = _least(own, same)
    if not known.any() or not _better(apart[:, known].mean(axis=1, keepdims=True), least)[0]:
        return None
    return proportion(int(_better(apart[:, known], least).sum()), int(known.sum()))


def _chains(number: int, beats: Iterable[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """bool[designs, designs]: whether one beats another, itself or over others (Warshall's closure)."""
    chains = np.zeros((number, number), np.bool_)
    for better, worse in beats:
        chains[better, worse] = True
    for over in range(number):
        chains |= np.outer(chains[:, over], chains[over])
    return chains


def _differences(own: Columns, its: Columns) -> dict[str, Interval]:
    apart = {name: its[name] - own[name] for name, _ in OBJECTIVES}
    found = {name: skewed_mean_interval(each[~np.isnan(each)]) for name, each in apart.items()}
    # What is not known of costs does not shrink with draws.
    low, high = (float(end) for end in np.quantile(apart["cost"], (0.025, 0.975)))
    return found | {"cost": Interval(float(apart["cost"].mean()), low, high)}


def _least(own: Columns, same: Negligible) -> Float64Array:
    """What is told as the same, by objective."""
    return np.array([same.cost * float(own["cost"].mean()), same.wait, same.street, same.examination])


def _better(apart: Float64Array, least: Float64Array) -> npt.NDArray[np.bool_]:
    """bool[futures]: no worse in any objective and better in one; of `apart` float64[objectives, futures] less is
    better."""
    limits = least[:, None]
    return np.logical_and((apart <= limits).all(axis=0), (apart < -limits).any(axis=0))
