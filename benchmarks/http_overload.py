"""What ten times the load does, with slow clients and idle connections beside it: refusals, and nothing else.

    python benchmarks/http_overload.py [--seconds 300] [--idle 10000] [--slow 100] [--rate N] [--folder FOLDER]

The server is `aforo serve` as its users start it, on SQLite with FULL syncing; first the rate of single messages is
measured that 64 waiting clients reach, then ten times that is sent (or `--rate`), over 1,000 connections of two
processes: what finds no connection free is not sent. All of it on the same processors. Beside them:

- idle connections, of two processes and addresses of their own: half of them ask for /healthz first, then all wait; one
  that is cut is opened again.
- slow clients: a third sends its head a byte every half second, a third its body, a third never reads what it asked for
  again and again. One that is cut comes back.

Allowed are 200, and 429 or 503 with Retry-After. Connections that were cut or refused are told apart. The server's
memory is looked at each second; latency counts from when a message was due. When the load has stopped, a fresh filing
over a fresh connection must be answered within five seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import resource
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

from http_clients import Client, closed_loop, declaration, percentile, request
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

CONNECTIONS, LOADERS, HOLDERS = 1_000, 2, 2
RECOVERED_S = 5.0
#: What memory may grow by: queues, connections and what the log keeps in memory.
MOST_GROWTH_MB = 400.0
out = Console(width=140)


async def load(
    port: int, token: str, rate: float, seconds: float, connections: int
) -> tuple[Counter[str], list[float]]:
    """Send at a rate: what came back, and the seconds that each answered message took."""
    told: Counter[str] = Counter()
    times: list[float] = []
    due: dict[Client, float] = {}
    free: deque[Client] = deque()
    every: set[Client] = set()
    tasks: set[asyncio.Task[None]] = set()
    until = time.perf_counter() + seconds

    def ended(client: Client, status: int, body: bytes) -> None:
        after = "" if status not in (429, 503) or client.retry_after else " without Retry-After"
        told[f"{status}{after}" if status else "cut"] += 1
        if status == 200:
            times.append(time.perf_counter() - due[client])
        if client.open:
            free.append(client)

    async def keep() -> None:
        """One connection, opened again when it was lost."""
        while time.perf_counter() < until:
            try:
                _, client = await asyncio.get_running_loop().create_connection(lambda: Client(ended), "127.0.0.1", port)
            except OSError:
                told["connection refused"] += 1
                await asyncio.sleep(0.5)
                continue
            free.append(client)
            every.add(client)
            await client.lost
            every.discard(client)

    for _ in range(connections):
        tasks.add(asyncio.create_task(keep()))
    await asyncio.sleep(1)
    start, sent = time.perf_counter(), 0
    while (now := time.perf_counter()) < until:
        wanted = int((now - start) * rate)
        while sent < wanted and free:
            client = free.popleft()
            if client.open:
                due[client] = now
                client.send(request(declaration(), token))
                sent += 1
        told["no connection free"] += wanted - sent
        sent = wanted
        await asyncio.sleep(0.002)
    for _ in range(300):
        if not any(client.waits for client in every):
            break
        await asyncio.sleep(0.05)
    told["not answered in 15 s"] += sum(client.waits for client in every)
    for client in list(every):
        client.waits = False
        client.close()
    await asyncio.gather(*tasks)
    return told, times


class Idle(asyncio.Protocol):
    """A connection that asks for nothing, or once, and waits."""

    def __init__(self, asks: bool) -> None:
        self._asks = asks
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        if self._asks:
            transport.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")  # type: ignore[attr-defined]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


async def hold(port: int, wanted: int, seconds: float, address: str) -> Counter[str]:
    """Hold connections open from an address, each opened again when it is cut; how often, and how many at the end."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    told: Counter[str] = Counter()
    until = time.perf_counter() + seconds

    async def keep(n: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(n / wanted * 10)
        while (left := until - time.perf_counter()) > 0:
            try:
                transport, idle = await loop.create_connection(
                    lambda: Idle(bool(n % 2)), "127.0.0.1", port, local_addr=(address, 0)
                )
            except OSError:
                told["refused"] += 1
                await asyncio.sleep(1)
                continue
            told["opened"] += 1
            told["open"] += 1
            told["most open"] = max(told["most open"], told["open"])
            await asyncio.wait([idle.lost], timeout=left)
            told["open"] -= 1
            told["cut"] += idle.lost.done()
            transport.abort()

    await asyncio.gather(*[keep(n) for n in range(wanted)])
    del told["open"]
    return told


async def slow(port: int, token: str, clients: int, seconds: float) -> Counter[str]:
    """Clients that send, or read, as slowly as they can; how often each was cut."""
    told: Counter[str] = Counter()
    until = time.perf_counter() + seconds

    async def drips(kind: str) -> None:
        whole = request(declaration(), token)
        at = whole.index(b"\r\n\r\n") + 4 if kind == "body" else 0
        while time.perf_counter() < until:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(whole[:at])
                for byte in range(at, len(whole)):
                    writer.write(whole[byte : byte + 1])
                    await writer.drain()
                    await asyncio.sleep(0.5)
                    if reader.at_eof() or time.perf_counter() > until:
                        break
                writer.transport.abort()
            told[f"{kind} cut"] += 1

    async def never_reads() -> None:
        loop = asyncio.get_running_loop()
        while time.perf_counter() < until:
            with socket.socket() as end, suppress(OSError, TimeoutError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                end.setblocking(False)
                await loop.sock_connect(end, ("127.0.0.1", port))
                while time.perf_counter() < until:
                    await asyncio.wait_for(loop.sock_sendall(end, request(declaration(), token) * 20), 60)
            told["reader cut"] += 1

    kinds = ("head", "body", "")
    await asyncio.gather(*[drips(kind) if (kind := kinds[n % 3]) else never_reads() for n in range(clients)])
    return told


def in_process(part: str, *arguments: object) -> object:
    """A part of the flood, in a process of its own."""
    random.seed()
    parts: dict[str, Callable[..., Coroutine[None, None, object]]] = {"load": load, "hold": hold, "slow": slow}
    return asyncio.run(parts[part](*arguments))


def recovery(port: int, token: str, most: float = 60.0) -> float:
    """Seconds until a fresh filing over a fresh connection is answered; infinite where it is not."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < most:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as fresh:
            fresh.sendall(request(declaration(), token))
            if fresh.recv(100).startswith(b"HTTP/1.1 200"):
                return time.perf_counter() - begun
        time.sleep(0.1)
    return float("inf")


def flooded(
    served: Served, token: str, rate: float, seconds: float, idle: int, slows: int
) -> tuple[list[tuple[str, str]], bool]:
    """The rows of the table, and whether all held."""
    memory = [served.memory_mb()]
    with ProcessPoolExecutor(LOADERS + HOLDERS + 1, multiprocessing.get_context("spawn")) as pool:
        holders = [
            pool.submit(in_process, "hold", served.port, idle // HOLDERS, seconds + 12, f"127.0.0.{2 + n}")
            for n in range(HOLDERS)
        ]
        time.sleep(12 if idle else 1)
        memory.append(served.memory_mb())
        loaders = [
            pool.submit(in_process, "load", served.port, token, rate / LOADERS, seconds, CONNECTIONS // LOADERS)
            for _ in range(LOADERS)
        ]
        dripping = pool.submit(in_process, "slow", served.port, token, slows, seconds)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            time.sleep(1)
            memory.append(served.memory_mb())
        back = recovery(served.port, token)
        told, times = Counter[str](), list[float]()
        for each in loaders:
            answers, took = each.result()  # type: ignore[misc]
            told += answers
            times += took
        held = sum((each.result() for each in holders), Counter())  # type: ignore[misc]
        cut = dripping.result()
    memory.append(served.memory_mb())
    answered = {name: n for name, n in told.items() if name[:3].isdigit()}
    wrong = sum(n for name, n in answered.items() if name not in ("200", "429", "503"))
    good = not wrong and back <= RECOVERED_S and max(memory) - memory[0] <= MOST_GROWTH_MB and bool(answered.get("200"))
    p50, p99 = (f"{percentile(times, share) * 1e3:,.0f}" for share in (0.5, 0.99))
    return [
        ("asked for", f"{rate:,.0f}/s for {seconds:.0f} s over {CONNECTIONS:,} connections"),
        ("answered, by status", ", ".join(f"{name} {n:,}" for name, n in sorted(answered.items()))),
        (
            "answered 200",
            f"{len(times) / seconds:,.0f}/s, p50 {p50} ms, p99 {p99} ms, most {max(times, default=0):.1f} s",
        ),
        ("beside", ", ".join(f"{name} {n:,}" for name, n in told.items() if name not in answered and n)),
        ("idle connections", ", ".join(f"{name} {n:,}" for name, n in held.items()) or "-"),
        ("slow clients", ", ".join(f"{name} {n:,}" for name, n in cut.items()) or "-"),  # type: ignore[attr-defined]
        (
            "memory of the server",
            f"{memory[0]:,.0f} MB, {memory[1]:,.0f} with idle connections, {max(memory):,.0f} at most,"
            f" {memory[-2]:,.0f} when the load stopped, {memory[-1]:,.0f} afterwards",
        ),
        ("a fresh filing was answered after", f"{back:.2f} s"),
        ("as it must be", "yes" if good else "NO"),
    ], good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0, help="messages a second; ten times what was measured")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with workplace(options.folder) as folder, Served(folder, model_in(folder)) as served:
        out.print(conditions())
        tokens = served.tokens(1)
        served.start()
        single, middle = asyncio.run(closed_loop(served.port, tokens, 64, 1, 5))
        rows = [("single messages, 64 clients", f"{single:,.0f}/s, median {middle * 1e3:.0f} ms")]
        told, good = flooded(
            served, tokens[0], options.rate or 10 * single, options.seconds, options.idle, options.slow
        )
        served.stop()
        good &= served.verifies()
    table = Table(title="ten times the load", show_header=False)
    for row in rows + told:
        table.add_row(*row)
    out.print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
