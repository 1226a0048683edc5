"""The tree is RFC 6962's: known roots, and every proof of every small tree."""

from __future__ import annotations

import pytest

from aforo.log import merkle
from aforo.log.merkle import Frontier

#: The leaves and roots that Certificate Transparency implementations test with.
_LEAVES_HEX = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
LEAVES = [bytes.fromhex(text) for text in _LEAVES_HEX]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(bytes([i])) for i in range(40)]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    assert merkle.root(merkle.leaf_hashes(LEAVES[:size])).hex() == ROOTS[size - 1]


def test_the_empty_tree() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 40))
def test_every_leaf_is_proved(size: int) -> None:
    root = merkle.root(HASHES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(HASHES[:size], index)
        assert merkle.root_of_inclusion(HASHES[index], index, size, proof) == root
        assert merkle.root_of_inclusion(merkle.leaf_hash(b"another"), index, size, proof) != root
        if proof:
            with pytest.raises(ValueError, match="too short"):
                merkle.root_of_inclusion(HASHES[index], index, size, proof[:-1])
        with pytest.raises(ValueError, match="too long"):
            merkle.root_of_inclusion(HASHES[index], index, size, [*proof, root])


@pytest.mark.parametrize("size", range(1, 40))
def test_every_prefix_is_consistent(size: int) -> None:
    root = merkle.root(HASHES[:size])
    for old_size in range(1, size + 1):
        old_root = merkle.root(HASHES[:old_size])
        proof = merkle.consistency_proof(HASHES[:size], old_size)
        assert merkle.is_consistent(old_size, old_root, size, root, proof)
        assert not merkle.is_consistent(old_size, merkle.leaf_hash(b"x"), size, root, proof)
        assert not merkle.is_consistent(old_size, old_root, size, merkle.leaf_hash(b"x"), proof)
        assert not merkle.is_consistent(old_size, old_root, size, root, [*proof, root])


def test_a_proof_of_nothing_is_refused() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(HASHES[:3], 3)
    with pytest.raises(ValueError, match="outside"):
        merkle.root_of_inclusion(HASHES[0], 3, 3, [])
    with pytest.raises(ValueError, match="no consistency"):
        merkle.consistency_proof(HASHES[:3], 4)
    assert not merkle.is_consistent(0, merkle.EMPTY_ROOT, 3, merkle.root(HASHES[:3]), [])


def test_a_frontier_is_loaded_as_it_was_dumped() -> None:
    for size in range(40):
        frontier = Frontier()
        frontier.extend(HASHES[:size])
        again = Frontier.load(size, frontier.dump())
        assert again.root() == frontier.root()
        again.extend(HASHES[size:])
        assert again.root() == merkle.root(HASHES)
        assert frontier.size == size, "a loaded frontier grows on its own"
    with pytest.raises(ValueError, match="hashes"):
        Frontier.load(3, b"\0" * 32)
