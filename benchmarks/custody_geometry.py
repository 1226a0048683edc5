"""Positions a second through 2,000 fences and one corridor, in columns, beside what shapely does bare.

    python benchmarks/custody_geometry.py [--positions 600000] [--fences 2000] [--rounds 5]

Positions lie about the shipped corridor as trucks' do (half of a band's width aside, one in a hundred far off it).
Half of the fences are circles of 200 to 2,000 m, half polygons of twelve corners; they lie around the corridor, so
that a position is in more than one on average, or, in the second table, around a tenth of it only. Asked as one
column, and in blocks of 60 and 600. One core; medians of the rounds. What is found is held against each fence asked by
itself, on 2,000 positions. The bare rows are shapely's own: prepared `contains_xy` of the band alone; the R-tree's
`query` for all positions, with its predicate, points made before and within the clock. They answer less: no circle is
round, and nothing says how far off.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from run_all import processor

from aforo.custody import corridor, road
from aforo.custody.fences import Circle, Fence, Fences
from aforo.custody.ground import metres

ROAD = road.read(corridor.example())


def positions(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """int32[count] each: along the corridor, 400 m about it (one standard deviation), one in a hundred 20 km."""
    asked = np.linspace(0, ROAD.length, 20_000)
    line = np.array([ROAD.at(float(each)) for each in asked])
    place = line[rng.integers(0, len(line), count)]
    spread = np.where(rng.random(count) < 0.01, 180_000 * 10, 36_000)[:, None]
    made = np.rint(place + rng.normal(0, 1, (count, 2)) * spread).astype(np.int32)
    return made[:, 0].copy(), made[:, 1].copy()


def fences(rng: np.random.Generator, count: int, share: float) -> Fences:
    """Fences around a share of the corridor, about ten kilometres off it."""
    made = []
    for number in range(count):
        latitude, longitude = (each / 1e7 for each in ROAD.at(rng.uniform(0, share) * ROAD.length))
        lat, lon = latitude + rng.normal(0, 0.1), longitude + rng.normal(0, 0.1)
        plain = {"id": f"f{number}", "name": "a fence", "use": "watched", "source": "assumed"}
        if number % 2:
            made.append(Fence(**plain, circle=Circle(lat=lat, lon=lon, metres=rng.uniform(200, 2_000))))
            continue
        turn, far = np.linspace(0, 2 * np.pi, 13)[:-1], rng.uniform(0.002, 0.02, 12)
        ring = zip((lat + far * np.sin(turn)).tolist(), (lon + far * np.cos(turn)).tolist(), strict=True)
        made.append(Fence(**plain, ring=tuple(ring)))
    return Fences(tuple(made))


def check(around: Fences, latitude: np.ndarray, longitude: np.ndarray) -> None:
    """What is found is what each fence says by itself."""
    row, fence = around.inside(latitude, longitude)
    pairs = set(zip(row.tolist(), fence.tolist(), strict=True))
    alone = set()
    for number, each in enumerate(around.fences):
        if each.circle is None:
            ring = [(round(b * 1e7) / 1e7, round(a * 1e7) / 1e7) for a, b in each.ring]
            inside = shapely.intersects_xy(shapely.Polygon(ring), longitude / 1e7, latitude / 1e7)
        else:
            middle = round(each.circle.lat * 1e7), round(each.circle.lon * 1e7)
            inside = metres(latitude, longitude, *middle) <= each.circle.metres
        alone |= {(place, number) for place in np.flatnonzero(inside).tolist()}
    assert pairs == alone, "a position is in another fence than was found"


def rate(count: int, rounds: int, work: Callable[[], object]) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return count / statistics.median(taken)


def ours(around: Fences, latitude: np.ndarray, longitude: np.ndarray) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the product does, in columns of several lengths."""

    def both(size: int) -> None:
        for first in range(0, len(latitude), size):
            part = slice(first, first + size)
            around.inside(latitude[part], longitude[part])
            ROAD.beyond(latitude[part], longitude[part])

    for size in (len(latitude), 600, 60):
        yield f"fences and corridor, {size:,} at a time", functools.partial(both, size)
    yield "fences alone, one column", lambda: around.inside(latitude, longitude)
    yield "corridor alone, one column: metres beyond the band", lambda: ROAD.beyond(latitude, longitude)


def bare(around: Fences, x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Callable[[], object]]]:
    """What shapely does by itself, in degrees."""
    line = shapely.LineString([(lon, lat) for lat, lon in ROAD.corridor.line.points])
    band = shapely.buffer(line, 0.0135)
    shapely.prepare(band)
    shapes = [
        shapely.Polygon([(lon, lat) for lat, lon in each.ring])
        if each.circle is None
        else shapely.Point(each.circle.lon, each.circle.lat).buffer(each.circle.metres / 111_133, quad_segs=8)
        for each in around.fences
    ]
    tree, points = shapely.STRtree(shapes), shapely.points(x, y)
    yield "bare contains_xy of the prepared band", lambda: shapely.contains_xy(band, x, y)
    yield "bare STRtree.query, boxes alone, points made before", lambda: tree.query(points)
    yield "bare STRtree.query, intersects, points made before", lambda: tree.query(points, predicate="intersects")
    yield "the same, points made in the clock", lambda: tree.query(shapely.points(x, y), predicate="intersects")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--positions", type=int, default=600_000)
    parser.add_argument("--fences", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    latitude, longitude = positions(rng, asked.positions)
    console = Console(width=110)
    print(
        f"{processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; shapely {shapely.__version__}, ", end=""
    )
    print(f"GEOS {shapely.geos_version_string}; processor time of one thread, medians of {asked.rounds} rounds")
    for share in (1.0, 0.1):
        begun = time.process_time()
        around = fences(rng, asked.fences, share)
        built = time.process_time() - begun
        check(around, latitude[:2_000], longitude[:2_000])
        hits = len(around.inside(latitude, longitude)[0]) / asked.positions
        console.print(
            f"{len(around):,} fences around {share:.0%} of the corridor, built in {built:.2f} s; "
            f"a position is in {hits:.2f} of them"
        )
        table = Table("what", "positions/s")
        for name, work in (*ours(around, latitude, longitude), *bare(around, longitude / 1e7, latitude / 1e7)):
            table.add_row(name, f"{rate(asked.positions, asked.rounds, work):,.0f}")
        console.print(table)


if __name__ == "__main__":
    main()
