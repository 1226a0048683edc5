"""Clients of the API that cost little, for programs that load it: one connection each, in one event loop."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

#: Seconds before a loop is counted.
WARM_S = 2.0
_numbers = count(random.randrange(10**6) * 10**6)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def declaration() -> bytes:
    """One more declaration that was never sent before."""
    n = next(_numbers)
    return json.dumps(
        {
            "declaration_id": f"B{n}", "filed_at": _now(), "port": "2304", "bridge": "World Trade",
            "carrier_id": f"C{n % 400:03}", "driver_id": f"DR{n % 5000}", "driver_name": f"Persona {n % 5000}",
            "tractor_id": f"TX{n % 6000}", "importer_id": f"12-{n % 900:07}", "exporter_id": f"EX{n % 1200}",
            "broker_id": f"BR{n % 60}", "hs6": "870829", "description": "steel brackets", "origin": "MX",
            "departure": "MX", "gross_mass_kg": 9000 + n % 9000, "value_usd": 1000 + n % 90000, "packages": 1 + n % 90,
            "declared_empty": False, "trade_programme": "none", "lane": "standard", "seal_id": f"UL{n}",
        }
    ).encode()  # fmt: skip


def request(body: bytes, token: str, more: str = "") -> bytes:
    """A filing as it goes over the wire; `more` are further header lines."""
    head = (
        f"POST /v1/filings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answer_to(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    """Status, head and body of the next answer. Raises EOFError where the connection ends, ValueError."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    return int(head[9:12]), head, await reader.readexactly(length)


class Client(asyncio.Protocol):
    """One connection; `ended` is called with the client, the status (0 if it was cut) and the body of each answer."""

    def __init__(self, ended: Callable[[Client, int, bytes], None]) -> None:
        self._ended = ended
        self._read = b""
        self._transport: asyncio.Transport | None = None
        self.waits = False
        #: Whether the last answer said when to come back.
        self.retry_after = False
        #: Done when the connection is lost.
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

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
        self.retry_after = b"\r\nretry-after:" in head
        body, self._read = self._read[end + 4 : end + 4 + length], b""
        self.waits = False
        self._ended(self, int(head[9:12]), body)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.lost.done():
            self.lost.set_result(None)
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
