"""Intervals against published tables, against each other, and against what they promise: coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aforo.measures.intervals import (
    Interval,
    clopper_pearson,
    korn_graubard,
    proportion,
    shown,
    weighted_count,
    weighted_proportion,
    wilson,
)


def test_clopper_pearson_matches_the_binomial_test_it_inverts() -> None:
    for found, examined in ((0, 10), (1, 10), (5, 10), (10, 10), (3, 2_000)):
        low, high = clopper_pearson(found, examined)
        exact = stats.binomtest(found, examined).proportion_ci(0.95, method="exact")
        assert (float(low), float(high)) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_wilson_matches_scipy() -> None:
    for found, examined in ((0, 10), (1, 10), (5, 10), (10, 10), (3, 2_000)):
        low, high = wilson(found, examined)
        score = stats.binomtest(found, examined).proportion_ci(0.95, method="wilson")
        assert (float(low), float(high)) == pytest.approx((score.low, score.high), abs=1e-12)


def test_nothing_examined_says_nothing() -> None:
    assert proportion(0, 0).value is None
    assert (proportion(0, 0).low, proportion(0, 0).high) == (0.0, 1.0)
    assert [float(x) for x in wilson(0, 0)] == [0.0, 1.0]
    assert korn_graubard([], []).value is None


def test_clopper_pearson_works_on_columns() -> None:
    low, high = clopper_pearson(np.array([0, 5, 10]), 10)
    assert low.shape == high.shape == (3,)
    assert (low[0], high[2]) == (0.0, 1.0)


def test_equal_weights_give_the_exact_interval() -> None:
    values = np.array([1.0] * 3 + [0.0] * 97)
    assert weighted_proportion(values, np.full(100, 7.0)) == proportion(3, 100)
    effective = korn_graubard(values, np.full(100, 7.0))
    exact = proportion(3, 100)
    assert (effective.low, effective.high) == pytest.approx((exact.low, exact.high), rel=0.02)


def test_unequal_weights_widen() -> None:
    random = np.random.default_rng(0)
    values = random.random(400) < 0.1
    even = korn_graubard(values, np.ones(400))
    uneven = korn_graubard(values, random.exponential(1.0, 400) + 0.01)
    assert uneven.width > even.width


def test_clusters_widen() -> None:
    values = np.repeat([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], 20)
    alone = korn_graubard(values, np.ones(200))
    together = korn_graubard(values, np.ones(200), clusters=np.repeat(np.arange(10), 20))
    assert together.width > 2 * alone.width
    assert together.value == alone.value


def test_all_alike_in_clusters_count_as_few() -> None:
    none = korn_graubard(np.zeros(200), np.ones(200), clusters=np.repeat(np.arange(10), 20))
    assert none.high == pytest.approx(proportion(0, 10).high)


def test_weighted_count_with_equal_weights_is_garwoods_interval() -> None:
    for finds in (0, 1, 5, 19):
        made = weighted_count(np.full(finds, 2.0), 2.0)
        low = 2.0 * stats.chi2.ppf(0.025, 2 * finds) / 2 if finds else 0.0
        high = 2.0 * stats.chi2.ppf(0.975, 2 * finds + 2) / 2
        assert (made.low, made.high) == pytest.approx((low, high))
        assert made.value == 2.0 * finds


def test_mid_p_lies_inside_the_gamma_interval() -> None:
    for weights in ([], [1.0], [1.0, 3.0, 0.2], [2.0] * 30):
        whole, shorter = weighted_count(weights, 3.0), weighted_count(weights, 3.0, mid_p=True)
        assert whole.low <= shorter.low <= shorter.high < whole.high


def test_nothing_that_could_be_found_is_zero_for_sure() -> None:
    assert weighted_count([], 0.0).high == 0.0


@pytest.mark.parametrize("mid_p", [False, True])
def test_weighted_counts_cover_under_unequal_weights(mid_p: bool) -> None:
    random = np.random.default_rng(3)
    sizes = np.array([5.0, 1.0, 0.2])
    expected = np.array([2.0, 4.0, 3.0])
    truth = float((sizes * expected).sum())
    covered = 0
    for _ in range(800):
        finds = random.poisson(expected)
        made = weighted_count(np.repeat(sizes, finds), 5.0, mid_p=mid_p)
        covered += made.low <= truth <= made.high
    assert covered / 800 >= 0.93


def test_an_estimate_is_shown_with_its_limits_and_one_without_as_it_is() -> None:
    assert shown(Interval(1234.56, 1000.0, 2000.0)) == "1,234.6 [1,000.0, 2,000.0]"
    assert shown(Interval(0.25, -0.011, 0.5), 100.0, 0, signed=True) == "+25 [−1, 50]"
    assert shown(Interval(2.0, 1.0, 4.0), -1.0, 0) == "−2 [−4, −1]"
    assert shown(Interval(3.0, 3.0, 3.0)) == "3.0"
    assert shown(Interval(3.0, float("-inf"), float("inf"))) == "3.0"
    assert shown(Interval(-0.01, -0.02, 0.01), digits=0) == "0 [0, 0]"
    assert shown(Interval(None, 0.0, 1.0)) == shown(None) == "–"
