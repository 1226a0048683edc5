"""How long a booth waits for its instruction while one carrier sends in bulk.

    python benchmarks/booth_under_bulk.py [--before PYTHON] [--seconds 8] [--rounds 2] [--folder FOLDER]

The server is `aforo serve` as its users start it, with the rate that one token may ask at by default. A booth asks for
one instruction after another, with a pause of 50 ms; beside it, from another process on the same processors, eight
connections of one carrier send without a pause, whatever they are answered:

- `lines`: 4 MB of plain-text messages of a seal that is unknown. `own lines`: of a seal of the carrier's own, which
  signs nothing. `mixed lines`: the first hundred are of its own seal, the rest of an unknown one.
- `declarations`: messages of 1,000 declarations that were never sent before.

`--before` is the interpreter of another version of the product, which is served over a log of its own and measured in
turns with this one, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import random
import shutil
import sys
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from http_clients import answer_to, percentile
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

CONNECTIONS, DECLARATIONS, BYTES = 8, 1_000, 4_000_000
PAUSE_S = 0.05
OWN, UNKNOWN = "seal-own-1", "seal-unknown-1"
KINDS = ("lines", "own lines", "mixed lines", "declarations")
out = Console(width=140)


def seal_lines(first: str, rest: str) -> bytes:
    """As many messages as a body holds: the first hundred of one seal, the rest of another, each at another time."""
    began = datetime.now(UTC) - timedelta(days=2) + timedelta(seconds=random.random() * 3_600)
    lines, size = [], 0
    while size < BYTES - 200:
        at = began + timedelta(seconds=len(lines))
        device = first if len(lines) < 100 else rest
        lines.append(
            f"##S,eSeal,{device},ABCD,1.0,Normal,{len(lines)},{at:%Y-%m-%d},{at:%H:%M:%S},120,A,25.700000N 100.300000W,"
            "40,82,Close,0,0:0:0:0,3.9,-71,E##\r\n".encode()
        )
        size += len(lines[-1])
    return b"".join(lines)


def declarations() -> bytes:
    """A message of declarations that were never sent."""
    own, now = random.randrange(10**12), datetime.now(UTC).isoformat(timespec="seconds")
    return b"\n".join(
        json.dumps(
            {
                "declaration_id": f"W{own}-{n}", "filed_at": now, "port": "2304", "bridge": "World Trade",
                "carrier_id": "BULK", "driver_id": f"DR{n}", "tractor_id": f"TX{own}-{n}", "importer_id": f"12-{n:07}",
                "exporter_id": f"EX{n}", "broker_id": "BR1", "hs6": "870829", "description": "steel brackets",
                "origin": "MX", "departure": "MX", "gross_mass_kg": 9000, "value_usd": 1000 + n, "packages": 20,
                "declared_empty": False, "trade_programme": "none", "lane": "standard", "seal_id": f"UL{own}-{n}",
            }
        ).encode()
        for n in range(DECLARATIONS)
    )  # fmt: skip


async def _sent(port: int, token: str, kind: str, until: float, statuses: Counter[int]) -> None:
    """One connection, opened again when it is lost."""
    path = "/v1/filings" if kind == "declarations" else "/v1/custody/readings/seal_text"
    first, rest = {"own lines": (OWN, OWN), "mixed lines": (OWN, UNKNOWN)}.get(kind, (UNKNOWN, UNKNOWN))
    body = b"" if kind == "declarations" else seal_lines(first, rest)
    while time.time() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.time() < until:
                sent = body or declarations()
                head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                writer.write(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
                await writer.drain()
                statuses[(await answer_to(reader))[0]] += 1
        except (OSError, EOFError, ValueError):
            statuses[0] += 1


def bulk(port: int, token: str, kind: str, seconds: float, told: multiprocessing.Queue[Counter[int]]) -> None:
    """All the connections, in a process of their own; the statuses that they were answered with."""
    statuses: Counter[int] = Counter()
    random.seed()

    async def every() -> None:
        until = time.time() + seconds
        tasks = [asyncio.create_task(_sent(port, token, kind, until, statuses)) for _ in range(CONNECTIONS)]
        await asyncio.wait(tasks, timeout=seconds + 1)
        for each in tasks:
            each.cancel()

    asyncio.run(every())
    told.put(statuses)


def booth(port: int, token: str, seconds: float) -> list[float]:
    """The seconds that each instruction took."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"}
    while time.perf_counter() < until:
        body = json.dumps({"bridge": "world-trade", "plate": f"PL{random.randrange(10**9)}"})
        began = time.perf_counter()
        client.request("POST", "/v1/booth", body, headers)
        answer = client.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {said[:300]!r}")
        times.append(time.perf_counter() - began)
        time.sleep(PAUSE_S)
    return times


def under(served: Served, tokens: dict[str, str], kind: str, seconds: float) -> tuple[list[float], Counter[int]]:
    """A booth's times under one kind of bulk; and what that was answered."""
    if kind == "alone":
        return booth(served.port, tokens["officer"], seconds), Counter()
    told: multiprocessing.Queue[Counter[int]] = multiprocessing.Queue()
    sending = multiprocessing.Process(target=bulk, args=(served.port, tokens["carrier"], kind, seconds + 1, told))
    sending.start()
    time.sleep(1)
    times = booth(served.port, tokens["officer"], seconds)
    statuses = told.get(timeout=120)
    sending.join()
    time.sleep(3)
    return times, statuses


def tokens_of(served: Served) -> dict[str, str]:
    """Tokens of an officer, and of the carrier."""
    store = ("--store", served.store)
    officer, carrier = (
        served.aforo("tokens", "issue", role, "--role", role, *more, *store).strip()
        for role, more in (("officer", ()), ("carrier", ("--carrier", "BULK")))
    )
    supervisor = served.aforo("tokens", "issue", "supervisor", "--role", "supervisor", *store).strip()
    return {"officer": officer, "carrier": carrier, "supervisor": supervisor}


def register(served: Served, token: str) -> None:
    """The carrier's own seal."""
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    said = {"kind": "seal", "supplier": "a supplier", "promise_s": 3600, "tolerance_s": 600, "carrier": "BULK"}
    body = json.dumps(said)
    client.request("PUT", f"/v1/devices/{OWN}", body, {"Authorization": f"Bearer {token}"})
    answer = client.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {answer.read()[:300]!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", help="the interpreter of the version to compare with")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    versions = {"before": options.before, "after": sys.executable} if options.before else {"after": sys.executable}
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    statuses: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    with workplace(options.folder) as folder, ExitStack() as stack:
        out.print(conditions())
        model_in(folder)
        for version in versions:
            shutil.copytree(folder, folder / version, ignore=shutil.ignore_patterns("before", "after"))
        running = {}
        for version, python in versions.items():
            own = folder / version
            served = stack.enter_context(Served(own, own / "model", python=python, requests=100))
            tokens = tokens_of(served)
            served.start()
            register(served, tokens["supervisor"])
            running[version] = served, tokens
        for kind in ("alone", *options.kinds):
            for _ in range(options.rounds):
                for version, (served, tokens) in running.items():
                    own_times, own_statuses = under(served, tokens, kind, options.seconds)
                    times[kind, version] += own_times
                    statuses[kind, version] += own_statuses
        table = Table("beside it", "version", "instructions", "median ms", "p99 ms", "most ms", "the bulk was answered")
        for (kind, version), own in times.items():
            figures = (f"{percentile(own, share) * 1e3:,.0f}" for share in (0.5, 0.99))
            told = ", ".join(
                f"{status or 'cut'} {count:,}" for status, count in sorted(statuses[kind, version].items())
            )
            table.add_row(kind, version, f"{len(own):,}", *figures, f"{max(own) * 1e3:,.0f}", told)
        for served, _ in running.values():
            served.stop()
        out.print(table)
        good = all(served.verifies() for served, _ in running.values())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
