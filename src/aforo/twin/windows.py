"""The trucks of a demand in windows, straight in the kernel's columns: a year of the border in little memory.

The same trucks as `traffic.trucks_of` makes, to the last bit, since every chance is a truck's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing import choice
from aforo.routing.choice import BOOTH, CLASSES, RESOURCES, SCANNER, edge_of
from aforo.twin import draws, state
from aforo.twin.compiled import entry, inlined, sources_of
from aforo.twin.network import HOUR, MINUTE, NEVER, SERVICES
from aforo.twin.run import Run
from aforo.twin.state import (
    ALARM,
    ARRIVES,
    BEHIND,
    FILED_AT,
    LANE,
    LEFT,
    LISTED_AT,
    LOTTERY,
    MANDATORY,
    NUMBER,
    PLACE,
    PREDICTED,
    PRIMARY_AT,
    RAISED,
    SHOWS,
    THREAT,
    TIMES,
    TRUCK,
    VALUE_CLASS,
)
from aforo.twin.traffic import LEADS, MOST_RISK, Demand, checked_hourly, figures_of
from aforo.twin.trucks import ANY, Fates

#: Trucks of a window: enough that its fixed cost is small, few enough to lie in the processor's cache.
WINDOW: Final = 2048
_OPTIONS: Final = len(EXAMINATIONS)
_RESOURCES: Final = len(RESOURCES)
_SERVICES: Final = len(SERVICES)
#: Where `choice.class_of` goes to the next class.
_EDGES: Final = np.array([edge_of(place) for place in range(1, CLASSES)])
_Arriving = Callable[[np.uint64, int, Float64Array, Float64Array, Float64Array, Int64Array], int]


class Windows:
    """The trucks of a demand, a window at a time. TrafficError for figures that cannot be."""

    def __init__(self, demand: Demand, seed: int) -> None:
        self._drawn_from = figures_of(demand)
        self._hourly = np.ascontiguousarray(demand.hourly, dtype=np.float64)
        checked_hourly(self._hourly)
        self._lead = int(self._drawn_from[LEADS].max())
        self._stream = np.uint64(draws.stream_of(seed, demand.stream))
        self._gaps = draws.exponential_table()
        self._reached = np.zeros(3)
        self._first = 0
        self.done = False

    def fill(self, trucks: Int64Array, figures: Float64Array) -> tuple[int, int]:
        """Writes the next trucks into rows for `Run.feed_from`; returns how many, and the instant before which no truck
        that is still to come files, is listed or arrives. `done` once there are no more."""
        count = _arriving(self._stream, self._first, self._gaps, self._hourly, self._reached, trucks)
        _filled(self._stream, *self._drawn_from, trucks[:count], figures[:count])
        self._first += count
        self.done = count < len(trucks)
        return count, NEVER if self.done else int(trucks[count - 1, ARRIVES]) - self._lead


def fates_by_window(run: Run, demand: Demand, seed: int, size: int = WINDOW) -> Iterator[Fates]:
    """Runs a demand to its end on an empty bridge; the fates of those who left, window by window."""
    windows = Windows(demand, seed)
    while not windows.done:
        yield run.feed_from(windows.fill, size)


@inlined
def _come(
    stream: np.uint64, first: int, gaps: Float64Array, hourly: Float64Array, reached: Float64Array, trucks: Int64Array
) -> int:
    """Numbers and arrivals of the next trucks; how many came before the run is over. `reached` is kept between calls:
    the hour, the expectation before it, and the sum of gaps."""
    hour = int(reached[0])
    before, total = reached[1], reached[2]
    count = 0
    for i in range(len(trucks)):
        total += draws.quantile(gaps, draws.chance(draws.truck_key(stream, first + i), draws.GAP))
        while hour < len(hourly) and before + hourly[hour] <= total:
            before += hourly[hour]
            hour += 1
        if hour >= len(hourly):
            break
        trucks[i, NUMBER] = first + i
        trucks[i, ARRIVES] = hour * HOUR + int((total - before) / hourly[hour] * HOUR)
        count += 1
    reached[0], reached[1], reached[2] = hour, before, total
    return count


@inlined
def _fill(
    stream: np.uint64, by_class: Float64Array, risks: Float64Array, mix: Float64Array,
    worth: Float64Array, sees: float, both: float, false_alarm: float, lead: Int64Array, unlisted: float,
    drawn_lots: float,
    known: Float64Array, rest: Float64Array, booth_known: Float64Array, booth_rest: Float64Array,
    there: npt.NDArray[np.bool_], scheme_share: float, scheme_threat: int, scheme_looks: float,
    trucks: Int64Array, figures: Float64Array,
) -> None:  # fmt: skip
    """All else of each truck, as `traffic._fill` draws it."""
    for i in range(len(trucks)):
        key = draws.truck_key(stream, trucks[i, NUMBER])
        u = draws.chance(key, draws.LANE)
        c = 0  # counted and not sought: where a search ends is hard to foretell
        for k in range(len(by_class) - 1):
            c += u >= by_class[k]
        risk = min(draws.quantile(risks, draws.chance(key, draws.VALUE)), MOST_RISK)
        u = draws.chance(key, draws.TRUTH)
        threat = -1
        if u >= 1.0 - scheme_share:
            threat = scheme_threat
            risk = min(risk * scheme_looks, MOST_RISK)
        elif u < risk:
            threat = 0
            while threat < len(mix) - 1 and u >= risk * mix[threat]:
                threat += 1
        for o in range(_OPTIONS):
            figures[i, o] = risk * worth[o]
        figures[i, ALARM] = false_alarm + risk * sees * (1.0 - false_alarm)
        alarms = risk * sees + (1.0 - risk) * false_alarm
        figures[i, RAISED] = both / alarms if alarms > 0.0 else 1.0
        for s in range(_SERVICES):
            if s == BOOTH:
                part = draws.quantile(booth_known[c], draws.chance(key, draws.PREDICTION + s))
                other = draws.quantile(booth_rest[c], draws.chance(key, draws.SERVICE + s))
                trucks[i, TIMES + s] = int(part * other)
                trucks[i, PREDICTED + s] = 0
            elif there[s]:
                part = draws.quantile(known[s], draws.chance(key, draws.PREDICTION + s))
                trucks[i, TIMES + s] = int(part * draws.quantile(rest[s], draws.chance(key, draws.SERVICE + s)))
                if s < _RESOURCES:
                    trucks[i, PREDICTED + s] = int(part)
            else:
                trucks[i, TIMES + s] = 0
                if s < _RESOURCES:
                    trucks[i, PREDICTED + s] = -1
        filed = trucks[i, ARRIVES] - lead[c]
        trucks[i, FILED_AT] = filed if lead[c] > 0 else NEVER
        trucks[i, LISTED_AT] = trucks[i, FILED_AT]
        if draws.chance(key, draws.LEAD) < unlisted:
            trucks[i, LISTED_AT] = NEVER
        trucks[i, SHOWS] = 1
        trucks[i, LANE] = c
        trucks[i, THREAT] = threat
        trucks[i, MANDATORY] = -1
        trucks[i, LOTTERY] = ANY if draws.chance(key, draws.LOTTERY) < drawn_lots else -1
        minutes = trucks[i, PREDICTED + SCANNER] / MINUTE
        density = max(figures[i, 1], figures[i, 2]) / minutes if minutes > 0.0 else 0.0
        place = 0
        for k in range(len(_EDGES)):
            place += density >= _EDGES[k]
        trucks[i, VALUE_CLASS] = place
        for column in range(PLACE, TRUCK):
            trucks[i, column] = 0
        trucks[i, PLACE] = trucks[i, BEHIND] = -1
        for column in range(PRIMARY_AT, LEFT + 1):
            trucks[i, column] = -1


def _entries(sources: int) -> tuple[_Arriving, Callable[..., None]]:
    """The ways in, which are compiled again when anything that they call has changed."""

    @entry
    def arriving(
        stream: np.uint64, first: int, gaps: Float64Array, hourly: Float64Array, reached: Float64Array,
        trucks: Int64Array,
    ) -> int:  # fmt: skip
        return _come(stream, first, gaps, hourly, reached, trucks) if sources else 0

    @entry
    def filled(
        stream: np.uint64, by_class: Float64Array, risks: Float64Array, mix: Float64Array,
        worth: Float64Array, sees: float, both: float, false_alarm: float, lead: Int64Array, unlisted: float,
    drawn_lots: float,
        known: Float64Array, rest: Float64Array, booth_known: Float64Array, booth_rest: Float64Array,
        there: npt.NDArray[np.bool_], scheme_share: float, scheme_threat: int, scheme_looks: float,
        trucks: Int64Array, figures: Float64Array,
    ) -> None:  # fmt: skip
        if sources:
            _fill(
                stream, by_class, risks, mix, worth, sees, both, false_alarm, lead, unlisted, drawn_lots, known, rest,
                booth_known, booth_rest, there, scheme_share, scheme_threat, scheme_looks, trucks, figures,
            )  # fmt: skip

    return arriving, filled


_arriving, _filled = _entries(sources_of(choice, draws, state, sys.modules[__name__]))
