"""However leaves come in, the frontier's root is the tree's as RFC 6962 defines it, recursively."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aforo.log import merkle


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(defined_root(leaves[:k]), defined_root(leaves[k:]))


@given(st.lists(st.integers(min_value=0, max_value=70), max_size=8))
def test_parts_make_the_whole(parts: list[int]) -> None:
    frontier = merkle.Frontier()
    leaves: list[bytes] = []
    for part in parts:
        new = [merkle.leaf_hash(b"%d" % (len(leaves) + i)) for i in range(part)]
        frontier.extend(new)
        leaves += new
        assert frontier.size == len(leaves)
        assert frontier.root() == defined_root(leaves)
        assert len(frontier.dump()) == 32 * len(leaves).bit_count()
