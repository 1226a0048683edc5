"""Maintenance is put where it costs least, and two of a bridge at once only where that cannot be helped."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.fleet import slots
from aforo.fleet.slots import Job, chosen


def jobs() -> st.SearchStrategy[list[Job]]:
    def job(starts: set[int], prices: list[int], took: int) -> Job:
        own = np.array(sorted(starts), dtype=np.int64)
        return Job(own, np.array(prices[: len(own)], dtype=np.float64), took)

    one = st.builds(
        job, st.sets(st.integers(0, 12), min_size=1, max_size=6), st.lists(st.integers(0, 9), min_size=6, max_size=6),
        st.integers(1, 4),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=4)


def overlap(of: list[Job], picked: tuple[int, ...]) -> int:
    out = np.zeros(20, dtype=np.int64)
    for job, at in zip(of, picked, strict=True):
        out[job.starts[at] : job.starts[at] + job.took] += 1
    return int(np.maximum(out - 1, 0).sum())


@settings(max_examples=150, deadline=None)
@given(jobs())
def test_no_other_choice_overlaps_less_or_is_cheaper(of: list[Job]) -> None:
    found = chosen(of)
    every = [
        (overlap(of, picked), float(sum(job.price[at] for job, at in zip(of, picked, strict=True))))
        for picked in product(*(range(len(job.starts)) for job in of))
    ]
    assert (found.overlap, found.price) == min(every)
    assert found.overlap == overlap(of, found.starts)
    assert found.bound == pytest.approx(found.price, rel=1e-5, abs=1e-5)


def test_two_that_want_the_same_hour_give_way_at_the_least_price() -> None:
    hours = np.arange(24)
    price = np.where((hours >= 2) & (hours < 6), 0.0, 10.0 + hours)
    job = Job(hours, price, 4)
    found = chosen([job, Job(hours, price, 4)])
    assert found.overlap == 0
    assert sorted(int(hours[at]) for at in found.starts) == [0, 4]


def test_where_there_is_one_time_for_both_they_are_out_together() -> None:
    found = chosen([Job(np.array([3]), np.array([1.0]), 2), Job(np.array([4]), np.array([2.0]), 3)])
    assert (found.overlap, found.price) == (1, 3.0)


def test_a_solver_that_finds_nothing_in_its_time_leaves_each_at_its_cheapest_start_and_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots.scipy.optimize, "milp", lambda *_, **__: SimpleNamespace(x=None))
    job = Job(np.arange(3), np.array([5.0, 1.0, 2.0]), 2)
    found = chosen([job, job])
    assert (found.starts, found.overlap, found.price, found.bound) == ((1, 1), 2, 2.0, 0.0)
