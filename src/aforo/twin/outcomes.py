"""What a run says: the figures of one bridge, or of several together, from the fates of their trucks.

Definitions are those of `measures`. A truck that has not come so far when the run's last hours are over has no time
and is counted as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.measures.capacity import use
from aforo.measures.crossing_times import Times, spread_of, times_of
from aforo.routing.choice import (
    FILED,
    IN_YARD,
    PRIMARY,
    RESOURCES,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNED,
    SECONDARY,
)
from aforo.twin.network import DAY, MINUTE, NEVER, Network
from aforo.twin.rosters import AFTER
from aforo.twin.run import StationTimes
from aforo.twin.trucks import BY_HAND, SCANS, Fates, Trucks, decided_at

#: The figures in the order in which they are shown; keys of the catalogue, `figure_…`.
FIGURES: Final = (
    "trucks",
    "lost",
    "wait_mean",
    "wait_open",
    "wait_p50",
    "wait_p95",
    "buffer_index",
    "crossing_mean",
    "crossing_p95",
    "truck_hours",
    "scan_share",
    "exam_share",
    "hidden",
    "found",
    "found_share",
    "prevented",
    "net",
    "scanner_use",
    "missing",
)
#: Trucks that hid each threat and those of them that were found, by threat; they are shown in a table of their own.
BY_THREAT: Final = tuple(f"{what}_{threat}" for threat in THREATS for what in ("hidden", "found"))
#: Those that sum over bridges; others are computed from all trucks together.
SUMMED: Final = frozenset(
    {"trucks", "lost", "truck_hours", "hidden", "found", "prevented", "net", "missing", *BY_THREAT}
)


@dataclass(frozen=True)
class Outcome:
    """One bridge under one seed: figures by name, waits by local hour of arrival, trucks by day, and the times of all
    trucks; `open_total`: minutes that those who came to primary waited while a booth was up."""

    figures: dict[str, float]
    by_hour: Float64Array
    by_day: Float64Array
    waits: Times
    open_total: float
    crossings: Times


def outcome(
    network: Network, fates: Fates, worth: Float64Array, stations: StationTimes, days: int, lost: float
) -> Outcome:
    """The figures of a run; minutes, truck-minutes (`prevented`, `net`), truck-hours (`truck_hours`) and shares.

    `worth` float64[m] as of `worth_of`, by fate. `net` is what the examinations carried out were expected to prevent,
    less the minutes that examined trucks waited for them and were examined. `wait_open` is the mean wait less the time
    at which no booth was up: a gate that closes keeps whoever stands in the queue until it opens. A truck that never
    comes through counts in `truck_hours` with its time until the run ends: a lower bound.
    """
    wait, crossing = waited(fates), crossed(fates)
    wait_open = wait - shut_minutes(network, fates.arrives, fates.primary)
    carried = fates.carried > 0
    scanned = (fates.carried & SCANS) > 0
    by_hand = (fates.carried & BY_HAND) > 0
    hidden = fates.threat >= 0
    found = hidden & (fates.found > 0)
    prevented = float(worth.sum())
    examined = carried & (fates.exam_end >= 0)
    since = np.where(fates.primary_end >= 0, np.minimum(fates.primary_end, fates.exam), fates.exam)
    taken = float(((fates.exam_end - since)[examined] / MINUTE).sum())
    own_waits, own_crossings = times_of(wait), times_of(crossing)
    waits, crossings = spread_of([own_waits]), spread_of([own_crossings])
    hour = (fates.arrives // (60 * MINUTE)) % 24
    known = ~np.isnan(wait)
    open_total = float(wait_open[known].sum())
    sums = np.bincount(hour[known], wait[known], 24)
    numbers = np.bincount(hour[known], minlength=24)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_hour = np.where(numbers > 0, sums / numbers, np.nan)
    scanner = np.flatnonzero(network.resource == RESOURCES.index("scanner"))
    used = use(*(float(times[scanner].sum()) for times in (stations.up, stations.busy, stations.blocked)))
    n = max(len(fates), 1)
    figures = {
        "trucks": float(len(fates)),
        "lost": lost,
        "wait_mean": _number(waits.mean),
        "wait_open": _mean(open_total, waits.known),
        "wait_p50": _number(waits.median),
        "wait_p95": _number(waits.p95),
        "buffer_index": _number(waits.buffer_index),
        "crossing_mean": _number(crossings.mean),
        "crossing_p95": _number(crossings.p95),
        "truck_hours": float(at_least(crossing, fates, days).sum()) / 60.0,
        "scan_share": float(scanned.sum()) / n,
        "exam_share": float(by_hand.sum()) / n,
        "hidden": float(hidden.sum()),
        "found": float(found.sum()),
        "found_share": float(found.sum()) / float(hidden.sum()) if hidden.any() else float("nan"),
        "prevented": prevented,
        "net": prevented - taken,
        "scanner_use": _number(used.utilisation),
        "missing": float(waits.missing),
    }
    for code, threat in enumerate(THREATS):
        hides = fates.threat == code
        figures |= {f"hidden_{threat}": float(hides.sum()), f"found_{threat}": float((hides & found).sum())}
    by_day = np.bincount(fates.arrives // DAY, minlength=days)[:days].astype(np.float64)
    return Outcome(figures, by_hour, by_day, own_waits, open_total, own_crossings)


def waited(fates: Fates) -> Float64Array:
    """float64[n]: minutes from the end of the queue to primary; NaN where a truck has not come so far."""
    return _minutes(fates.primary, fates.arrives)


def crossed(fates: Fates) -> Float64Array:
    """float64[n]: minutes from the end of the queue to the exit; NaN where a truck has not come so far."""
    return _minutes(fates.left, fates.arrives)


def prevented_by(trucks: Trucks, fates: Fates) -> Float64Array:
    """`worth_of` the fates of these trucks, float64[m] by fate."""
    row = np.searchsorted(trucks.number, fates.number)
    return worth_of(trucks.prevented[row], trucks.alarm[row], trucks.raised[row], fates)


def worth_of(prevented: Float64Array, alarm: Float64Array, raised: Float64Array, fates: Fates) -> Float64Array:
    """float64[m]: truck-minutes that the examinations carried out were expected to prevent, by fate.

    `prevented` float64[m, options], `alarm` and `raised` float64[m] as in `Trucks`, by fate. A scanned truck counts
    what its order, a scan or "scan, then decide", was expected to prevent before the scan. After an alarm an order to
    decide that was not followed by an examination by hand loses what that would have prevented, and keeps what the scan
    finds by itself; a scan alone that was followed by one, the other way round. So luck with alarms counts for nothing
    in the mean.
    """
    worth = np.zeros(len(fates))
    # Most trucks are not examined, and are worth nothing.
    examined = np.flatnonzero(fates.carried > 0)
    carried = fates.carried[examined]
    scanned, by_hand = (carried & SCANS) > 0, (carried & BY_HAND) > 0
    option = fates.option[examined].astype(np.int64)
    option[scanned] = scan_ordered(fates.orders[examined[scanned]], option[scanned])
    worth[examined] = prevented[examined, option]
    let_go = scanned & ~by_hand & (option == SCAN_THEN_DECIDE) & (fates.alarm[examined] > 0)
    opened = scanned & by_hand & (option == SCAN)
    other = let_go | opened
    rows = examined[other]
    alone = prevented[rows, SCAN] / np.maximum(alarm[rows], 1e-12)
    moved = alone - raised[rows] * prevented[rows, SECONDARY]
    worth[rows] += np.where(opened[other], -moved, moved)
    return worth


def scan_ordered(orders: Int64Array, option: Int64Array) -> Int64Array:
    """Of trucks that were scanned, by their orders and the option last ordered, the order that sent them to be: the
    last before an alarm, int64[m]."""
    asked = decided_at(orders, SCANNED)[0] >= 0
    for stage in (FILED, IN_YARD, PRIMARY):
        told = decided_at(orders, stage)[0]
        option = np.where(asked & np.isin(told, (SCAN, SCAN_THEN_DECIDE)), told, option)
    return option


def together(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The figures of several bridges as of one; a truck counts the same wherever it crosses."""
    if len(outcomes) == 1:
        return dict(outcomes[0].figures)
    total = {name: sum(each.figures[name] for each in outcomes) for name in SUMMED}
    waits = spread_of([each.waits for each in outcomes])
    crossings = spread_of([each.crossings for each in outcomes])
    trucks = np.array([each.figures["trucks"] for each in outcomes])

    def weighed(name: str) -> float:
        held = np.array([each.figures[name] for each in outcomes])
        known = ~np.isnan(held) & (trucks > 0)
        return float(np.average(held[known], weights=trucks[known])) if known.any() else float("nan")

    total |= {
        "wait_mean": _number(waits.mean),
        "wait_open": _mean(sum(each.open_total for each in outcomes), waits.known),
        "wait_p50": _number(waits.median),
        "wait_p95": _number(waits.p95),
        "buffer_index": _number(waits.buffer_index),
        "crossing_mean": _number(crossings.mean),
        "crossing_p95": _number(crossings.p95),
        "scan_share": weighed("scan_share"),
        "exam_share": weighed("exam_share"),
        "found_share": total["found"] / total["hidden"] if total["hidden"] else float("nan"),
        "scanner_use": weighed("scanner_use"),
    }
    return {name: total[name] for name in (*FIGURES, *BY_THREAT)}


def shut_minutes(network: Network, since: Int64Array, until: Int64Array) -> Float64Array:
    """float64[n]: minutes between two instants (µs of the run) at which no booth of the bridge was up; NaN where the
    second was not reached."""
    booth = network.resource == RESOURCES.index("booth")
    up = np.where(booth, network.servers, 0)
    edges, shut = [0], [not up.any()]
    for at, station, servers in zip(network.change_at, network.change_station, network.change_servers, strict=True):
        if booth[station]:
            up[station] = servers
            edges.append(int(at))
            shut.append(not up.any())
    at, closed = np.array(edges, dtype=np.int64), np.array(shut)
    passed = np.concatenate(([0], np.cumsum(np.diff(at) * closed[:-1])))

    def before(instants: Int64Array, held: Int64Array) -> Int64Array:
        total: Int64Array = passed[held] + np.where(closed[held], instants - at[held], 0)
        return total

    minutes: Float64Array = np.where(until >= 0, 0.0, np.nan)
    # Most trucks come to a booth before the next roster begins: only of the others is it looked up where the wait ends.
    first = np.searchsorted(at, since, side="right") - 1
    others = np.flatnonzero((until >= 0) & (closed[first] | (until > np.append(at[1:], NEVER)[first])))
    begun, reached = since[others], np.maximum(until[others], since[others])
    last = np.searchsorted(at, reached, side="right") - 1
    minutes[others] = (before(reached, last) - before(begun, first[others])) / MINUTE
    return minutes


def at_least(minutes: Float64Array, fates: Fates, days: int) -> Float64Array:
    """float64[n]: minutes since arrival; where a truck did not come so far (NaN) those until the run ends, the
    least that they can be."""
    left = np.maximum((days + AFTER) * DAY - fates.arrives, 0) / MINUTE
    told: Float64Array = np.where(np.isnan(minutes), left, minutes)
    return told


def _minutes(until: Int64Array, since: Int64Array) -> Float64Array:
    """Minutes between two instants; NaN where the second was not reached."""
    minutes: Float64Array = np.where(until >= 0, (until - since) / MINUTE, np.nan)
    return minutes


def _mean(total: float, known: int) -> float:
    """The mean of the times that are known; NaN where none is."""
    return total / known if known else float("nan")


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
