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
    for step in range(_ROUNDS):
        scan, then, by_hand = _nets(prevented, scan_minutes, dock_minutes, alarm, scan_price, dock_price, there)
        best = np.maximum(np.maximum(scan, then), np.maximum(by_hand, 0.0))
        sent_on = (then >= best) & (then > scan) & (then > 0.0)
        scanned = sent_on | ((scan >= best) & (scan > 0.0))
        direct = (by_hand >= best) & (by_hand > 0.0) & ~scanned
        pace = 0.5 / (1.0 + step / 20.0)
        scan_price = _moved(scan_price, float(scan_minutes[scanned].sum()), FILL * scanners, pace)
        asked = float(dock_minutes[direct].sum() + (alarm * dock_minutes)[sent_on].sum())
        dock_price = _moved(dock_price, asked, FILL * docks, pace)
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


def _moved(price: float, asked: float, there: float, pace: float) -> float:
    """A price after a step towards where what is asked for is what is there."""
    if there <= 0.0:
        return price
    return max(LEAST, price * float(np.exp(pace * np.clip(asked / there - 1.0, -1.0, 1.0))))
