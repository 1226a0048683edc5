"""Merkle trees as RFC 6962 section 2.1 defines them (RFC 9162 keeps the definition): roots, proofs, and a frontier.

A leaf's hash is SHA-256(0x00 || bytes); a node's is SHA-256(0x01 || left || right); the tree over n leaves splits at
the largest power of two below n. Every function here takes and returns hashes of 32 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
#: The root of the tree without leaves (RFC 6962: the hash of the empty string).
EMPTY_ROOT = sha256(b"").digest()
#: A leaf's hash before any of its bytes: to copy it takes less than to begin one.
_LEAF = sha256(b"\x00")

#: Told of the roots of new perfect subtrees: their height, the place of the first among those of that height, and them.
Made = Callable[[int, int, Sequence[bytes]], None]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(bodies: Iterable[bytes]) -> list[bytes]:
    """The hashes of many leaves."""
    hashes: list[bytes] = []
    for body in bodies:
        leaf = _LEAF.copy()
        leaf.update(body)
        hashes.append(leaf.digest())
    return hashes


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over `left` and `right`."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """What must be remembered of a tree so that leaves can be added and its root be told: O(log n) hashes.

    These are the roots of the perfect subtrees that the leaves make up, one for each bit that is set in `size`.
    """

    __slots__ = ("_nodes", "size")

    def __init__(self) -> None:
        self.size = 0
        #: By height; None where the bit of `size` is clear.
        self._nodes: list[bytes | None] = []

    def copy(self) -> Frontier:
        """A frontier that grows on its own."""
        twin = Frontier()
        twin.size = self.size
        twin._nodes = list(self._nodes)
        return twin

    def extend(self, leaves: Sequence[bytes], made: Made | None = None) -> None:
        """Add leaf hashes on the right, level by level; `made` is told which perfect subtrees that completes."""
        level: list[bytes] = list(leaves)
        before = self.size
        self.size += len(level)
        height = 0
        while level:
            if made is not None:
                made(height, before >> height, level)
            if height == len(self._nodes):
                self._nodes.append(None)
            waiting = self._nodes[height]
            if waiting is not None:
                level.insert(0, waiting)
            self._nodes[height] = level.pop() if len(level) % 2 else None
            pairs = iter(level)
            level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            height += 1

    def root(self) -> bytes:
        """The root of the tree so far."""
        root: bytes | None = None
        for node in self._nodes:
            if node is not None:
                root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root

    def nodes(self) -> list[bytes]:
        """The roots of the perfect subtrees, from the highest to the lowest: from left to right."""
        return [node for node in reversed(self._nodes) if node is not None]

    def dump(self) -> bytes:
        """The hashes from the highest subtree to the lowest, 32 bytes each; with `size` they are the frontier."""
        return b"".join(self.nodes())

    @classmethod
    def load(cls, size: int, hashes: bytes) -> Frontier:
        """The frontier that `dump` gave. Raises ValueError where the hashes do not fit the size."""
        if len(hashes) != HASH_BYTES * size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} hashes, not {len(hashes) / 32:g}")
        frontier = cls()
        frontier.size = size
        frontier._nodes = [None] * size.bit_length()
        offset = 0
        for height in reversed(range(size.bit_length())):
            if size >> height & 1:
                frontier._nodes[height] = hashes[offset : offset + HASH_BYTES]
                offset += HASH_BYTES
        return frontier


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over `leaves`."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` (RFC 6962 2.1.1), lowest node first. Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root(leaves[:k])]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to (RFC 9162 2.1.3.2). Raises ValueError where it cannot be a path."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is outside a tree of {size}")
    node, last = index, size - 1
    hash_ = leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("the audit path is too long")
        if node & 1 or node == last:
            hash_ = node_hash(sibling, hash_)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            hash_ = node_hash(hash_, sibling)
        node >>= 1
        last >>= 1
    if last:
        raise ValueError("the audit path is too short")
    return hash_


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree over `leaves` extends its first `old_size` (RFC 6962 2.1.2). Raises ValueError."""
    if not 0 < old_size <= len(leaves):
        raise ValueError(f"no consistency from {old_size} leaves to {len(leaves)}")

    def prove(leaves: Sequence[bytes], m: int, whole: bool) -> list[bytes]:
        if m == len(leaves):
            return [] if whole else [root(leaves)]
        k = _split(len(leaves))
        if m <= k:
            return [*prove(leaves[:k], m, whole), root(leaves[k:])]
        return [*prove(leaves[k:], m - k, False), root(leaves[:k])]

    return prove(leaves, old_size, True)


def is_consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the new tree extends the old one (RFC 9162 2.1.4.2)."""
    if old_size == new_size:
        return old_size > 0 and not proof and old_root == new_root
    whole = [old_root, *proof] if old_size & (old_size - 1) == 0 else proof
    return roots_of_consistency(old_size, new_size, whole) == (old_root, new_root)


def roots_of_consistency(old_size: int, new_size: int, whole: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots that a consistency proof gives the old tree and the new one; None where it cannot be a proof.

    `whole` is the proof with the old tree's root before it where its size is a power of two (RFC 9162 2.1.4.2, step
    1), so that it says by itself what it proves: that the first `old_size` leaves of the tree under the one root are
    those under the other.
    """
    if not 0 < old_size < new_size or not whole:
        return None
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old_hash = new_hash = whole[0]
    for sibling in whole[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old_hash = node_hash(sibling, old_hash)
            new_hash = node_hash(sibling, new_hash)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new_hash = node_hash(new_hash, sibling)
        node >>= 1
        last >>= 1
    return (old_hash, new_hash) if last == 0 else None
