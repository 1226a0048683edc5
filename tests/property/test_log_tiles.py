"""Every proof that is made from tiles is that of RFC 6962, and every tile has one name."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.log import merkle
from aforo.log.tiles import MOST_LEAVES, WIDTH, NoTileError, Tile, Tree, tiles_of, width_at

MOST = 70_000


@cache
def levels() -> list[list[bytes]]:
    """The hashes of a tree of MOST leaves, level by level of its tiles."""
    found = [[merkle.leaf_hash(b"%d" % number) for number in range(MOST)]]
    while len(found[-1]) >= WIDTH:
        below = found[-1]
        found.append([merkle.root(below[at : at + WIDTH]) for at in range(0, len(below) - WIDTH + 1, WIDTH)])
    return found


class Reading:
    """Reads tiles, as far as a tree of `size` has them, and counts."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.read: list[Tile] = []

    def __call__(self, tile: Tile) -> bytes:
        assert 0 < tile.width == width_at(self.size, tile.level, tile.index)
        self.read.append(tile)
        first = tile.index * WIDTH
        return b"".join(levels()[tile.level][first : first + tile.width])


#: Where trees of tiles turn over, and anywhere.
SIZES = st.one_of(st.integers(1, 1_100), st.sampled_from([65_535, 65_536, 65_537, 65_792, MOST]), st.integers(1, MOST))


@settings(max_examples=40, deadline=None)
@given(SIZES, st.data())
def test_proofs_are_those_of_the_tree(size: int, data: st.DataObject) -> None:
    leaves = levels()[0][:size]
    reading = Reading(size)
    tree = Tree(size, reading)
    root = merkle.root(leaves)
    assert tree.root() == root
    assert tree.frontier().root() == root
    index = data.draw(st.integers(0, size - 1))
    path = Tree(size, reading).inclusion(index)
    assert merkle.root_of_inclusion(leaves[index], index, size, path) == root
    old = data.draw(st.integers(1, size))
    proof = Tree(size, reading).consistency(old)
    assert merkle.is_consistent(old, merkle.root(leaves[:old]), size, root, proof)
    if old < size:
        whole = Tree(size, reading).whole_consistency(old)
        assert merkle.roots_of_consistency(old, size, whole) == (merkle.root(leaves[:old]), root)
    if size < 600:
        assert path == merkle.inclusion_proof(leaves, index)
        assert proof == merkle.consistency_proof(leaves, old)


@given(SIZES, st.data())
def test_a_proof_reads_two_tiles_a_level_at_most(size: int, data: st.DataObject) -> None:
    for ask in (Tree.inclusion, Tree.consistency):
        reading = Reading(size)
        ask(Tree(size, reading), data.draw(st.integers(0, size - 1)))
        for level in range(3):
            assert sum(tile.level == level for tile in reading.read) <= 2
        assert len(set(reading.read)) == len(reading.read)


@given(st.integers(0, MOST_LEAVES))
def test_partial_tiles_are_those_of_the_size(size: int) -> None:
    partial = tiles_of(size)
    assert [tile.width for tile in partial] == [width for level in range(8) if (width := (size >> 8 * level) % WIDTH)]
    assert all(tile.width == width_at(size, tile.level, tile.index) for tile in partial)


def test_the_example_of_the_format() -> None:
    assert [tile.path for tile in tiles_of(70_000)] == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [tile.path for tile in tiles_of(256)] == ["tile/1/000.p/1"]
    assert Tile(0, 1_234_067).entries_path == "tile/entries/x001/x234/067"


@given(st.integers(0, 2), st.integers(0, 2**37), st.integers(1, WIDTH))
def test_a_tile_is_found_by_its_name(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.at(level, tile.place) == tile


@given(st.text("x0123456789/.p", max_size=20))
def test_a_tile_has_no_other_name(place: str) -> None:
    try:
        tile = Tile.at(0, place)
    except NoTileError:
        return
    assert tile.place == place


@pytest.mark.parametrize(
    "place",
    ["", "0", "00", "0000", "x000/000", "x000/001", "001/x002", "x1/002", "000.p/0", "000.p/00", "000.p/08",
     "000.p/256", "000.p/300", "000/p/1", " 000", "000\n", "٠٠٠", "-01", "../000", "x999/x999/x999/x999/x999/x999/999"],
)  # fmt: skip
def test_what_names_no_tile(place: str) -> None:
    with pytest.raises(NoTileError):
        Tile.at(0, place)


@pytest.mark.parametrize("level", [-1, 64])
def test_there_are_64_levels(level: int) -> None:
    with pytest.raises(NoTileError):
        Tile.at(level, "000")


@pytest.mark.parametrize("bad", [-1, 5])
def test_no_proof_of_what_is_not_there(bad: int) -> None:
    tree = Tree(5, Reading(5))
    with pytest.raises(IndexError):
        tree.inclusion(bad)
    with pytest.raises(ValueError, match="consistency"):
        tree.consistency(bad + 1 if bad > 0 else bad)
    with pytest.raises(ValueError, match="leaves"):
        Tree(-1, Reading(5))


def test_a_tile_that_is_short_is_no_tile() -> None:
    with pytest.raises(NoTileError):
        Tree(5, lambda tile: b"\0" * 32).root()


def test_from_nothing_and_to_itself_nothing_is_to_be_proved() -> None:
    tree = Tree(5, Reading(5))
    assert tree.consistency(0) == tree.consistency(5) == []
    assert Tree(0, Reading(0)).root() == merkle.EMPTY_ROOT
