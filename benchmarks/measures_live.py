"""Every measure live from the log against the same recomputed from scratch, and events a second taken in.

    python benchmarks/measures_live.py [--trucks 20000] [--repeats 3] [--profile]

Four weeks of synthetic traffic at four bridges in a store of its own (SQLite): filings, decisions, arrivals, passages
and examinations, trips under seal with their judgements, reports and scans of scanners, published waits and blocks of
gate readings, recorded in the order of time with some told late. It is written in 200 portions, and the live board
looks after each of them and is closed and opened anew every tenth time; the other reads the whole log once. Compared
are the figures of every measure in every version, by bridge, day, lane and programme. Timed is the taking in of the
whole log; beside it the ceiling: merely reading the same events and decoding them. Medians of the repeats.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import os
import platform
import pstats
import random
import statistics
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from aforo.domain.bridge import GateReads, PublishedLaneWait, ReadPlace, WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import Arrived, Decided, Event, Examined, Filed, Passed, Payload, new_event, payload_of
from aforo.domain.outcome import Outcome
from aforo.domain.scanner import Scan, Scanned, ScannerReported
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, TripOpened
from aforo.domain.units import PPB
from aforo.flow.scoreboard import Board
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.shipped import ports
from aforo.scoreboard.official import Asked, Row
from aforo.scoreboard.places import Places
from aforo.scoreboard.shipped import definitions
from aforo.scoreboard.state import BoardState

BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAYS = 28
BRIDGES = ("world-trade", "pharr", "ysleta", "otay-mesa")
NOBODY = base64.b64encode(bytes(8 * len(ENTITY_KINDS))).decode()
PORTIONS, REOPENED = 200, 10

Said = tuple[datetime, datetime, str, Payload]


def traffic(trucks: int) -> list[Said]:
    """What happens: when, when it is recorded, on which stream, and what it says."""
    draw, said = random.Random(11), list[Said]()

    def say(stream: str, at: datetime, payload: Payload, late: float = 0.0) -> None:
        said.append((at, at + timedelta(seconds=1 + late), stream, payload))

    for number in range(trucks):
        at = BEGIN + timedelta(days=DAYS) * draw.random()
        bridge, name = draw.choice(BRIDGES), f"C-{number}"
        order = draw.choices(("release", "scan", "secondary", "joint"), (70, 22, 5, 3))[0]
        told = {
            "bridge": bridge, "lane": draw.choice(("standard", "fast", "empty")), "declaration_id": name,
            "trade_programme": draw.choice(("none", "none", "ctpat2", "oea")),
        }  # fmt: skip
        stream, minute = f"crossing/{name}", timedelta(minutes=1)
        say(stream, at - 60 * minute, Filed(told, NOBODY, "", "test", 1))
        drawn = draw.random() < 0.05
        say(
            stream, at - 59 * minute,
            Decided(order, None, drawn, 0, PPB // 20, PPB if order == "secondary" else PPB // 20, 0, 0, "", 0, "", "",
                    stratum=f"{bridge}/*/*", bridge=bridge),
        )  # fmt: skip
        say(stream, at, Arrived(bridge))
        if order != "release":
            begun, ended = at + 20 * minute, at + draw.uniform(25, 140) * minute
            if order != "scan":
                present = ("US", "MX") if order == "joint" else ("US",)
                say(stream, begun, ExaminationBegun("E", order, bridge, "1", "", present))
            late = 9 * 86_400.0 if draw.random() < 0.02 else 0.0
            say(stream, ended, Examined(Outcome(name, ended, draw.random() < 0.1), carried_out=order), late)
        say(stream, at + 150 * minute, Passed(0, "2304", f"{at:%Y-%m-%d}"), 9.5 * 86_400 if order != "release" else 0)
        if number % 5 == 0:
            trip = f"trip/T-{number}"
            say(trip, at - timedelta(hours=20), TripOpened("import", "carrier", at + timedelta(days=2), name))
            say(trip, at - timedelta(hours=19), Sealed("D", str(number)))
            say(trip, at - timedelta(hours=18), CustodyJudged("intact", "unsigned"))
            if draw.random() < 0.1:
                say(trip, at - timedelta(hours=9), CustodyJudged("silent", "unsigned"))
            say(trip, at + 170 * minute, Discharged("yard"))
    _scanners(draw, say)
    _gates(draw, say, trucks)
    return said


def _scanners(draw: random.Random, say: object) -> None:
    assert callable(say)
    for number in range(24):
        stream, bridge = f"scanner/S-{number}", BRIDGES[number % len(BRIDGES)]
        say(stream, BEGIN - timedelta(days=9), ScannerReported("commissioned", port=bridge))
        at = BEGIN
        while (at := at + timedelta(hours=draw.expovariate(1 / 90))) < BEGIN + timedelta(days=DAYS):
            say(stream, at, ScannerReported("down", draw.choice(("parts", "power", None)), "port"))
            at += timedelta(hours=draw.lognormvariate(2.0, 1.0))
            say(stream, at, ScannerReported("up", None, "port"))
        for hour in range(24 * DAYS):
            end = BEGIN + timedelta(hours=hour + 1)
            scans = [microseconds(end) - draw.randrange(3_600_000_000) for _ in range(6)]
            block = tuple(Scan(each, draw.choice(("truck", "truck", "bus")), 120_000) for each in sorted(scans))
            say(stream, end, Scanned(block))


def _gates(draw: random.Random, say: object, trucks: int) -> None:
    assert callable(say)
    numbers = np.random.default_rng(3)
    an_hour = max(4, trucks // (24 * DAYS * len(BRIDGES)))
    for bridge in BRIDGES:
        for hour in range(24 * DAYS):
            begins = BEGIN + timedelta(hours=hour)
            came = np.sort(numbers.integers(0, 3_600_000_000, an_hour)) + microseconds(begins)
            tags = numbers.integers(1, 2**62, an_hour).astype("<u8")
            tags[numbers.random(an_hour) < 0.05] = 0
            reached = came + numbers.integers(10, 80, an_hour) * 60_000_000
            places: tuple[tuple[ReadPlace, np.ndarray], ...] = (
                ("queue_end", came), ("primary", reached), ("exit", reached + 1_200_000_000)
            )  # fmt: skip
            for place, at in places:
                order = np.argsort(at)
                block = GateReads(f"{bridge}-{place}", bridge, place, _packed(at[order]), tags=_packed(tags[order]))
                say(f"device/{bridge}-{place}", begins + timedelta(hours=2.5), block, draw.choice((0, 0, 30_000)))
            feed = WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", draw.randrange(5, 60)),))
            say(f"port/{bridge}", begins, feed)


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<i8" if values.dtype.kind == "i" else "<u8").tobytes()).decode()


def events_of(said: list[Said]) -> list[Event]:
    """As they are recorded: in the order of time, each stream in its own order."""
    versions: Counter[str] = Counter()
    made = []
    ordered = sorted(said, key=lambda each: each[1])
    for own, (at, recorded, stream, payload) in zip(event_ids(len(ordered), ordered[0][1]), ordered, strict=True):
        versions[stream] += 1
        made.append(
            new_event(own, payload, stream, versions[stream], occurred_at=at, recorded_at=recorded, actor="bench")
        )
    return made


def figures(board: Board) -> list[Row]:
    first = board.places.day(BRIDGES[0], microseconds(BEGIN)) - 1
    found: list[Row] = []
    for by, bridges in (("bridge", BRIDGES), ("bridge day", BRIDGES), ("lane programme", BRIDGES), ("", None)):
        names = list(bridges or board.places.zones)
        asked = Asked(names, first, first + DAYS + 12, frozenset(by.split()))  # type: ignore[arg-type]
        for measure in definitions().all():  # an answer holds a bounded number of figures
            found += board.rows([measure], asked)
    return found


class Standing:
    """A clock that stands where the record ends."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trucks", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="Say where the time of taking in goes.")
    options = parser.parse_args()
    events, clock = events_of(traffic(options.trucks)), Standing()
    console = Console()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(KeyStore(f"sqlite:///{Path(folder) / 'keys.sqlite'}")) as keys,
        Log.open(f"sqlite:///{Path(folder) / 'log.sqlite'}", keys, synchronous="OFF", clock=clock) as log,
    ):
        live, size = Board(log), -(-len(events) // PORTIONS)
        lively = 0.0
        for number in range(PORTIONS):
            portion = events[number * size : (number + 1) * size]
            for first in range(0, len(portion), 1_000):
                log.append(portion[first : first + 1_000])
            clock.now = portion[-1].recorded_at if portion else clock.now
            begun = time.perf_counter()
            live.incidents()  # whatever is asked first takes in what is new
            lively += time.perf_counter() - begun
            if number % REOPENED == REOPENED - 1:
                live.save()
                live = Board(log)
        clock.now += timedelta(days=3)
        places = Places(ports())
        taken, decoded = [], []
        for _ in range(options.repeats):
            decoded.append(_decode(log, BoardState.types))
            begun = time.perf_counter()
            state = BoardState(places, log.streams)
            after = 0
            while page := log.read(after, types=state.types, limit=10_000):
                state.apply(page)
                after = page[-1].position
            taken.append(time.perf_counter() - begun)
        log.projections.drop(f"scoreboard/{places.mark}/{BoardState.version}")
        whole = Board(log)
        one, other = figures(live), figures(whole)
        same = sum(a == b for a, b in zip(one, other, strict=True))
        known = sum(own.missing is None for row in other for own in row.figures)
        if options.profile:
            _profile(log, places)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in ("what", "figure"):
        table.add_column(column)
    count = len(events)
    table.add_row("events", f"{count:,} of {len({each.stream for each in events}):,} streams")
    table.add_row("figures compared, live and recomputed", f"{len(other):,} of {len(definitions().all())} versions")
    table.add_row("of these with a value", f"{known:,}")
    table.add_row("equal", f"{same:,}" + ("" if same == len(other) else " (NOT ALL)"))
    table.add_row("events a second, the whole log at once", f"{count / statistics.median(taken):,.0f}")
    table.add_row("  merely read and decoded (ceiling)", f"{count / statistics.median(decoded):,.0f}")
    table.add_row(f"events a second, live in {PORTIONS} portions", f"{count / lively:,.0f}")
    console.print(table)
    console.print(
        f"SYNTHETIC traffic, SQLite, batches of 10,000; median of {options.repeats}; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )


def _decode(log: Log, types: object) -> float:
    """Seconds to read the events and decode what they say, with nothing done."""
    begun, after = time.perf_counter(), 0
    while page := log.read(after, types=types, limit=10_000):  # type: ignore[arg-type]
        for stored in page:
            event = stored.event
            payload_of(event.type, event.schema, event.data)
        after = page[-1].position
    return time.perf_counter() - begun


def _profile(log: Log, places: Places) -> None:
    profiler = cProfile.Profile()
    state, after = BoardState(places, log.streams), 0
    profiler.enable()
    while page := log.read(after, types=state.types, limit=10_000):
        state.apply(page)
        after = page[-1].position
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
