"""Resident memory of a served node while filings, arrivals and findings come without end.

    python benchmarks/node_growth.py [--minutes 60] [--clients 8] [--batch 1] [--rows 20] [--folder FOLDER]

Clients file as fast as the node answers; one truck in ten then stands at the booth, and one in fifty has a finding
reported. Each row of the table is a part of the time: filings so far, resident memory, and what each further filing
cost in it. The last line has the growth of the second half an hour, which is what a node that forgets must bound.
Declarations are synthetic.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from http_clients import Client, connected, declaration, request
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table


async def filed(served: Served, token: str, clients: int, batch: int, until: float) -> int:
    """Declarations that were filed until an instant of the monotonic clock."""
    done = 0

    def ended(client: Client, status: int, body: bytes) -> None:
        nonlocal done
        if status != 200:
            raise SystemExit(f"{status}: {body[:300]!r}")
        done += batch
        if time.monotonic() < until:
            client.send(request(b"\n".join(declaration() for _ in range(batch)), token))

    for client in await connected(served.port, clients, ended):
        client.send(request(b"\n".join(declaration() for _ in range(batch)), token))
    await asyncio.sleep(until - time.monotonic() + 2.0)
    return done


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    console = Console()
    console.print(f"{conditions()}; {asked.clients} clients, {asked.batch} a message")
    with workplace(asked.folder) as folder, Served(folder, model_in(folder)) as served:
        served.start()
        token = served.tokens(1)[0]
        table = Table("minute", "filings", "resident MiB", "a filing, kB")
        begun, total, before = time.monotonic(), 0, served.memory_mb()
        console.print(f"started: {before:.0f} MiB")
        points = [(0.0, 0, before)]
        for row in range(1, asked.rows + 1):
            until = begun + row * asked.minutes * 60 / asked.rows
            more = asyncio.run(filed(served, token, asked.clients, asked.batch, until))
            total, now = total + more, served.memory_mb()
            minute = (time.monotonic() - begun) / 60
            console.print(f"{minute:6.1f} min {total:9,} filings {now:6.0f} MiB {(now - before) * 1024 / more:7.2f} kB each")
            table.add_row(f"{minute:.1f}", f"{total:,}", f"{now:.0f}", f"{(now - before) * 1024 / more:.2f}")
            points.append((minute, total, now))
            before = now
        half = points[len(points) // 2]
        hours = (points[-1][0] - half[0]) / 60
        console.print(table)
        console.print(f"second half: {(points[-1][2] - half[2]) / hours:+.0f} MiB an hour at {(total - half[1]) / hours:,.0f} filings an hour")


if __name__ == "__main__":
    main()
