"""Waits and crossing times: definitions, what is missing, and intervals of replications."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.measures.crossing_times import mean_interval, required, skewed_mean_interval, spread
from aforo.measures.intervals import Interval


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


def transformed(values: np.ndarray, mean: float) -> float:
    """Hall's cubic of Student's statistic for a mean, as his paper writes it: a = 1/3, b = 1/6."""
    n = len(values)
    deviations = values - values.mean()
    skewness = np.mean(deviations**3) / np.mean(deviations**2) ** 1.5
    t = float((values.mean() - mean) / values.std(ddof=1) * math.sqrt(n))
    a = skewness / 3.0
    return float(t + (a * t**2 + skewness / 6.0) / math.sqrt(n) + a**2 * t**3 / (3.0 * n))


@pytest.mark.parametrize("law", ["long", "short", "even"])
def test_the_limits_of_a_mean_of_skew_times_are_where_the_cubic_reaches_students_quantile(law: str) -> None:
    drawn = np.random.default_rng(4).gamma(2.0, 24.0, 20)
    values = {"long": drawn, "short": 200.0 - drawn, "even": np.arange(20.0)}[law]
    told = skewed_mean_interval(values)
    assert told.value == pytest.approx(values.mean())
    assert transformed(values, told.low) == pytest.approx(2.093024, rel=1e-5)
    assert transformed(values, told.high) == pytest.approx(-2.093024, rel=1e-5)
    student = mean_interval(values)
    side = {"long": 1, "short": -1, "even": 0}[law]
    assert np.sign(round(told.high + told.low - student.high - student.low, 9)) == side


@given(st.lists(st.floats(0.0, 10_080.0), min_size=1, max_size=60))
def test_a_mean_of_skew_times_lies_between_its_limits_and_a_mirror_turns_them(values: list[float]) -> None:
    told, turned = skewed_mean_interval(values), skewed_mean_interval([-each for each in values])
    assert told.value is not None
    assert told.low <= told.value <= told.high
    assert not math.isnan(told.low + told.high) or len(values) == 1
    assert (turned.low, turned.high) == pytest.approx((-told.high, -told.low), rel=1e-6, abs=1e-6)


def test_the_mean_of_twenty_exponential_times_is_held_as_often_as_is_said() -> None:
    drawn = np.random.default_rng(8).exponential(30.0, (4_000, 20))

    def held(way: Callable[[np.ndarray], Interval]) -> float:
        return float(np.mean([each.low <= 30.0 <= each.high for each in map(way, drawn)]))

    assert held(mean_interval) < 0.93 < 0.94 <= held(skewed_mean_interval)


def test_the_interval_of_a_mean_of_few_or_equal_times() -> None:
    assert skewed_mean_interval([]).value is None
    assert skewed_mean_interval([4.0]).high == math.inf
    assert skewed_mean_interval([1.0, 1.0, 2.0, 90.0]) == mean_interval([1.0, 1.0, 2.0, 90.0])
    # So near to each other that the deviation of all is no number, though that of a sample is one.
    near = skewed_mean_interval([0.0, 0.0, 0.0, 0.0, 4.2e-162])
    assert 0.0 <= near.high - near.low < 1e-150
    assert skewed_mean_interval([7.0] * 30).width == 0.0


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
