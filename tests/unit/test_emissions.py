"""The carbon dioxide of truck-hours: by the published rates, over their interval, and with what it leaves out."""

from __future__ import annotations

import pytest

from aforo.measures.emissions import emission_of
from aforo.measures.intervals import Interval


def test_hours_are_multiplied_by_the_least_and_the_greatest_rate() -> None:
    found = emission_of(Interval(100.0, 80.0, 120.0))
    assert found is not None
    assert (found.least, found.most) == pytest.approx((0.49 * 10.21, 0.83 * 10.21))
    assert (found.low, found.high) == pytest.approx((80.0 * 0.49 * 10.21, 120.0 * 0.83 * 10.21))
    assert all(each.url.startswith("https://") for each in (*found.idle, found.carbon))
    assert len(found.caveats) == 2


def test_hours_lost_are_emitted_and_hours_that_may_be_either_are_neither() -> None:
    found = emission_of(Interval(-100.0, -120.0, -80.0))
    assert found is not None
    assert found.low == pytest.approx(-120.0 * 0.83 * 10.21)
    assert found.high < 0.0
    assert emission_of(Interval(10.0, -1.0, 21.0)) is None
