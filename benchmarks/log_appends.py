"""Durable appends a second, single, in batches of 100 and in batches of a file, against bare group commits.

    python benchmarks/log_appends.py [--seconds 3] [--postgres URL] [--folder FOLDER]

The events are filings with their assessment and decision, three events each, of the size that the product writes. The
ceilings write the same stored bytes in the same transactions through the database's own driver: `bodies`, one column
of the event's bytes and nothing else, and `rows`, all columns of the record's table without its indexes. Ceiling and
product take turns, transaction by transaction, so that whatever else the machine does falls on both; a figure is the
median time of a transaction. Making the event objects is not counted; encoding, hashing, receipts and (where it says
`signed`) the signature of the receipt are. `tree` keeps the sequencer running beside the appends. PostgreSQL is
measured where it answers.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import sqlalchemy
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, text

from aforo.domain.event import Assessed, Decided, Event, Filed, new_event
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.merkle import leaf_hash
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.store import Log
from aforo.log.stored import encode

Rows = Sequence[tuple[str, str, int, str | None, str, bytes, bytes]]
NAMES = ("event_id", "stream", "version", "idempotency_key", "type", "leaf_hash", "body")


class Filings:
    """An endless supply of filings, none twice; each supply has numbers of its own."""

    _supplies = count()

    def __init__(self, random_keys: bool = False) -> None:
        self._next = 10_000_000 * next(self._supplies)
        self._random_keys = random_keys

    def events(self, wanted: int) -> list[Event]:
        """The next `wanted` events: filed, assessed, decided, and so on."""
        now = datetime.now(UTC)
        ids = iter(event_ids(wanted + 3, now))
        events: list[Event] = []
        while len(events) < wanted:
            number, self._next = self._next, self._next + 1
            declaration = {
                "declaration_id": f"D{number:09d}", "port": "2304", "bridge": "World Trade", "hs6": "870829",
                "carrier_id": "C01234", "importer_id": "I56789", "broker_id": "B0012", "origin": "MX",
                "gross_mass_kg": 14250.5, "value_usd": 98500.0, "packages": 24, "lane": "standard",
            }  # fmt: skip
            stream = f"crossing/D{number:09d}"
            place = f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" if self._random_keys else f"D{number:09d}"
            filed, assessed, decided = next(ids), next(ids), next(ids)
            payloads = (
                (filed, Filed(declaration, "A" * 76, "c" * 24, "declarations", number), None, f"declaration:{place}"),
                (assessed, Assessed((-6_123_456, -7_123_456, -5_123_456, -4_123_456)), filed, None),
                (decided, Decided("release", None, False, 123_456_789, 5_000_000, 5_000_000, 812_000, 2_000_000,
                                  "A" * 216, number, "h" * 64, "0.1.0", stratum="2304/standard/none"), assessed, None),
            )  # fmt: skip
            events += [
                new_event(
                    id_, payload, stream, version, occurred_at=now, recorded_at=now, actor="node",
                    causation_id=cause, idempotency_key=key,
                )
                for version, (id_, payload, cause, key) in enumerate(payloads, 1)
            ][: wanted - len(events)]  # fmt: skip
        return events


def rows_of(events: Sequence[Event]) -> Rows:
    """What the record's table holds for events."""
    bodies = [encode(event) for event in events]
    return [
        (event.event_id, event.stream, event.version, event.idempotency_key, event.type, leaf_hash(body), body)
        for event, body in zip(events, bodies, strict=True)
    ]


Write = Callable[[Rows], None]


def sqlite_ceilings(folder: Path) -> dict[str, Write]:
    """Bare tables in files of their own, with the product's pragmas."""

    def ceiling(name: str, table: str, insert: str, pick: Callable[[Rows], list[tuple[object, ...]]]) -> Write:
        bare = sqlite3.connect(folder / f"{name}.sqlite", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 16000"):
            bare.execute(f"PRAGMA {pragma}").fetchall()
        bare.execute(table)
        lock = threading.Lock()

        def write(rows: Rows) -> None:
            with lock:
                bare.execute("BEGIN IMMEDIATE")
                bare.executemany(insert, pick(rows))
                bare.execute("COMMIT")

        return write

    marks = ", ".join("?" * len(NAMES))
    return {
        "bodies": ceiling("bodies", "CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
                          "INSERT INTO bare (body) VALUES (?)", lambda rows: [row[-1:] for row in rows]),
        "rows": ceiling("rows", f"CREATE TABLE bare (id INTEGER PRIMARY KEY, {', '.join(NAMES)})",
                        f"INSERT INTO bare ({', '.join(NAMES)}) VALUES ({marks})", list),
    }  # fmt: skip


def postgres_ceilings(url: str) -> dict[str, Write]:
    """Bare tables in the same database: one statement, one implicit transaction, a connection a thread."""
    name = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    mine = threading.local()
    kinds = ("text", "text", "int", "text", "text", "bytea", "bytea")
    with psycopg.connect(name, autocommit=True) as connection:
        connection.execute("CREATE TABLE bodies (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)")
        columns = ", ".join(f"{column} {kind}" for column, kind in zip(NAMES, kinds, strict=True))
        connection.execute(f"CREATE TABLE rows_ (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {columns})")
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    all_columns = f"INSERT INTO rows_ ({', '.join(NAMES)}) SELECT * FROM unnest({arrays})"

    def bare() -> psycopg.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(name, autocommit=True)
        return mine.connection

    def bodies(rows: Rows) -> None:
        bare().execute("INSERT INTO bodies (body) SELECT * FROM unnest(%s::bytea[])", ([row[-1] for row in rows],))

    def whole(rows: Rows) -> None:
        bare().execute(all_columns, [list(column) for column in zip(*rows, strict=True)])

    return {"bodies": bodies, "rows": whole}


def take_turns(contestants: dict[str, Callable[[], float]], seconds: float) -> dict[str, float]:
    """The median seconds of each, run in turns for so long (after one round that is not counted)."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    until = time.perf_counter() + seconds * len(contestants)
    while time.perf_counter() < until or len(next(iter(times.values()))) < 5:
        for name, run in contestants.items():
            times[name].append(run())
    return {name: statistics.median(measured) for name, measured in times.items()}


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(log: Log, ceilings: dict[str, Write], batch: int, seconds: float, random_keys: bool) -> dict[str, float]:
    """Median seconds of a transaction of `batch` events, by contestant."""
    filings = Filings(random_keys)

    def append() -> float:
        events = filings.events(batch)
        return timed(lambda: log.append(events))

    def signed() -> float:
        events = filings.events(batch)
        return timed(lambda: log.append(events)[0].promise)

    def bare(write: Write) -> Callable[[], float]:
        def run() -> float:
            rows = rows_of(filings.events(batch))
            return timed(lambda: write(rows))

        return run

    contestants = {name: bare(write) for name, write in ceilings.items()}
    return take_turns({**contestants, "append": append, "signed": signed}, seconds)


def crowd(write: Callable[[list[Event]], object], filings: list[Filings], seconds: float) -> float:
    """Single appends a second by as many threads as there are supplies."""
    counts = [0] * len(filings)
    begin = threading.Barrier(len(filings) + 1)

    def run(worker: int) -> None:
        supply = [filings[worker].events(1) for _ in range(3000)]
        begin.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and counts[worker] < len(supply):
            write(supply[counts[worker]])
            counts[worker] += 1

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(len(filings))]
    for thread in threads:
        thread.start()
    begin.wait()
    return timed(lambda: [thread.join() for thread in threads]) and sum(counts) / seconds


def bare_single(write: Write) -> Callable[[list[Event]], object]:
    """A ceiling that takes events, as `Log.append` does."""
    return lambda events: write(rows_of(events))


def stores(folder: Path, postgres: str) -> Iterator[tuple[str, str, Callable[[], dict[str, Write]]]]:
    """Name, URL and ceilings of each database that is here; a PostgreSQL database is made, and dropped at the end."""
    version = sqlite3.sqlite_version
    yield f"SQLite {version}", f"sqlite:///{folder / 'log.sqlite'}", lambda: sqlite_ceilings(folder)
    server = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    name = f"aforo_bench_{os.getpid()}"
    try:
        with server.connect() as connection:
            release = connection.execute(text("SHOW server_version")).scalar_one().split(" ")[0]
            fsync = connection.execute(text("SHOW fsync")).scalar_one()
            connection.execute(text(f"CREATE DATABASE {name}"))
    except sqlalchemy.exc.OperationalError as error:
        Console().print(f"PostgreSQL was not measured: {error.orig}")
        return
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    try:
        yield f"PostgreSQL {release} (fsync {fsync})", url, lambda: postgres_ceilings(url)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each contestant of each setting")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--folder", help="where to write (default: the platform's temporary folder)")
    arguments = parser.parse_args()
    console = Console(width=132)
    sample = rows_of(Filings().events(3000))
    console.print(
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {platform.platform()}, "
        f"Python {platform.python_version()}, SQLAlchemy {sqlalchemy.__version__}, psycopg {psycopg.__version__}; "
        f"synchronous FULL; "
        f"{sum(len(row[-1]) for row in sample) / 1000:,.0f} stored bytes a filing of three events"
    )
    table = Table(title="events a second (median transaction); share of the ceilings")
    for column in ("database", "transaction", "bodies", "rows", "append", "of bodies", "of rows", "signed", "tree"):
        table.add_column(column, justify="left" if column in ("database", "transaction") else "right")
    crowds = Table(title="single appends a second, 8 threads of one process")
    for column in ("database", "bodies", "append", "of bodies"):
        crowds.add_column(column, justify="right" if column != "database" else "left")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
        folder = Path(made)
        for name, url, make_ceilings in stores(folder, arguments.postgres):
            with Log.open(url, KeyStore(folder / f"{name.split(' ')[0]}-keys.sqlite")) as log:
                ceilings = make_ceilings()
                for batch, random_keys, tree in (
                    (1, False, False), (100, False, False), (100, True, False), (24_000, False, False),
                    (24_000, False, True),
                ):  # fmt: skip
                    sequence(log)
                    with Sequencing(log) if tree else nullcontext():
                        medians = measure(log, ceilings, batch, arguments.seconds, random_keys)
                    rate = {key: batch / median for key, median in medians.items()}
                    table.add_row(
                        name,
                        f"{batch:,} event{'s' * (batch > 1)}{', random keys' * random_keys}",
                        *(f"{rate[key]:,.0f}" for key in ("bodies", "rows", "append")),
                        *(f"{rate['append'] / rate[key]:.0%}" for key in ("bodies", "rows")),
                        f"{rate['signed']:,.0f}",
                        "running" if tree else "-",
                    )
                supplies = [[Filings() for _ in range(8)] for _ in range(2)]
                ceiling = crowd(bare_single(ceilings["bodies"]), supplies[0], arguments.seconds)
                ours = crowd(log.append, supplies[1], arguments.seconds)
                crowds.add_row(name, f"{ceiling:,.0f}", f"{ours:,.0f}", f"{ours / ceiling:.0%}")
    console.print(table)
    console.print(crowds)


if __name__ == "__main__":
    main()
