"""Signed positions end to end: decode, verify, registered, recorded durably in the log, against the ceilings of both.

    python benchmarks/seal_positions.py [--blocks 6400] [--devices 2000] [--postgres URL] [--folder FOLDER]

Blocks of 60, 10 and 1 positions of many devices, each a chain of its own, are taken as the HTTP route and the command
line take them (`flow.seal_blocks.of_signed`, `flow.telemetry.record`), 64 blocks a transaction, by one process with its
tree kept up beside it. A figure is positions per second of wall time until they are durable (SQLite: synchronous FULL).
The ceilings, one after the other in the same run: `signature`, PyNaCl's verification alone, of as many blocks;
`disk`, the same bytes of the same transactions into one column through the driver. Making the blocks is not counted.
Geofences and the corridor are not in it: see `custody_geometry`.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from nacl.signing import SigningKey
from rich.console import Console
from rich.table import Table

from aforo.domain.device import DeviceRegistered
from aforo.domain.event import new_event
from aforo.domain.reading import CLOSED, no_readings
from aforo.flow.custody import Custody
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import record
from aforo.intake import seal_block
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log

#: Blocks of one request, and of one transaction of the record.
REQUEST = 64


class Fleet:
    """Devices that drive and sign; each has a key of its own and goes on from its last block."""

    def __init__(self, count: int, prefix: str) -> None:
        self.names = [f"{prefix}-{number}" for number in range(count)]
        self._keys = [SigningKey(sha256(b"%d" % number).digest()) for number in range(count)]
        self._chain = [(0, seal_block.FIRST)] * count
        self._at = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000

    def register(self, log: Log) -> None:
        now = log.clock()
        payloads = [
            DeviceRegistered("seal", "Norte", 600, 60, base64.b64encode(bytes(key.verify_key)).decode())
            for key in self._keys
        ]
        log.append(
            [
                new_event(
                    own, payload, f"device/{self.names[number]}", 1, occurred_at=now, recorded_at=now, actor="bench"
                )
                for number, (own, payload) in enumerate(zip(event_ids(len(payloads), now), payloads, strict=True))
            ]
        )

    def blocks(self, size: int) -> Iterator[bytes]:
        """The next block of each device, in turn, for ever."""
        while True:
            for number, key in enumerate(self._keys):
                sequence, previous = self._chain[number]
                readings = no_readings(size)
                readings["at"] = self._at + 30_000_000 * (sequence * size + np.arange(size))
                readings["sequence"] = sequence * size + np.arange(size) + 1
                readings["door"], readings["fix"] = CLOSED, True
                readings["latitude"] = 257_000_000 + 50 * np.arange(size) + sequence
                readings["longitude"] = -1_003_000_000 + 50 * np.arange(size)
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
                yield raw


def product(log: Log, blocks: list[bytes]) -> float:
    """Seconds until all of it is durable."""
    custody = Custody(log)
    custody.known([])
    start = time.perf_counter()
    for first in range(0, len(blocks), REQUEST):
        taken = of_signed(blocks[first : first + REQUEST], custody, lambda device: True)
        assert not taken.problems
        record(taken.said, log, actor="bench", origin="synthetic")
    return time.perf_counter() - start


def signatures(blocks: list[bytes], fleet: Fleet) -> float:
    """Seconds of the bare verifications, one thread."""
    decoded = [seal_block.decode(raw) for raw in blocks]
    pairs = zip(fleet.names, fleet._keys, strict=True)
    verifiers = {name: key.verify_key for name, key in pairs}
    said = [(verifiers[each.signer], seal_block.signed_bytes(each), each.raw[-64:]) for each in decoded]
    start = time.perf_counter()
    for key, message, signature in said:
        key.verify(message, signature)
    return time.perf_counter() - start


def disk(blocks: list[bytes], folder: Path) -> float:
    """Seconds of the same bytes, in the same transactions, into one column."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (body BLOB)")
    start = time.perf_counter()
    for first in range(0, len(blocks), REQUEST):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO bare VALUES (?)", [(raw,) for raw in blocks[first : first + REQUEST]])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=6_400, help="blocks of each size")
    parser.add_argument("--devices", type=int, default=2_000)
    parser.add_argument("--postgres", default="", help="URL of a database of one's own that may be written to")
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    console = Console()
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, SQLite"
        f" {sqlite3.sqlite_version}; {asked.devices:,} devices, {asked.blocks:,} blocks each, {REQUEST} a transaction"
    )
    table = Table("store", "a block", "positions/s", "blocks/s", "signature alone", "disk alone", title="SYNTHETIC")
    for name, url in (("SQLite", ""), ("PostgreSQL", asked.postgres)):
        if name == "PostgreSQL" and not url:
            continue
        with tempfile.TemporaryDirectory(dir=asked.folder) as held:
            folder = Path(held)
            keys = KeyStore(folder / "keys.sqlite")
            for size in (60, 10, 1):
                fleet = Fleet(asked.devices, f"s{size}")
                store = url or f"sqlite:///{folder / f'log-{size}.sqlite'}"
                with Log.open(store, keys) as log, Sequencing(log):
                    fleet.register(log)
                    supply = fleet.blocks(size)
                    blocks = [next(supply) for _ in range(asked.blocks)]
                    own = product(log, blocks)
                count = len(blocks) * size
                table.add_row(
                    name, str(size), f"{count / own:,.0f}", f"{len(blocks) / own:,.0f}",
                    f"{count / signatures(blocks, fleet):,.0f}", f"{count / disk(blocks, folder):,.0f}",
                )  # fmt: skip
            keys.close()
    console.print(table)


if __name__ == "__main__":
    main()
