"""Waits and crossing times: definitions, what is missing, and intervals of replications."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aforo.measures.crossing_times import mean_interval, required, spread


def test_a_truck_without_a_time_is_missing_and_never_zero() -> None:
    told = spread([10.0, 20.0, math.nan, 30.0], target=15.0)
    assert (told.known, told.missing, told.mean, told.median) == (3, 1, 20.0, 20.0)
    assert told.over == pytest.approx(2 / 3)
    nobody = spread([math.nan])
    assert (nobody.known, nobody.missing, nobody.mean, nobody.buffer_index) == (0, 1, None, None)


def test_the_buffer_is_the_95th_percentile_less_the_mean() -> None:
    told = spread(np.arange(1.0, 41.0))
    assert told.p95 == pytest.approx(38.05)
    assert told.buffer == pytest.approx(38.05 - 20.5)
    assert told.buffer_index == pytest.approx((38.05 - 20.5) / 20.5)


def test_too_few_times_have_no_95th_percentile_and_hardly_any_wait_no_buffer_index() -> None:
    few = spread([1.0] * 18 + [90.0])
    assert few.median == 1.0
    assert (few.p95, few.buffer, few.buffer_index) == (None, None, None)
    assert spread([1.0] * 19 + [90.0]).p95 is not None
    # One truck in a hundred waits 40 minutes: the index would be -1, a buffer less than none.
    hardly = spread([0.0] * 99 + [40.0])
    assert (hardly.p95, hardly.buffer_index) == (0.0, None)


def test_the_interval_of_a_mean_is_students() -> None:
    told = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * np.std([1, 2, 3, 4], ddof=1) / 2
    assert told.value == 2.5
    assert told.high - 2.5 == pytest.approx(half, rel=1e-5)
    assert mean_interval([1.0]).high == math.inf
    assert mean_interval([]).value is None


def test_as_many_replications_are_required_as_the_half_width_needs() -> None:
    values = list(np.random.default_rng(1).normal(0.0, 1.0, 50))
    needed = required(values, 0.2)
    deviation = float(np.std(values, ddof=1))
    assert 1.96 * deviation / math.sqrt(needed) < 0.2
    assert 2.0 * deviation / math.sqrt(needed - 1) > 0.19
    assert required([1.0, 1.0], 0.1) == 2
    for wrong in (([1.0], 0.1), ([1.0, 2.0], 0.0)):
        with pytest.raises(ValueError, match="half-width"):
            required(*wrong)
