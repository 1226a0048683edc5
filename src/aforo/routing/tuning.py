"""The peers of the priced policy, tuned as well as they can be: on other days than those they are compared on.

A tuner is pure: it is given a function that says what a day's parameters are worth (mean truck-minutes over days with
common random numbers), tries a grid, and then climbs from its best points by factors that shrink. The priced policy has
nothing to tune, which is the point of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import BASE, LANE_CUT, LANES, PER_MINUTE, POLICIES, RATE, RESOURCES, SLOPE, TOP_UP_WAIT

#: What parameters are worth: `params` float64[PARAMETERS] to truck-minutes a day.
Worth = Callable[[Float64Array], float]
#: The factors by which a climb moves, one after the other, and the most evaluations that it may take.
FACTORS: Final = (1.6, 1.25, 1.1, 1.04)
MOST_EVALUATIONS: Final = 2_000


@dataclass(frozen=True)
class Knob:
    """A number to tune: the places of `params` that it sets, and its values on the grid (ascending, above zero)."""

    places: tuple[int, ...]
    grid: tuple[float, ...]
    most: float = np.inf


@dataclass(frozen=True)
class Tuned:
    """The best parameters that were found, what they were worth on the tuning days, and how many were tried."""

    params: Float64Array
    worth: float
    tried: int


def knobs_of(
    policy: str, usual: Mapping[str, float], minutes: Mapping[str, float], *, per_minute: bool = False
) -> Sequence[Knob]:
    """What is to be tuned of a policy. `usual` is by resource a value around which an examination is worth it, in
    truck-minutes, `minutes` its mean service; only resources named there are tuned. Raises ValueError on a policy that
    is unknown, or has nothing to tune (`none`, `priced`, and `capacity`, whose ceiling is chosen)."""
    by = {name: minutes[name] if per_minute else 1.0 for name in usual}
    bases = [
        Knob((BASE + RESOURCES.index(name),), tuple(value / by[name] * f for f in (0.02, 0.1, 0.3, 0.6, 1.0, 1.8, 3.2)))
        for name, value in usual.items()
    ]
    slopes = [
        Knob(
            (SLOPE + RESOURCES.index(name),),
            tuple(value / by[name] / minutes[name] * f for f in (0.02, 0.06, 0.15, 0.4, 1.0, 2.5, 6.0)),
        )
        for name, value in usual.items()
    ]
    if policy == "threshold":
        return bases
    if policy in ("queue_aware", "clearance"):
        return [knob for pair in zip(bases, slopes, strict=True) for knob in pair]
    if policy == "random":
        return [Knob((RATE,), tuple(0.01 * 1.6**step for step in range(10)), 1.0)]
    if policy == "lane_criteria":
        cuts = tuple(next(iter(usual.values())) * f for f in (0.3, 0.6, 1.0, 1.8, 3.2, 6.0))
        lanes = Knob(tuple(LANE_CUT + lane for lane in range(len(LANES))), cuts)
        return [lanes, Knob((RATE,), (0.01, 0.05, 0.2), 1.0), Knob((TOP_UP_WAIT,), (0.5, 2.0, 8.0))]
    raise ValueError(f"{policy!r} has nothing to tune" if policy in POLICIES else f"{policy!r} is no policy")


def tune(worth: Worth, start: Float64Array, knobs: Sequence[Knob], *, per_minute: bool = False) -> Tuned:
    """The parameters that are worth most on the days behind `worth`. Knobs are paired (a and b of a resource) and pairs
    are tuned in turns, each with the others as they are; the same start and days give the same parameters."""
    best = start.copy()
    best[PER_MINUTE] = 1.0 if per_minute else 0.0
    for knob in knobs:
        best[list(knob.places)] = knob.grid[len(knob.grid) // 2]
    value, tried = worth(best), 1
    groups = [knobs[at : at + 2] for at in range(0, len(knobs), 2)] if len(knobs) != 3 else [knobs]
    for _ in range(2 if len(groups) > 1 else 1):
        for group in groups:
            for point in itertools.product(*(knob.grid for knob in group)):
                if tried >= MOST_EVALUATIONS:
                    break
                candidate = _with(best, group, point)
                found, tried = worth(candidate), tried + 1
                if found > value:
                    best, value = candidate, found
    for factor in FACTORS:
        moved = True
        while moved and tried < MOST_EVALUATIONS:
            moved = False
            for knob, direction in itertools.product(knobs, (factor, 1.0 / factor)):
                candidate = _with(best, [knob], [float(best[knob.places[0]]) * direction])
                found, tried = worth(candidate), tried + 1
                if found > value:
                    best, value, moved = candidate, found, True
    return Tuned(best, value, tried)


def _with(params: Float64Array, knobs: Sequence[Knob], point: Sequence[float]) -> Float64Array:
    changed = params.copy()
    for knob, number in zip(knobs, point, strict=True):
        changed[list(knob.places)] = min(number, knob.most)
    return changed
