"""Durable, assessed decisions a second over HTTP, their latency, and what overload and `kill -9` do to them.

    python benchmarks/http_filings.py [--seconds 10] [--overload 60] [--kills 10] [--folder FOLDER]

The server is `aforo serve` as its users start it, on SQLite with FULL syncing; the clients are one process beside it,
on the same processors. A filing is one declaration as JSON with personal data, none sent twice.

- `single`: 64 clients, each sends its next message when the one before is answered. `batches`: 8 clients, 100
  declarations a message. The ceiling is what the disk commits: the stored bytes of 64 (800) filings a transaction,
  written in bare inserts and nothing else.
- `half load`: messages are sent at half the rate of `single`, on a clock; latency counts from when one was due.
- `overload`: ten times that rate, with slow clients and idle connections; what is not taken must be refused, memory
  must stay, and afterwards a message must be answered again.
- `kill -9`: the server is killed under load and started again; what was acknowledged must be in the log, once, and what
  was not is sent again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

CLIENTS, BATCH, BATCH_CLIENTS = 64, 100, 8
SLOW, IDLE = 50, 1_000
#: Seconds before a loop is counted.
WARM_S = 2.0
_numbers = count(random.randrange(10**6) * 10**6)
out = Console()


def declaration() -> bytes:
    """One more declaration that was never sent before."""
    n = next(_numbers)
    return json.dumps(
        {
            "declaration_id": f"B{n}", "filed_at": "2026-03-02T07:15:00-06:00", "port": "2304", "bridge": "World Trade",
            "carrier_id": f"C{n % 400:03}", "driver_id": f"DR{n % 5000}", "driver_name": f"Persona {n % 5000}",
            "tractor_id": f"TX{n % 6000}", "importer_id": f"12-{n % 900:07}", "exporter_id": f"EX{n % 1200}",
            "broker_id": f"BR{n % 60}", "hs6": "870829", "description": "steel brackets", "origin": "MX",
            "departure": "MX", "gross_mass_kg": 9000 + n % 9000, "value_usd": 1000 + n % 90000, "packages": 1 + n % 90,
            "declared_empty": False, "trade_programme": "none", "lane": "standard", "seal_id": f"UL{n}",
        }
    ).encode()  # fmt: skip


def request(body: bytes, token: str) -> bytes:
    head = (
        f"POST /v1/filings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client(asyncio.Protocol):
    """One connection; `ended` is called with the client, the status (0 if it was cut) and the body of each answer."""

    def __init__(self, ended: Callable[[Client, int, bytes], None]) -> None:
        self._ended = ended
        self._read = b""
        self._transport: asyncio.Transport | None = None
        self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        self.waits = True
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._read[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self._read) < end + 4 + length:
            return
        body, self._read = self._read[end + 4 : end + 4 + length], b""
        self.waits = False
        self._ended(self, int(head[9:12]), body)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self.waits:
            self.waits = False
            self._ended(self, 0, b"")

    @property
    def open(self) -> bool:
        return self._transport is not None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def connected(port: int, wanted: int, ended: Callable[[Client, int, bytes], None]) -> list[Client]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Client(ended), "127.0.0.1", port) for _ in range(wanted)]
    return [client for _, client in made]


async def closed_loop(port: int, tokens: list[str], clients: int, batch: int, seconds: float) -> tuple[float, float]:
    """Declarations a second, and the median seconds of a message, of clients that wait for each answer."""
    done, times = 0, list[float]()
    sent: dict[Client, float] = {}
    mine: dict[Client, str] = {}
    warm = time.perf_counter() + WARM_S
    until = warm + seconds

    def ended(client: Client, status: int, body: bytes) -> None:
        nonlocal done
        now = time.perf_counter()
        if status != 200:
            raise SystemExit(f"{status}: {body[:300]!r}")
        if warm <= now < until:
            done += batch
            times.append(now - sent[client])
        if now < until:
            go(client)

    def go(client: Client) -> None:
        body = b"\n".join(declaration() for _ in range(batch))
        sent[client] = time.perf_counter()
        client.send(request(body, mine[client]))

    made = await connected(port, clients, ended)
    for n, client in enumerate(made):
        mine[client] = tokens[n % len(tokens)]
        go(client)
    await asyncio.sleep(until - time.perf_counter() + 0.5)
    for client in made:
        client.waits = False
        client.close()
    return done / seconds, statistics.median(times)


async def on_a_clock(
    port: int, tokens: list[str], rate: float, seconds: float, clients: int
) -> tuple[Counter[int], list[float]]:
    """Answers by status, and the seconds from when each was due to when it was answered, of messages sent at a rate."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    free: deque[Client] = deque()
    due: dict[Client, float] = {}

    def ended(client: Client, status: int, body: bytes) -> None:
        statuses[status] += 1
        if status == 200:
            times.append(time.perf_counter() - due[client])
        if client.open:
            free.append(client)

    free.extend(await connected(port, clients, ended))
    every = list(free)
    start = time.perf_counter()
    sent = 0
    while (now := time.perf_counter()) < start + seconds:
        while sent < (now - start) * rate:
            if not free:
                statuses[-1] += int((now - start) * rate) - sent
                sent = int((now - start) * rate) + 1
                break
            client = free.popleft()
            if client.open:
                due[client] = start + sent / rate
                client.send(request(declaration(), tokens[sent % len(tokens)]))
                sent += 1
        await asyncio.sleep(0.001)
    for _ in range(200):
        if not any(client.waits for client in every):
            break
        await asyncio.sleep(0.05)
    for client in every:
        client.waits = False
        client.close()
    return statuses, times


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


class Served:
    """A server of the product in a folder, which may be killed and started again."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder, self.model = folder, model
        self.store = folder / "log.sqlite"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def aforo(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "aforo.cli", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> float:
        """Seconds until it takes filings."""
        begun = time.perf_counter()
        command = [sys.executable, "-m", "aforo.cli", "serve", "--store", str(self.store), "-m", str(self.model)]
        self.process = subprocess.Popen([*command, "--port", str(self.port), "--requests", "1000000"])
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as ready:
                ready.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if b" 200 " in ready.recv(100):
                    return time.perf_counter() - begun
            if self.process.poll() is not None:
                raise SystemExit("the server has ended")
            time.sleep(0.05)

    def tokens(self, wanted: int) -> list[str]:
        return [
            self.aforo("tokens", "issue", f"officer {n}", "--role", "officer", "--store", str(self.store)).strip()
            for n in range(wanted)
        ]

    def memory_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def processor_s(self) -> float:
        """Seconds of processor time that the server has taken so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(120)


def ceiling(store: Path, folder: Path, filings: int, seconds: float = 3.0) -> float:
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


async def overload(served: Served, tokens: list[str], rate: float, seconds: float) -> dict[str, str]:
    """What a flood does, with slow clients and idle connections beside it."""
    idle = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(IDLE)]

    async def slow() -> int:
        """Sends a byte every half second; how often it was cut."""
        cut, until = 0, time.perf_counter() + seconds
        whole = request(declaration(), tokens[0])
        while time.perf_counter() < until:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", served.port)
                for at in range(len(whole)):
                    writer.write(whole[at : at + 1])
                    await writer.drain()
                    await asyncio.sleep(0.5)
                    if time.perf_counter() > until:
                        break
                writer.close()
            except OSError:
                cut += 1
        return cut

    memory = [served.memory_mb()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(1)
            memory.append(served.memory_mb())

    watching = asyncio.create_task(watch())
    slows = [asyncio.create_task(slow()) for _ in range(SLOW)]
    statuses, times = await on_a_clock(served.port, tokens, rate, seconds, 1_000)
    begun = time.perf_counter()
    recovered, recovery = await on_a_clock(served.port, tokens, 5, 2, 4)
    back = time.perf_counter() - begun - 2
    cut = sum([await each for each in slows])
    watching.cancel()
    for _, writer in idle:
        writer.close()
    return {
        "sent at a rate of": f"{rate:,.0f}/s for {seconds:.0f} s over 1,000 connections, {SLOW} slow, {IDLE} idle",
        "answered / refused (503, 429) / no connection free / other": (
            f"{statuses[200]:,} / {statuses[503] + statuses[429]:,} / {statuses[-1]:,} / "
            f"{sum(n for status, n in statuses.items() if status not in (200, 503, 429, -1)):,}"
        ),
        "p50, p99 of the answered": f"{percentile(times, 0.5) * 1e3:,.0f}, {percentile(times, 0.99) * 1e3:,.0f} ms",
        "memory before, at most": f"{memory[0]:,.0f}, {max(memory):,.0f} MB",
        "afterwards (10 messages in 2 s)": (
            f"{dict(recovered)}, slowest {max(recovery, default=0) * 1e3:,.0f} ms, {back:.1f} s more"
        ),
        "slow clients were cut": f"{cut} times",
    }


async def until_killed(
    served: Served, tokens: list[str], again: list[bytes], dice: random.Random
) -> tuple[set[str], list[bytes]]:
    """File under load until the server is killed: what was acknowledged, and what was sent without an answer."""
    acknowledged: set[str] = set()
    sent: dict[Client, bytes] = {}
    unanswered: list[bytes] = []
    waiting = deque(again)

    def ended(client: Client, status: int, body: bytes) -> None:
        if status == 200:
            acknowledged.update(each["declaration_id"] for each in json.loads(body)["filings"])
        else:
            unanswered.append(sent[client])
        if client.open:
            go(client)

    def go(client: Client) -> None:
        sent[client] = waiting.popleft() if waiting else declaration()
        client.send(request(sent[client], tokens[0]))

    for client in await connected(served.port, CLIENTS, ended):
        go(client)
    await asyncio.sleep(0.5 + 2 * dice.random())
    served.stop(signal.SIGKILL)
    await asyncio.sleep(0.5)
    return acknowledged, unanswered + list(waiting)


def killed(served: Served, tokens: list[str], kills: int) -> dict[str, str]:
    dice = random.Random(1)
    acknowledged: set[str] = set()
    unanswered: list[bytes] = []
    starts = []
    for _ in range(kills):
        told, unanswered = asyncio.run(until_killed(served, tokens, unanswered, dice))
        acknowledged |= told
        starts.append(served.start())
    deadline = time.perf_counter() + 30
    while unanswered and time.perf_counter() < deadline:
        left = unanswered

        async def again(bodies: list[bytes] = left) -> list[bytes]:
            failed: list[bytes] = []
            sent: dict[Client, bytes] = {}

            def ended(client: Client, status: int, body: bytes) -> None:
                if status == 200:
                    acknowledged.update(each["declaration_id"] for each in json.loads(body)["filings"])
                else:
                    failed.append(sent[client])

            clients = await connected(served.port, len(bodies), ended)
            for client, body in zip(clients, bodies, strict=True):
                sent[client] = body
                client.send(request(body, tokens[0]))
            while any(client.waits for client in clients):
                await asyncio.sleep(0.02)
            return failed

        unanswered = asyncio.run(again())
    served.stop()
    with closing(sqlite3.connect(served.store)) as log:
        filed = Counter(
            json.loads(body)["data"]["declaration"]["declaration_id"]
            for (body,) in log.execute("SELECT body FROM event WHERE type = 'crossing.filed'")
        )
    verified = subprocess.run(
        [sys.executable, "-m", "aforo.cli", "log", "verify", "--store", str(served.store)], check=False
    )
    return {
        "kills": f"{kills}, started again in {statistics.median(starts):.1f} s (median)",
        "acknowledged": f"{len(acknowledged):,}",
        "of these lost": f"{len(acknowledged - filed.keys()):,}",
        "filed twice": f"{sum(times > 1 for times in filed.values()):,}",
        "without an answer in the end": f"{len(unanswered):,}",
        "the log verifies": "yes" if verified.returncode == 0 else "NO",
    }


def model_in(folder: Path) -> Path:
    """A model learnt from a small world."""
    aforo = [sys.executable, "-m", "aforo.cli"]
    history, model = folder / "history.parquet", folder / "model"
    subprocess.run(
        [*aforo, "world", "--seed", "5", "--weeks", "12", "--rows-per-week", "300", "-o", str(history)],
        check=True,
        capture_output=True,
    )
    store = ["--store", str(folder / "log.sqlite")]
    subprocess.run([*aforo, "learn", str(history), "-m", str(model), *store], check=True, capture_output=True)
    return model


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
    parser.add_argument("--overload", type=float, default=60)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aforo-http-", dir=options.folder))
    try:
        versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        out.print(f"{versions}, {os.cpu_count()} processors, load {load}, niceness {os.nice(0)}")
        served = Served(folder, model_in(folder))
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
        if options.overload:
            rows += asyncio.run(overload(served, tokens, 10 * single, options.overload)).items()
        if options.kills:
            rows += killed(served, tokens, options.kills).items()
        elif served.process is not None:
            served.stop()
        table = Table(show_header=False)
        for row in rows:
            table.add_row(*row)
        out.print(table)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
