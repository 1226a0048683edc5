"""A rate of examination, held by a price that adapts over the decisions made so far.

With each examination the logarithm of the price rises by `step · (1 − rate)`, with each release it falls by
`step · rate`: so the examinations made differ from `rate` times the decisions by log(price now ÷ price at start) ÷
step. The price integrates its own error. It is the same rule for a file and for one message, and never a rank within
the file. (A Robbins–Monro quantile tracker on the logarithm of value; Robbins & Monro, Ann. Math. Stat. 22, 1951.)

Prices and values are integers in truck-nanominutes: a probability in ppb times a harm in truck-minutes. The two factors
are fixed once for a rate; a decision then only multiplies, divides and compares integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from numba import njit

from aforo.domain.units import PPB

#: One truck-minute in the unit of values and prices.
NANOMINUTES = 1_000_000_000
#: Below this the price is held, so that it can rise again: a hundred-thousandth of a truck-minute.
LEAST_PRICE = 10_000


class RatePrice(msgspec.Struct, frozen=True):
    """The price of one more examination; by how much of itself (in thousand-millionths) it rises and falls."""

    price: int
    rise: int
    fall: int


def rate_price(price: int, rate: float, step: float) -> RatePrice:
    """A price that holds `rate` (a fraction of crossings), moving by `step` in its logarithm."""
    rise = round(PPB * math.expm1(step * (1.0 - rate)))
    fall = round(PPB * -math.expm1(-step * rate))
    return RatePrice(max(price, LEAST_PRICE), rise, fall)


@njit(cache=True, nogil=True)
def times_ppb(amount: int, factor: int) -> int:
    """amount × factor ÷ 10⁹, rounded down, without overflow for amounts up to 10¹⁸ and factors up to 2 · 10⁹."""
    return amount // PPB * factor + amount % PPB * factor // PPB


@njit(cache=True, nogil=True)
def next_price(price: int, examined: bool, rise: int, fall: int) -> int:
    """The price after one more decision."""
    moved = price + times_ppb(price, rise) if examined else price - times_ppb(price, fall)
    return max(moved, LEAST_PRICE)


def start_price(values_quantiles: Sequence[int], rate: float) -> int:
    """The first price: the value that the rate would have cut in the history, from its quantiles (ascending, evenly
    spaced from 0 to 1)."""
    if not values_quantiles:
        return NANOMINUTES
    place = round((len(values_quantiles) - 1) * (1.0 - rate))
    return max(values_quantiles[place], LEAST_PRICE)
