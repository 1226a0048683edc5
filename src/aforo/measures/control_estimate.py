"""The control sample's own estimate of the violation rate, over the pools as they were planned.

Who is in the sample follows from the lottery alone (`control`), never from the basis on which a crossing was examined:
a crossing that the lottery drew and that was mandatory as well belongs to the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.text import Text, catalogue
from aforo.measures.control import PPB
from aforo.measures.figures import percent
from aforo.measures.intervals import CONFIDENCE, Interval, weighted_rate

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

#: Pools with fewer examined draws are joined before estimating: the single draw of a pool would stand for all of it.
FEWEST_DRAWS = 10


class PoolCount(msgspec.Struct, frozen=True):
    """What happened in one pool: crossings, draws of the lottery, draws with a result, violations among them."""

    name: str
    crossings: int
    drawn: int
    examined: int
    found: int


class ControlEstimate(msgspec.Struct, frozen=True):
    """The violation rate of all crossings with its interval, or counts where the data cannot carry a rate.

    `published` says which of the two is to be shown and `words` says it in a sentence; `rate` is computed in any case.
    `effective` is the size of a simple random sample of the same variance. Draws without a result (never examined, or
    an examination that ended without a finding either way) are left out and counted in `unresolved`: they are assumed
    to be like the others.
    """

    rate: Interval
    published: Literal["rate", "counts"]
    crossings: int
    drawn: int
    unresolved: int
    examined: int
    found: int
    effective: float
    pools: tuple[PoolCount, ...]
    words: Text


class Cells(msgspec.Struct, frozen=True):
    """Crossings counted by pool and chance: all that the estimate needs, and small enough to keep up to date.

    Columns of equal length, one row a cell: the pool's index, the chance (ppb), the crossings, the draws of the
    lottery, the draws with a result, the violations among those.
    """

    pool: Int64Array
    propensity_ppb: Int64Array
    crossings: Int64Array
    drawn: Int64Array
    examined: Int64Array
    found: Int64Array


def count_cells(
    pool: Int64Array, propensity_ppb: Int64Array, control: BoolArray, resolved: BoolArray, violation: BoolArray
) -> Cells:
    """The cells of crossings, one row a crossing, the undrawn ones included.

    `control`: the lottery drew it, with the chance `propensity_ppb`. `resolved`: an examination had a result, and
    `violation` (looked at only there) says which.
    """
    keys, cell = np.unique(np.stack([pool, propensity_ppb]), axis=1, return_inverse=True)
    examined = control & resolved

    def count(rows: BoolArray | None = None) -> Int64Array:
        return np.bincount(cell if rows is None else cell[rows], minlength=keys.shape[1]).astype(np.int64)

    return Cells(keys[0], keys[1], count(), count(control), count(examined), count(examined & violation))


def unit_weights(cells: Cells) -> Float64Array:
    """The share of all crossings for which one examined draw of each cell stands; 0 for a cell without any.

    Within a pool the weights go as the inverse of the chance and sum to the pool's share of the crossings
    (post-stratification, Holt and Smith, JRSS A 142, 1979). Pools with fewer than FEWEST_DRAWS are treated as one;
    where they have too few together, the pool with the fewest draws that has enough takes them in.
    """
    pools, code = np.unique(cells.pool, return_inverse=True)
    examined = cells.examined.astype(np.float64)
    draws = np.bincount(code, examined, minlength=len(pools))
    thin = draws < FEWEST_DRAWS
    if thin.any():
        target = len(pools)
        if draws[thin].sum() < FEWEST_DRAWS and not thin.all():
            target = int(np.argmin(np.where(thin, np.inf, draws)))
        code = np.where(thin[code], target, code)
    inverse = np.divide(PPB, cells.propensity_ppb, out=np.zeros(len(code)), where=cells.examined > 0)
    crossings = np.bincount(code, cells.crossings)
    sums = np.bincount(code, inverse * examined)
    scale = np.divide(crossings, sums, out=np.zeros(len(sums)), where=sums > 0.0)
    weights: Float64Array = inverse * scale[code]
    total = float((weights * examined).sum())
    return weights / total if total > 0.0 else weights


def control_estimate(
    cells: Cells, names: Sequence[str], *, largest_relative_width: float = 2.0, confidence: float = CONFIDENCE
) -> ControlEstimate:
    """The violation rate of the crossings in `cells`; `names` are those of the pools, by index."""
    weights = unit_weights(cells)
    rate = weighted_rate(np.repeat(weights, cells.found), float(weights.max(initial=0.0)), confidence)
    squares = float((weights * weights * cells.examined).sum())
    pools = tuple(
        PoolCount(
            name,
            *(int(c[cells.pool == i].sum()) for c in (cells.crossings, cells.drawn, cells.examined, cells.found)),
        )
        for i, name in enumerate(names)
    )
    carried = rate.value is not None and rate.value > 0.0 and rate.width <= largest_relative_width * rate.value
    drawn, examined, found = int(cells.drawn.sum()), int(cells.examined.sum()), int(cells.found.sum())
    words = catalogue("aforo.measures").say(
        "control.rate" if carried else "control.counts" if examined else "control.nothing",
        found=f"{found:,}",
        examined=f"{examined:,}",
        rate=percent(rate.value or 0.0),
        low=percent(rate.low),
        high=percent(rate.high),
        confidence=f"{100 * confidence:g}",
    )
    return ControlEstimate(
        rate=rate,
        published="rate" if carried else "counts",
        crossings=int(cells.crossings.sum()),
        drawn=drawn,
        unresolved=drawn - examined,
        examined=examined,
        found=found,
        effective=1.0 / squares if squares > 0.0 else 0.0,
        pools=tuple(count for count in pools if count.crossings),
        words=words,
    )
