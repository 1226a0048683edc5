"""The decision: from the risk, the lot and the price to an examination, its basis and its propensity.

Order of precedence: what is mandatory (rules, and people above their threshold), then the lottery, then value against
the price. An override comes later, from a person. Until ports describe their resources the examination is one option of
the policy document, and its price is that of the rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from aforo.domain.decision import Basis
from aforo.domain.units import MICRO, PPB, Int64Array
from aforo.routing.rate import RatePrice, next_price

#: Codes of the basis in the columns: 0 is a release.
RELEASED, MANDATORY, RANDOM, PRICED = 0, 1, 2, 3
BASIS_OF_CODE: tuple[Basis | None, ...] = (None, "mandatory", "random", "priced")


@dataclass(frozen=True)
class Decisions:
    """Decisions on n crossings, in columns. Propensities in ppb, value and price in truck-nanominutes."""

    basis: Int64Array
    control: np.typing.NDArray[np.bool_]
    propensity: Int64Array
    price: Int64Array
    after: RatePrice


def value_of(threat_ppb: Int64Array, harm_minutes: Int64Array, programme_micro: Int64Array) -> Int64Array:
    """What an examination is expected to prevent, in truck-nanominutes: Σ_k P_k · harm_k, times the programme's factor.

    `threat_ppb` int64[n, K]; `harm_minutes` int64[K]; `programme_micro` int64[n]. Exact integer arithmetic.
    """
    plain: Int64Array = (threat_ppb * harm_minutes).sum(axis=1)
    whole, rest = plain // MICRO, plain % MICRO  # in two parts, so that no product overflows
    value: Int64Array = whole * programme_micro + rest * programme_micro // MICRO
    return value


def prevented_by_option(
    threat_ppb: Int64Array,
    exploring_ppb: Int64Array,
    harm_minutes: Int64Array,
    detection_micro: Int64Array,
    programme_micro: Int64Array,
) -> Int64Array:
    """What each option is expected to prevent, int64[n, options] in truck-nanominutes: Σ_k P_k · harm_k ·
    detection_k,o, times the programme's factor. For live trucks and for the twin's.

    `threat_ppb` int64[n, K], `exploring_ppb` int64[n] what exploring is worth beyond it as a chance of the greatest
    harm, `harm_minutes` int64[K], `detection_micro` int64[options, K], `programme_micro` int64[n]. Exact integers.
    """
    plain = np.column_stack([threat_ppb * harm_minutes, exploring_ppb * harm_minutes.max()])
    chances = np.column_stack([detection_micro, detection_micro.max(axis=1)])
    found = [(plain // MICRO * each + plain % MICRO * each // MICRO).sum(axis=1) for each in chances]
    return np.column_stack([own // MICRO * programme_micro + own % MICRO * programme_micro // MICRO for own in found])


@njit(cache=True, nogil=True)
def decide_one(mandatory: bool, lot: int, control_ppb: int, value: int, price: int) -> tuple[int, int]:
    """(basis code, propensity in ppb) of one crossing: a pure function of five numbers."""
    if mandatory:
        return MANDATORY, PPB
    by_value = value > price
    if lot < control_ppb:
        return RANDOM, PPB if by_value else control_ppb
    if by_value:
        return PRICED, PPB
    return RELEASED, control_ppb


@njit(cache=True, nogil=True)
def _decide_all(
    mandatory: np.typing.NDArray[np.bool_],
    lot: Int64Array,
    control_ppb: Int64Array,
    value: Int64Array,
    price: int,
    rise: int,
    fall: int,
) -> tuple[Int64Array, Int64Array, Int64Array, int]:
    n = len(value)
    basis = np.empty(n, dtype=np.int64)
    propensity = np.empty(n, dtype=np.int64)
    prices = np.empty(n, dtype=np.int64)
    for i in range(n):
        prices[i] = price
        basis[i], propensity[i] = decide_one(mandatory[i], lot[i], control_ppb[i], value[i], price)
        price = next_price(price, basis[i] != RELEASED, rise, fall)
    return basis, propensity, prices, price


def decide(
    mandatory: np.typing.NDArray[np.bool_],
    lot: Int64Array,
    control_ppb: Int64Array,
    value: Int64Array,
    before: RatePrice,
) -> Decisions:
    """Decide n crossings in their order; the price that each met is kept with it, and the one after all is returned."""
    basis, propensity, prices, price = _decide_all(
        mandatory, lot, control_ppb, value, before.price, before.rise, before.fall
    )
    after = RatePrice(int(price), before.rise, before.fall)
    return Decisions(basis, lot < control_ppb, propensity, prices, after)


def best_of(
    value: Int64Array,
    mandatory: np.typing.NDArray[np.bool_],
    lot: Int64Array,
    control_ppb: Int64Array,
    count: int,
) -> Decisions:
    """The choice of a backtest: one period of history in which `count` crossings are examined in all.

    What is mandatory and what the lottery drew come first; the best of the rest by value fill up the count, earlier
    ones first where values are equal. The price is the value of the best crossing that was left out.
    """
    drawn = lot < control_ppb
    basis = np.where(mandatory, MANDATORY, np.where(drawn, RANDOM, RELEASED)).astype(np.int64)
    free = np.flatnonzero(basis == RELEASED)
    order = free[np.argsort(-value[free], kind="stable")]
    room = max(0, count - int((basis != RELEASED).sum()))
    basis[order[:room]] = PRICED
    price = int(value[order[room]]) if len(order) > room else 0
    by_value = (basis == PRICED) | (value > price)
    propensity = np.where(mandatory | by_value, PPB, control_ppb).astype(np.int64)
    prices = np.full(len(value), price, dtype=np.int64)
    return Decisions(basis, drawn, propensity, prices, RatePrice(price, 0, 0))
