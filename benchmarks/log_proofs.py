"""How long proofs take in a log of 100 million leaves, and how many durable leaves a second it takes while it proves.

    python benchmarks/log_proofs.py [--leaves 100000077] [--sampled 1000] [--rounds 5] [--postgres URL]
        [--folder FOLDER]

**Proofs.** The store is a real one with a synthetic tree: leaf i holds `i mod 65,536`, so that every subtree of 65,536
leaves is the same and each root over tiles (392,159 rows of them, all there) is known without hashing 100 million
leaves. Of the leaves, those under `--sampled` tiles taken at random are there, as events of 700 bytes in the order of
the tree, with those at the right edge: a B-tree over all of them would be a level higher, a page more for each of the
30 or so that a tile's leaves lie on. Each proof is asked on a connection of its own, read as the API reads it, and
verified against the root that the formula gives. `inclusion`: of a sampled leaf, in the tree of all; `consistency`:
from a size within a sampled tile to all. *cold*: the file's pages are dropped from the system's cache first and the
connections are new (SQLite alone, and only what the system lets go). The ceilings: the same rows read by the driver
itself, and the same hashes hashed. `processor` is what this process computed for a proof, whatever else ran.

**Leaves.** Batches of 24,000 encoded events of 700 bytes (a block of readings is one) are appended, durably
(`synchronous FULL`), while the sequencer brings them into the signed tree and a thread proves random leaves under the
newest checkpoint, 100 a second asked for. A figure is what was appended and *under a checkpoint* when the clock
stopped; `apart`: a process of its own writes and keeps the tree up, as when files are screened. Making the bytes is not
counted, hashing them is. The ceiling: bare group commits of the same bytes, in turns with the product. `processor` is
what this process computed a leaf, insertion, tree, signatures and the proofs included.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path

import log_appends
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from synthetic_tree import PADDING, Counting, Synthetic, make

from aforo.log import merkle, schema, tile_store
from aforo.log.keys import KeyStore
from aforo.log.proof import last_checkpoint
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log
from aforo.log.tiles import WIDTH, Tile, Tree
from aforo.log.writer import written_apart
from aforo.log.written import Written

#: Leaves of a batch, batches of a round.
BATCH, BATCHES = 24_000, 8
#: Seconds of each proof, and of the processor, by kind.
Taken = dict[str, list[tuple[float, float]]]


def proofs(log: Log, tree: Synthetic, tiles: list[int], before: Callable[[], None]) -> Taken:
    """Seconds of each proof, and of the processor, by kind; `before` is called before each. Every one is verified."""
    root, draw = tree.root(), random.Random(5)
    taken: Taken = {"inclusion": [], "consistency": []}
    for index in tiles:
        leaf = index * WIDTH + draw.randrange(WIDTH)
        before()
        began, computed = time.perf_counter(), time.process_time()
        with log.database.read() as connection:
            path = tile_store.tree(connection, tree.size).inclusion(leaf)
        taken["inclusion"].append((time.perf_counter() - began, time.process_time() - computed))
        assert merkle.root_of_inclusion(tree.hash(0, leaf), leaf, tree.size, path) == root
        before()
        began, computed = time.perf_counter(), time.process_time()
        with log.database.read() as connection:
            whole = tile_store.tree(connection, tree.size).whole_consistency(leaf + 1)
        taken["consistency"].append((time.perf_counter() - began, time.process_time() - computed))
        roots = merkle.roots_of_consistency(leaf + 1, tree.size, whole)
        assert roots is not None
        assert roots[1] == root
    return taken


def ceilings(log: Log, tree: Synthetic, tiles: list[int]) -> tuple[float, float, float]:
    """Tiles of an inclusion proof; seconds to read their rows by the bare driver, and to hash as much."""
    reading: list[float] = []
    counts: list[int] = []
    hashing: list[float] = []
    fetch, close = driver(log)
    try:
        for index in tiles:
            counting = Counting(tree)
            Tree(tree.size, counting).inclusion(index * WIDTH)
            counts.append(len(counting.read))
            began = time.perf_counter()
            for tile in counting.read:
                fetch(tile)
            reading.append(time.perf_counter() - began)
            pair, nodes = b"\x01" + bytes(64), sum(tile.width - 1 for tile in counting.read)
            began = time.perf_counter()
            for _ in range(nodes):
                sha256(pair).digest()
            hashing.append(time.perf_counter() - began)
    finally:
        close()
    return statistics.median(counts), statistics.median(reading), statistics.median(hashing)


def driver(log: Log) -> tuple[Callable[[Tile], object], Callable[[], None]]:
    """Reads a tile's rows with nothing between, and gives the connection back."""
    leaves = (
        "SELECT leaf_hash FROM leaf JOIN event ON event.position = leaf.position"
        " WHERE leaf_index >= {0} AND leaf_index < {0} ORDER BY leaf_index LIMIT 256"
    )
    roots = "SELECT hash FROM subtree WHERE level = {0} AND place >= {0} AND place < {0} ORDER BY place LIMIT 256"
    url = log.database.engine.url
    bare: sqlite3.Connection | psycopg.Connection
    if url.drivername.startswith("sqlite"):
        bare, mark = sqlite3.connect(url.database or ""), "?"
    else:
        plain = url.set(drivername="postgresql", query={}).render_as_string(hide_password=False)
        bare, mark = psycopg.connect(plain, autocommit=True), "%s"

    def fetch(tile: Tile) -> object:
        first, last = tile.index * WIDTH, tile.index * WIDTH + tile.width
        if tile.level == 0:
            return bare.execute(leaves.format(mark), (first, last)).fetchall()
        return bare.execute(roots.format(mark), (tile.level, first, last)).fetchall()

    return fetch, bare.close


def let_go(log: Log) -> None:
    """Have the system forget the pages of a SQLite file, and the product its connections."""
    log.database.close()
    for path in Path(log.database.engine.url.database or "").parent.glob("log.sqlite*"):
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


_numbers = count()


def batch() -> Written:
    """Encoded events, none made twice."""
    numbers = [next(_numbers) for _ in range(BATCH)]
    ids = [f"{number:032x}" for number in numbers]
    bodies = [
        f'{{"event_id": "{id_}", "type": "custody.block", "stream": "device/{id_}", "padding": "{PADDING}"}}'.encode()
        for id_ in ids
    ]  # fmt: skip
    nothing: list[str | None] = [None] * BATCH
    return Written(
        ids, [f"device/{id_}" for id_ in ids], [1] * BATCH, nothing, ["custody.block"] * BATCH, nothing, bodies
    )


class Proving:
    """A thread that proves random leaves under the newest checkpoint, as often as it is asked to."""

    def __init__(self, log: Log, a_second: float) -> None:
        self._log, self._pause = log, 1 / a_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.taken: list[float] = []

    def __enter__(self) -> Proving:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        draw = random.Random(1)
        while not self._stop.wait(self._pause):
            began = time.perf_counter()
            signed = last_checkpoint(self._log.database)
            if signed is None:
                continue
            with self._log.database.read() as connection:
                tile_store.tree(connection, signed.size).inclusion(draw.randrange(signed.size))
            self.taken.append(time.perf_counter() - began)


def in_tree(log: Log) -> int:
    with log.database.read() as connection:
        return int(connection.execute(select(schema.checkpoint.c.size).order_by(
            schema.checkpoint.c.size.desc()).limit(1)).scalar() or 0)  # fmt: skip


def taken_in(
    log: Log, writing: Callable[[Log], AbstractContextManager[object]], rounds: int, bodies: log_appends.Write
) -> tuple[list[float], list[float], list[float], float]:
    """Leaves a second, by round, durable and under a checkpoint; those of the ceiling; seconds of each proof; and of
    the processor for a leaf."""
    rates, bare, proved, computed = [], [], [], []
    with writing(log), Proving(log, 100) as proving:
        for _ in range(rounds):
            batches = [batch() for _ in range(BATCHES)]
            before = in_tree(log)
            began, worked = time.perf_counter(), time.process_time()
            for each in batches:
                log.append_written(each)
            while in_tree(log) < before + BATCHES * BATCH:
                time.sleep(0.005)
            rates.append(BATCHES * BATCH / (time.perf_counter() - began))
            computed.append((time.process_time() - worked) / (BATCHES * BATCH))
            rows: list[log_appends.Rows] = [
                [("", "", 0, None, "", b"", body) for body in each.body] for each in batches
            ]
            began = time.perf_counter()
            for part in rows:
                bodies(part)
            bare.append(BATCHES * BATCH / (time.perf_counter() - began))
        proved += proving.taken
    return rates, bare, proved, statistics.median(computed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaves", type=int, default=100_000_077)
    parser.add_argument("--sampled", type=int, default=1_000, help="tiles whose leaves are there")
    parser.add_argument("--rounds", type=int, default=5, help=f"of {BATCHES} batches of {BATCH:,}, each way")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--folder", help="where to write (default: the platform's temporary folder)")
    arguments = parser.parse_args()
    console = Console(width=132)
    console.print(
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {platform.platform()},"
        f" Python {platform.python_version()}"
    )
    tree = Synthetic(arguments.leaves)
    full = arguments.leaves // WIDTH
    tiles = random.Random(3).sample(range(full), min(arguments.sampled, full))
    times = Table(
        title=f"milliseconds a proof, {tree.size:,} leaves, {len(tiles):,} of each: median, p99; ceilings: median"
    )
    for column in ("database", "proof", "median", "p99", "processor", "tiles", "bare read", "bare hashing"):
        times.add_column(column, justify="left" if column in ("database", "proof") else "right")
    leaves = Table(
        title="durable leaves a second under a checkpoint, with proofs served; ceiling: bare commits of the bytes"
    )
    for column in (
        "database",
        "writing",
        "median",
        "least",
        "bodies",
        "of bodies",
        "processor",
        "proofs",
        "proof median",
        "proof p99",
    ):
        leaves.add_column(column, justify="left" if column in ("database", "writing") else "right")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
        folder = Path(made)
        for name, url, make_ceilings in log_appends.stores(folder, arguments.postgres):
            keys = KeyStore(folder / f"{name.split(' ')[0]}-keys.sqlite")
            with Log.open(url, keys) as log:
                for row in measured_proofs(log, tree, tiles):
                    times.add_row(name, *row)
                empty(log)
                bodies = make_ceilings()["bodies"]
                ways: dict[str, Callable[[Log], AbstractContextManager[object]]] = {"in one process": Sequencing}
                if url.startswith("sqlite"):
                    ways["apart"] = written_apart
                for way, writing in ways.items():
                    rates, bare, proved, computed = taken_in(log, writing, arguments.rounds, bodies)
                    rate, ceiling = statistics.median(rates), statistics.median(bare)
                    leaves.add_row(
                        name, way, f"{rate:,.0f}", f"{min(rates):,.0f}", f"{ceiling:,.0f}", f"{rate / ceiling:.0%}",
                        f"{1e6 * computed:.1f} µs",
                        f"{len(proved):,}", f"{1e3 * p(proved, 0.5):.1f} ms", f"{1e3 * p(proved, 0.99):.1f} ms",
                    )  # fmt: skip
    console.print(times)
    console.print(leaves)


def measured_proofs(log: Log, tree: Synthetic, tiles: list[int]) -> Iterator[list[str]]:
    """The rows of a store's proofs."""
    make(log, tree, tiles)
    proofs(log, tree, tiles[:50], lambda: None)
    count_, reading, hashing = ceilings(log, tree, tiles)
    bare = [f"{count_:.0f}", f"{1e3 * reading:.2f}", f"{1e3 * hashing:.2f}"]
    for kind, taken in proofs(log, tree, tiles, lambda: None).items():
        said = bare if kind == "inclusion" else ["", "", ""]
        yield [kind, *shown(taken), *said]
    if log.database.engine.url.drivername.startswith("sqlite") and hasattr(os, "posix_fadvise"):
        with log.database.read() as connection, suppress(sqlite3.Error):
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        os.sync()
        for kind, taken in proofs(log, tree, tiles[:200], lambda: let_go(log)).items():
            yield [f"{kind}, cold", *shown(taken), "", "", ""]


def shown(taken: list[tuple[float, float]]) -> list[str]:
    """Median, 99th percentile and the processor's median, in milliseconds."""
    walls, computed = [each[0] for each in taken], [each[1] for each in taken]
    return [f"{1e3 * each:.2f}" for each in (p(walls, 0.5), p(walls, 0.99), p(computed, 0.5))]


def empty(log: Log) -> None:
    """Take the synthetic tree away again: nothing of it was signed."""
    with log.database.write() as connection:
        for table in (schema.leaf, schema.event, schema.subtree):
            connection.execute(table.delete())


if __name__ == "__main__":
    main()
