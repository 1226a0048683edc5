"""The window of trucks that a run sees: rows in one buffer, those still needed moved down before new ones come in."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numba import njit

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin import state
from aforo.twin.compiled import sources_of
from aforo.twin.network import HOUR, NEVER
from aforo.twin.state import (
    ALARMED,
    ARRIVES,
    BASIS,
    BEHIND,
    BLOCKED_LAST,
    CARRIED,
    EXAM_AT,
    EXAM_END,
    FIGURES,
    FIRST,
    FOUND,
    GONE,
    HEAP_FROM,
    HELD,
    LANE,
    LEFT,
    NEXT_ARRIVAL,
    NUMBER,
    OLD_ARRIVAL,
    OPTION,
    ORDERS,
    PENDING,
    PHASE,
    PRIMARY_AT,
    PRIMARY_END,
    SCAN_END,
    THREAT,
    TOLD,
    TRUCK,
    UNITS,
    Floor,
)
from aforo.twin.trucks import Codes

#: In TOLD: the truck's fate has been told.
FATE_TOLD = 2
#: Runs into which rows are dealt to be put in order.
_RUNS = 4


@njit(nogil=True)
def _carried(b: Floor, figures: Float64Array, now: int) -> int:
    """Moves the rows that are still needed to the front, in their order; returns how many they are.

    Needed are trucks that are not gone or whose fate has not been told, and the arrivals of the last hour. What points
    at rows is made to point at where they are now.
    """
    trucks, clock, stations = b.trucks, b.clock, b.stations
    n = len(trucks)
    moved = np.full(n + 1, -1, np.int64)  # the last for what points at no row
    old, arrival = -1, -1
    kept = 0
    for i in range(n):
        if i == clock[OLD_ARRIVAL]:
            old = kept
        if i == clock[NEXT_ARRIVAL]:
            arrival = kept
        if trucks[i, PHASE] == GONE and trucks[i, TOLD] == FATE_TOLD and trucks[i, ARRIVES] <= now - HOUR:
            continue
        moved[i] = kept
        if kept != i:
            for column in range(TRUCK):
                trucks[kept, column] = trucks[i, column]
            for column in range(FIGURES):
                figures[kept, column] = figures[i, column]
        kept += 1
    clock[OLD_ARRIVAL] = old if old >= 0 else kept
    clock[NEXT_ARRIVAL] = arrival if arrival >= 0 else kept
    for i in range(kept):
        trucks[i, BEHIND] = moved[trucks[i, BEHIND]]
    for s in range(len(stations) - 1):
        for column in range(FIRST, BLOCKED_LAST + 1):
            stations[s, column] = moved[stations[s, column]]
        for u in range(stations[s, UNITS], stations[s, UNITS] + stations[s, HELD]):
            clock[u] = moved[clock[u]]
    first = clock[HEAP_FROM]
    if clock[first] != NEVER:
        clock[first + 2] = moved[clock[first + 2]]
    for place in range(clock[PENDING]):
        row = first + 3 * place + 5
        clock[row] = moved[clock[row]]
    return kept


@njit(nogil=True)
def _put_in_order(trucks: Int64Array, column: int, done: int, order: int) -> int:
    """Writes into a column of the window the rows whose instant in `column` comes and that are not `done`, in the order
    of those instants, then of the rows; returns how many.

    Instants follow the order of arrival but for their leads, and most leads are those of the lane classes: so the rows
    are dealt into a few runs that rise, those that fit in none are put into the last one, and the runs are merged.
    """
    n = len(trucks)
    instants, rows = np.empty((_RUNS, n), np.int64), np.empty((_RUNS, n), np.int64)
    lengths, heads = np.zeros(_RUNS, np.int64), np.zeros(_RUNS, np.int64)
    count = 0
    for i in range(n):
        at = trucks[i, column]
        if trucks[i, done] or at >= NEVER:
            continue
        run = 0
        while run < _RUNS - 1 and lengths[run] > 0 and instants[run, lengths[run] - 1] > at:
            run += 1
        place = lengths[run]
        while place > 0 and instants[run, place - 1] > at:
            instants[run, place] = instants[run, place - 1]
            rows[run, place] = rows[run, place - 1]
            place -= 1
        instants[run, place] = at
        rows[run, place] = i
        lengths[run] += 1
        count += 1
    for place in range(count):
        best = -1
        for run in range(_RUNS):
            head = heads[run]
            if head >= lengths[run]:
                continue
            if (
                best < 0
                or instants[run, head] < instants[best, heads[best]]
                or (instants[run, head] == instants[best, heads[best]] and rows[run, head] < rows[best, heads[best]])
            ):
                best = run
        trucks[place, order] = rows[best, heads[best]]
        heads[best] += 1
    return count


@njit(nogil=True)
def _write(trucks: Int64Array, i: int, instants: Int64Array, codes: Codes, k: int) -> None:
    """The fate of the truck of row i, at place k, in the order of `Fates`."""
    instants[0, k], instants[1, k] = trucks[i, NUMBER], trucks[i, ARRIVES]
    instants[2, k], instants[3, k] = trucks[i, PRIMARY_AT], trucks[i, PRIMARY_END]
    instants[4, k], instants[5, k], instants[6, k] = trucks[i, EXAM_AT], trucks[i, EXAM_END], trucks[i, SCAN_END]
    instants[7, k], instants[8, k] = trucks[i, LEFT], trucks[i, ORDERS]
    codes[0, k], codes[1, k] = trucks[i, LANE], trucks[i, THREAT]
    codes[2, k], codes[3, k], codes[4, k] = trucks[i, OPTION], trucks[i, BASIS], trucks[i, CARRIED]
    codes[5, k], codes[6, k] = trucks[i, ALARMED], trucks[i, FOUND]


@njit(nogil=True)
def _told(trucks: Int64Array) -> tuple[Int64Array, Codes, Int64Array]:
    """The fates of those who are gone and were not told of: int64[9, m] and int8[7, m], in the order of `Fates`, and
    their rows int64[m]."""
    count = 0
    for i in range(len(trucks)):
        if trucks[i, PHASE] == GONE and trucks[i, TOLD] != FATE_TOLD:
            count += 1
    instants, codes = np.empty((9, count), np.int64), np.empty((7, count), np.int8)
    rows = np.empty(count, np.int64)
    k = 0
    for i in range(len(trucks)):
        if trucks[i, PHASE] != GONE or trucks[i, TOLD] == FATE_TOLD:
            continue
        trucks[i, TOLD] = FATE_TOLD
        rows[k] = i
        _write(trucks, i, instants, codes, k)
        k += 1
    return instants, codes, rows


@njit(nogil=True)
def _told_by_number(
    trucks: Int64Array, figures: Float64Array, over: bool, instants: Int64Array, codes: Codes, held: Float64Array
) -> int:
    """`_told` into columns in which each truck has the place of its number, and its figures beside; how many there
    were. Where the run is over, of those who are still there too."""
    count = 0
    for i in range(len(trucks)):
        if trucks[i, PHASE] == GONE:
            if trucks[i, TOLD] == FATE_TOLD:
                continue
            trucks[i, TOLD] = FATE_TOLD
        elif not over:
            continue
        number = trucks[i, NUMBER]
        _write(trucks, i, instants, codes, number)
        for column in range(FIGURES):
            held[number, column] = figures[i, column]
        count += 1
    return count


def _entries(
    sources: int,
) -> tuple[
    Callable[[Floor, Float64Array, int], int],
    Callable[[Int64Array, int, int, int], int],
    Callable[[Int64Array], tuple[Int64Array, Codes, Int64Array]],
    Callable[[Int64Array, Float64Array, bool, Int64Array, Codes, Float64Array], int],
]:
    """The ways in, which are compiled again when a column of the window has another place."""

    @njit(cache=True, nogil=True)
    def carried(b: Floor, figures: Float64Array, now: int) -> int:
        return _carried(b, figures, now) if sources else 0

    @njit(cache=True, nogil=True)
    def put_in_order(trucks: Int64Array, column: int, done: int, order: int) -> int:
        return _put_in_order(trucks, column, done, order) if sources else 0

    @njit(cache=True, nogil=True)
    def told(trucks: Int64Array) -> tuple[Int64Array, Codes, Int64Array]:
        return _told(trucks if sources else trucks[:0])

    @njit(cache=True, nogil=True)
    def told_by_number(
        trucks: Int64Array, figures: Float64Array, over: bool, instants: Int64Array, codes: Codes, held: Float64Array
    ) -> int:
        return _told_by_number(trucks, figures, over, instants, codes, held) if sources else 0

    return carried, put_in_order, told, told_by_number


carried, put_in_order, told, told_by_number = _entries(sources_of(state, sys.modules[__name__]))
