"""Use, throughput and rates: definitions, missing figures, intervals."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.measures.capacity import detection_rate, examination_rate, throughput, use


def test_use_is_of_the_time_that_units_are_up() -> None:
    told = use(200.0, 150.0, 20.0)
    assert (told.utilisation, told.blocked) == (0.75, 0.1)
    assert use(0.0, 0.0, 0.0).utilisation is None
    with pytest.raises(ValueError, match="below zero"):
        use(1.0, -1.0, 0.0)


def test_throughput_counts_those_who_left_in_the_period() -> None:
    told = throughput([-1, 0, 30, 59, 60, 119, 120], 60, 120, 60)
    assert told.value == 2.0
    assert (told.low, told.high) == pytest.approx((0.2422, 7.2247), abs=1e-3)  # Garwood, 1936
    assert throughput([-1.0], 0, 60, 60).low == 0.0
    with pytest.raises(ValueError, match="ends after"):
        throughput([], 5, 5, 60)


def test_rates_have_exact_intervals_and_no_rate_of_nothing() -> None:
    rate = examination_rate(np.arange(100) < 5)
    assert rate.value == 0.05
    assert (rate.low, rate.high) == pytest.approx((0.01643, 0.11283), abs=1e-4)
    hidden = np.array([True, True, False, True])
    assert detection_rate(hidden, np.array([True, False, False, True])).value == pytest.approx(2 / 3)
    assert detection_rate([False], [False]).value is None
    with pytest.raises(ValueError, match="hidden is found"):
        detection_rate([False], [True])
