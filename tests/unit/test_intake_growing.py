"""Columns that grow hold what was put into them, in the order in which it was, however wide it is."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aforo.intake.growing import Growing

NUMBERS = st.sampled_from([-1, 0, 7, 32_767, 32_768, -32_769, 2**31 - 1, 2**31, -(2**40)])


@given(st.lists(st.lists(NUMBERS, max_size=9), max_size=6))
def test_what_was_put_into_a_column_comes_out_of_it(parts: list[list[int]]) -> None:
    with patch("aforo.intake.growing._FIRST", 4):
        columns = Growing({"narrow": np.int16, "wide": np.int64})
    for part in parts:
        own = np.array(part, dtype=np.int64)
        columns.add({"narrow": own, "wide": own})
    expected = [each for part in parts for each in part]
    taken = columns.taken()
    assert taken["narrow"].tolist() == taken["wide"].tolist() == expected


def test_a_column_is_no_wider_than_its_numbers_need() -> None:
    columns = Growing({"code": np.int16})
    columns.add({"code": np.array([1, -1], dtype=np.int32)})
    assert columns.taken()["code"].dtype == np.int16
    columns.add({"code": np.array([40_000], dtype=np.int32)})
    assert columns.taken()["code"].dtype == np.int32
    assert columns.taken()["code"].tolist() == [1, -1, 40_000]
