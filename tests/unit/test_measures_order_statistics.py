"""Quantiles of several ordered columns are those of all values together, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.measures import order_statistics
from aforo.measures.crossing_times import spread, spread_of, times_of
from aforo.measures.intervals import Float64Array
from aforo.measures.order_statistics import order_statistic, quantile

COLUMNS = st.lists(
    st.lists(st.one_of(st.floats(0.0, 2_000.0), st.sampled_from([0.0, 1.5, 30.0])), max_size=60), min_size=1, max_size=6
)


def columns_of(lists: list[list[float]]) -> list[Float64Array]:
    return [np.sort(np.array(each, dtype=np.float64)) for each in lists]


@given(COLUMNS, st.floats(0.0, 1.0), st.sampled_from([0, 3, 10_000]))
@settings(max_examples=300)
def test_a_quantile_is_that_of_all_values(lists: list[list[float]], share: float, few: int) -> None:
    columns = columns_of(lists)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(order_statistics, "_FEW", few)
        if not any(lists):
            with pytest.raises(IndexError, match="no value"):
                quantile(columns, share)
            return
        assert quantile(columns, share) == float(np.quantile(np.concatenate(columns), share))


@pytest.mark.parametrize("ties", [0.0, 0.6])
def test_of_many_values_too(ties: float) -> None:
    draw = np.random.default_rng(5)
    columns = [
        np.sort(draw.exponential(1.0 + 10.0 * number, 9_000 * number) * (draw.random(9_000 * number) >= ties))
        for number in range(5)
    ]
    together = np.sort(np.concatenate(columns))
    for place in (0, 1, 17, len(together) // 2, len(together) - 1):
        assert order_statistic(columns, place) == together[place]
    for share in (0.0, 0.25, 0.5, 0.95, 1.0):
        assert quantile(columns, share) == float(np.quantile(together, share))
    for place in (-1, len(together)):
        with pytest.raises(IndexError, match="no value at place"):
            order_statistic(columns, place)


@given(COLUMNS, st.one_of(st.none(), st.floats(0.0, 100.0)), st.integers(0, 5))
def test_times_of_several_are_as_those_of_all(lists: list[list[float]], target: float | None, missing: int) -> None:
    lists = [*lists, [float("nan")] * missing]
    whole = spread([each for own in lists for each in own], target)
    parts = spread_of([times_of(own) for own in lists], target)
    assert (parts.known, parts.missing, parts.median, parts.p95) == (
        whole.known,
        whole.missing,
        whole.median,
        whole.p95,
    )
    assert parts.over == whole.over
    for mine, theirs in ((parts.mean, whole.mean), (parts.buffer, whole.buffer)):
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-9)
    assert missing == whole.missing
