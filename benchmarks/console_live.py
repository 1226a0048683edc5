"""The whole border live: fifty consoles on one server while a truck a second goes over its bridges.

    python benchmarks/console_live.py [--consoles 50] [--seconds 60] [--rate 1] [--backlog 20000]

A server as users start it, in a process of its own, over a log that holds a day's traffic already (`--backlog` trucks
that filed before, so that what a start reads is told too). Consoles hear `board:BRIDGE`, spread over 22 bridges, by
compressed streams, as browsers do. Then trucks are filed, come to the booth and go on, `--rate` of them a second, each
over the API. Told are the seconds until the first board is there after a start, the share of a core that the server
takes without consoles and with them, the memory that the consoles add, and the milliseconds from the instant an event
was recorded (its own, by the same clock) until its row was read by the console, p50 and p99. Synthetic traffic.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from http_clients import answer_to
from http_served import Served, conditions, model_in

from aforo.ports.shipped import ports

BRIDGES = [bridge.id for port in ports() for bridge in port.bridges][:22]
PORT_OF = {bridge.id: (port.code, bridge.name) for port in ports() for bridge in port.bridges}
#: Crossings that were filed by this program, by the instant at which the last request about them was sent.
SETTLE_S = 5.0


def filing(name: str, bridge: str, at: datetime) -> bytes:
    port, called = PORT_OF[bridge]
    n = random.randrange(10**6)
    return json.dumps(
        {
            "declaration_id": name, "filed_at": at.isoformat(timespec="seconds"), "port": port, "bridge": called,
            "carrier_id": f"C{n % 400:03}", "driver_id": f"DR{n % 5000}", "tractor_id": f"TX{n}",
            "importer_id": f"12-{n % 900:07}", "exporter_id": f"EX{n % 1200}", "broker_id": f"BR{n % 60}",
            "hs6": "870829", "description": "steel brackets", "origin": "MX", "departure": "MX",
            "gross_mass_kg": 9000 + n % 9000, "value_usd": 1000 + n % 90000, "packages": 1 + n % 90,
            "declared_empty": False, "trade_programme": "none", "lane": "standard", "seal_id": f"UL{n}",
        }
    ).encode()  # fmt: skip


class Client:
    """One connection that asks one thing after another."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes = b"") -> None:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status, _, answer = await answer_to(reader)
        if status != 200:
            raise SystemExit(f"{path}: {status} {answer[:300]!r}")


class Console:
    """One stream, as a browser has it."""

    def __init__(self, port: int, token: str, bridge: str) -> None:
        self.port, self.token, self.bridge = port, token, bridge
        self.lags: list[float] = []
        self.first = asyncio.Event()
        self.bytes = self.rows = 0

    async def listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        topics = quote(f"board:{self.bridge}", safe="")
        head = f"GET /v1/live?topics={topics} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        writer.write(f"{head}Accept-Encoding: gzip\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        opened, text = zlib.decompressobj(31), b""
        while True:
            size = int(await reader.readline(), 16)
            if not size:
                return
            chunk = (await reader.readexactly(size + 2))[:-2]
            self.bytes += len(chunk)
            text += opened.decompress(chunk)
            *frames, text = text.split(b"\n\n")
            for frame in frames:
                self.take(frame, time.time())

    def take(self, frame: bytes, now: float) -> None:
        if not frame.startswith(b"event: board"):
            return
        said = json.loads(frame.partition(b"data: ")[2])
        self.first.set()
        for row in [] if said["whole"] else said["rows"]:
            # A row that only got its reason is no event; one is told by the instant at which it was recorded.
            at = row["decided_at"] if row["state"] == "expected" else row["since"]
            self.rows += 1
            if row["reason"] is None or row["state"] != "expected":
                self.lags.append(now - datetime.fromisoformat(at).timestamp())


async def traffic(served: Served, token: str, rate: float, seconds: float) -> int:
    """File trucks, have them come after a while and go on; how many requests that were."""
    made: set[asyncio.Task[None]] = set()
    clients = [Client(served.port, token) for _ in range(16)]
    asked = 0

    async def one(client: Client, name: str, bridge: str) -> None:
        nonlocal asked
        async with locks[client]:
            await client.post("/v1/filings", filing(name, bridge, datetime.now(UTC)))
        await asyncio.sleep(random.uniform(2, 6))
        async with locks[client]:
            await client.post(f"/v1/crossings/{name}/arrival?bridge={bridge}")
        await asyncio.sleep(random.uniform(1, 3))
        async with locks[client]:
            await client.post("/v1/outcomes", json.dumps({"crossing_id": name, "examined": 0}).encode())
        asked += 3

    locks = {client: asyncio.Lock() for client in clients}
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        task = asyncio.create_task(one(clients[count % 16], f"L{time.time_ns()}", BRIDGES[count % len(BRIDGES)]))
        made.add(task)
        task.add_done_callback(made.discard)
        count += 1
        await asyncio.sleep(max(0.0, begun + count / rate - time.monotonic()))
    await asyncio.gather(*made)
    return asked


async def backlog(served: Served, token: str, trucks: int) -> None:
    """What was filed before, in batches."""
    client, now = Client(served.port, token), datetime.now(UTC)
    for start in range(0, trucks, 1_000):
        lines = [
            filing(f"OLD{n}", BRIDGES[n % len(BRIDGES)], now - timedelta(minutes=random.uniform(0, 60)))
            for n in range(start, min(start + 1_000, trucks))
        ]
        await client.post("/v1/filings", b"\n".join(lines))


def share(served: Served, before: tuple[float, float]) -> float:
    return (served.processor_s() - before[0]) / (time.monotonic() - before[1])


async def measured(served: Served, tokens: list[str], given: argparse.Namespace) -> None:
    before = served.processor_s(), time.monotonic()
    await traffic(served, tokens[0], given.rate, given.seconds / 2)
    print(f"server without consoles: {share(served, before):.2f} of a core at {given.rate:g} trucks a second")
    memory = served.memory_mb()
    begun = time.monotonic()
    consoles = [Console(served.port, tokens[1 + n // 4], BRIDGES[n % len(BRIDGES)]) for n in range(given.consoles)]
    tasks = [asyncio.create_task(each.listen()) for each in consoles]
    await asyncio.wait_for(consoles[0].first.wait(), 60)
    print(f"first board, log of {given.backlog} trucks read: {time.monotonic() - begun:.2f} s")
    await asyncio.gather(*(asyncio.wait_for(each.first.wait(), 60) for each in consoles))
    print(f"all {given.consoles} boards: {time.monotonic() - begun:.2f} s")
    await asyncio.sleep(SETTLE_S)
    whole = sum(each.bytes for each in consoles)
    print(f"transferred until then: {whole / len(consoles) / 1024:.1f} kB a console, compressed")
    for each in consoles:
        each.lags.clear()
    before = served.processor_s(), time.monotonic()
    await traffic(served, tokens[0], given.rate, given.seconds)
    print(f"server with {given.consoles} consoles: {share(served, before):.2f} of a core")
    print(f"memory that they added: {served.memory_mb() - memory:.0f} MB of {served.memory_mb():.0f}")
    lags = sorted(lag for each in consoles for lag in each.lags if lag < 60)
    p50, p99 = statistics.median(lags), lags[int(0.99 * (len(lags) - 1))]
    print(f"event to console: p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms, of {len(lags)} rows")
    for task in tasks:
        task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consoles", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--backlog", type=int, default=20_000)
    given = parser.parse_args()
    print(conditions())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with Served(folder, model_in(folder)) as served:
            served.start()
            tokens = served.tokens(1 + (given.consoles + 3) // 4)
            asyncio.run(backlog(served, tokens[0], given.backlog))
            served.stop()
            print(f"start: {served.start():.1f} s until it takes filings")
            asyncio.run(measured(served, tokens, given))


if __name__ == "__main__":
    main()
