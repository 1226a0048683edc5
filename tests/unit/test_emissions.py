"""The carbon dioxide of truck-hours: by the published rates, over their interval, and with what it leaves out."""

from __future__ import annotations

import pytest

from aforo.domain.text import catalogue
from aforo.measures.emissions import emission_of
from aforo.measures.intervals import Interval
from aforo.twin.page import emission_told


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


@pytest.mark.parametrize(
    ("hours", "told"), [(0.2, "0.5 to 2.5 kg of CO₂"), (500.0, "1.3 to 6.4 t of CO₂"), (-0.2, "0.5 to 2.5 kg of CO₂")]
)
def test_an_amount_below_a_tonne_is_told_in_kilograms(hours: float, told: str) -> None:
    least, most = sorted((0.5 * hours, 1.5 * hours))
    emission = emission_of(Interval(hours, least, most))
    assert emission is not None
    assert told in emission_told(emission, 2, lambda code, **of: catalogue("aforo.twin").say(code, **of).en, "en")
