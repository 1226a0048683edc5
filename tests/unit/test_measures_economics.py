"""Minutes to money and jobs: ranges over what was published, with their caveats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.measures.economics import estimates, jobs_estimates, others, work_of, worth_of
from aforo.measures.intervals import Interval

_NUMBERS = st.just(0.0) | st.floats(1e-3, 1e6) | st.floats(-1e6, -1e-3)


def test_an_hour_is_worth_what_was_published() -> None:
    told = worth_of(Interval(100.0, 100.0, 100.0))
    assert told is not None
    assert (told.low, told.high) == (100.0 * 32.15, 100.0 * 120.89)
    assert told.caveats


def test_ten_minutes_at_the_whole_border_are_the_published_jobs() -> None:
    told = work_of(Interval(10.0, 10.0, 10.0))
    assert told is not None
    assert (told.jobs_low, told.jobs_high) == pytest.approx((3_000.0, 18_700.0))
    assert (told.hours_low, told.hours_high) == pytest.approx((3_000.0 * 2_080.0, 18_700.0 * 2_496.0))
    assert told.share is None


def test_a_share_is_told_as_apportioned() -> None:
    whole, part = work_of(Interval(10.0, 8.0, 12.0)), work_of(Interval(10.0, 8.0, 12.0), 0.25)
    assert whole is not None
    assert part is not None
    assert part.jobs_high == pytest.approx(0.25 * whole.jobs_high)
    assert part.share == 0.25
    more = set(part.caveats) - set(whole.caveats)
    assert ["apportions" in each.en for each in more] == [True]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, float("nan")])
def test_a_share_is_a_part(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        work_of(Interval(1.0, 1.0, 1.0), share)


@given(_NUMBERS, _NUMBERS)
def test_ranges_have_one_sign_hold_every_estimate_and_are_silent_about_zero(one: float, other: float) -> None:
    low, high = sorted((one, other))
    span = Interval((low + high) / 2, low, high)
    worth, work = worth_of(span), work_of(span)
    if low <= 0.0 <= high:
        assert worth is None
        assert work is None
        return
    assert worth is not None
    assert work is not None
    assert worth.low <= worth.high
    assert (worth.low > 0) == (worth.high > 0) == (low > 0)
    for each in estimates():
        assert worth.low <= low * each.dollars <= worth.high
    for own in jobs_estimates():
        jobs = high * own.jobs / own.minutes
        assert work.jobs_low <= jobs + abs(jobs) * 1e-12
        assert jobs - abs(jobs) * 1e-12 <= work.jobs_high


def test_what_is_not_used_says_why() -> None:
    assert any("cargo" in each.said.en for each in others())
    assert all(each.why.en and each.why.es and each.url for each in others())
