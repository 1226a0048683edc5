"""Values that stand in order, and their quantiles, of several such columns as of one, without bringing them together.

A column is sorted once, where it is made; what is asked of many of them, by one sweep after the other, then costs
hardly anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from aforo.measures.intervals import Float64Array

#: So few values are looked through as they are.
_FEW: Final = 4_096


def order_statistic(columns: Sequence[Float64Array], place: int) -> float:
    """The value that has so many before it (0: the least) once all values of these columns stand in one order.

    Each column is in ascending order, without NaN. What is left is cut at the middle of its longest part, again and
    again (Hoare's selection). IndexError for a place that there is not.
    """
    lows, highs = [0] * len(columns), [len(each) for each in columns]
    if not 0 <= place < sum(highs):
        raise IndexError(f"no value at place {place} of {sum(highs)}")
    while sum(highs) - sum(lows) > _FEW:
        longest = max(range(len(columns)), key=lambda each: highs[each] - lows[each])
        pivot = columns[longest][(lows[longest] + highs[longest]) // 2]
        below = [int(np.searchsorted(each, pivot, side="left")) for each in columns]
        through = [int(np.searchsorted(each, pivot, side="right")) for each in columns]
        if place < sum(below):
            highs = [min(pair) for pair in zip(highs, below, strict=True)]
        elif place >= sum(through):
            lows = [max(pair) for pair in zip(lows, through, strict=True)]
        else:
            return float(pivot)
    left = np.concatenate([each[low:high] for each, low, high in zip(columns, lows, highs, strict=True)])
    at = place - sum(lows)
    return float(np.partition(left, at)[at])


def quantile(columns: Sequence[Float64Array], share: float) -> float:
    """The quantile of all values of these columns, as `numpy.quantile` has it, to the bit: between two values in
    proportion (Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50, 1996, type 7).

    IndexError where there is no value.
    """
    at = (sum(len(each) for each in columns) - 1) * share
    place = int(np.floor(at))
    part = at - place
    below = order_statistic(columns, place)
    if part == 0.0:
        return below
    above = order_statistic(columns, place + 1)
    # From the nearer of the two, as numpy does.
    return below + (above - below) * part if part < 0.5 else above - (above - below) * (1.0 - part)
