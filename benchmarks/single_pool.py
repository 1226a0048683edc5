"""One pool of scanners on simulated days: the world of `routing_single_pool`, with the product's own choice in the
loop.

A day has 16 hours, 06:00 to 22:00. Trucks come as a Poisson stream with two humps, a level of the day (log-normal,
sigma .15) and a wobble by the hour (sigma .15, correlation .7 from hour to hour). What a scan of a truck is expected to
prevent is log-normal with median 4 truck-minutes and sigma 1.5 (mean 12.3: the best hundredth holds 20 % of it).
Services are log-normal with sigma .5 unless said otherwise, of which the prediction explains the share R² of the
variance. A truck files 60 minutes before its stated arrival, which it misses by a normal error; 3 % of the filings
never come. All of it is synthetic. The pool is first come, first served; a scanner that is lost ends the truck that it
has and takes no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from aforo.domain.service_left import left_of
from aforo.routing.choice import CLASSES, RELEASE, SCANNER, choose, class_of

Floats = NDArray[np.float64]
OPENS, CLOSES = 360.0, 1320.0
SIGMA_VALUE, MEDIAN_VALUE = 1.5, 4.0
SIGMA_SERVICE = 0.5
NO_SHOW = 0.03
#: As live trucks and the twin count it.
_left_of = njit(left_of)


@dataclass(frozen=True)
class Pool:
    """A pool: scanners, mean service in minutes, trucks of a mean day."""

    scanners: int
    service: float
    trucks: int

    @property
    def name(self) -> str:
        return f"{self.scanners} × {self.service:g} min, {self.trucks:,} a day"

    @property
    def load(self) -> float:
        return self.trucks * self.service / (self.scanners * (CLOSES - OPENS))


@dataclass(frozen=True)
class Day:
    """One day in columns, by arrival. `comes` is False for filings that never come (they count in the list alone)."""

    arrival: Floats
    value: Floats
    predicted: Floats
    actual: Floats
    listed_from: Floats
    listed_to: Floats
    comes: NDArray[np.bool_]
    draw: Floats
    down: Floats  # float64[scanners, 2]: from when to when each is lost


def profile(trucks: float) -> Floats:
    """float64[96]: trucks a minute of the mean day, by quarter hour."""
    hour = (np.arange(96) + 0.5) / 4.0
    shape = 0.6 + np.exp(-(((hour - 10.0) / 2.5) ** 2)) + 0.8 * np.exp(-(((hour - 17.0) / 2.0) ** 2))
    shape[(hour < OPENS / 60.0) | (hour > CLOSES / 60.0)] = 0.0
    rates: Floats = shape / shape.sum() * trucks / 15.0
    return rates


def day(
    pool: Pool, seed: int, *, r_squared: float, eta_error: float = 10.0, lost: tuple[float, float] | None = None,
    surge: tuple[float, float, float] | None = None,
) -> Day:  # fmt: skip
    """A day by its seed: the same arrivals, values and services whatever R² and the ETA's error. From and to a minute,
    half the scanners are `lost`, or arrivals are a `surge` of so many times what they would be."""
    streams = [np.random.default_rng([seed, purpose]) for purpose in range(8)]
    level = np.exp(streams[0].normal(0.0, 0.15) - 0.15**2 / 2)
    wobble, before = np.zeros(24), 0.0
    for h in range(24):
        before = 0.7 * before + streams[1].normal(0.0, 0.15 * np.sqrt(1 - 0.49))
        wobble[h] = before
    rates = profile(pool.trucks) * level * np.exp(np.repeat(wobble, 4) - 0.15**2 / 2)
    if surge is not None:
        rates[int(surge[0] / 15.0) : int(surge[1] / 15.0)] *= surge[2]
    counts = streams[2].poisson(rates * 15.0)
    arrival = np.sort(np.repeat(np.arange(96) * 15.0, counts) + streams[3].uniform(0.0, 15.0, counts.sum()))
    n = len(arrival)
    value = MEDIAN_VALUE * np.exp(streams[4].normal(0.0, SIGMA_VALUE, n))
    seen = np.log1p(r_squared * np.expm1(SIGMA_SERVICE**2))
    known, unknown = streams[5].normal(0.0, 1.0, (2, n))
    # The two parts are turned into each other, so that the service of a truck is the same at every R².
    turn = np.sqrt(seen) / SIGMA_SERVICE
    whole = known
    part = turn * whole + np.sqrt(1.0 - turn**2) * unknown
    actual = pool.service * np.exp(SIGMA_SERVICE * whole - SIGMA_SERVICE**2 / 2)
    predicted = pool.service * np.exp(np.sqrt(seen) * part - seen / 2)
    error = streams[6].normal(0.0, 1.0, n) * eta_error
    draw, shows = streams[7].uniform(0.0, 1.0, (2, n))
    eta = arrival + error
    comes = shows >= NO_SHOW
    return Day(
        arrival, value, predicted, actual,
        listed_from=np.minimum(eta - 60.0, arrival), listed_to=np.where(comes, arrival, np.maximum(eta, arrival) +
        15.0), comes=comes, draw=draw, down=_down(pool, lost),
    )  # fmt: skip


def _down(pool: Pool, lost: tuple[float, float] | None) -> Floats:
    down = np.full((pool.scanners, 2), np.inf)
    if lost is not None:
        down[: pool.scanners // 2] = lost
    return down


def without_prediction(one: Day, pool: Pool) -> Day:
    return replace(one, predicted=np.full(len(one.arrival), pool.service))


@njit(cache=True, nogil=True)
def simulate(
    policy, params, book, forecast, arrival, value, predicted, actual, listed_from, listed_to, comes, draw, down,
    chosen, finish, state,
):  # fmt: skip
    """Play a day: fills chosen[n] (examined or not), finish[n], state[n, 3] (backlog, units up, cost)."""
    n, servers = len(arrival), len(down)
    free = np.zeros(servers)
    began = np.zeros(servers)
    foreseen = np.zeros(servers)
    queue = np.empty(n, dtype=np.int64)
    head, tail = 0, 0
    waiting = 0.0
    listed = np.zeros(CLASSES)
    adding, dropping = np.argsort(listed_from), np.argsort(listed_to)
    a, d, h = 0, 0, 0
    prevented = np.zeros(6)
    minutes = np.full(6, np.nan)
    backlog = np.zeros(6)
    up = np.zeros(6, dtype=np.int64)
    passed = 0.0  # forecast arrivals of the last hour
    seen = 0
    kinds = np.empty(n, dtype=np.int64)
    for i in range(n):
        kinds[i] = class_of(value[i] / predicted[i])
    for i in range(n + 1):
        now = arrival[i] if i < n else 1e9
        while head < tail:
            s = 0
            for other in range(1, servers):
                if free[other] < free[s]:
                    s = other
            j = queue[head]
            start = max(free[s], arrival[j])
            if start > now:
                break
            if down[s, 0] <= start < down[s, 1]:
                free[s] = down[s, 1]
                continue
            head += 1
            waiting -= predicted[j]
            began[s], foreseen[s] = start, predicted[j]
            free[s] = start + actual[j]
            finish[j] = free[s]
        if i == n:
            break
        while a < n and listed_from[adding[a]] <= now:
            listed[kinds[adding[a]]] += predicted[adding[a]]
            a += 1
        while d < n and listed_to[dropping[d]] <= now:
            listed[kinds[dropping[d]]] -= predicted[dropping[d]]
            d += 1
        if not comes[i]:
            continue
        while arrival[h] < now - 60.0:
            seen -= 1 if comes[h] else 0
            h += 1
        q = now / 15.0
        passed = 0.0
        for back in range(5):
            slot = int(q) - back
            share = q - int(q) if back == 0 else (1.0 - (q - int(q)) if back == 4 else 1.0)
            if slot >= 0:
                passed += forecast[slot] * 15.0 * share
        level = (seen + 20.0) / (passed * (1.0 - NO_SHOW) + 20.0)
        seen += 1
        work = waiting
        units = 0
        for s in range(servers):
            if not down[s, 0] <= now < down[s, 1]:
                units += 1
            if free[s] > now and began[s] <= now and foreseen[s] > 0.0:
                work += _left_of(foreseen[s], now - began[s])
        prevented[1] = value[i]
        minutes[SCANNER] = predicted[i]
        backlog[SCANNER] = max(work, 0.0)
        up[SCANNER] = units
        option, cost = choose(
            policy, params, 2, 3, 1, draw[i], prevented, minutes, 0.0, now, backlog, up, level, listed, book
        )
        state[i, 0], state[i, 1], state[i, 2] = work, units, cost
        if option != RELEASE:
            chosen[i] = True
            queue[tail] = i
            tail += 1
            waiting += predicted[i]


def play(one: Day, policy: int, params: Floats, book: Floats, forecast: Floats):
    """(value of the day, examined, state): Σ over the examined of value − (finish − arrival), in truck-minutes."""
    n = len(one.arrival)
    chosen, finish, state = np.zeros(n, dtype=np.bool_), np.zeros(n), np.zeros((n, 3))
    simulate(
        policy, params, book, forecast, one.arrival, one.value, one.predicted, one.actual, one.listed_from,
        one.listed_to, one.comes, one.draw, one.down, chosen, finish, state,
    )  # fmt: skip
    worth = float((one.value[chosen] - (finish[chosen] - one.arrival[chosen])).sum())
    return worth, chosen, state
