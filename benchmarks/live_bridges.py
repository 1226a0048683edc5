"""The live state of bridges: readings a second from a file into the log, and what a state costs at the busiest bridge.

    python benchmarks/live_bridges.py [--trucks 10000] [--repeats 5]

Trucks of one day come to the World Trade Bridge, are read at its beginning, at primary and at the exit, and wait for
half an hour; 3 % of the readings are unreadable and every fiftieth row is sent twice. Timed are: bytes to checked
readings; to blocks in a fresh store (SQLite, FULL), hashes of plates included; the state made anew from the log, and
asked for again; a look at the log with what decisions need of the state. Medians of the repeats, of the clock;
synthetic traffic.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aforo.flow.live_bridges import LiveBridges
from aforo.flow.telemetry import ReaderAt, blocks_of, record
from aforo.intake import gate_reads
from aforo.intake.gate_reads import Read
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.shipped import directory

NOW = datetime(2026, 1, 6, tzinfo=UTC)
BRIDGE = "world-trade"
READERS = {
    "start": ReaderAt("start", BRIDGE, "queue_end"),
    "end": ReaderAt("end", BRIDGE, "primary", "standard"),
    "exit": ReaderAt("exit", BRIDGE, "exit"),
}


def telemetry(trucks: int) -> bytes:
    """A day's readings as CSV, in the order in which they were read."""
    draw = random.Random(7)
    rows: list[tuple[datetime, str]] = []
    for truck in range(trucks):
        came = NOW - timedelta(days=1) + timedelta(days=1) * (truck / trucks)
        for reader, later in (("start", 0.0), ("end", 30 + draw.gauss(0, 4)), ("exit", 50 + draw.gauss(0, 8))):
            at = came + timedelta(minutes=later)
            plate = f"TX{truck:06}" if draw.random() > 0.03 else ""
            if at <= NOW:
                rows += [(at, f"{reader},{at.isoformat()},{plate}")] * (2 if len(rows) % 50 == 0 else 1)
    return "\n".join(["reader,at,plate", *(row for _, row in sorted(rows))]).encode()


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def recorded(reads: Sequence[Read], log: Log) -> None:
    """From readings to blocks that are durable."""
    record(blocks_of(reads, READERS, log), log, actor="benchmark")


def loads(live: LiveBridges, instants: Sequence[datetime]) -> None:
    """Ask for what a decision needs at each of some instants."""
    for at in instants:
        live.look()
        live.expected(BRIDGE, at)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trucks", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    data = telemetry(asked.trucks)
    taken: dict[str, list[float]] = {}
    count = 0
    for _ in range(asked.repeats):
        with tempfile.TemporaryDirectory() as folder:
            keys = KeyStore(f"sqlite:///{Path(folder) / 'keys.sqlite'}")
            with Log.open(f"sqlite:///{Path(folder) / 'log.sqlite'}", keys, clock=lambda: NOW) as log:
                told = gate_reads.read(data, READERS.keys(), NOW)
                count = len(told.reads)
                taken.setdefault("read", []).append(seconds(partial(gate_reads.read, data, READERS.keys(), NOW)))
                taken.setdefault("recorded", []).append(seconds(partial(recorded, told.reads, log)))
                live = LiveBridges(log, directory())
                taken.setdefault("anew", []).append(seconds(partial(live.state, BRIDGE, NOW)))
                taken.setdefault("again", []).append(seconds(partial(live.state, BRIDGE, NOW)))
                later = [NOW + timedelta(seconds=3 * (n + 1)) for n in range(20)]
                taken.setdefault("load", []).append(seconds(partial(loads, live, later)) / len(later))
                state = live.state(BRIDGE, NOW)
            keys.close()
    middle = {name: statistics.median(values) for name, values in taken.items()}
    table = Table(title=f"{asked.trucks:,} trucks of a day, {count:,} readings, {len(data) / 1e6:.1f} MB")
    table.add_column("what")
    table.add_column("median", justify="right")
    table.add_row("bytes to checked readings", f"{count / middle['read']:,.0f} readings/s")
    table.add_row("readings to durable blocks", f"{count / middle['recorded']:,.0f} readings/s")
    table.add_row("state made anew from the log", f"{middle['anew'] * 1e3:.1f} ms")
    table.add_row("state with its waits, as people ask for it", f"{middle['again'] * 1e3:.1f} ms")
    table.add_row("a look at the log, and the load that decisions need", f"{middle['load'] * 1e3:.2f} ms")
    console = Console()
    console.print(table)
    waits = state.waits.waits
    console.print(
        f"the median wait is told as {waits.p50.value:.1f} min (30 by construction), the queue as "
        f"{state.waits.queue:.0f} trucks ({asked.trucks / 48:.0f})"
        if waits is not None
        else f"no wait is told: {state.waits.missing}"
    )
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}; medians of {asked.repeats}; synthetic traffic"
    )


if __name__ == "__main__":
    main()
