"""The 95th percentile of a lane class where some trucks never come through."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.measures.crossing_times import FEWEST, spread
from aforo.twin import border
from aforo.twin.levels import policy_of
from aforo.twin.network import LANES
from aforo.twin.of_port import hourly_demand, modelled
from aforo.twin.outcomes import at_least
from aforo.twin.run import Run
from aforo.twin.trucks import Fates
from aforo.twin.week_run import FIGURES, figures_of, lane_p95
from aforo.twin.windows import fates_and_figures


def fates(number: int, lane: str) -> Fates:
    """So many trucks of one class; all else of them is nothing."""
    ends, codes = np.zeros(number, np.int64), np.zeros(number, np.int8)
    own = np.full(number, LANES.index(lane), np.int8)
    return Fates(ends, ends, ends, ends, ends, ends, ends, ends, ends, own, codes, codes, codes, codes, codes, codes)


def test_where_all_come_through_it_is_the_percentile() -> None:
    waits = np.random.default_rng(1).exponential(10.0, 500)
    assert lane_p95(fates(500, "fast"), waits, "fast") == pytest.approx(spread(waits).p95)
    assert np.isnan(lane_p95(fates(500, "standard"), waits, "fast"))
    assert np.isnan(lane_p95(fates(FEWEST - 1, "fast"), waits[: FEWEST - 1], "fast"))


def test_who_never_comes_through_waits_longer_than_anybody() -> None:
    waits = np.arange(100.0)
    few = waits.copy()
    few[[3, 50]] = np.nan  # two of a hundred: the percentile is among those who came through
    assert lane_p95(fates(100, "fast"), few, "fast") == pytest.approx(97.0 - 0.95, abs=1.1)
    many = waits.copy()
    many[:10] = np.nan
    assert lane_p95(fates(100, "fast"), many, "fast") == np.inf


def test_the_figures_are_those_of_the_run() -> None:
    ports = border.shipped()
    port = ports.ports.port_called("Santa Teresa")
    assert port is not None
    first = np.datetime64("2024-10-07").astype(object)
    hourly = hourly_demand(port, port.bridges[0], first, 3, dict(ports.counts[port.code]))
    whole = modelled(port, port.bridges[0], first, hourly, 5)
    policy = policy_of("clearance", whole)
    told = figures_of(whole, policy, 5)
    assert tuple(told) == FIGURES
    made, _ = fates_and_figures(Run(whole.network, policy, seed=5, port=whole.demand.stream), whole.demand, 5)
    assert told["trucks"] == len(made)
    assert told["examined_share"] == pytest.approx((made.carried > 0).mean())
    assert 0.0 < told["prevented_share"] < 1.0
    assert told["scan_share"] <= told["examined_share"]


def test_who_never_comes_through_counts_until_the_run_ends_at_least() -> None:
    minutes = np.array([5.0, np.nan])
    told = at_least(minutes, fates(2, "fast"), 7)  # they come at the first instant of the run
    assert told[0] == 5.0
    assert told[1] >= 7 * 1440.0


def test_a_jam_takes_truck_hours_and_never_saves_them() -> None:
    ports = border.shipped()
    port = ports.ports.port_called("Santa Teresa")
    assert port is not None
    first = np.datetime64("2024-10-07").astype(object)
    hourly = hourly_demand(port, port.bridges[0], first, 2, dict(ports.counts[port.code]))
    told = []
    for times in (1.0, 40.0):
        whole = modelled(port, port.bridges[0], first, times * hourly, 5)
        told.append(figures_of(whole, policy_of("clearance", whole), 5))
    free, jam = told
    assert free["missing_share"] == 0.0
    assert jam["missing_share"] > 0.1
    assert jam["truck_hours"] / jam["trucks"] > 24.0 * jam["missing_share"]
    assert jam["wait_mean"] > 60.0 * 24.0 * jam["missing_share"]
