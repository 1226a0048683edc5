"""A tree of a hundred million leaves in a real store, without hashing them: leaf i holds `i mod 65,536`, so that every
subtree of 65,536 leaves is the same, and each root over tiles is known. What `log_proofs` proves in."""

from __future__ import annotations

from sqlalchemy import insert

from aforo.log import merkle, schema
from aforo.log.store import Log
from aforo.log.tiles import WIDTH, Tile, tiles_of, width_at

#: After so many leaves the synthetic tree repeats: the leaves under one tile of level 1.
PERIOD = WIDTH * WIDTH
#: Bytes of a leaf.
BYTES = 700
#: Rows written at a time when the store is made.
CHUNK = 20_000

PADDING = "x" * (BYTES - 170)


class Synthetic:
    """The tree by formula: every hash of it without the leaves."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.leaves = merkle.leaf_hashes(body_of(number) for number in range(PERIOD))
        self.roots = [merkle.root(self.leaves[at : at + WIDTH]) for at in range(0, PERIOD, WIDTH)]
        self.above = [merkle.root(self.roots)]
        while size >> 8 * (len(self.above) + 2):
            self.above.append(merkle.root([self.above[-1]] * WIDTH))

    def hash(self, level: int, place: int) -> bytes:
        """A hash of a tile."""
        if level == 0:
            return self.leaves[place % PERIOD]
        return self.roots[place % WIDTH] if level == 1 else self.above[level - 2]

    def root(self) -> bytes:
        """The root of all leaves, from the hashes of whole periods."""
        frontier = merkle.Frontier()
        nodes, height, node = [], 16, self.above[0]
        while self.size >> height:
            if self.size >> height & 1:
                nodes.append(node)
            node, height = merkle.node_hash(node, node), height + 1
        rest = self.size % PERIOD
        frontier.extend(self.leaves[:rest])
        whole = merkle.Frontier.load(self.size, b"".join([*reversed(nodes), *frontier.nodes()]))
        return whole.root()


def body_of(number: int) -> bytes:
    """What leaf `number` of the synthetic tree holds."""
    return f'{{"leaf": {number % PERIOD:06d}, "padding": "{PADDING}"}}'.encode()


def make(log: Log, tree: Synthetic, tiles: list[int]) -> None:
    """Write the synthetic tree into an empty log."""
    with log.database.write() as connection:
        for level in range(1, 8):
            total = tree.size >> 8 * level
            for start in range(0, total, CHUNK):
                rows = [
                    {"level": level, "place": place, "hash": tree.hash(level, place)}
                    for place in range(start, min(start + CHUNK, total))
                ]
                connection.execute(insert(schema.subtree), rows)
        edge = [tile.index for tile in tiles_of(tree.size) if tile.level == 0]
        position = 0
        for index in sorted({*tiles, *edge}):
            numbers = range(index * WIDTH, index * WIDTH + width_at(tree.size, 0, index))
            events, leaves = [], []
            for number in numbers:
                position += 1
                events.append(
                    {
                        "position": position, "event_id": f"{number:032x}", "stream": f"device/{number}", "version": 1,
                        "type": "custody.block", "leaf_hash": tree.hash(0, number), "body": body_of(number),
                    }
                )  # fmt: skip
                leaves.append({"leaf_index": number, "position": position})
            connection.execute(insert(schema.event), events)
            connection.execute(insert(schema.leaf), leaves)


class Counting:
    """Reads tiles by formula, and remembers which."""

    def __init__(self, tree: Synthetic) -> None:
        self.tree = tree
        self.read: list[Tile] = []

    def __call__(self, tile: Tile) -> bytes:
        self.read.append(tile)
        first = tile.index * WIDTH
        return b"".join(self.tree.hash(tile.level, first + at) for at in range(tile.width))
