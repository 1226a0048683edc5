"""Signed positions end to end: decoded, verified, chained, held against fences and corridor, durable when acknowledged.

    python benchmarks/seal_positions.py [--blocks 12800] [--devices 2000] [--fences 2000] [--postgres URL]

Blocks of 60, 10 and 1 positions of many devices, each under a seal of a trip of its own along the shipped corridor, are
handed to the product's recorder one by one, as a broker's are, with so many on their way at once as it bounds, and read
by a process of their own, as in `aforo seal listen`; each is acknowledged when it is durable (SQLite: synchronous
FULL). The custody of the log is live in the same process: each block is held against the one before it of its device,
each position against the fences and the corridor, and where the device stands is kept. The log's tree is kept up beside
it. The clock stops when the last block is acknowledged, and all of it has been looked at. What is then to be judged
whole, since it was not as expected, is counted and not judged: with so many fences beside one road hardly a block
crosses none.

The ceilings, one after the other in the same run: `signature`, PyNaCl's verification alone, of as many blocks, one
thread; `disk`, the same bytes in transactions of as many bytes as the recorder's, into one column through the driver
(PostgreSQL: COPY in binary). Making the blocks is not counted. `a core` is by the processor time of this process, with
all its threads, and of that which reads; PostgreSQL's own is beside it. SYNTHETIC.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import psycopg
from custody_geometry import ROAD, fences
from nacl.signing import SigningKey
from own_processes import used
from rich.console import Console
from rich.table import Table
from run_all import processor

from aforo.custody.limits import shipped
from aforo.custody.live import Ground, Live
from aforo.domain.device import DeviceRegistered
from aforo.domain.event import Payload, new_event
from aforo.domain.reading import CLOSED, no_readings
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow.admission import ANY_PACE, Admission
from aforo.flow.blocks_apart import read_apart
from aforo.flow.blocks_read import Reader, Signed
from aforo.flow.custody import Custody
from aforo.gateways.recorder import MOST_BYTES_AT_ONCE, Recorder
from aforo.intake import seal_block
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log

#: Blocks on their way at once: more than two of the batches of the recorder.
UNDER_WAY = 2_500
#: Seconds from one position to the next, and metres that a truck drives meanwhile.
EVERY_S, METRES = 30, 650.0
#: Metres between two places of the corridor that positions are taken from.
STEP = 50.0
BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Fleet:
    """Devices that drive along the corridor and sign; each has a key of its own and goes on from its last block."""

    def __init__(self, count: int, prefix: str, size: int) -> None:
        self.names = [f"{prefix}-{number}" for number in range(count)]
        self.size = size
        self.keys = [SigningKey(sha256(b"%d" % number).digest()) for number in range(count)]
        self._chain = [(0, seal_block.FIRST)] * count
        self._places = np.array([ROAD.at(metres) for metres in np.arange(0, ROAD.length, STEP)], dtype=np.int64)
        self._begins = np.random.default_rng(1).integers(0, len(self._places), count)

    def register(self, log: Log) -> None:
        """Devices, trips and seals, as the log has them; a device promises to report within two of its blocks."""
        said: list[tuple[str, Payload]] = []
        promise = max(600, 2 * EVERY_S * self.size)
        for name, key in zip(self.names, self.keys, strict=True):
            public = base64.b64encode(bytes(key.verify_key)).decode()
            opened = TripOpened("export", "ABCD", BEGINS + timedelta(days=30), corridor=ROAD.corridor.id)
            said.append((f"device/{name}", DeviceRegistered("seal", "Norte", promise, 60, public)))
            said += [(f"trip/{name}", opened), (f"trip/{name}", Sealed(name, name))]
        versions: dict[str, int] = {}
        events = []
        for own, (stream, payload) in zip(event_ids(len(said), BEGINS), said, strict=True):
            version = versions[stream] = versions.get(stream, 0) + 1
            events.append(
                new_event(own, payload, stream, version, occurred_at=BEGINS, recorded_at=BEGINS, actor="bench")
            )
        log.append(events)

    def blocks(self) -> Iterator[tuple[datetime, bytes]]:
        """The next block of each device, in turn, for ever, and when its last position was taken."""
        size = self.size
        while True:
            for number, key in enumerate(self.keys):
                sequence, previous = self._chain[number]
                row = sequence * size + np.arange(size)
                place = (self._begins[number] + row * int(METRES / STEP)) % (2 * len(self._places) - 2)
                place = np.where(place < len(self._places), place, 2 * len(self._places) - 2 - place)
                readings = no_readings(size)
                readings["at"] = int(BEGINS.timestamp()) * 1_000_000 + EVERY_S * 1_000_000 * (row + 1)
                readings["sequence"], readings["door"], readings["fix"] = row + 1, CLOSED, True
                readings["latitude"], readings["longitude"] = self._places[place].T
                readings["speed"], readings["battery"], readings["signal"] = 2_200, 3_900, -71
                raw = seal_block.encode(
                    self.names[number],
                    self.names[number],
                    1,
                    sequence,
                    previous,
                    readings,
                    lambda said, key=key: key.sign(said).signature,
                )
                self._chain[number] = sequence + 1, sha256(raw).digest()
                yield BEGINS + timedelta(seconds=EVERY_S * (int(row[-1]) + 1)), raw


class Clock:
    """The log's clock, which goes with what is handed in."""

    def __init__(self) -> None:
        self.now = BEGINS

    def __call__(self) -> datetime:
        return self.now


def product(custody: Custody, clock: Clock, blocks: Sequence[tuple[datetime, bytes]]) -> tuple[float, float, int]:
    """Seconds until all is durable and looked at, processor seconds of it, and how many trips are to be judged."""
    custody.admission = Admission(ANY_PACE)
    custody.touched()

    async def run(reader: Reader) -> None:
        recorder = Recorder(custody, actor="bench", origin="synthetic", reader=reader)
        running = asyncio.create_task(recorder.run())
        under_way = asyncio.Semaphore(UNDER_WAY)

        async def one(block: bytes) -> None:
            kept = await recorder.keep("block", block)
            assert kept.devices
            under_way.release()

        async with asyncio.TaskGroup() as group:
            for at, block in blocks:
                await under_way.acquire()
                clock.now = max(clock.now, at)
                group.create_task(one(block))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not recorder.refusals.counted

    with read_apart() as reader:
        reader([Signed(blocks[0][1], ())])  # it is there
        start, before = time.perf_counter(), used()
        asyncio.run(run(reader))
        unexpected = len(custody.touched())
        return time.perf_counter() - start, used() - before, unexpected


def signatures(blocks: Sequence[bytes], fleet: Fleet) -> float:
    """Seconds of the bare verifications, one thread."""
    decoded = [seal_block.decode(raw) for raw in blocks]
    pairs = zip(fleet.names, fleet.keys, strict=True)
    verifiers = {name: key.verify_key for name, key in pairs}
    said = [(verifiers[each.signer], seal_block.signed_bytes(each), each.raw[-64:]) for each in decoded]
    start = time.perf_counter()
    for key, message, signature in said:
        key.verify(message, signature)
    return time.perf_counter() - start


def batches(blocks: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The blocks in as many bytes as the recorder takes at once."""
    size = max(1, min(1_000, MOST_BYTES_AT_ONCE // len(blocks[0])))
    for first in range(0, len(blocks), size):
        yield blocks[first : first + size]


def disk(blocks: Sequence[bytes], folder: Path) -> float:
    """Seconds of the same bytes, in transactions as long, into one column of SQLite."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (body BLOB)")
    start = time.perf_counter()
    for part in batches(blocks):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO bare VALUES (?)", [(raw,) for raw in part])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def copied(blocks: Sequence[bytes], url: str) -> float:
    """Seconds of the same bytes, in transactions as long, into one column of PostgreSQL."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bare")
        connection.execute("CREATE TABLE bare (body bytea)")
        start = time.perf_counter()
        for part in batches(blocks):
            with connection.cursor().copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["bytea"])
                for raw in part:
                    copy.write_row((raw,))
        seconds = time.perf_counter() - start
        connection.execute("DROP TABLE bare")
    return seconds


def server_seconds(url: str) -> float:
    """Processor seconds of the server's processes that serve this database, on this machine."""
    if not url:
        return 0.0
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    made = 0
    for (pid,) in found:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        made += int(fields[11]) + int(fields[12])
    return made / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=12_800, help="blocks of each size")
    parser.add_argument("--devices", type=int, default=2_000)
    parser.add_argument("--fences", type=int, default=2_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[60, 10, 1])
    parser.add_argument("--postgres", default="", help="URL of a database of one's own that may be written to")
    parser.add_argument("--only-postgres", action="store_true")
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    console = Console(width=150)
    console.print(
        f"{processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}; {asked.devices:,} devices, {asked.fences:,} fences, {asked.blocks:,} blocks"
        " of each size"
    )
    ground = Ground(fences(np.random.default_rng(1), asked.fences, 1.0), {ROAD.corridor.id: ROAD}, shipped())
    table = Table(
        "store", "a block", "positions/s", "blocks/s", "a core", "the server's, a core", "signature alone",
        "disk alone", "trips to judge", title="SYNTHETIC",
    )  # fmt: skip
    for name, url in (("SQLite", ""), ("PostgreSQL", asked.postgres)):
        if (name == "PostgreSQL") != bool(url) or (asked.only_postgres and not url):
            continue
        with tempfile.TemporaryDirectory(dir=asked.folder) as held:
            folder = Path(held)
            keys = KeyStore(folder / "keys.sqlite")
            for size in asked.sizes:
                fleet, clock = Fleet(asked.devices, f"s{size}", size), Clock()
                store = url or f"sqlite:///{folder / f'log-{size}.sqlite'}"
                supply = fleet.blocks()
                blocks = [next(supply) for _ in range(asked.blocks)]
                with Log.open(store, keys, clock=clock) as log, Sequencing(log):
                    fleet.register(log)
                    custody = Custody(log, Live(ground))
                    begun = server_seconds(url)
                    own, used, unexpected = product(custody, clock, blocks)
                    served = server_seconds(url) - begun
                raw, count = [block for _, block in blocks], len(blocks) * size
                bare = copied(raw, url) if url else disk(raw, folder)
                table.add_row(
                    name, str(size), f"{count / own:,.0f}", f"{len(blocks) / own:,.0f}", f"{count / used:,.0f}",
                    f"{count / served:,.0f}" if served else "", f"{count / signatures(raw, fleet):,.0f}",
                    f"{count / bare:,.0f}", f"{unexpected:,}",
                )  # fmt: skip
            keys.close()
    console.print(table)


if __name__ == "__main__":
    main()
