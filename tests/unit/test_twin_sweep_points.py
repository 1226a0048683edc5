"""Designs of a sweep: what a field is given, the points of grids and of Sobol sequences, and that they come again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.twin.scenario import ScenarioError
from aforo.twin.sweep_points import MOST_FIELDS, MOST_POINTS, Design, Range, overs, points_of


def test_a_field_has_values_in_a_list_or_a_range() -> None:
    found = overs(["policy=none,priced", "days=2,3", "change.0.share=0.1..0.4", "change.1.number=1..6", "x=-2..1e1"])
    assert found == {
        "policy": ["none", "priced"],
        "days": [2, 3],
        "change.0.share": Range(0.1, 0.4),
        "change.1.number": Range(1, 6),
        "x": Range(-2.0, 10.0),
    }
    assert all(isinstance(end, float) for end in (found["x"].low, found["x"].high))


@pytest.mark.parametrize("wrong", ["a=4..2", "a=1..1", "a=1e999..2", "a=1..1e999", "a", "a=", "=1..2"])
def test_what_is_no_range_is_said(wrong: str) -> None:
    with pytest.raises(ScenarioError):
        overs([wrong])


@given(st.integers(-50, 50), st.integers(1, 50), st.floats(0.0, 1.0, exclude_max=True))
def test_a_range_of_whole_numbers_has_both_ends(low: int, more: int, part: float) -> None:
    whole = Range(low, low + more)
    assert low <= whole.at(part) <= low + more
    assert whole.at(0.0) == low
    assert whole.at(np.nextafter(1.0, 0.0)) == low + more


def test_a_sequence_is_spread_evenly_over_ranges_and_lists() -> None:
    design = Design("sobol", overs(["a=0.0..1.0", "b=x,y", "c=1..4"]), 64, 5)
    points = points_of(design)
    assert points == points_of(design)
    assert points != points_of(Design("sobol", design.over, 64, 6))
    # Balanced: each eighth of a range has as many points, each value of a list and each whole number too.
    assert np.histogram([point[0] for point in points], 8, (0.0, 1.0))[0].tolist() == [8] * 8
    assert [sum(point[1] == value for point in points) for value in "xy"] == [32, 32]
    assert [sum(point[2] == value for point in points) for value in (1, 2, 3, 4)] == [16] * 4


def test_pairs_differ_in_one_field_alone() -> None:
    design = Design("saltelli", overs(["a=0.0..1.0", "b=0.0..1.0", "c=x,y,z"]), 16, 1)
    points = points_of(design)
    assert design.together == 5
    assert len(points) == 16 * 5
    for at in range(0, len(points), 5):
        first, *mixed, second = points[at : at + 5]
        for factor, point in enumerate(mixed):
            assert point[factor] == second[factor]
            assert point[:factor] + point[factor + 1 :] == first[:factor] + first[factor + 1 :]
    # A and B are independent of each other.
    a, b = ([points[at + place][0] for at in range(0, len(points), 5)] for place in (0, 4))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.5


def test_a_design_that_cannot_be_is_said() -> None:
    ranged = overs(["a=0.0..1.0"])
    for design, code in (
        (Design("grid", ranged), "sweep_range_grid"),
        (Design("sobol", ranged), "sweep_points"),
        (Design("sobol", ranged, MOST_POINTS + 1), "sweep_too_large"),
        (Design("grid", {"a": list(range(1000)), "b": list(range(1000))}), "sweep_too_large"),
        (Design("sobol", {str(name): Range(0, 1) for name in range(MOST_FIELDS + 1)}, 2), "sweep_fields"),
    ):
        with pytest.raises(ScenarioError) as raised:
            points_of(design)
        assert raised.value.code == code
