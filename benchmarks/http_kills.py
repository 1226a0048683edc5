"""What `kill -9` of the server, or of its database, costs those who file over HTTP: nothing but time.

    python benchmarks/http_kills.py [--kills 50] [--seed 1] [--folder FOLDER] [--only sqlite|postgresql]

The server is `aforo serve` as its users start it. Clients file under load: single declarations, and batches of 20 as
NDJSON, each of them half with an idempotency key; one that is cut, refused with 503 or 429 or not answered in 40 s
sends the same again until it is answered. Meanwhile, at random moments:

- SQLite: the server is killed, and started again.
- PostgreSQL, a private cluster: the server, and the database with all its processes, are killed in turns and started
  again. A server whose database is gone must answer 503, never 500, and go on by itself when it is back.

Afterwards the log is read: each acknowledged declaration must be in it, none twice, each crossing decided once, every
message answered, each answer the one that the log gives, and `aforo log verify` must pass. `committed and not told` are
messages that a kill struck between commit and answer, as their second sending was answered: without any, the trial
proves little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from http_clients import answer_to, declaration, request
from http_served import Served, conditions, model_in, workplace
from postgres_cluster import Cluster, cluster
from rich.console import Console
from rich.table import Table

from aforo.domain.event import Decided, Filed
from aforo.log.keys import KeyStore
from aforo.log.store import Log

SINGLE, BATCHES, BATCH = 32, 8, 20
#: Seconds that a client waits for an answer, and for the last answers when the kills are over.
PATIENCE_S, DRAIN_S = 40.0, 120.0
COLUMNS = (
    "store", "kills", "acknowledged", "lost", "twice", "unanswered", "another answer", "committed and not told",
    "answers", "back after (median, most)", "longest wait", "log verifies",
)  # fmt: skip
out = Console(width=140)


@dataclass
class Trial:
    """What clients saw. `answers` are the statuses by which declarations were acknowledged."""

    statuses: Counter[str] = field(default_factory=Counter)
    answers: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    changed: int = 0
    untold: int = 0
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0
    over: bool = False

    def take(self, body: bytes, wanted: int, again: bool) -> None:
        filings = json.loads(body)["filings"]
        if len(filings) != wanted:
            self.wrong.append(f"{len(filings)} answers to {wanted} declarations")
        self.untold += again and any(each["repeated"] for each in filings)
        for each in filings:
            before = self.answers.setdefault(each["declaration_id"], each["status"])
            self.changed += before != each["status"]


async def client(port: int, token: str, batch: int, trial: Trial, dice: random.Random) -> None:
    """File until the trial is over; what was begun is sent until it is answered."""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while not trial.over:
        bodies = [declaration() for _ in range(batch)]
        trial.sent.update(json.loads(each)["declaration_id"] for each in bodies)
        key = f"Idempotency-Key: {dice.randrange(10**12)}\r\n" if dice.random() < 0.5 else ""
        whole = request(b"\n".join(bodies), token, key)
        begun, again = time.monotonic(), False
        while True:
            wait = 0.2
            try:
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", port)
                streams[1].write(whole)
                status, head, body = await asyncio.wait_for(answer_to(streams[0]), PATIENCE_S)
            except (OSError, EOFError, TimeoutError) as error:
                trial.statuses["refused connection" if isinstance(error, ConnectionRefusedError) else "cut"] += 1
                if streams is not None:
                    streams[1].close()
                streams = None
            else:
                trial.statuses[str(status)] += 1
                if status == 200:
                    trial.take(body, batch, again)
                    break
                if status not in (429, 503) or b"retry-after:" not in head.lower():
                    trial.wrong.append(f"{status} {body[:120]!r}")
                    if status not in (429, 500, 503):
                        break
                wait = 0.2 + 0.3 * dice.random()
            again = True
            await asyncio.sleep(wait)
        trial.longest = max(trial.longest, time.monotonic() - begun)
    if streams is not None:
        streams[1].close()


def strike(served: Served, database: Cluster | None, turn: int) -> float:
    """Kill one of the two and start it again; seconds until filings are taken."""
    if database is not None and turn % 2:
        database.kill()
        begun = time.perf_counter()
        while True:
            with suppress(Exception):
                database.start()
                break
            time.sleep(0.1)
    else:
        served.stop(signal.SIGKILL)
        begun = time.perf_counter()
        served.launch()
    served.until_ready()
    return time.perf_counter() - begun


async def run(served: Served, database: Cluster | None, kills: int, dice: random.Random) -> tuple[Trial, list[float]]:
    trial, token = Trial(), served.tokens(1)[0]
    served.start()
    sizes = [1] * SINGLE + [BATCH] * BATCHES
    clients = [
        asyncio.create_task(client(served.port, token, size, trial, random.Random(dice.random()))) for size in sizes
    ]
    back = []
    for turn in range(kills):
        await asyncio.sleep(0.3 + 1.5 * dice.random())
        back.append(await asyncio.to_thread(strike, served, database, turn))
    await asyncio.sleep(1)
    trial.over = True
    _, pending = await asyncio.wait(clients, timeout=DRAIN_S)
    for each in pending:
        each.cancel()
    for each in clients:
        if each.done() and not each.cancelled() and (error := each.exception()):
            trial.wrong.append(repr(error))
    return trial, back


def recorded(served: Served) -> tuple[Counter[str], Counter[str]]:
    """How often the log has each declaration as filed, and each crossing as decided."""
    filed: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    url = served.store if "://" in served.store else f"sqlite:///{served.store}"
    with closing(KeyStore(served.keys)) as keys, Log.open_to_read(url, keys) as log:
        cursor = 0
        while events := log.read(cursor, types=(Filed.TYPE, Decided.TYPE)):
            for stored in events:
                payload = stored.payload
                if isinstance(payload, Filed):
                    filed[payload.declaration["declaration_id"]] += 1
                else:
                    decided[stored.event.stream] += 1
            cursor = events[-1].position
    return filed, decided


def tried(name: str, served: Served, database: Cluster | None, kills: int, seed: int) -> tuple[list[str], bool]:
    """A row of the table, and whether all held."""
    dice = random.Random(seed)
    trial, back = asyncio.run(run(served, database, kills, dice))
    filed, decided = recorded(served)
    served.stop()
    lost = len(trial.answers.keys() - filed.keys())
    twice = sum(times > 1 for times in filed.values()) + sum(times > 1 for times in decided.values())
    unanswered = len(trial.sent - trial.answers.keys())
    verifies = served.verifies()
    for said, times in Counter(trial.wrong).most_common(5):
        out.print(f"{name}: {times} × {said}", markup=False)
    held = verifies and not (lost or twice or unanswered or trial.changed or trial.wrong)
    statuses = ", ".join(f"{status} {times:,}" for status, times in trial.statuses.most_common())
    row = [
        f"{kills}", f"{len(trial.answers):,}", f"{lost}", f"{twice}", f"{unanswered}", f"{trial.changed}",
        f"{trial.untold}", statuses, f"{statistics.median(back):.1f}, {max(back):.1f} s", f"{trial.longest:.1f} s",
        "yes" if verifies else "NO",
    ]  # fmt: skip
    return [name, *row], held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    rows, good = [], True
    with workplace(options.folder) as folder:
        out.print(conditions() + f"; {SINGLE} clients of single messages, {BATCHES} of {BATCH}; seed {options.seed}")
        model = model_in(folder)
        if options.only != "postgresql":
            with Served(folder, model) as served:
                row, held = tried("SQLite", served, None, options.kills, options.seed)
            rows.append(row)
            good &= held
        if options.only != "sqlite":
            with cluster(folder / "postgres") as database, Served(folder, model, database.url) as served:
                row, held = tried("PostgreSQL", served, database, options.kills, options.seed)
                rows.append(row)
                good &= held
    table = Table(title="filings over HTTP, server and database killed", show_header=False)
    for at, column in enumerate(COLUMNS):
        table.add_row(column, *(row[at] for row in rows))
    out.print(table)
    return 0 if good else 1


if __name__ == "__main__":
    assert os.name == "posix"
    sys.exit(main())
