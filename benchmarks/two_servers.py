"""Two servers on one log against one server: decisions compared bit for bit, and one declaration filed at both at once.

    python benchmarks/two_servers.py [--acts 10000] [--pairs 200] [--seed 7] [--postgres URL] [--folder FOLDER]

The same acts are taken twice: by one server on SQLite, and in turns by two servers on one PostgreSQL log. An act files
one declaration or several, files one again, amends or cancels one, reports an arrival, a passage or a finding, corrects
a finding, or orders another examination. Few tractors cross several times a day, so that the lots of later passages
count. What decides (assessments, decisions, passages, findings, commitments to the lottery) must be the same, in the
same order, to the bit. Then pairs of senders file one declaration at both servers at once: one of each pair is told
that it was known. Declarations are synthetic.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from databases import database
from http_served import conditions, model_in
from rich.console import Console
from rich.table import Table

from aforo.api.desk import Desk
from aforo.bootstrap import open_node, save_state
from aforo.domain.event import Assessed, Decided, Examined, LotteryCommitted, Passed
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.receiving import Message
from aforo.flow.reply import Reply
from aforo.flow.reports import report
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
#: What decides, and must be the same; a finding's correction names an event, whose identifier is not.
COMPARED = (Assessed, Decided, Examined, Passed, LotteryCommitted)
BEGINS = datetime(2024, 3, 20, 12, tzinfo=UTC)
#: Between two acts: longer than a server uses what it has read of a bridge, so that both have read it at this act.
STEP = timedelta(seconds=11)
FILER = Filer("officer")
PORTS = (("2304", "World Trade"), ("2304", "Colombia"), ("2402", "Ysleta"))


class Clock:
    """A clock that all servers share, and that moves between two acts."""

    def __init__(self) -> None:
        self.now = BEGINS

    def __call__(self) -> datetime:
        return self.now


class Server:
    """A server without its network: a log, a key store and a desk of its own. A context manager."""

    def __init__(self, store: str, keys: str, model: Path, clock: Clock, prepare: Callable[[Log], None]) -> None:
        self._stack = ExitStack()
        self._model = model
        self._keys = self._stack.enter_context(closing(KeyStore(keys)))
        self.log = self._stack.enter_context(Log.open(store, self._keys, synchronous="OFF", clock=clock))
        prepare(self.log)
        self.desk = Desk(lambda: open_node(self.log, model, 0.10, actor="benchmark"))

    def __enter__(self) -> Server:
        self._stack.enter_context(self.desk)
        return self

    def __exit__(self, *raised: Any) -> None:
        node = self.desk.node
        if node is not None:
            save_state(node)
            sequence(self.log)
        self._stack.close()

    def file(self, *declarations: dict[str, Any]) -> Reply:
        """File declarations as one message."""
        data = "".join(f"{msgspec.json.encode(each).decode()}\n" for each in declarations)
        return self.desk.submit(Message(data.encode(), FILER)).result()

    def do(self, run: Callable[[Node], object]) -> object:
        return self.desk.do(run).result()


#: What is done to a server.
Act = Callable[[Server], object]


@dataclass
class Truck:
    """A declaration that was filed, and what may be said of it."""

    own: str
    fields: dict[str, Any]
    examined_at: datetime | None = None


def acts(count: int, seed: int) -> Iterator[tuple[str, Act]]:
    """Acts by their kinds, the same for the same seed."""
    draw = random.Random(seed)
    filed: list[Truck] = []
    now = BEGINS
    kinds = ("file", "file several", "file again", "amend", "cancel", "arrive", "pass", "find", "correct", "override")
    for number in range(count):
        kind = draw.choices(kinds, (36, 6, 4, 10, 2, 8, 12, 14, 4, 4))[0] if len(filed) > 20 else "file"
        old = draw.choice(filed[-400:]) if filed else Truck("", {})
        if kind == "correct":
            old = next((each for each in reversed(filed) if each.examined_at is not None), old)
        yield _act(kind, number, old, filed, now, draw)
        now += STEP


def _act(kind: str, number: int, old: Truck, filed: list[Truck], now: datetime, draw: random.Random) -> tuple[str, Act]:
    if kind in ("file", "file several"):
        count = 1 if kind == "file" else draw.randrange(2, 6)
        made = [Truck(f"D{number}-{place}", _declaration(f"D{number}-{place}", now, draw)) for place in range(count)]
        filed += made
        fields = [each.fields for each in made]
        return kind, lambda server: server.file(*fields)
    if kind == "file again":
        return kind, lambda server: server.file(old.fields)
    if kind in ("amend", "cancel"):
        action = "cancel" if kind == "cancel" else "replace"
        own = f"D{number}-0"
        changed = {"value_usd": draw.randrange(1_000, 400_000), "hs6": draw.choice(("870829", "854430", "070200"))}
        more = old.fields | changed | {"declaration_id": own, "amends": old.own, "action": action}
        more["filed_at"] = now.isoformat()
        filed.append(Truck(own, more))
        return kind, lambda server: server.file(more)
    if kind == "arrive":
        return kind, lambda server: server.do(lambda node: _tried(lambda: arrive(old.own, node, "booth")))
    if kind == "override":
        order = draw.choice(("scan", "secondary", "hold"))
        return kind, lambda server: server.do(lambda node: _tried(lambda: _order(node, old.own, order)))
    violation = draw.random() < 0.4
    threat = draw.choice(("contraband", "misdeclaration")) if violation else None
    severity = 1.0 if violation else None
    examined = kind != "pass"
    at = now
    if kind == "correct" and old.examined_at is not None:
        at = old.examined_at
    elif examined:
        old.examined_at = now
    said = Report(1, old.own, None, examined, violation if examined else None, threat if examined else None,
                  severity if examined else None, at)  # fmt: skip
    return kind, lambda server: server.do(lambda node: report([said], node))


def _tried(run: Callable[[], object]) -> object:
    """What is refused leaves nothing, at one server and at two."""
    try:
        return run()
    except (LookupError, ValueError):
        return None


def _order(node: Node, which: str, order: Any) -> object:
    return override(node.log, which, order, "officer", "A tip.")


def _declaration(own: str, now: datetime, draw: random.Random) -> dict[str, Any]:
    port, bridge = draw.choice(PORTS)
    party = draw.randrange(60)
    return {
        "declaration_id": own,
        "filed_at": now.isoformat(),
        "port": port,
        "bridge": bridge,
        "carrier_id": f"CA-{party % 12}",
        "driver_id": f"DR-{party}",
        "tractor_id": f"TR-{draw.randrange(80)}",
        "importer_id": f"IM-{draw.randrange(30)}",
        "exporter_id": f"EX-{draw.randrange(30)}",
        "broker_id": f"BR-{party % 5}",
        "hs6": draw.choice(("870829", "854430", "940120", "070200")),
        "description": "brackets",
        "origin": "MX",
        "departure": "MX",
        "gross_mass_kg": draw.randrange(1_000, 20_000),
        "value_usd": draw.randrange(1_000, 400_000),
        "duty_rate": 0.025,
        "packages": draw.randrange(1, 40),
        "declared_empty": 0,
        "trade_programme": draw.choice(("none", "ctpat")),
        "lane": "standard",
        "seal_id": f"UL{own}",
    }


@dataclass(frozen=True)
class Played:
    """What became of a course of acts: by event what decides, in the order of the log, and what senders were told."""

    decided: list[tuple[str, int, str, bytes]]
    told: list[list[bool]]
    kinds: Counter[str]
    seconds: float


def play(servers: Sequence[Server], clock: Clock, count: int, seed: int) -> Played:
    """Have the servers take acts in turns, and read what their log has then."""
    begun = time.perf_counter()
    kinds: Counter[str] = Counter()
    told: list[list[bool]] = []
    for number, (kind, act) in enumerate(acts(count, seed)):
        done = act(servers[number % len(servers)])
        if isinstance(done, Reply):
            told.append([each.repeated for each in done.filings])
        kinds[kind] += 1
        clock.now += STEP
    return Played(list(decided(servers[0].log)), told, kinds, time.perf_counter() - begun)


def decided(log: Log) -> Iterator[tuple[str, int, str, bytes]]:
    """What decides, in the order of the log: stream, version, type and payload, without identifiers of events."""
    after = 0
    while events := log.read(after, types=[each.TYPE for each in COMPARED]):
        for stored in events:
            payload: Any = stored.payload
            if isinstance(payload, Examined):
                payload = msgspec.structs.replace(payload, corrects=None if payload.corrects is None else "first")
            event = stored.event
            yield event.stream, event.version, event.type, msgspec.json.encode(payload)
        after = events[-1].position


def at_once(first: Server, second: Server, pairs: int, seed: int) -> Counter[int]:
    """File one declaration at both servers at once, pair by pair: how many pairs by how many were told it was known."""
    draw = random.Random(seed)
    found: Counter[int] = Counter()
    for number in range(pairs):
        fields = _declaration(f"P{number}", BEGINS, draw)
        together = threading.Barrier(2)
        replies: list[Reply] = []

        def sent(
            server: Server, fields: dict[str, Any] = fields, together: Any = together, into: Any = replies
        ) -> None:
            together.wait()
            into.append(server.file(fields))

        threads = [threading.Thread(target=sent, args=(each,)) for each in (first, second)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        found[sum(filing.repeated for reply in replies for filing in reply.filings)] += 1
    return found


def _sent(server: Server, fields: dict[str, Any], together: threading.Barrier, replies: list[Reply]) -> None:
    together.wait()
    replies.append(server.file(fields))


def untouched(log: Log) -> None:
    """A log as it is."""


def compared(
    folder: Path, keys: Path, model: Path, postgres: str, count: int, pairs: int, seed: int,
    prepare: Callable[[Log], None] = untouched,
) -> tuple[Played, Played, Counter[int]]:  # fmt: skip
    """What one server on SQLite makes of the acts, what two on PostgreSQL make of them in turns, and how many of each
    pair at once were told that the declaration was known. `keys` is copied: lots follow from its secrets."""
    own, shared = folder / "one-keys.sqlite", folder / "two-keys.sqlite"
    for copy in (own, shared):
        shutil.copy(keys, copy)
    clock = Clock()
    with Server(f"sqlite:///{folder / 'one.sqlite'}", str(own), model, clock, prepare) as server:
        one = play([server], clock, count, seed)
    clock = Clock()
    with (
        Server(postgres, str(shared), model, clock, prepare) as first,
        Server(postgres, str(shared), model, clock, untouched) as second,
    ):
        two = play([first, second], clock, count, seed)
        return one, two, at_once(first, second, pairs, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--acts", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--postgres", default=POSTGRES)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place, database(arguments.postgres) as url:
        folder = Path(place)
        model = model_in(folder)
        one, two, pairs = compared(
            folder, folder / "log-keys.sqlite", model, url, arguments.acts, arguments.pairs, arguments.seed
        )
    same = sum(a == b for a, b in zip(one.decided, two.decided, strict=False))
    table = Table(title=f"Two servers on one log, {arguments.acts:,} acts", title_justify="left")
    table.add_column("")
    table.add_column("one server", justify="right")
    table.add_column("two in turns", justify="right")
    table.add_row("events that decide", f"{len(one.decided):,}", f"{len(two.decided):,}")
    table.add_row("the same, in the same order", "", f"{same:,}")
    table.add_row("told that it was known", f"{sum(map(sum, one.told)):,}", f"{sum(map(sum, two.told)):,}")
    table.add_row("seconds", f"{one.seconds:,.1f}", f"{two.seconds:,.1f}")
    console.print(table)
    console.print(", ".join(f"{kind} {number:,}" for kind, number in sorted(one.kinds.items())))
    console.print(f"bit for bit equal: {one.decided == two.decided and one.told == two.told}")
    console.print(f"pairs at once: {dict(sorted(pairs.items()))} (told that it was known: pairs)")
    console.print(conditions())


if __name__ == "__main__":
    main()
