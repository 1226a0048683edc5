"""What a value of the WCO Data Model is at first sight, it is when looked at closely."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from aforo.intake.wco import structure
from aforo.intake.wco.structure import Node
from aforo.intake.wco.value import Value, sight, text_of, wrong

ROOTS = (("declaration", "Declaration"), ("response", "Response"), ("metadata", "MetaData"))


def _values(node: Node) -> Iterator[Value]:
    if node.value is not None:
        yield node.value
    for _, child in (*node.children.values(), *node.later.values()):
        yield from _values(child)


def _known() -> list[Value]:
    roots = (structure.structure(outline, root, "") for outline, root in ROOTS)
    return list(dict.fromkeys(value for root in roots if root is not None for value in _values(root)))


KNOWN = _known()


@given(st.sampled_from(KNOWN), st.data())
def test_what_is_right_at_first_sight_is_right(value: Value, data: st.DataObject) -> None:
    pattern = sight(value)
    if pattern is None:
        return
    text = data.draw(st.from_regex(pattern, fullmatch=True).filter(bool))
    assert text_of(value, text) == text
    assert not wrong(value, text)


def test_only_a_moment_needs_more_than_a_sight() -> None:
    assert {value.kind for value in KNOWN if sight(value) is None} == {"date"}
