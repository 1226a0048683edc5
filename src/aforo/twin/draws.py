"""Chances by counter: each is a function of (seed, port, truck, purpose) and of nothing else.

No generator is advanced, so no chance depends on how many were drawn before it: two scenarios of one seed meet the same
trucks, and what differs between them is the scenario. The hash is the finaliser of SplitMix64 (Steele, Lea and Flood,
"Fast splittable pseudorandom number generators", OOPSLA 2014) over a key for each truck and a counter for each purpose.

Distributions are drawn through tables of their quantiles (`table_of`), which need neither logarithm nor exponential and
give the same bits on every machine that has the table.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from aforo.domain.units import Float64Array

#: What a chance is for. SERVICE, PREDICTION and FINDING are followed by one purpose for each kind of service.
PURPOSES: Final = (
    "gap",  # between two arrivals
    "lane",
    "truth",  # whether something is hidden, and what
    "value",
    "lead",  # how long before its arrival a truck files
    "eta",
    "show",
    "mandatory",
    "lottery",
    "policy",  # of policies that draw
    "diversion",
    "reader",
)
GAP, LANE, TRUTH, VALUE, LEAD, ETA, SHOW, MANDATORY, LOTTERY, POLICY, DIVERSION, READER = range(12)
#: First of 16 purposes each, indexed by `network.SERVICES`.
SERVICE: Final = 32
PREDICTION: Final = 48
FINDING: Final = 64
#: First purpose of what belongs to a station and to no truck, such as its breakdowns: the truck's place takes a count.
STATION: Final = 1024

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_PORT = np.uint64(0xD6E8FEB86659FD93)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0  # 2⁻⁵³

#: Points of a table of quantiles.
TABLE_SIZE: Final = 4096


@njit(cache=True, nogil=True, inline="always")
def mixed(x: np.uint64) -> np.uint64:
    """The finaliser: every bit of the result depends on every bit of `x`."""
    x = (x ^ (x >> _S30)) * _FIRST
    x = (x ^ (x >> _S27)) * _SECOND
    return x ^ (x >> _S31)


@njit(cache=True, nogil=True)
def stream_of(seed: int, port: int) -> np.uint64:
    """The key of all chances of one port (or bridge) under one seed."""
    return mixed(mixed(np.uint64(seed) + _GOLDEN) ^ (np.uint64(port) * _PORT + _GOLDEN))


@njit(cache=True, nogil=True, inline="always")
def truck_key(stream: np.uint64, truck: int) -> np.uint64:
    """The key of all chances of one truck of a stream; `truck` is its number at its port."""
    return mixed(stream ^ (np.uint64(truck) * _GOLDEN))


@njit(cache=True, nogil=True, inline="always")
def chance(key: np.uint64, purpose: int) -> float:
    """A number uniform in [0, 1), for a truck's key and a purpose."""
    return float(mixed(key + np.uint64(purpose + 1) * _GOLDEN) >> _S11) * _UNIT


@njit(cache=True, nogil=True)
def uniform(seed: int, port: int, truck: int, purpose: int) -> float:
    """A number uniform in [0, 1) for (seed, port, truck, purpose), all not negative."""
    return chance(truck_key(stream_of(seed, port), truck), purpose)


@njit(cache=True, nogil=True)
def uniforms(seed: int, port: int, first: int, count: int, purpose: int) -> npt.NDArray[np.float64]:
    """The chances of `count` trucks from number `first` on, for one purpose: float64[count]."""
    stream = stream_of(seed, port)
    drawn = np.empty(count, np.float64)
    for i in range(count):
        drawn[i] = chance(truck_key(stream, first + i), purpose)
    return drawn


@njit(cache=True, nogil=True, inline="always")
def quantile(table: npt.NDArray[np.float64], u: float) -> float:
    """The value at chance `u` in [0, 1) by a table of `table_of`: linear between its points."""
    place = u * (len(table) - 1)
    below = int(place)
    return float(table[below] + (place - below) * (table[below + 1] - table[below]))


def table_of(quantiles: Float64Array, mean: float) -> Float64Array:
    """A table for `quantile` from the quantiles at `table_points()`, scaled so that its mean is `mean`.

    Between points the table is linear, so its own mean is that of its trapezoids; the tails end at the outermost
    points (1/8192 from either end), and the scaling gives back what they would have added to the mean.
    """
    table = np.array(quantiles, dtype=np.float64)
    if len(table) < 2 or not np.all(np.isfinite(table)) or np.any(np.diff(table) < 0.0):
        raise ValueError("a table of quantiles holds at least two finite numbers that do not fall")
    own = float((table[1:] + table[:-1]).mean() / 2.0)
    if mean != 0.0 and own != 0.0:
        table *= mean / own
    return table


def table_points(size: int = TABLE_SIZE) -> Float64Array:
    """The chances at which a distribution's quantiles make its table: float64[size], 1/(2·size) from either end."""
    points: Float64Array = np.clip(np.linspace(0.0, 1.0, size), 0.5 / size, 1.0 - 0.5 / size)
    return points


def exponential_table(mean: float = 1.0) -> Float64Array:
    """The quantiles of an exponential distribution."""
    return table_of(-np.log1p(-table_points()), mean)


def lognormal_table(mean: float, variation: float) -> Float64Array:
    """The quantiles of a lognormal distribution by its mean and its coefficient of variation (deviation ÷ mean)."""
    from scipy import special

    if variation == 0.0:
        return np.full(TABLE_SIZE, float(mean))
    sigma = float(np.sqrt(np.log1p(variation * variation)))
    return table_of(np.exp(sigma * special.ndtri(table_points())), mean)


def gamma_table(mean: float, variation: float) -> Float64Array:
    """The quantiles of a gamma distribution by its mean and its coefficient of variation (deviation ÷ mean)."""
    from scipy import special

    if variation == 0.0:
        return np.full(TABLE_SIZE, float(mean))
    shape = 1.0 / (variation * variation)
    return table_of(special.gammaincinv(shape, table_points()), mean)
