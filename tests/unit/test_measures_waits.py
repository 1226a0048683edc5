"""Waits: percentiles and buffers by their definitions, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

from aforo.measures.intervals import CONFIDENCE
from aforo.measures.waits import Quantity, clearing, interpolated, limits, waits


def test_a_group_of_waits() -> None:
    told = waits([float(minute) for minute in range(100, 0, -1)])
    assert told is not None
    assert told.p95 is not None
    assert (told.trucks, told.mean, told.p50.value, told.p95.value) == (100, 50.5, 50.5, pytest.approx(95.05))
    assert told.buffer_time == pytest.approx(95.05 - 50.5)
    assert told.buffer_index == pytest.approx(44.55 / 50.5)
    # The exact binomial limits of the median of 100 (Hahn and Meeker, table): the 40th and the 61st.
    assert (told.p50.low, told.p50.high) == (40.0, 61.0)


def test_few_waits_give_no_limit_that_they_cannot_give() -> None:
    told = waits([3.0, 1.0])
    assert told is not None
    assert (told.p50, told.p95, told.buffer_time) == (Quantity(2.0, None, None), None, None)
    enough = waits([float(minute) for minute in range(20)])
    assert enough is not None
    assert enough.p95 is not None
    assert (enough.p95.low is not None, enough.p95.high) == (True, None)
    assert waits([]) is None
    nothing = waits([0.0, 0.0])
    assert nothing is not None
    assert (nothing.mean, nothing.buffer_index) == (0.0, None)


@pytest.mark.parametrize("bad", [float("nan"), -1.0, float("inf")])
def test_what_is_no_wait_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite number of minutes"):
        waits([1.0, bad])


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_interval_of_a_percentile_holds_it_as_often_as_it_says(share: float) -> None:
    random = np.random.default_rng(7)
    truth = -np.log(1 - share)
    held = 0
    for _ in range(2_000):
        low, high = limits(np.sort(random.exponential(size=120)), share)
        held += (low or 0.0) <= truth <= (np.inf if high is None else high)
    assert 0.945 <= held / 2_000 <= 0.985


def test_who_joins_waits_for_the_queue_at_the_rate_at_which_it_is_served() -> None:
    told = clearing(30, 60, 60.0)
    assert told is not None
    assert told.value == 30.0
    assert told.low == pytest.approx(30 * 60 / 77.232, rel=1e-4)  # the exact Poisson limits of 60
    assert told.high == pytest.approx(30 * 60 / 45.786, rel=1e-4)
    assert clearing(30, 0, 60.0) is None
    assert clearing(0, 0, 60.0) == Quantity(0.0, 0.0, 0.0)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_limits_look_at_a_part_of_the_counts_and_are_those_of_all(share: float) -> None:
    tail = (1.0 - CONFIDENCE) / 2.0
    for count in (1, 2, 19, 20, 99, 100, 1_000, 12_345, 300_000):
        below = scipy.special.bdtr(np.arange(count), count, share)
        ordered = np.arange(count, dtype=np.float64)
        lower = int(np.searchsorted(below, tail, side="right"))
        upper = int(np.searchsorted(below, 1.0 - tail, side="left")) + 1
        wanted = (float(lower - 1) if lower >= 1 else None, float(upper - 1) if upper <= count else None)
        assert limits(ordered, share) == wanted
        for told, level in zip(interpolated(ordered, share), (tail, 1.0 - tail), strict=True):
            rank = int(np.searchsorted(below, level, side="right"))
            assert (told is None) == (not 1 <= rank < count)
            assert told is None or rank - 1 <= told <= rank
