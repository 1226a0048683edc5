"""What a pool could have done had it known everything: an upper bound that no policy reaches, and a schedule that is
real.

`upper_bound`: the clairvoyant linear programme, a time-indexed schedule of all trucks of the day, solved in its dual. A
price for each minute of each scanner gives a bound at once (what the scanners are paid, and what every truck has left
over when it is scanned where that is best for it); the prices are improved by subgradient steps, and the least bound is
kept. Any prices give a valid bound, so it is never below the true one.

`best_schedule`: real schedules, no truck cut in two and no more than one at a scanner, made by serving at every free
moment the truck that gains most at those prices, by several orders and scales of the prices; then the set of scanned
trucks is improved one truck at a time (in, out) under the shortest-first order as long as that gains. The best is kept.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Minutes that are priced: a day and the hours in which it is worked off.
MINUTES = 1800


@njit(cache=True, nogil=True)
def _paid(cumulative: Floats, at: float) -> float:
    i = int(at)
    if i >= MINUTES - 1:
        return cumulative[MINUTES - 1]
    return cumulative[i] + (at - i) * (cumulative[i + 1] - cumulative[i])


@njit(cache=True, nogil=True)
def _relaxed(arrival: Floats, value: Floats, actual: Floats, price: Floats, capacity: Floats, used: Floats) -> float:
    """The bound at these prices a minute; fills used[MINUTES], the minutes that the trucks would take."""
    cumulative = np.zeros(MINUTES)
    bound = 0.0
    for t in range(MINUTES - 1):
        cumulative[t + 1] = cumulative[t] + price[t]
        bound += price[t] * capacity[t]
        used[t] = 0.0
    for i in range(len(arrival)):
        a, s = arrival[i], actual[i]
        best, where = 0.0, -1.0
        if value[i] <= s:
            continue
        latest = a + value[i] - s
        # The cost is linear between the points where a start or an end meets a whole minute.
        left = value[i] - s - (_paid(cumulative, a + s) - _paid(cumulative, a))
        if left > best:
            best, where = left, a
        t = int(a) + 1
        ends = int(a + s) + 1
        while t < latest or ends - s < latest:
            if ends - s < t:
                start = ends - s
                ends += 1
            else:
                start = float(t)
                t += 1
            if start < a or value[i] - s - (start - a) <= best:
                if start - a > value[i] - s - best:
                    break
                continue
            left = value[i] - s - (start - a) - (_paid(cumulative, start + s) - _paid(cumulative, start))
            if left > best:
                best, where = left, start
        if where >= 0.0:
            bound += best
            at = where
            while at < where + s - 1e-9:
                upto = min(float(int(at) + 1), where + s)
                if int(at) < MINUTES:
                    used[int(at)] += upto - at
                at = upto
    return bound


def upper_bound(
    arrival: Floats, value: Floats, actual: Floats, capacity: Floats, start: Floats, reached: float, rounds: int = 400
) -> tuple[float, Floats]:
    """(bound, prices a minute). `capacity` float64[MINUTES] scanners up; `start` first prices; `reached` a value that a
    real schedule has, from which the steps take their length (Polyak, 1969)."""
    price, used = start.copy(), np.zeros(MINUTES)
    best, kept, pace, since = np.inf, price.copy(), 1.0, 0
    for _ in range(rounds):
        bound = _relaxed(arrival, value, actual, price, capacity, used)
        if bound < best - 1e-9:
            best, kept, since = bound, price.copy(), 0
        else:
            since += 1
            if since > 8:
                pace, price, since = pace / 2.0, kept.copy(), 0
                bound = _relaxed(arrival, value, actual, price, capacity, used)
        slope = capacity - used
        slope[(price <= 0.0) & (slope > 0.0)] = 0.0
        norm = float((slope**2).sum())
        if norm < 1e-9 or pace < 1e-3:
            break
        price = np.maximum(price - pace * (bound - reached) / norm * slope, 0.0)
    return float(best), kept


@njit(cache=True, nogil=True)
def _dispatch(arrival, value, actual, price, scale, order, down, taken):
    """Serve at each free moment the truck that gains most at scaled prices; fills taken[n], gives the value."""
    cumulative = np.zeros(MINUTES)
    for t in range(MINUTES - 1):
        cumulative[t + 1] = cumulative[t] + price[t] * scale
    n, servers = len(arrival), len(down)
    free = np.zeros(servers)
    waiting = np.empty(n, dtype=np.int64)
    size, nxt = 0, 0
    total = 0.0
    while True:
        s = 0
        for other in range(1, servers):
            if free[other] < free[s]:
                s = other
        now = free[s]
        if down[s, 0] <= now < down[s, 1]:
            free[s] = down[s, 1]
            continue
        while nxt < n and arrival[nxt] <= now:
            waiting[size] = nxt
            size += 1
            nxt += 1
        best, at = 0.0, -1
        j = 0
        while j < size:
            i = waiting[j]
            left = value[i] - (now - arrival[i]) - actual[i]
            if left <= 0.0:
                size -= 1
                waiting[j] = waiting[size]
                continue
            paid = _paid(cumulative, now + actual[i]) - _paid(cumulative, now)
            if left > paid:
                if order == 0:
                    merit = left / actual[i]
                elif order == 1:
                    merit = 1.0 / actual[i]
                else:
                    merit = (left - paid) / actual[i]
                if merit > best:
                    best, at = merit, j
            j += 1
        if at < 0:
            # Nobody is worth it now: until somebody comes, or the next minute's price.
            if nxt >= n and size == 0:
                break
            later = now + 0.25 if size else arrival[nxt]
            if nxt < n:
                later = min(later, max(arrival[nxt], now + 1e-6))
            if later > MINUTES:
                break
            free[s] = later
            continue
        i = waiting[at]
        size -= 1
        waiting[at] = waiting[size]
        taken[i] = True
        free[s] = now + actual[i]
        total += value[i] - (free[s] - arrival[i])
    return total


@njit(cache=True, nogil=True)
def _shortest_first(arrival, value, actual, down, taken):
    """The value of scanning this set, the shortest first at every free moment."""
    n, servers = len(arrival), len(down)
    free = np.zeros(servers)
    heap = np.empty(n, dtype=np.int64)
    size, nxt = 0, 0
    total = 0.0
    while True:
        while nxt < n and not taken[nxt]:
            nxt += 1
        if nxt >= n and size == 0:
            return total
        s = 0
        for other in range(1, servers):
            if free[other] < free[s]:
                s = other
        now = free[s]
        if size == 0 and arrival[nxt] > now:
            now = arrival[nxt]
        if down[s, 0] <= now < down[s, 1]:
            free[s] = down[s, 1]
            continue
        while nxt < n and arrival[nxt] <= now:
            if taken[nxt]:
                at = size
                size += 1
                while at > 0 and actual[heap[(at - 1) // 2]] > actual[nxt]:
                    heap[at] = heap[(at - 1) // 2]
                    at = (at - 1) // 2
                heap[at] = nxt
            nxt += 1
        if size == 0:
            free[s] = now
            continue
        i = heap[0]
        size -= 1
        last, at = heap[size], 0
        while 2 * at + 1 < size:
            child = 2 * at + 1
            if child + 1 < size and actual[heap[child + 1]] < actual[heap[child]]:
                child += 1
            if actual[heap[child]] >= actual[last]:
                break
            heap[at] = heap[child]
            at = child
        heap[at] = last
        free[s] = now + actual[i]
        total += value[i] - (free[s] - arrival[i])


def best_schedule(
    arrival: Floats, value: Floats, actual: Floats, price: Floats, down: Floats, flips: int = 600
) -> tuple[float, NDArray[np.bool_]]:
    """(value, trucks scanned) of the best real schedule that was found with everything known."""
    best, kept = -np.inf, np.zeros(len(arrival), dtype=np.bool_)
    for order in (0, 1, 2):
        for scale in (0.7, 0.8, 0.9, 1.0, 1.1, 1.2):
            taken = np.zeros(len(arrival), dtype=np.bool_)
            total = _dispatch(arrival, value, actual, price, scale, order, down, taken)
            again = _shortest_first(arrival, value, actual, down, taken)
            if max(total, again) > best:
                best, kept = max(total, again), taken
    now = _shortest_first(arrival, value, actual, down, kept)
    paid = np.concatenate([[0.0], np.cumsum(price)])
    at = np.minimum(arrival, MINUTES - 1)
    ends = np.minimum(arrival + actual, MINUTES - 1)
    whole = np.arange(MINUTES + 1)
    left = value - actual - (np.interp(ends, whole, paid) - np.interp(at, whole, paid))
    for i in np.argsort(np.abs(left) / np.maximum(actual, 0.1))[:flips]:  # those on the edge
        kept[i] = not kept[i]
        total = _shortest_first(arrival, value, actual, down, kept)
        if total > now:
            now = total
        else:
            kept[i] = not kept[i]
    return max(best, now), kept
