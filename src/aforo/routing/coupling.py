"""What a resource is wanted for where options share resources: a scan that alarms asks for a dock.

A table of one resource counts trucks at what the resource adds to them: the best option that uses it, less what that
option asks of the other resource, and less the best option that does without. Those prices of the other resource are
one figure a minute for the whole day: the duals of the day's fluid programme (every truck takes the option worth most
to it, no resource is filled beyond `FILL`), found by raising the price of what is asked for too much.
They only make the values from which tables are solved; a choice is by the tables' own prices of the moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit

from aforo.domain.units import Float64Array
from aforo.routing.choice import SCAN, SCAN_THEN_DECIDE, SECONDARY

#: Resources are never all busy: this share of their minutes can be filled.
FILL: Final = 0.9
#: A minute of an examination costs the truck itself a minute.
LEAST: Final = 1.0
_ROUNDS: Final = 200


@dataclass(frozen=True)
class Wanted:
    """What trucks want of scanners and docks, by truck: truck-minutes that each adds. `alarmed` are those of a scanned
    truck that alarms, `alarms` their expected number over that of all trucks by truck; `scan_price` and `dock_price`
    truck-minutes a minute."""

    scanner: Float64Array
    dock: Float64Array
    alarmed: Float64Array
    alarms: Float64Array
    scan_price: float
    dock_price: float


def wanted(
    prevented: Float64Array,
    scan_minutes: Float64Array,
    dock_minutes: Float64Array,
    alarm: Float64Array,
    raised: Float64Array,
    scanners: float,
    docks: float,
) -> Wanted:
    """What n trucks of an ordinary day want: `prevented` float64[n, options], minutes at the scanner and the dock,
    `alarm` the chance that a scan alarms and `raised` what an alarm multiplies `prevented` by, float64[n] each;
    `scanners`, `docks`: unit-minutes of the day. Where there are none (0) nothing is sent to one."""
    there = docks > 0.0
    if scanners <= 0.0:
        prevented = prevented.copy()
        prevented[:, [SCAN, SCAN_THEN_DECIDE]] = 0.0
    scan_price = dock_price = LEAST
    nets = _nets(prevented, scan_minutes, dock_minutes, alarm, LEAST, LEAST, there)
    # Whom no option is worth the least price takes none at any; nor does one of whom a figure is missing.
    may = (np.maximum.reduce(nets) > 0.0).nonzero()[0]
    columns = prevented[may, SCAN], prevented[may, SCAN_THEN_DECIDE], prevented[may, SECONDARY]
    figures = np.stack((*columns, scan_minutes[may], dock_minutes[may], alarm[may]), axis=1)
    asked = np.empty((3, len(may)))
    for step in range(_ROUNDS):
        scans, direct, later = _taken(figures, scan_price, dock_price, there, asked)
        pace = 0.5 / (1.0 + step / 20.0)
        scan_price = _moved(scan_price, float(asked[0, :scans].sum()), FILL * scanners, pace)
        at_docks = float(asked[1, :direct].sum() + asked[2, :later].sum())
        dock_price = _moved(dock_price, at_docks, FILL * docks, pace)
    scan, then, by_hand = _nets(prevented, scan_minutes, dock_minutes, alarm, scan_price, dock_price, there)
    scan_cost = scan_price * scan_minutes
    sent_on = (then > scan) & (then > np.maximum(by_hand, 0.0))
    return Wanted(
        np.maximum(np.maximum(scan, then) + scan_cost - np.maximum(by_hand, 0.0), 0.0),
        np.maximum(by_hand + dock_price * dock_minutes - np.maximum(np.maximum(scan, then), 0.0), 0.0),
        prevented[:, SECONDARY] * raised,
        np.where(sent_on, np.clip(alarm, 0.0, 1.0), 0.0),
        scan_price,
        dock_price,
    )


def _nets(
    prevented: Float64Array, scan_minutes: Float64Array, dock_minutes: Float64Array, alarm: Float64Array,
    scan_price: float, dock_price: float, docks: bool,
) -> tuple[Float64Array, Float64Array, Float64Array]:  # fmt: skip
    """What a scan, a scan and then a decision, and a dock are worth over what they cost, by truck."""
    scan_cost, dock_cost = scan_price * scan_minutes, dock_price * dock_minutes
    scan = prevented[:, SCAN] - scan_cost
    if not docks:
        none = np.full(len(scan), -np.inf)
        return scan, none, none
    return scan, prevented[:, SCAN_THEN_DECIDE] - scan_cost - alarm * dock_cost, prevented[:, SECONDARY] - dock_cost


@njit(cache=True, nogil=True)
def _taken(
    figures: Float64Array, scan_price: float, dock_price: float, docks: bool, asked: Float64Array
) -> tuple[int, int, int]:
    """Writes into the rows of `asked` the minutes of those who take a scanner, a dock at once, and a dock after a scan
    (expected), in the order of the trucks; returns how many they are. `figures`: what a scan, a scan and then a
    decision and a dock prevent, minutes at the scanner and the dock, the chance of an alarm."""
    scans = direct = sent = 0
    for i in range(len(figures)):
        scan_cost, dock_cost = scan_price * figures[i, 3], dock_price * figures[i, 4]
        scan = figures[i, 0] - scan_cost
        then = figures[i, 1] - scan_cost - figures[i, 5] * dock_cost if docks else -np.inf
        by_hand = figures[i, 2] - dock_cost if docks else -np.inf
        if then >= by_hand and then > scan and then > 0.0:
            asked[2, sent] = figures[i, 5] * figures[i, 4]
            sent += 1
            asked[0, scans] = figures[i, 3]
            scans += 1
        elif scan >= by_hand and scan >= then and scan > 0.0:
            asked[0, scans] = figures[i, 3]
            scans += 1
        elif by_hand >= scan and by_hand >= then and by_hand > 0.0:
            asked[1, direct] = figures[i, 4]
            direct += 1
    return scans, direct, sent


def _moved(price: float, asked: float, there: float, pace: float) -> float:
    """A price after a step towards where what is asked for is what is there."""
    if there <= 0.0:
        return price
    return max(LEAST, price * float(np.exp(pace * min(max(asked / there - 1.0, -1.0), 1.0))))
