"""What scanners and docks are wanted for where options share them: scarce docks make a decision after a scan dear."""

from __future__ import annotations

import numpy as np

from aforo.routing.choice import SCAN, SCAN_THEN_DECIDE, SECONDARY
from aforo.routing.coupling import FILL, LEAST, Wanted, wanted


def wants(scanners: float, docks: float) -> Wanted:
    risk = 0.02 * np.exp(np.random.default_rng(3).normal(0.0, 1.5, 3000))
    prevented = np.zeros((3000, 6))
    for option, found in ((SCAN, 0.3), (SCAN_THEN_DECIDE, 0.6), (SECONDARY, 0.9)):
        prevented[:, option] = 600.0 * found * np.minimum(risk, 0.9)
    alarm = 0.05 + 0.6 * np.minimum(risk, 0.9)
    minutes = np.full(3000, 8.0), np.full(3000, 60.0)
    return wanted(prevented, *minutes, alarm, 0.6 / alarm, scanners, docks)


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
