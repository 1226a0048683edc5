"""What scanners and docks are wanted for where options share them: scarce docks make a decision after a scan dear."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.domain.units import Float64Array
from aforo.routing.choice import SCAN, SCAN_THEN_DECIDE, SECONDARY
from aforo.routing.coupling import FILL, LEAST, Wanted, wanted


def columns() -> tuple[Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]:
    risk = 0.02 * np.exp(np.random.default_rng(3).normal(0.0, 1.5, 3000))
    prevented = np.zeros((3000, 6))
    for option, found in ((SCAN, 0.3), (SCAN_THEN_DECIDE, 0.6), (SECONDARY, 0.9)):
        prevented[:, option] = 600.0 * found * np.minimum(risk, 0.9)
    alarm = 0.05 + 0.6 * np.minimum(risk, 0.9)
    minutes = np.full(3000, 8.0), np.full(3000, 60.0)
    return prevented, *minutes, alarm, 0.6 / alarm


def wants(scanners: float, docks: float) -> Wanted:
    return wanted(*columns(), scanners, docks)


@pytest.mark.parametrize(("scanners", "docks"), [(2000.0, 1000.0), (1e6, 300.0), (900.0, 1e6), (2000.0, 0.0)])
def test_the_prices_are_those_of_all_trucks_weighed_one_by_one(scanners: float, docks: float) -> None:
    """The rounds in plain columns over every truck; some have a figure missing, and are then counted nowhere."""
    prevented, scan_minutes, dock_minutes, alarm, raised = columns()
    rng = np.random.default_rng(5)
    scan_minutes, dock_minutes = scan_minutes * rng.uniform(0.5, 2.0, 3000), dock_minutes * rng.uniform(0.5, 2.0, 3000)
    prevented[::97, SCAN], prevented[5::97, SECONDARY] = np.nan, np.nan
    there, scan_price, dock_price = docks > 0.0, LEAST, LEAST
    for step in range(200):
        scan = prevented[:, SCAN] - scan_price * scan_minutes
        then = prevented[:, SCAN_THEN_DECIDE] - scan_price * scan_minutes - alarm * (dock_price * dock_minutes)
        hand = prevented[:, SECONDARY] - dock_price * dock_minutes
        if not there:
            then, hand = np.full((2, 3000), -np.inf)
        best = np.maximum(np.maximum(scan, then), np.maximum(hand, 0.0))
        sent_on = (then >= best) & (then > scan) & (then > 0.0)
        scanned = sent_on | ((scan >= best) & (scan > 0.0))
        direct = (hand >= best) & (hand > 0.0) & ~scanned
        pace = 0.5 / (1.0 + step / 20.0)
        over = float(scan_minutes[scanned].sum()) / (FILL * scanners) - 1.0
        scan_price = max(LEAST, scan_price * float(np.exp(pace * np.clip(over, -1.0, 1.0))))
        if there:
            asked = float(dock_minutes[direct].sum() + (alarm * dock_minutes)[sent_on].sum())
            over = asked / (FILL * docks) - 1.0
            dock_price = max(LEAST, dock_price * float(np.exp(pace * np.clip(over, -1.0, 1.0))))
    found = wanted(prevented, scan_minutes, dock_minutes, alarm, raised, scanners, docks)
    assert (found.scan_price, found.dock_price) == (scan_price, dock_price)


def test_what_is_plentiful_costs_the_trucks_own_minutes_and_what_is_scarce_more() -> None:
    assert wants(1e6, 1e6).scan_price == wants(1e6, 1e6).dock_price == LEAST
    assert wants(2000.0, 1e6).scan_price > LEAST
    assert wants(1e6, 2000.0).dock_price > wants(1e6, 4000.0).dock_price > LEAST


def test_scarce_docks_make_a_scan_that_asks_for_one_worth_less() -> None:
    ample, scarce = wants(2000.0, 1e6), wants(2000.0, 1000.0)
    assert scarce.alarms.sum() < ample.alarms.sum()
    assert scarce.alarms.sum() * 60.0 <= FILL * 1000.0 * 1.1


def test_without_docks_a_scanner_is_wanted_for_what_a_scan_finds_by_itself() -> None:
    none = wants(2000.0, 0.0)
    assert not none.alarms.any()
    assert none.scanner.max() > 0.0
    assert not wants(0.0, 2000.0).alarms.any()
