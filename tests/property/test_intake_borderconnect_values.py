"""Whatever stands in a field of BorderConnect's messages, it is answered, kept or refused, and never lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from trips import Steps, put, read, sample

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def steps(value: Any, here: Steps = ()) -> list[Steps]:
    """The ways to everything in a message."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for name, each in inner for way in ((*here, name), *steps(each, (*here, name)))]


@settings(max_examples=60)
@given(st.sampled_from(steps(sample())), VALUE)
def test_any_value_anywhere_is_answered(where: Steps, value: Any) -> None:
    batches = read(put(sample(), where, value))
    for batch in batches:
        assert batch.records == len(batch.table) + len(batch.refused) + len(batch.notices) + batch.repeated
        for each in batch.refused:
            assert each.raw
            assert all(problem.place and problem.reason.en and problem.reason.es for problem in each.problems)


@settings(max_examples=60)
@given(st.dictionaries(TEXT.filter(bool).map("x{}".format), VALUE, max_size=4))
def test_fields_that_nobody_knows_are_kept_as_they_are(more: dict[str, Any]) -> None:
    (batch,) = read(sample("empty_truck") | more)
    (row,) = batch.table.to_dicts()
    kept = set(json.loads(row["extra"]).values())
    assert {text for text in leaves(more) if text} <= kept


def leaves(value: Any) -> list[str]:
    """The texts, numbers and flags of a value as JSON writes them."""
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in leaves(each)]
    return [] if value is None else [value if isinstance(value, str) else json.dumps(value)]
