"""Resident memory of a served node while filings, passages and booths' questions come without end.

    python benchmarks/node_growth.py [--minutes 60] [--clients 2] [--rows 12] [--rare 50000] [--folder FOLDER]

Each client files ten declarations, reports the passage of those trucks, and asks for one of them at a booth, one after
another and as fast as the node answers. `--rare` is the number of filings after which the memory forgets seals and
loads (2,097,152 as shipped), so that its bound is reached within the time. Each row of the table is a part of the time:
filings so far, resident memory, and what each further filing cost in it. The last line has the growth of the second
half. Declarations are synthetic.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from http_clients import Client, connected, declaration, request
from http_served import Served, conditions, model_in, workplace
from rich.console import Console

from aforo.risk import artefacts
from aforo.risk.memory import Memory

#: Declarations in a message.
BATCH = 10


class Point(NamedTuple):
    """Minutes since the start, filings so far, and resident memory in MiB."""

    minute: float
    filings: int
    resident: float


def forgetful(model: Path, rare: int) -> None:
    """Let the memory of a model forget seals and loads after `rare` filings."""
    folder = artefacts.load(model)
    memory = Memory(msgspec.structs.replace(folder.memory().settings, rare_memory=rare))
    artefacts.save(model, folder.artefacts, memory, folder.manifest.keys)


def _posted(path: str, body: bytes, token: str) -> bytes:
    return request(body, token).replace(b"/v1/filings", path.encode(), 1)


class _Truckers:
    """What the clients of one node send, each message after the answer to the one before."""

    def __init__(self, token: str, until: float) -> None:
        self._token, self._until = token, until
        self.filed = 0
        self._turns: dict[Client, tuple[int, list[str]]] = {}

    def go(self, client: Client) -> None:
        """The next message of a client: filings, then their passages, then a question of a booth."""
        turn, names = self._turns.get(client, (0, []))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if turn == 0:
            filings = [declaration() for _ in range(BATCH)]
            names = [json.loads(each)["declaration_id"] for each in filings]
            client.send(request(b"\n".join(filings), self._token))
        elif turn == 1:
            passages = [json.dumps({"declaration_id": name, "examined": 0, "at": now}) for name in names]
            client.send(_posted("/v1/outcomes", "\n".join(passages).encode(), self._token))
        else:
            asked = json.dumps({"bridge": "world-trade", "plate": names[0]})
            client.send(_posted("/v1/booth", asked.encode(), self._token))
        self._turns[client] = (turn + 1) % 3, names

    def ended(self, client: Client, status: int, body: bytes) -> None:
        if status != 200:
            raise SystemExit(f"{status}: {body[:300]!r}")
        if self._turns[client][0] == 1:
            self.filed += BATCH
        if time.monotonic() < self._until:
            self.go(client)


async def _sent(port: int, token: str, clients: int, until: float) -> int:
    """Declarations filed until an instant of the monotonic clock."""
    truckers = _Truckers(token, until)
    for client in await connected(port, clients, truckers.ended):
        truckers.go(client)
    await asyncio.sleep(until - time.monotonic() + 2.0)
    return truckers.filed


def grown(served: Served, minutes: float, rows: int, clients: int, console: Console) -> list[Point]:
    """The memory of a node that is started for it, at its start and after each part of the time."""
    token = served.tokens(1)[0]
    served.start()
    begun = time.monotonic()
    points = [Point(0.0, 0, served.memory_mb())]
    console.print(f"   0.0 min           0 filings {points[0].resident:6.0f} MiB")
    for row in range(1, rows + 1):
        more = asyncio.run(_sent(served.port, token, clients, begun + row * minutes * 60 / rows))
        before = points[-1]
        point = Point((time.monotonic() - begun) / 60, before.filings + more, served.memory_mb())
        cost = (point.resident - before.resident) * 1024 / max(more, 1)
        console.print(
            f"{point.minute:6.1f} min {point.filings:11,} filings {point.resident:6.0f} MiB {cost:8.2f} kB each"
        )
        points.append(point)
    return points


def an_hour(points: list[Point]) -> float:
    """MiB an hour in the second half: the slope of least squares, which one collection of rubbish does not decide."""
    late = points[len(points) // 2 :]
    minutes = sum(each.minute for each in late) / len(late)
    mean = sum(each.resident for each in late) / len(late)
    above = sum((each.minute - minutes) * (each.resident - mean) for each in late)
    return 60.0 * above / sum((each.minute - minutes) ** 2 for each in late)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--rare", type=int, default=50_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    console = Console(width=120)
    console.print(f"{conditions()}; {asked.clients} clients; seals and loads forgotten after {asked.rare:,} filings")
    with workplace(asked.folder) as folder:
        model = model_in(folder)
        forgetful(model, asked.rare)
        with Served(folder, model) as served:
            points = grown(served, asked.minutes, asked.rows, asked.clients, console)
    half = points[len(points) // 2]
    filings = (points[-1].filings - half.filings) / (points[-1].minute - half.minute) * 60
    console.print(f"second half: {an_hour(points):+.0f} MiB an hour at {filings:,.0f} filings an hour")


if __name__ == "__main__":
    main()
