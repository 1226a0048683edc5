"""Boxes on the ground: whatever a place holds is in its box, so that no statement on a road is passed over."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aforo.custody.ground import within
from aforo.custody.reach import Reach, reach_of
from aforo.domain.trip import Place

LATITUDE = st.integers(-900_000_000, 900_000_000)
LONGITUDE = st.integers(-1_800_000_000, 1_800_000_000)


@given(LATITUDE, LONGITUDE, st.integers(0, 3_000_000), st.floats(-1.1, 1.1), st.floats(-1.1, 1.1))
def test_whatever_a_place_holds_is_in_its_box(
    latitude: int, longitude: int, radius: int, north: float, east: float
) -> None:
    place = Place("somewhere", latitude, longitude, radius)
    # A point near the circle's edge, to either side of it.
    degrees = radius / 111_132.953 * 1e7
    shrunk = max(0.02, float(np.cos(np.radians(latitude / 1e7))))
    at = int(np.clip(latitude + north * degrees, -900_000_000, 900_000_000))
    to = longitude + round(east * degrees / shrunk)
    to = (to + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    if within(place, np.array([at], dtype=np.int32), np.array([to], dtype=np.int32))[0]:
        assert reach_of(place).meets(Reach(at, at, to, to))


@given(st.lists(st.tuples(LATITUDE, LONGITUDE), min_size=1, max_size=5))
def test_a_widened_box_meets_all_that_it_was_made_of(points: list[tuple[int, int]]) -> None:
    boxes = [Reach(lat, lat, lon, lon) for lat, lon in points]
    whole = boxes[0]
    for each in boxes[1:]:
        whole = whole.widened(each)
    assert all(whole.meets(each) and each.meets(whole) for each in boxes)
