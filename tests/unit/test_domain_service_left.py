"""What is left of a service that has begun: against the lognormal times that its figures are stated for."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from aforo.domain.service_left import left_of

#: What cannot be predicted of a time with a coefficient of variation of .5, of whose variance half is predicted.
SPREAD = math.sqrt(0.5 * math.log(1.25))


def lognormal_left(elapsed: float) -> float:
    """E[S − e | S > e] of a lognormal of mean 1."""
    normal, middle = NormalDist(), -SPREAD * SPREAD / 2
    beyond = (middle - math.log(elapsed)) / SPREAD
    return normal.cdf(beyond + SPREAD) / normal.cdf(beyond) - elapsed


@pytest.mark.parametrize("elapsed", [0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0])
def test_what_is_left_is_near_that_of_lognormal_times(elapsed: float) -> None:
    assert left_of(60.0, 60.0 * elapsed) == pytest.approx(60.0 * lognormal_left(elapsed), abs=60.0 * 0.075)


def test_at_the_beginning_all_is_left_and_never_nothing() -> None:
    assert left_of(8.0, 0.0) == 8.0
    assert left_of(8.0, 5.0) == 3.0
    assert left_of(8.0, 8.0) == left_of(8.0, 800.0) == pytest.approx(2.4)
