"""The tree as tiles (C2SP tlog-tiles): where its hashes lie, and every proof from a few of them.

A tile is 256 consecutive hashes of one level. Level 0 has the leaves' hashes; each hash of a level above is the root
over a full tile of the level below. What lies between two levels is made from a tile when it is needed. So a proof for
any leaf and any size, or from any size to a later one, reads at most two tiles a level: eight at 100 million leaves.

Nothing here reads: a `Read` gives a tile's hashes, from the store, over HTTP or from files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

import msgspec

from aforo.log.merkle import EMPTY_ROOT, HASH_BYTES, Frontier, node_hash

#: Levels of the tree that a tile holds, and its hashes where it is full.
HEIGHT, WIDTH = 8, 256
#: The highest level that a path may name (the format's own limit).
MOST_LEVEL = 63
#: Leaves that a tree may have here: indexes in the store are signed numbers of 64 bits.
MOST_LEAVES = 1 << 62

_PLACE = re.compile(r"((?:x[0-9]{3}/){0,6})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class NoTileError(LookupError):
    """The tree has no such tile, or not of this width."""


class Tile(msgspec.Struct, frozen=True):
    """The first `width` hashes of tile `index` of `level`; a bundle of entries where its leaves are meant."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def place(self) -> str:
        """Index and width as the end of a path says them: `x001/x234/067`, with `.p/8` of a partial tile."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        named = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        return named if self.width == WIDTH else f"{named}.p/{self.width}"

    @property
    def path(self) -> str:
        """The tile's path behind the log's prefix."""
        return f"tile/{self.level}/{self.place}"

    @property
    def entries_path(self) -> str:
        """The path of the bundle of entries of a tile of level 0."""
        return f"tile/entries/{self.place}"

    @classmethod
    def at(cls, level: int, place: str) -> Tile:
        """The tile that a path names; each has one name. Raises NoTileError."""
        found = _PLACE.fullmatch(place)
        if found is None or not 0 <= level <= MOST_LEVEL:
            raise NoTileError(place)
        index = int(found[1].replace("x", "").replace("/", "") + found[2])
        tile = cls(level, index, int(found[3] or WIDTH))
        if tile.place != place or tile.width > WIDTH or (index + 1) << HEIGHT * min(level + 1, 8) > MOST_LEAVES:
            raise NoTileError(place)
        return tile


def width_at(size: int, level: int, index: int) -> int:
    """How many hashes a tile has in a tree of `size` leaves: WIDTH where it is full, 0 where there is none."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def tiles_of(size: int) -> list[Tile]:
    """The partial tiles of a tree of `size` leaves, from level 0: with full tiles they are all that it consists of."""
    levels = range(-(-size.bit_length() // HEIGHT))
    widths = [(level, size >> HEIGHT * level) for level in levels]
    return [Tile(level, hashes // WIDTH, hashes % WIDTH) for level, hashes in widths if hashes % WIDTH]


#: The hashes of a tile, `width` times 32 bytes; raises NoTileError where there is none.
Read = Callable[[Tile], bytes]


class Tree:
    """A tree of `size` leaves, as tiles tell it. Each tile is read once, when it is first needed."""

    def __init__(self, size: int, read: Read) -> None:
        if not 0 <= size <= MOST_LEAVES:
            raise ValueError(f"no tree has {size} leaves")
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def root(self) -> bytes:
        """The tree's root. Raises as the tiles' `Read`."""
        return self._over(0, self.size) if self.size else EMPTY_ROOT

    def frontier(self) -> Frontier:
        """What the tree grows from. Raises as `Read`."""
        nodes, first = [], 0
        for height in reversed(range(self.size.bit_length())):
            if self.size >> height & 1:
                nodes.append(self._subtree(height, first >> height))
                first += 1 << height
        return Frontier.load(self.size, b"".join(nodes))

    def inclusion(self, index: int) -> list[bytes]:
        """The audit path of leaf `index` (RFC 6962 2.1.1), lowest node first. Raises IndexError, and as `Read`."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of {self.size}")
        first, last = 0, self.size
        path = []
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                path.append(self._over(middle, last))
                last = middle
            else:
                path.append(self._over(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, old_size: int) -> list[bytes]:
        """The proof that this tree extends its first `old_size` leaves (RFC 6962 2.1.2); empty from none and from all
        of them. Raises ValueError, and as `Read`."""
        if old_size in (0, self.size):
            return []
        whole = self.whole_consistency(old_size)
        return whole[1:] if old_size & (old_size - 1) == 0 else whole

    def whole_consistency(self, old_size: int) -> list[bytes]:
        """As `consistency`, with the old root first where the old size is a power of two: what `roots_of_consistency`
        takes, and what proves by itself which root the first leaves of this tree have."""
        if not 0 < old_size <= self.size:
            raise ValueError(f"no consistency from {old_size} leaves to {self.size}")
        first, last, rest = 0, self.size, []
        while old_size != last:
            middle = first + _split(last - first)
            if old_size <= middle:
                rest.append(self._over(middle, last))
                last = middle
            else:
                rest.append(self._over(first, middle))
                first = middle
        return [self._over(first, last), *rest[::-1]]

    def _over(self, first: int, last: int) -> bytes:
        """The root over the leaves from `first` until before `last`, which lie under one node of the tree."""
        count = last - first
        if count & (count - 1) == 0:
            return self._subtree(count.bit_length() - 1, first >> count.bit_length() - 1)
        middle = first + _split(count)
        return node_hash(self._over(first, middle), self._over(middle, last))

    def _subtree(self, height: int, place: int) -> bytes:
        """The root of a perfect subtree of 2^height leaves, the `place`th of that height."""
        level, inside = divmod(height, HEIGHT)
        first = place << inside
        hashes = self._tile(level, first // WIDTH)
        at = first % WIDTH
        return _perfect(hashes[at : at + (1 << inside)])

    def _tile(self, level: int, index: int) -> list[bytes]:
        known = self._tiles.get((level, index))
        if known is None:
            tile = Tile(level, index, width_at(self.size, level, index))
            read = self._read(tile)
            if len(read) != tile.width * HASH_BYTES:
                raise NoTileError(tile.path)
            known = [read[at : at + HASH_BYTES] for at in range(0, len(read), HASH_BYTES)]
            self._tiles[level, index] = known
        return known


def _perfect(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1
