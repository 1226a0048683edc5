"""What a row adds to the records of the memory, and where it adds nothing because its crossing is counted already.

A record knows the crossing that it counted last, and what it said before. So a row of that crossing which is not
counted again sees the record as the crossing's first row did. Where another crossing came in between, a row that amends
is still not counted again by importers, exporters, brokers, carriers and goods, but sees the record as it is. Tractors,
drivers and seals, which make one crossing at a time, count it anew. Combinations and a carrier's series of seals go by
what the other records know of the crossing.
"""

from __future__ import annotations

import math

import numpy as np

from aforo.risk import layout as lay
from aforo.risk.arithmetic import decay
from aforo.risk.hashtable import Float64Array
from aforo.risk.jit import kernel


@kernel
def is_last(counted: float, crossing: float) -> bool:
    """Whether the crossing that a record counted last is the row's own; 0 stands for a crossing that is not named."""
    return crossing != 0.0 and counted == crossing


@kernel
def is_counted(own: bool, once: bool, again: bool, known: bool) -> bool:
    """Whether a row is counted by a record: not if its crossing is (`own`) and the record counts crossings (`once`),
    nor if the row says again what was filed (`again`) of somebody who is known. So an amendment is no new declaration,
    but whom it names for the first time is remembered.
    """
    return not ((once and own) or (again and known))


@kernel
def count_party(s: Float64Array, t: float, hour: float, bridge: float, crossing: float, settings: Float64Array) -> None:
    """Count a row in a party's record, which keeps beside it what it said before."""
    for j in range(len(lay.CHANGED)):
        s[lay.BEFORE + j] = s[lay.CHANGED[j]]
    s[lay.CROSSING] = crossing
    if s[lay.COUNT] == 0.0:
        s[lay.FIRST] = t
        s[lay.LAST] = t
    elapsed = t - s[lay.LAST]
    s[lay.RATE_FAST] = s[lay.RATE_FAST] * decay(elapsed, settings[lay.HALF_RATE_FAST]) + 1.0
    s[lay.RATE_SLOW] = s[lay.RATE_SLOW] * decay(elapsed, settings[lay.HALF_RATE_SLOW]) + 1.0
    s[lay.LAST] = max(t, s[lay.LAST])
    s[lay.LAST_BRIDGE] = bridge
    s[lay.COUNT] += 1.0
    if not np.isnan(hour):
        angle = hour * (2.0 * math.pi / 24.0)
        share = max(1.0 / s[lay.COUNT], 0.05)
        s[lay.HOUR_COS] += share * (math.cos(angle) - s[lay.HOUR_COS])
        s[lay.HOUR_SIN] += share * (math.sin(angle) - s[lay.HOUR_SIN])


@kernel
def moments(s: Float64Array, q: int, without: bool, memory: float) -> tuple[float, float, float]:
    """Number, mean and sum of squared deviations of a quantity in a group of goods, `without` the crossing that was
    counted last: Welford's update undone."""
    n, mean, squares = s[3 * q], s[3 * q + 1], s[3 * q + 2]
    x = s[lay.G_QUANTITY + q]
    if without and not np.isnan(x):
        if n >= memory:
            squares *= (n + 1.0) / n
            n += 1.0
        n -= 1.0
        if n == 0.0:
            return 0.0, 0.0, 0.0
        old = mean - (x - mean) / n
        squares, mean = max(squares - (x - old) * (x - mean), 0.0), old
    return n, mean, squares


@kernel
def count_goods(s: Float64Array, quantity: Float64Array, crossing: float, memory: float) -> None:
    """Count a row's quantities in a group of goods; past `memory` filings the oldest fade."""
    s[lay.G_CROSSING] = crossing
    for q in range(lay.QUANTITY_COUNT):
        x = quantity[q]
        s[lay.G_QUANTITY + q] = x
        if not np.isnan(x):
            # Welford's update.
            n = s[3 * q] + 1.0
            delta = x - s[3 * q + 1]
            s[3 * q + 1] += delta / n
            s[3 * q + 2] += delta * (x - s[3 * q + 1])
            if n > memory:
                s[3 * q + 2] *= memory / n
                n = memory
            s[3 * q] = n


@kernel
def count_seal(s: Float64Array, counts: bool, t: float, tractor: float, crossing: float) -> None:
    """Count a crossing under a seal, if it is a new one; the tractor that it is on is the one named last."""
    if counts:
        s[lay.S_LAST_BEFORE] = s[lay.S_LAST]
        s[lay.S_TRACTOR_BEFORE] = s[lay.S_TRACTOR]
        s[lay.S_CROSSING] = crossing
        s[lay.S_COUNT] += 1.0
        s[lay.S_LAST] = t
    if tractor != 0.0:
        s[lay.S_TRACTOR] = tractor


@kernel
def count_series(s: Float64Array, number: float, crossing: float) -> None:
    """Count a seal's number (NaN if it has none) in its carrier's series."""
    s[lay.S_NUMBER_BEFORE] = s[lay.S_NUMBER]
    s[lay.S_STEP_BEFORE] = s[lay.S_STEP]
    s[lay.S_CROSSING] = crossing
    if not np.isnan(number):
        if s[lay.S_COUNT] > 0.0:
            step = math.log(1.0 + abs(number - s[lay.S_NUMBER]))
            s[lay.S_STEP] += (step - s[lay.S_STEP]) * max(1.0 / s[lay.S_COUNT], 0.05)
        s[lay.S_NUMBER] = number
    s[lay.S_COUNT] += 1.0
