"""A run of one bridge: trucks go in by windows, their fates come out, and the state stands between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.kernel import FULL, REACHED, advanced, level, resumed
from aforo.twin.network import NEVER, Network
from aforo.twin.policy import Policy
from aforo.twin.state import (
    ARRIVES,
    BLOCKED_TIME,
    BUSY_TIME,
    BY_FILING,
    BY_LISTING,
    FIGURES,
    FILED_AT,
    FILED_OPTIONS,
    FILINGS,
    GONE,
    LISTED_AT,
    LISTINGS,
    NEXT_FILING,
    NEXT_LISTING,
    NOW,
    ON_LIST,
    PHASE,
    RECORDED,
    SEES_LIST,
    SERVICES_ENDED,
    TOLD,
    TRACE_FROM,
    TRACED,
    TRUCK,
    UP,
    UP_SINCE,
    UP_TIME,
    bridge_of,
    fates_of,
    packed,
)
from aforo.twin.trucks import Codes, Fates, Trucks
from aforo.twin.window import carried, put_in_order, told, told_by_number

Receiver = Callable[[Int64Array], None]
#: Writes trucks into rows of `Floor.trucks` and `Bridge.figures`; says how many, and before which instant all are in.
Fill = Callable[[Int64Array, Float64Array], tuple[int, int]]
DecisionReceiver = Callable[[Float64Array], None]
_TRACE_ROWS: Final = 1 << 16
_RECORD_ROWS: Final = 1 << 12


@dataclass(frozen=True)
class StationTimes:
    """What the stations did until an instant, int64[S] each: units up, in service and blocked in µs; services ended."""

    up: Int64Array
    busy: Int64Array
    blocked: Int64Array
    served: Int64Array


class Run:
    """One bridge under one policy: trucks are fed in windows, in the order of arrival, and their fates come back.

    `trace` receives the moves, int64[m, 4]: (instant, what, station, number); `records` the decisions of the policy,
    float64[m, RECORD] (`twin.recording`). Both are arrays that are written again afterwards: copy what is to be kept.
    """

    def __init__(
        self,
        network: Network,
        policy: Policy,
        *,
        seed: int = 0,
        port: int = 0,
        trace: Receiver | None = None,
        records: DecisionReceiver | None = None,
    ) -> None:
        self.network = network
        rows = max(_TRACE_ROWS, 16 * int(network.servers.sum() + network.change_servers.sum() + len(network)))
        self.bridge = bridge_of(network, policy, seed, port, rows if trace else 0, _RECORD_ROWS if records else 0)
        self._trace, self._records = trace, records
        self._until = 0
        self._trucks, self._figures = np.empty((0, TRUCK), np.int64), np.empty((0, FIGURES))

    def feed(self, trucks: Trucks, until: int) -> Fates:
        """Takes more trucks and works through all events before `until`; returns those who left or were given up.

        All trucks that file, are listed or arrive before `until` must have been fed.
        """
        return self.feed_packed(*packed(trucks), until)

    def feed_packed(self, trucks: Int64Array, figures: Float64Array, until: int) -> Fates:
        """`feed` for trucks that are in the kernel's own columns (`state.packed`)."""

        return self.feed_from(_copied(trucks, figures, until), len(trucks))

    def take_trucks(self, trucks: Trucks) -> None:
        """Takes more trucks, and works through nothing."""
        self.take(_copied(*packed(trucks), NEVER), len(trucks))

    def feed_from(self, fill: Fill, most: int) -> Fates:
        """`feed` for at most so many trucks, which `fill` writes into the rows that it is given."""
        self.advance(self.take(fill, most))
        return self.told()

    def take(self, fill: Fill, most: int) -> int:
        """Takes trucks as `feed_from` does, and returns the instant before which all have been taken."""
        floor, clock = self.bridge.floor, self.bridge.floor.clock
        kept = 0
        if len(floor.trucks):
            now = max(int(clock[NOW]), min(self._until, int(floor.trucks[-1, ARRIVES])))
            clock[NOW] = now
            level(self.bridge)
            kept = carried(floor, self.bridge.figures, now)
        if kept + most > len(self._trucks):
            room = 2 * (kept + most) if kept else most
            trucks, figures = np.empty((room, TRUCK), np.int64), np.empty((room, FIGURES))
            trucks[:kept], figures[:kept] = self._trucks[:kept], self._figures[:kept]
            self._trucks, self._figures = trucks, figures
        count, until = fill(self._trucks[kept : kept + most], self._figures[kept : kept + most])
        rows = self._trucks[: kept + count]
        clock[NEXT_FILING] = clock[NEXT_LISTING] = clock[FILINGS] = clock[LISTINGS] = 0
        if clock[FILED_OPTIONS]:
            clock[FILINGS] = put_in_order(rows, FILED_AT, TOLD, BY_FILING)
        if clock[SEES_LIST]:
            clock[LISTINGS] = put_in_order(rows, LISTED_AT, ON_LIST, BY_LISTING)
        self.bridge = self.bridge._replace(floor=floor._replace(trucks=rows), figures=self._figures[: kept + count])
        return until

    def told(self) -> Fates:
        """The fates of those who have left, or were given up, since they were last told."""
        instants, codes, _ = told(self.bridge.floor.trucks)
        return Fates(*instants, *codes)

    def told_by_number(self, instants: Int64Array, codes: Codes, figures: Float64Array, *, over: bool = False) -> int:
        """`told` into columns in which each truck has the place of its number: int64[9, n] and int8[7, n] in the order
        of `Fates`, and what was expected of it, float64[n, FIGURES] (`twin.state`); how many there were. Once the run
        is `over`, of those who are still there, expected or stuck, too."""
        return int(told_by_number(self.bridge.floor.trucks, self.bridge.figures, over, instants, codes, figures))

    def finish(self) -> Fates:
        """Works through all that is left, and returns the fates of the last; a truck that is stuck has not left."""
        return self.feed_from(lambda _rows, _numbers: (0, NEVER), 0)

    def advance(self, until: int, most: int = NEVER) -> int:
        """Works through the events before `until`; returns why it stopped: REACHED, ASKS or ENOUGH."""
        while True:
            reason = int(advanced(self.bridge, until, most))
            self.write_out()
            if reason == REACHED:
                self._until = until
            if reason != FULL:
                return reason

    def write_out(self) -> None:
        """Hands on what has been traced and recorded so far."""
        clock = self.bridge.floor.clock
        if self._trace and clock[TRACED]:
            start = clock[TRACE_FROM]
            self._trace(clock[start : start + 4 * clock[TRACED]].reshape(-1, 4))
            clock[TRACED] = 0
        if self._records and clock[RECORDED]:
            self._records(self.bridge.records[: clock[RECORDED]])
            clock[RECORDED] = 0

    def answer(self, option: int, basis: int) -> None:
        """Answers the decision for which `advance` stopped (ASKS), in a run whose policy is OUTSIDE."""
        resumed(self.bridge, option, basis)

    def remaining(self) -> Fates:
        """Those who are still there, expected or stuck."""
        trucks = self.bridge.floor.trucks
        return fates_of(trucks[trucks[:, PHASE] != GONE])

    def stations(self, until: int) -> StationTimes:
        """What the stations did until an instant that is not before the last event."""
        stations = self.bridge.floor.stations[:-1]
        return StationTimes(
            up=stations[:, UP_TIME] + stations[:, UP] * (until - stations[:, UP_SINCE]),
            busy=stations[:, BUSY_TIME].copy(),
            blocked=stations[:, BLOCKED_TIME].copy(),
            served=stations[:, SERVICES_ENDED].copy(),
        )


def _copied(trucks: Int64Array, figures: Float64Array, until: int) -> Fill:
    def fill(rows: Int64Array, numbers: Float64Array) -> tuple[int, int]:
        rows[:], numbers[:] = trucks, figures
        return len(rows), until

    return fill


def run(
    network: Network,
    trucks: Trucks,
    policy: Policy,
    *,
    seed: int = 0,
    port: int = 0,
    trace: Receiver | None = None,
    records: DecisionReceiver | None = None,
    until: int = NEVER,
) -> tuple[Fates, Run]:
    """Runs all trucks to their end, or to `until`: the fates of all, by number, and the run for its stations' times.

    Trucks that never leave (stuck where no unit comes back, or expected for ever) have `left` −1. Raises TrucksError.
    """
    trucks.check()
    whole = Run(network, policy, seed=seed, port=port, trace=trace, records=records)
    gone = whole.feed(trucks, until)
    there = whole.remaining()
    order = np.argsort(np.concatenate((gone.number, there.number)), kind="stable")
    columns = (np.concatenate((getattr(gone, c.name), getattr(there, c.name)))[order] for c in fields(Fates))
    return Fates(*columns), whole
