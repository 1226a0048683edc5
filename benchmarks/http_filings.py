"""Durable, assessed decisions a second over HTTP, and their latency.

    python benchmarks/http_filings.py [--seconds 10] [--folder FOLDER]

The server is `aforo serve` as its users start it, on SQLite with FULL syncing; the clients are one process beside it,
on the same processors. A filing is one declaration as JSON with personal data, none sent twice.

- `single`: 64 clients, each sends its next message when the one before is answered. `batches`: 8 clients, 100
  declarations a message. The ceiling is what the disk commits: the stored bytes of 64 (800) filings a transaction,
  written in bare inserts and nothing else.
- `half load`: messages are sent at half the rate of `single`, on a clock; latency counts from when one was due.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from http_clients import WARM_S, closed_loop, on_a_clock, percentile
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

CLIENTS, BATCH, BATCH_CLIENTS = 64, 100, 8
out = Console()


def ceiling(store: str, folder: Path, filings: int, seconds: float = 3.0) -> float:
    """Filings a second that the disk commits, so many a transaction: their stored bytes in bare inserts."""
    with closing(sqlite3.connect(store)) as log:
        bodies = log.execute("SELECT body FROM event ORDER BY position DESC LIMIT ?", (3 * filings,)).fetchall()
    with closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE IF NOT EXISTS body (position INTEGER PRIMARY KEY, body BLOB)")
        times = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            begun = time.perf_counter()
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany("INSERT INTO body (body) VALUES (?)", bodies)
            bare.execute("COMMIT")
            times.append(time.perf_counter() - begun)
    return filings / statistics.median(times)


def loop_of(
    served: Served, tokens: list[str], folder: Path, clients: int, batch: int, seconds: float
) -> tuple[float, str]:
    """A closed loop and its ceiling: declarations a second, and all of it in words."""
    begun = served.processor_s()
    rate, middle = asyncio.run(closed_loop(served.port, tokens, clients, batch, seconds))
    processor = (served.processor_s() - begun) / (rate * (seconds + WARM_S)) if rate else 0.0
    bound = ceiling(served.store, folder, clients * batch)
    told = f"{rate:,.0f}/s, median {middle * 1e3:.0f} ms, {processor * 1e6:,.0f} µs of the server's processor time each"
    return rate, f"{told} (the disk alone: {bound:,.0f}/s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with workplace(options.folder) as folder, Served(folder, model_in(folder)) as served:
        out.print(conditions())
        tokens = served.tokens(4)
        rows: list[tuple[str, str]] = [("start to the first filing taken", f"{served.start():.1f} s")]
        single, told = loop_of(served, tokens, folder, CLIENTS, 1, options.seconds)
        rows.append((f"single, {CLIENTS} clients", told))
        _, told = loop_of(served, tokens, folder, BATCH_CLIENTS, BATCH, options.seconds)
        rows.append((f"batches of {BATCH}, {BATCH_CLIENTS} clients", told))
        statuses, times = asyncio.run(on_a_clock(served.port, tokens, single / 2, options.seconds, 256))
        told = (
            f"p50 {percentile(times, 0.5) * 1e3:.0f} ms, p99 {percentile(times, 0.99) * 1e3:.0f} ms, {dict(statuses)}"
        )
        rows.append((f"half load ({single / 2:,.0f}/s)", told))
        served.stop()
        table = Table(show_header=False)
        for row in rows:
            table.add_row(*row)
        out.print(table)


if __name__ == "__main__":
    main()
