"""What is written as TOML reads back the same."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.toml import written

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
PLAIN = (
    TEXT
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(min_value=datetime(1000, 1, 1))
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_is_written_reads_back(table: dict[str, Any]) -> None:
    assert tomllib.loads(written(table)) == table


def test_what_says_nothing_is_left_out_and_sections_read_as_people_write_them() -> None:
    document = written(
        {
            "name": "x",
            "nothing": None,
            "first": date(2024, 10, 7),
            "harm": {"people": {"minutes": 600, "source": "assumed"}},
            "change": [{"kind": "demand", "factor": 1.25, "until": None}],
        }
    )
    assert document == (
        'name = "x"\nfirst = 2024-10-07\n\n[harm]\npeople = { minutes = 600, source = "assumed" }\n\n'
        '[[change]]\nkind = "demand"\nfactor = 1.25\n'
    )


def test_what_is_no_value_of_toml_is_refused() -> None:
    with pytest.raises(TypeError):
        written({"bytes": b"x"})
