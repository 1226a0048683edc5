"""What a run says: the figures of one bridge, or of several together, from the fates of their trucks.

Definitions are those of `measures`. A truck that has not come so far when the run's last hours are over has no time
and is counted as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.measures.capacity import use
from aforo.measures.crossing_times import spread
from aforo.routing.choice import RESOURCES, SCAN, SCAN_THEN_DECIDE, SECONDARY
from aforo.twin.network import DAY, MINUTE, Network
from aforo.twin.run import StationTimes
from aforo.twin.trucks import Fates, Trucks

#: The figures in the order in which they are shown; keys of the catalogue, `figure_…`.
FIGURES: Final = (
    "trucks",
    "lost",
    "wait_mean",
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
#: Those that sum over bridges; others are computed from all trucks together.
SUMMED: Final = frozenset({"trucks", "lost", "truck_hours", "hidden", "found", "prevented", "net", "missing"})


@dataclass(frozen=True)
class Outcome:
    """One bridge under one seed: figures by name, waits by local hour of arrival, trucks by day, and the columns."""

    figures: dict[str, float]
    by_hour: Float64Array
    by_day: Float64Array
    wait: Float64Array
    crossing: Float64Array


def outcome(network: Network, trucks: Trucks, fates: Fates, stations: StationTimes, days: int, lost: float) -> Outcome:
    """The figures of a run; minutes, truck-minutes (`prevented`, `net`), truck-hours (`truck_hours`) and shares.

    `net` is what the examinations carried out were expected to prevent, less the minutes that examined trucks waited
    for them and were examined.
    """
    wait = _minutes(fates.primary, fates.arrives)
    crossing = _minutes(fates.left, fates.arrives)
    carried = fates.carried > 0
    scanned = (fates.carried & _mask("scanner", "portal", "yard")) > 0
    by_hand = (fates.carried & _mask("dock", "joint")) > 0
    hidden = fates.threat >= 0
    found = hidden & (fates.found > 0)
    prevented = float(prevented_by(trucks, fates).sum())
    examined = carried & (fates.exam_end >= 0)
    since = np.where(fates.primary_end >= 0, np.minimum(fates.primary_end, fates.exam), fates.exam)
    taken = float(((fates.exam_end - since)[examined] / MINUTE).sum())
    waits, crossings = spread(wait), spread(crossing)
    hour = (fates.arrives // (60 * MINUTE)) % 24
    known = ~np.isnan(wait)
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
        "wait_p50": _number(waits.median),
        "wait_p95": _number(waits.p95),
        "buffer_index": _number(waits.buffer_index),
        "crossing_mean": _number(crossings.mean),
        "crossing_p95": _number(crossings.p95),
        "truck_hours": float(np.nansum(crossing)) / 60.0,
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
    by_day = np.bincount(fates.arrives // DAY, minlength=days)[:days].astype(np.float64)
    return Outcome(figures, by_hour, by_day, wait, crossing)


def prevented_by(trucks: Trucks, fates: Fates) -> Float64Array:
    """float64[m]: truck-minutes that the examinations carried out were expected to prevent, by fate.

    A truck examined by hand after its scan, or scanned to be if it alarmed, counts what "scan, then decide" was
    expected to prevent before the scan; one that alarmed and was not examined by hand loses what that would have
    prevented, and keeps what the scan finds by itself. So luck with alarms counts for nothing in the mean.
    """
    row = np.searchsorted(trucks.number, fates.number)
    scanned = (fates.carried & _mask("scanner", "portal", "yard")) > 0
    by_hand = (fates.carried & _mask("dock", "joint")) > 0
    option = np.where(scanned & by_hand, SCAN_THEN_DECIDE, fates.option)
    worth = np.where(fates.carried > 0, trucks.prevented[row, option], 0.0)
    let_go = scanned & ~by_hand & (option == SCAN_THEN_DECIDE) & (fates.alarm > 0)
    own = row[let_go]
    alone = trucks.prevented[own, SCAN] / np.maximum(trucks.alarm[own], 1e-12)
    worth[let_go] += alone - trucks.raised[own] * trucks.prevented[own, SECONDARY]
    return worth


def together(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The figures of several bridges as of one; a truck counts the same wherever it crosses."""
    if len(outcomes) == 1:
        return dict(outcomes[0].figures)
    total = {name: sum(each.figures[name] for each in outcomes) for name in SUMMED}
    waits = spread(np.concatenate([each.wait for each in outcomes]))
    crossings = spread(np.concatenate([each.crossing for each in outcomes]))
    trucks = np.array([each.figures["trucks"] for each in outcomes])

    def weighed(name: str) -> float:
        held = np.array([each.figures[name] for each in outcomes])
        known = ~np.isnan(held) & (trucks > 0)
        return float(np.average(held[known], weights=trucks[known])) if known.any() else float("nan")

    total |= {
        "wait_mean": _number(waits.mean),
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
    return {name: total[name] for name in FIGURES}


def _mask(*resources: str) -> int:
    return sum(1 << RESOURCES.index(resource) for resource in resources)


def _minutes(until: Int64Array, since: Int64Array) -> Float64Array:
    """Minutes between two instants; NaN where the second was not reached."""
    minutes: Float64Array = np.where(until >= 0, (until - since) / MINUTE, np.nan)
    return minutes


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
