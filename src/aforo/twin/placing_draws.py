"""How sure a plan is: what it rests on drawn from the stated ranges, and all plans tried on the same draws.

Drawn once for the whole border: the throughput that is reached, what a scan finds, how much of the ranking is believed,
the share scanned today, next year's trucks of all. Drawn for each bridge: its availability, the scanners that stand
there; for each port its own trucks. Ranges are drawn from evenly, since nothing more is known of them; trucks are
lognormal. Draws are independent of each other. The same seed gives the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.measures.intervals import CONFIDENCE, Interval
from aforo.routing.policy import Policy
from aforo.twin.placing import Board, World, stated
from aforo.twin.placing_figures import KINDS, Factor, Figures, Ranged
from aforo.twin.placing_game import highest, hours_by_number
from aforo.twin.placing_programs import Solved, cheapest_by_number, strongest
from aforo.twin.placing_rivals import levelled
from aforo.twin.placing_sites import Sites

#: Draws that a hedged plan is made for, and draws times scanners, which are no more: its program grows with both.
HEDGED: Final = 200
CELLS: Final = 20_000
#: How near to the best of them it has to be.
HEDGED_GAP: Final = 5e-3


class Sureness(msgspec.Struct, frozen=True):
    """Of each plan the worst case in every draw; of the one called `plan` the truck-hours a day that it takes beyond
    today; of each bridge the scanners that the best plan of the draw gives it (draws, P), made as the plan is.
    """

    worst: dict[str, tuple[float, ...]]
    hours: tuple[float, ...]
    gets: tuple[tuple[int, ...], ...]


def worlds(sites: Sites, figures: Figures, policy: Policy, number: int, seed: int | tuple[int, ...]) -> Iterator[World]:
    """So many ways in which the figures may be."""
    generator = np.random.Generator(np.random.PCG64(seed))
    centre = stated(sites, figures, policy)
    kind = next(each for each in figures.kinds if each.id == KINDS[sites.placed])
    for _ in range(number):
        found = generator.uniform(1.0 - figures.finds.spread, 1.0 + figures.finds.spread)
        all_trucks = figures.volume.border * generator.standard_normal()
        own_trucks = figures.volume.port * _by_port(generator, sites)
        yield World(
            reached=_share(generator, figures.reached),
            up=generator.uniform(kind.availability.low, kind.availability.high, sites.count) / kind.availability.share,
            standing=_factors(generator, figures.standing, sites.count),
            growth=np.exp(all_trucks + own_trucks),
            detection=min(1.0, centre.detection * found),
            believed=_share(generator, figures.believed),
            scanned_today=_share(generator, figures.scanned_today),
            use=centre.use,
            curve=centre.curve,
        )


def boards(
    whole: Sites, at: Int64Array, figures: Figures, policy: Policy, number: int, seed: int | tuple[int, ...]
) -> Iterator[Board]:
    """The bridges at these places in so many draws of the whole border."""
    return (Board(whole, world).only(at) for world in worlds(whole, figures, policy, number, seed))


def sureness(
    drawn: Iterable[Board], plans: Mapping[str, Int64Array], count: int, ceiling: float, done: Callable[[], None]
) -> Sureness:
    """Try plans on the same draws; `done` is called after each. The plan called `today` has no scanner more and is what
    is scanned today."""
    worst: dict[str, list[float]] = {name: [] for name in plans}
    hours: list[float] = []
    gets: list[tuple[int, ...]] = []
    for board in drawn:
        for name, units in plans.items():
            worst[name].append(float(board.level_today().min()) if name == "today" else board.worst(units, ceiling))
            if name == "plan":
                hours.append(board.hours_at(units, worst[name][-1]))
        low = max(worst[name][-1] for name in plans)
        gets.append(tuple(map(int, _best(board, count, low, ceiling))))
        done()
    return Sureness({name: tuple(each) for name, each in worst.items()}, tuple(hours), tuple(gets))


def _best(board: Board, count: int, low: float, ceiling: float) -> Int64Array:
    """The plan of a draw, made as the plan is: the greatest worst case within the ceiling, and of those as good the one
    of the fewest truck-hours. `low` is a level that is held within the ceiling."""
    levels = board.levels(count)
    top = levelled(levels, count)[1]

    def cheapest_at(level: float) -> Solved | None:
        costs = hours_by_number(board, levels, level, count)
        if costs is None:
            return None
        units = cheapest_by_number(costs, count)
        return Solved(units, board.hours_at(units, level))

    return highest(board, min(low, top), top, ceiling, cheapest_at).units


def hedged_draws(count: int) -> int:
    """For how many draws a hedged plan of so many scanners is made."""
    return max(1, min(HEDGED, CELLS // max(count, 1)))


def hedged(drawn: Iterable[Board], count: int, room: Int64Array) -> Int64Array:
    """The plan of the greatest mean worst case over these draws; it knows nothing of truck-hours, nor of a ceiling on
    them."""
    levels = np.stack([board.levels(count) for board in drawn])
    return strongest(levels, count, room, HEDGED_GAP).units


def interval(value: float, draws: Float64Array) -> Interval:
    """A value with the limits between which so many of the draws lie as an interval holds, wide enough to hold it too:
    what is reckoned at the stated figures may lie outside, where nearly all draws are worse than them."""
    low, high = np.quantile(draws, (0.5 - CONFIDENCE / 2.0, 0.5 + CONFIDENCE / 2.0))
    return Interval(value, min(float(low), value), max(float(high), value))


def _share(generator: np.random.Generator, figure: Ranged) -> float:
    return float(generator.uniform(figure.low, figure.high))


def _factors(generator: np.random.Generator, figure: Factor, count: int) -> Float64Array:
    return generator.uniform(figure.low, figure.high, count)


def _by_port(generator: np.random.Generator, sites: Sites) -> Float64Array:
    """float64[P], standard normal: bridges of one port share its draw."""
    ports = list(dict.fromkeys(sites.ports))
    drawn = dict(zip(ports, generator.standard_normal(len(ports)), strict=True))
    return np.array([drawn[port] for port in sites.ports])
