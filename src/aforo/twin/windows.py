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
WINDOW: Final = 4096
#: Trucks of a block, and what is held of each while it is drawn: key, class, risk, a chance, the predicted part.
_BLOCK: Final = 256
_ROWS: Final = 5
_OPTIONS: Final = len(EXAMINATIONS)
_RESOURCES: Final = len(RESOURCES)
_SERVICES: Final = len(SERVICES)
#: Where `choice.class_of` goes to the next class.
_EDGES: Final = np.array([edge_of(place) for place in range(1, CLASSES)])
#: Columns of fates: instants and orders first, then codes.
_INSTANTS, _CODES = 9, 7
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
        self._chances = np.empty((_ROWS, _BLOCK))
        #: How many came so far.
        self.come = 0
        self.done = False

    def fill(self, trucks: Int64Array, figures: Float64Array) -> tuple[int, int]:
        """Writes the next trucks into rows for `Run.feed_from`; returns how many, and the instant before which no truck
        that is still to come files, is listed or arrives. `done` once there are no more."""
        count = _arriving(self._stream, self.come, self._gaps, self._hourly, self._reached, trucks)
        _filled(self._stream, *self._drawn_from, trucks[:count], figures[:count], self._chances)
        self.come += count
        self.done = count < len(trucks)
        return count, NEVER if self.done else int(trucks[count - 1, ARRIVES]) - self._lead


def fates_by_window(run: Run, demand: Demand, seed: int, size: int = WINDOW) -> Iterator[Fates]:
    """Runs a demand to its end on an empty bridge; the fates of those who left, window by window."""
    windows = Windows(demand, seed)
    while not windows.done:
        yield run.feed_from(windows.fill, size)


def fates_and_figures(
    run: Run, demand: Demand, seed: int, size: int = WINDOW, held: Columns | None = None
) -> tuple[Fates, Float64Array]:
    """Runs a demand to its end on an empty bridge: the fates of all trucks by number, `left` −1 of those who never
    leave, and beside them what was expected of each, float64[n, FIGURES] (`twin.state`). They stand in `held`, where
    that is given, until it is used again."""
    windows = Windows(demand, seed)
    expected = float(demand.hourly.sum())
    held = Columns() if held is None else held
    held.begin(int(expected + 8.0 * np.sqrt(expected)) + size)
    while not windows.done:
        until = run.take(windows.fill, size)
        held.make_room(windows.come)
        run.advance(until)
        held.take(run)
    held.take(run, over=True)
    return held.all()


class Columns:
    """Fates and figures of trucks by number, which are 0, 1, 2 …, each once: a window's are put in their places as they
    come, so that the columns of a year stand in memory once; and of many years that are run one after the other no
    memory is asked for again."""

    def __init__(self) -> None:
        self._count = 0
        self._allocate(0)

    def begin(self, most: int) -> None:
        """Forget what is there, and have room for so many trucks."""
        self._count = 0
        if most > len(self._figures):
            self._allocate(most)

    def make_room(self, trucks: int) -> None:
        """Have room for so many trucks beside what is there."""
        if trucks <= len(self._figures):
            return
        # More than are ever expected.
        before = self._instants, self._codes, self._figures
        own = len(before[2])
        self._allocate(2 * trucks)
        self._instants[:, :own], self._codes[:, :own], self._figures[:own] = before

    def take(self, run: Run, *, over: bool = False) -> None:
        """Take the fates of those who have left since, and of all others where the run is over."""
        self._count += run.told_by_number(self._instants, self._codes, self._figures, over=over)

    def all(self) -> tuple[Fates, Float64Array]:
        """What was put there, by number."""
        columns = (column[: self._count] for column in (*self._instants, *self._codes))
        return Fates(*columns), self._figures[: self._count]

    def _allocate(self, most: int) -> None:
        self._instants = np.empty((_INSTANTS, most), np.int64)
        self._codes = np.empty((_CODES, most), np.int8)
        self._figures = np.empty((most, state.FIGURES))


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
    trucks: Int64Array, figures: Float64Array, chances: Float64Array,
) -> None:  # fmt: skip
    """All else of each truck, as `traffic._fill` draws it: a block of trucks at a time, in each block one purpose after
    the other, so that the table of that purpose stays near. `chances` float64[_ROWS, n] is written over."""
    block = chances.shape[1]
    keys = chances[0].view(np.uint64)
    lanes = chances[1].view(np.int64)
    risky, u, part = chances[2], chances[3], chances[4]
    for start in range(0, len(trucks), block):
        count = min(block, len(trucks) - start)
        own, worths = trucks[start : start + count], figures[start : start + count]
        for i in range(count):
            keys[i] = draws.truck_key(stream, own[i, NUMBER])
        for i in range(count):
            u[i] = draws.chance(keys[i], draws.LANE)
        for i in range(count):
            c = 0  # counted and not sought: where a search ends is hard to foretell
            for k in range(len(by_class) - 1):
                c += u[i] >= by_class[k]
            lanes[i] = c
        for i in range(count):
            u[i] = draws.chance(keys[i], draws.VALUE)
        for i in range(count):
            risky[i] = min(draws.quantile(risks, u[i]), MOST_RISK)
        for s in range(_SERVICES):
            if s != BOOTH and not there[s]:
                for i in range(count):
                    own[i, TIMES + s] = 0
                    if s < _RESOURCES:
                        own[i, PREDICTED + s] = -1
                continue
            for i in range(count):
                u[i] = draws.chance(keys[i], draws.PREDICTION + s)
            if s == BOOTH:
                for i in range(count):
                    part[i] = draws.quantile(booth_known[lanes[i]], u[i])
                    own[i, PREDICTED + s] = 0
            else:
                for i in range(count):
                    part[i] = draws.quantile(known[s], u[i])
                    if s < _RESOURCES:
                        own[i, PREDICTED + s] = int(part[i])
            for i in range(count):
                u[i] = draws.chance(keys[i], draws.SERVICE + s)
            if s == BOOTH:
                for i in range(count):
                    own[i, TIMES + s] = int(part[i] * draws.quantile(booth_rest[lanes[i]], u[i]))
            else:
                for i in range(count):
                    own[i, TIMES + s] = int(part[i] * draws.quantile(rest[s], u[i]))
        for i in range(count):
            u[i] = draws.chance(keys[i], draws.TRUTH)
        for i in range(count):
            c, risk = lanes[i], risky[i]
            threat = -1
            if u[i] >= 1.0 - scheme_share:
                threat = scheme_threat
                risk = min(risk * scheme_looks, MOST_RISK)
            elif u[i] < risk:
                threat = 0
                while threat < len(mix) - 1 and u[i] >= risk * mix[threat]:
                    threat += 1
            for o in range(_OPTIONS):
                worths[i, o] = risk * worth[o]
            worths[i, ALARM] = false_alarm + risk * sees * (1.0 - false_alarm)
            alarms = risk * sees + (1.0 - risk) * false_alarm
            worths[i, RAISED] = both / alarms if alarms > 0.0 else 1.0
            filed = own[i, ARRIVES] - lead[c]
            own[i, FILED_AT] = filed if lead[c] > 0 else NEVER
            own[i, LISTED_AT] = own[i, FILED_AT]
            if draws.chance(keys[i], draws.LEAD) < unlisted:
                own[i, LISTED_AT] = NEVER
            own[i, SHOWS] = 1
            own[i, LANE] = c
            own[i, THREAT] = threat
            own[i, MANDATORY] = -1
            own[i, LOTTERY] = ANY if draws.chance(keys[i], draws.LOTTERY) < drawn_lots else -1
            minutes = own[i, PREDICTED + SCANNER] / MINUTE
            density = max(worths[i, 1], worths[i, 2]) / minutes if minutes > 0.0 else 0.0
            place = 0
            for k in range(len(_EDGES)):
                place += density >= _EDGES[k]
            own[i, VALUE_CLASS] = place
            for column in range(PLACE, TRUCK):
                own[i, column] = 0
            own[i, PLACE] = own[i, BEHIND] = -1
            for column in range(PRIMARY_AT, LEFT + 1):
                own[i, column] = -1


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
        trucks: Int64Array, figures: Float64Array, chances: Float64Array,
    ) -> None:  # fmt: skip
        if sources:
            _fill(
                stream, by_class, risks, mix, worth, sees, both, false_alarm, lead, unlisted, drawn_lots, known, rest,
                booth_known, booth_rest, there, scheme_share, scheme_threat, scheme_looks, trucks, figures,
                chances,
            )  # fmt: skip

    return arriving, filled


_arriving, _filled = _entries(sources_of(choice, draws, state, sys.modules[__name__]))
