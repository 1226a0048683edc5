"""What some local days of some bridges have together: crossings by cell, and times of trucks as one figure.

Figures of several sources are of the same bridge-days only where they are told which: not every bridge is read, or
reports, on every day that is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product

from aforo.measures.definition import Definition, Of
from aforo.measures.estimates import Measured, Missing, times, without
from aforo.measures.tallies import Cell
from aforo.scoreboard.state import BoardState
from aforo.scoreboard.times import LANES, Times, spread_out

#: A bridge, and one of its local days.
BridgeDay = tuple[str, int]


def cells_of(state: BoardState, bridges: Iterable[str], days: Iterable[int], of: Of = "crossing") -> Counter[Cell]:
    """The crossings, or trips, of some bridges and days, by cell."""
    return cells_on(state, product(bridges, days), of)


def cells_on(state: BoardState, bridge_days: Iterable[BridgeDay], of: Of = "crossing") -> Counter[Cell]:
    """The crossings, or trips, of some bridge-days, by cell."""
    told: Counter[Cell] = Counter()
    for bridge, day in bridge_days:
        own = state.days.get(bridge, {}).get(day)
        if own is not None:
            told.update(own.trips if of == "trip" else own.cells)
    return told


def passed_on(state: BoardState, bridges: Iterable[str], days: Iterable[int]) -> dict[BridgeDay, int]:
    """By bridge-day the crossings that came to primary, where any did."""
    found = {each: sum(cells_on(state, [each]).values()) for each in product(bridges, days)}
    return {each: number for each, number in found.items() if number}


def times_on(
    state: BoardState, measure: Definition, bridge_days: Iterable[BridgeDay]
) -> Iterator[tuple[BridgeDay, Times]]:
    """The times that a measure is of, on those bridge-days that have any reading."""
    for bridge, day in bridge_days:
        own = state.days.get(bridge, {}).get(day)
        if own is not None and own.blocks:
            yield (bridge, day), state.times(bridge, day)[0 if measure.between == "wait" else 1]


def measured_on(
    state: BoardState, measure: Definition, bridge_days: Iterable[BridgeDay], lane: str | None = None
) -> list[BridgeDay]:
    """Those bridge-days of which a time of any truck is known, in one lane class where that is given."""
    return [
        each
        for each, own in times_on(state, measure, bridge_days)
        if any(minutes and lane in (None, LANES[place]) for place, minutes in own.minutes.items())
    ]


def number_of_times(state: BoardState, measure: Definition, bridge_days: Iterable[BridgeDay]) -> int:
    """How many times of trucks are known on some bridge-days: the `whole` of their figure."""
    return sum(
        sum(minutes.values()) for _, own in times_on(state, measure, bridge_days) for minutes in own.minutes.values()
    )


def figure_of_times(
    state: BoardState, measure: Definition, bridge_days: Iterable[BridgeDay], lane: str | None = None
) -> Measured:
    """The times of some bridge-days as one figure; where none has any, the reason that most of them have."""
    joined: Counter[int] = Counter()
    reasons: Counter[Missing] = Counter()
    read = False
    for _, each in times_on(state, measure, bridge_days):
        read = True
        if each.missing is not None:
            reasons[each.missing] += 1
        for place, minutes in each.minutes.items():
            if lane in (None, LANES[place]):
                joined.update(minutes)
    if not joined:
        return without(measure, reasons.most_common(1)[0][0] if reasons else "no_truck" if read else "no_reads")
    return times(measure, spread_out(joined))
