"""Borders of a few bridges, small enough that every way to place scanners there can be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.placing import World
from aforo.twin.placing_sites import ENDLESS, Sites

#: Hours of a week of each kind: busy, quiet, night.
HOURS = np.array([60.0, 60.0, 48.0])


def few_bridges(
    arrivals: Sequence[Sequence[float]],
    scanners: Sequence[int],
    *,
    rate: float = 10.0,
    room: Sequence[int] | None = None,
    diverting: Sequence[float] | None = None,
    manning: Sequence[Sequence[float]] | None = None,
) -> Sites:
    """Bridges with these trucks in an hour of each kind (P, 3) and these scanners, manned in every hour."""
    trucks = np.array(arrivals, dtype=np.float64)
    bridges = len(trucks)
    stands = np.array([scanners, [0] * bridges], dtype=np.int64)
    crew = np.ones(trucks.shape) if manning is None else np.array(manning, dtype=np.float64)
    return Sites(
        ids=tuple(f"{at}/bridge" for at in range(bridges)),
        titles=tuple(f"Bridge {at}" for at in range(bridges)),
        ports=tuple(f"Port {at}" for at in range(bridges)),
        trucks=trucks @ HOURS * 365.25 / 7.0,
        units=stands,
        assumed=(True,) * bridges,
        known=(True,) * bridges,
        room=np.array([ENDLESS] * bridges if room is None else room, dtype=np.int64),
        diverting=np.zeros(bridges) if diverting is None else np.array(diverting, dtype=np.float64),
        hours=HOURS,
        arrivals=trucks,
        manned=stands[:, :, None] * crew[None],
        manning=crew,
        rate=np.full((2, bridges), rate),
        minutes=np.full((2, bridges), 8.0),
        variation=np.full((2, bridges), 0.25),
        placed=0,
        new_rate=rate,
        new_minutes=8.0,
        new_variation=0.25,
    )


def plain_world(sites: Sites, *, scanned_today: float = 0.1, believed: float = 0.0, detection: float = 0.6) -> World:
    """A world in which all is as stated, and the ranking's curve has one bend."""
    ones = np.ones(sites.count)
    return World(
        reached=1.0,
        up=ones,
        standing=ones,
        growth=ones,
        detection=detection,
        believed=believed,
        scanned_today=scanned_today,
        use=0.85,
        curve=(np.array([0.0, 0.25, 1.0]), np.array([0.0, 0.5, 1.0])),
    )


def every_way(bridges: int, count: int, most: Int64Array) -> Iterator[Int64Array]:
    """Every way to give at most `count` scanners to so many bridges, none more than it takes."""
    for units in product(*(range(min(count, int(top)) + 1) for top in most)):
        if sum(units) <= count:
            yield np.array(units, dtype=np.int64)


def level_of(levels: Float64Array, units: Int64Array) -> float:
    """The least level of the bridges where each gets so many."""
    return float(levels[np.arange(len(levels)), units].min())
