"""The price of a minute: the backward dynamic programme that solves the price tables of one resource.

The state is the work at the resource, w: predicted minutes of the trucks that wait and of what is left of those in
service. Of the units that are up, min(units, w ÷ residual) work, so w drains at that rate. Trucks of the forecast
arrive and are examined where their value is above the price of their predicted minutes x. V(t, w) is the most that can
still be prevented today, less the minutes that examined trucks wait and are examined:

    −∂V/∂t = λ(t) Σ_x q_x E[(v − Δ_x V(w) − e_x(w))⁺] − n(w) + (V(w − drain) − V(w)) + repair and failure of units

with Δ_x V(w) = V(w) − V(w + x), n(w) the trucks that w stands for, e_x what a truck of x minutes waits more or less
than the mean truck that the work stands for. It is solved backwards in explicit steps in which
less than one truck is accepted (longer ones blow up); the drain is taken along the characteristic, so that it may pass
more than a cell in a step, and before the choice, so that a step is monotone in V. Truck-minutes and minutes
throughout.

Source of the form: Koole, Monotonicity in Markov reward and decision chains, 2006 (admission to a multi-server queue);
workload as state as in Puterman, Markov Decision Processes, 1994, ch. 11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import (
    CLASSES,
    COARSE,
    FINE,
    HIGH_LEVEL,
    LEVELS,
    LOW_LEVEL,
    QUARTER_MINUTES,
    QUARTERS,
    ROOT_2,
    WORKS,
    class_of,
    edge_of,
)

#: Points of the price at which the tail of the values is known, and classes of predicted service.
KNOTS = 64
SERVICES = 3
#: No step is longer than this part of a mean service, nor than that many minutes; none accepts more trucks than this.
STEP_PART, LONGEST_STEP = 1.0 / 6.0, 2.5
MOST_ACCEPTED = 0.8
SHORTEST_STEP = 0.02


@dataclass(frozen=True)
class Demand:
    """What may come to a resource, from history and forecast.

    `arrivals` float64[96]: trucks a minute in each quarter hour of the local day. `services` float64[SERVICES]
    predicted minutes of the classes, `shares` their shares of the trucks, `knots` float64[KNOTS] prices in
    truck-minutes, `tails` float64[SERVICES, KNOTS] E[(v − p)⁺] of each class. `densities` float64[CLASSES]: minutes of
    work a truck by `choice.class_of(value ÷ minutes)`.
    """

    arrivals: Float64Array
    services: Float64Array
    shares: Float64Array
    knots: Float64Array
    tails: Float64Array
    densities: Float64Array


@dataclass(frozen=True)
class Resource:
    """What a resource can do.

    `manned` float64[96]: units for which there is staff in each quarter hour; `units` installed; `mean` predicted
    minutes of an examined truck and `residual` what is left of one in service on average; `repair` and `failure` rates
    a minute of a unit that is down or up. `tomorrow` are the units of the day behind midnight, those of `manned` where
    it is not said.
    """

    manned: Float64Array
    units: int
    mean: float
    residual: float
    repair: float = 0.0
    failure: float = 0.0
    tomorrow: Float64Array | None = None


def demand_of(
    values: Float64Array, minutes: Float64Array, arrivals: Float64Array, order: Int64Array | None = None
) -> Demand:
    """The demand of a history: `values` float64[n] truck-minutes that an examination of each truck was expected to
    prevent, `minutes` float64[n] its predicted service, `arrivals` float64[96] trucks a minute. `order`: the trucks by
    `minutes` (stable), where it is known.

    Raises ValueError where there is no history, or numbers are negative or not finite.
    """
    if len(values) == 0 or len(values) != len(minutes) or len(arrivals) != QUARTERS - 1:
        raise ValueError("a demand needs values and minutes of the same trucks, and arrivals of 96 quarter hours")
    for numbers in (values, minutes, arrivals):
        if not (np.isfinite(numbers).all() and (numbers >= 0.0).all()):
            raise ValueError("values, minutes and arrivals are finite and not negative")
    if order is None:
        order = np.argsort(minutes, kind="stable")
    groups = [group for group in np.array_split(order, SERVICES) if len(group)]
    top = max(float(values.max()), 1.0)
    knots = np.concatenate([[0.0], np.geomspace(top / 4096.0, top, KNOTS - 1)])
    services, shares = np.ones(SERVICES), np.zeros(SERVICES)
    tails = np.zeros((SERVICES, KNOTS))
    for g, group in enumerate(groups):
        ordered = np.sort(values[group])
        above = np.concatenate([np.cumsum(ordered[::-1])[::-1], [0.0]])
        first = np.searchsorted(ordered, knots, side="right")
        tails[g] = (above[first] - knots * (len(ordered) - first)) / len(ordered)
        services[g] = max(float(minutes[group].mean()), 1e-3)
        shares[g] = len(group) / len(values)
    densities = np.zeros(CLASSES)
    worth = values / np.maximum(minutes, 1e-3)
    edges = np.array([edge_of(b) for b in range(1, CLASSES)])
    np.add.at(densities, np.searchsorted(edges, worth, side="right"), minutes)
    return Demand(arrivals, services, shares, knots, np.maximum(tails, 0.0), densities / len(values))


@njit(cache=True, nogil=True)
def _place(work: float, cell: float) -> float:
    x = work / cell
    return FINE + (x - FINE) / COARSE if x > FINE else x


@njit(cache=True, nogil=True)
def _work_at(i: int, cell: float) -> float:
    return cell * (FINE + (i - FINE) * COARSE) if i > FINE else cell * i


@njit(cache=True, nogil=True)
def _solve(
    arrivals: Float64Array,
    level: float,
    services: Float64Array,
    shares: Float64Array,
    knots: Float64Array,
    tails: Float64Array,
    manned: Float64Array,
    tomorrow: Float64Array,
    units: int,
    mean: float,
    residual: float,
    repair: float,
    failure: float,
    cell: float,
    wrap: int,
    out: Float64Array,
) -> None:
    """Fill out[units + 1, QUARTERS, WORKS]; `wrap` quarter hours of the next day are solved before midnight."""
    kinds = len(services)
    last = len(knots) - 1
    value = np.zeros((units + 1, WORKS))
    after = np.zeros((units + 1, WORKS))
    work = np.empty(WORKS)
    jump = np.empty((kinds, WORKS), dtype=np.int64)
    beyond = np.empty((kinds, WORKS))
    worth = np.empty((kinds, len(knots)))  # what a class adds at each knot, and how it falls to the next
    slope = np.zeros((kinds, len(knots)))
    found = np.zeros((units + 1, kinds, WORKS), dtype=np.int64)
    back = np.empty(WORKS)
    number = np.empty(WORKS)
    wait = np.empty(WORKS)
    for i in range(WORKS):
        work[i] = _work_at(i, cell)
        for c in range(kinds):
            at = _place(work[i] + services[c], cell)
            jump[c, i] = min(int(at), WORKS - 2)
            beyond[c, i] = at - jump[c, i]
    for c in range(kinds):
        for j in range(last + 1):
            worth[c, j] = shares[c] * tails[c, j]
            if j < last:
                slope[c, j] = shares[c] * (tails[c, j + 1] - tails[c, j]) / (knots[j + 1] - knots[j])
    closed = 0.0  # whom the night finds there waits until somebody is on duty again
    while closed < 24.0 * 60.0 and tomorrow[(wrap + int(closed / QUARTER_MINUTES)) % (QUARTERS - 1)] == 0.0:
        closed += QUARTER_MINUTES
    for k in range(units + 1):  # what is there at the end is worked off
        pace = max(k, 1) if k > 0 else 0.1
        for i in range(WORKS):
            value[k, i] = -work[i] * (work[i] / (2.0 * pace) + residual + closed) / mean
    quarters = QUARTERS - 1
    for step in range(quarters + wrap):
        q = quarters - 1 - step + wrap
        if q == quarters - 1:
            for k in range(units + 1):
                for i in range(WORKS):
                    out[k, quarters, i] = value[k, i]
        units_now = manned[q] if q < quarters else tomorrow[q - quarters]
        units_next = manned[q + 1] if q + 1 < quarters else tomorrow[q + 1 - quarters]
        q = q % quarters
        # At the end of a shift those in service finish, outside of the work that is left.
        after_q = (q + 1) % quarters
        if units_next < units_now:
            edge = quarters if step == wrap else after_q
            for k in range(units + 1):
                kept, held = min(float(k), units_next), min(float(k), units_now)
                for i in range(WORKS):
                    done = max(min(work[i] / residual, held) - kept, 0.0) * residual
                    at = _place(work[i] - done, cell)
                    j = min(int(at), WORKS - 2)
                    after[k, i] = value[k, j] + (at - j) * (value[k, j + 1] - value[k, j]) - done
                for i in range(WORKS):
                    value[k, i] = after[k, i]
                    if step >= wrap:
                        out[k, edge, i] = after[k, i]
        coming = arrivals[q] * level
        for k in range(units + 1):
            working = min(float(k), units_now)
            # How many are accepted at an empty resource decides how short the steps must be.
            accepted = 0.0
            for c in range(kinds):
                i = jump[c, 0]
                price = value[k, 0] - value[k, i] - beyond[c, 0] * (value[k, i + 1] - value[k, i])
                j = 0
                while j < last and knots[j + 1] <= price:
                    j += 1
                accepted -= slope[c, j]
            accepted *= coming
            dt = min(mean * STEP_PART, LONGEST_STEP)
            if accepted * dt > MOST_ACCEPTED:
                dt = MOST_ACCEPTED / accepted
            steps = int(QUARTER_MINUTES / max(dt, SHORTEST_STEP)) + 1
            dt = QUARTER_MINUTES / steps
            for i in range(WORKS):  # how many are there over the step, in the mean, and where the work is after it
                if working > 0.0 and work[i] > working * residual:
                    number[i] = working + max(work[i] - working * (residual + 0.5 * dt), 0.0) / mean
                    wait[i] = (work[i] - working * residual) / working
                    back[i] = _place(max(work[i] - working * dt, 0.0), cell)
                elif working > 0.0:
                    left = work[i] * math.exp(-dt / residual)
                    number[i] = (work[i] - left) / dt
                    wait[i] = 0.0
                    back[i] = _place(left, cell)
                else:
                    number[i] = work[i] / mean
                    wait[i] = 0.0
                    back[i] = float(i)
            now = value[k]
            then = after[k]
            for _ in range(steps):
                # First the drain, then the choice at what is left: so each step is monotone in V, and stable.
                for i in range(WORKS):
                    j = min(int(back[i]), WORKS - 2)
                    then[i] = now[j] + (back[i] - j) * (now[j + 1] - now[j]) - dt * number[i]
                if coming == 0.0:
                    for i in range(WORKS):
                        now[i] = then[i]
                    continue
                for i in range(WORKS):
                    gain = 0.0
                    for c in range(kinds):
                        j = jump[c, i]
                        price = then[i] - then[j] - beyond[c, i] * (then[j + 1] - then[j])
                        price += (1.0 - services[c] / mean) * wait[i]
                        if price < 0.0:
                            price = 0.0
                        n = found[k, c, i]
                        while n < last and knots[n + 1] <= price:
                            n += 1
                        while knots[n] > price:
                            n -= 1
                        found[k, c, i] = n
                        gain += worth[c, n] + (price - knots[n]) * slope[c, n]
                    now[i] = then[i] + dt * coming * gain
        if repair > 0.0 or failure > 0.0:
            for k in range(units + 1):
                for i in range(WORKS):
                    after[k, i] = value[k, i]
            up = -math.expm1(-repair * QUARTER_MINUTES)
            down = -math.expm1(-failure * QUARTER_MINUTES)
            for k in range(units + 1):
                raised = 1.0 - (1.0 - up) ** (units - k)
                lowered = 1.0 - (1.0 - down) ** k
                for i in range(WORKS):
                    if k < units:
                        value[k, i] += raised * (after[k + 1, i] - after[k, i])
                    if k > 0:
                        value[k, i] += lowered * (after[k - 1, i] - after[k, i])
        if step >= wrap:
            for k in range(units + 1):
                for i in range(WORKS):
                    out[k, q, i] = value[k, i]


def solve(demand: Demand, resource: Resource, cell: float, *, wrap_minutes: float = 0.0) -> Float64Array:
    """The price tables of a resource: float64[units + 1, LEVELS, QUARTERS, WORKS].

    `cell` is the width of a fine cell of work, minutes (`cell_of`). `wrap_minutes` of the next day stand behind
    midnight where the bridge does not close. Raises ValueError on numbers that are not positive.
    """
    _check(resource, cell)
    out = np.zeros((resource.units + 1, LEVELS, QUARTERS, WORKS))
    for at, level in enumerate(levels()):
        out[:, at] = _at_level(demand, resource, cell, level, wrap_minutes)
    return out


def best_of_day(demand: Demand, resource: Resource, cell: float) -> float:
    """V at midnight of a day that begins with nobody there and every unit whole, with arrivals as forecast: the most
    that can be prevented on that day, in truck-minutes, less the minutes that examined trucks wait and are examined.
    Raises as `solve`."""
    _check(resource, cell)
    return float(_at_level(demand, resource, cell, 1.0, 0.0)[resource.units, 0, 0])


def _at_level(demand: Demand, resource: Resource, cell: float, level: float, wrap_minutes: float) -> Float64Array:
    """The tables of one level of arrivals: float64[units + 1, QUARTERS, WORKS]."""
    out = np.zeros((resource.units + 1, QUARTERS, WORKS))
    tomorrow = resource.manned if resource.tomorrow is None else resource.tomorrow
    _solve(
        demand.arrivals, level, demand.services, demand.shares, demand.knots, demand.tails, resource.manned, tomorrow,
        resource.units, resource.mean, resource.residual, resource.repair, resource.failure, cell,
        int(wrap_minutes / QUARTER_MINUTES), out,
    )  # fmt: skip
    return out


def _check(resource: Resource, cell: float) -> None:
    if not (resource.mean > 0.0 and resource.residual > 0.0 and cell > 0.0 and 0 < resource.units <= 64):
        raise ValueError("a resource has 1 to 64 units, and its mean, its residual and the cell are above zero")


def levels() -> Sequence[float]:
    """The multiples of the forecast arrivals for which tables are solved."""
    return (LOW_LEVEL, 1.0, HIGH_LEVEL)


def cell_of(units: int, mean: float, longest_wait: float = 45.0) -> float:
    """A width of the fine cells of work with which the grid reaches waits of `longest_wait` minutes."""
    return max(mean / 4.0, units * longest_wait / (FINE + COARSE * (WORKS - 1 - FINE)))


def forecast_of(demand: Demand, list_minutes: float) -> Float64Array:
    """float64[QUARTERS, CLASSES]: minutes of work a minute that arrive over the list's horizon from each quarter on."""
    ahead = max(round(list_minutes / QUARTER_MINUTES), 1)
    arriving = np.concatenate([demand.arrivals, np.zeros(ahead + 1)])
    mean = np.array([arriving[q : q + ahead].mean() for q in range(QUARTERS)])
    forecast: Float64Array = mean[:, None] * demand.densities[None, :]
    return forecast


__all__ = [
    "ROOT_2", "Demand", "Resource", "best_of_day", "cell_of", "class_of", "demand_of", "forecast_of", "levels", "solve",
]  # fmt: skip
