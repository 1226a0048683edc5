"""Intervals of ratios, of shares of time and of buffers: what they are on known cases, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.measures.buffers import apart, recovered
from aforo.measures.crossing_times import mean_interval
from aforo.measures.ratio_intervals import ratio_of_rates, ratio_of_sums, share_up
from aforo.measures.waits import interpolated, limits

#: χ² of one degree of freedom at 95 %.
CHI = 3.841458820694124


def score(ratio: float, x: int, n: int, y: int, m: int) -> float:
    """Koopman's statistic with the likeliest rates found by search, not by formula."""
    q = np.linspace(1e-9, min(1.0, 1.0 / ratio) - 1e-9, 2_000_001)
    likelihood = x * np.log(ratio * q) + (n - x) * np.log1p(-ratio * q) + y * np.log(q) + (m - y) * np.log1p(-q)
    q = q[np.argmax(likelihood)]
    p = ratio * q
    return float((x - n * p) ** 2 / (n * p * (1 - p)) + (y - m * q) ** 2 / (m * q * (1 - q)))


def test_the_limits_of_a_ratio_are_where_the_score_reaches_its_quantile() -> None:
    own = ratio_of_rates(12, 400, 90, 1_000)
    assert own.value == pytest.approx(12 / 400 / (90 / 1_000))
    assert own.low is not None
    assert own.high is not None
    assert own.low < own.value < own.high
    for limit in (own.low, own.high):
        assert score(limit, 12, 400, 90, 1_000) == pytest.approx(CHI, abs=1e-3)


def test_a_ratio_with_nothing_found_has_the_limits_that_it_can_have() -> None:
    none = ratio_of_rates(0, 50, 10, 100)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high is not None
    assert 0.0 < none.high < 2.0
    others = ratio_of_rates(10, 100, 0, 50)
    assert others.value is None
    assert others.high is None
    assert others.low == pytest.approx(1.0 / none.high)
    assert ratio_of_rates(0, 10, 0, 10).value is None
    assert ratio_of_rates(1, 1, 5, 0).low is None
    every = ratio_of_rates(10, 10, 10, 10)
    assert every.value == 1.0
    assert every.low is not None
    assert every.low < 1.0


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), st.integers(1, 60))
def test_a_ratio_lies_between_its_limits_whatever_was_counted(x: int, y: int, more: int, others: int) -> None:
    own = ratio_of_rates(x, x + more, y, y + others)
    low, high = own.low or 0.0, float("inf") if own.high is None else own.high
    assert 0.0 <= low <= high
    if own.value is not None:
        assert low <= own.value <= high


def test_sums_over_sums_are_told_by_clusters() -> None:
    own = ratio_of_sums([2.0, 4.0, 3.0], [10.0, 10.0, 10.0])
    assert own.value == pytest.approx(0.3)
    # Residuals −1, 1, 0: s² = 1, of a mean of three over a mean of ten; Student's quantile of two degrees is 4.3027.
    assert own.high == pytest.approx(0.3 + 4.302653 * 1.0 / 3**0.5 / 10.0, rel=1e-5)
    assert own.low == pytest.approx(0.3 - 4.302653 * 1.0 / 3**0.5 / 10.0, rel=1e-5)
    assert ratio_of_sums([2.0], [10.0]).low is None
    assert ratio_of_sums([], []).value is None


def test_time_up_is_told_by_outages_and_not_by_hours() -> None:
    few = share_up(1_000.0, [1.0] * 9)
    assert (few.value, few.low) == (pytest.approx(0.991), None)
    many, clustered = share_up(10_000.0, [1.0] * 100), share_up(10_000.0, [10.0] * 10)
    assert many.value == clustered.value == pytest.approx(0.99)
    assert many.low is not None
    assert clustered.low is not None
    assert clustered.low < many.low < 0.99
    assert share_up(0.0, []).value is None
    assert share_up(10.0, []).value == 1.0


def test_limits_between_neighbours_are_no_wider_than_between_values_and_as_many_are_known() -> None:
    draw = np.random.default_rng(5)
    for count in (20, 75, 100, 1_000):
        ordered = np.sort(draw.gamma(2.0, 15.0, count))
        for share in (0.5, 0.95):
            (low, high), (least, most) = interpolated(ordered, share), limits(ordered, share)
            assert (low is None, high is None) == (least is None, most is None)
            if None not in (low, high, least, most):
                assert least <= low <= high <= most  # type: ignore[operator]


def test_the_median_of_ten_lies_between_the_neighbours_that_the_theory_names() -> None:
    # P(fewer than 2 of 10 below) = 0.0107, fewer than 3: 0.0547; 0.025 lies between the second and the third value.
    low, high = interpolated(np.arange(1.0, 11.0), 0.5)
    assert low is not None
    assert high is not None
    assert 2.0 < low < 3.0
    assert low + high == pytest.approx(11.0)
    odds = 2 * (0.0546875 - 0.025) / (8 * (0.025 - 0.0107421875))
    assert low == pytest.approx(2.0 + 1.0 / (1.0 + odds))


def test_buffers_by_recovered_variances_are_narrower_and_hold_the_estimate() -> None:
    ordered = np.sort(np.random.default_rng(6).gamma(2.0, 15.0, 600))
    buffer = float(np.quantile(ordered, 0.95) - ordered.mean())
    for value, (low, high), (least, most) in zip(
        (buffer, buffer / float(ordered.mean())),
        recovered(ordered, mean_interval(ordered)),
        apart(ordered),
        strict=True,
    ):
        assert least < low < value < high < most  # type: ignore[operator]
    for values in (np.array([3.0]), np.full(100, 0.5)):
        time, index = recovered(values, mean_interval(values))
        assert index == (None, None), "one time, and a mean under a minute, have no index"
        assert (time == (None, None)) == (len(values) == 1)
