"""A port that is cut off from its node for eight simulated hours, at random instants: what is lost, doubled, let go.

    python benchmarks/edge_cut_off.py [--trials 100] [--trucks 160] [--seed 1] [--jobs 1] [--folder FOLDER]

In each trial a node and the edge of one bridge go through twelve simulated hours of SYNTHETIC traffic. Trucks file
about an hour ahead; some late, some never; some amend; some come several times a day. Officers at the node order holds
and examinations, and lower some, before, during and after the cut, of which the edge hears nothing for eight hours. At
the bridge every truck stands at the booth, is examined where the edge says so, and is reported; some examinations are
reported to the node too, by another way. The edge's clock is wrong by up to three minutes. Then the link comes back in
pieces: contacts fail, answers are lost after the node took what was sent, old hand-ins come again, and either side is
closed and opened anew in between.

What must hold, by the simulated truth: every filing that was sent, and every leaf of the edge's log, is in the node's
log exactly once, and the edge's log verifies from there; no truck that was examined at the edge has two examinations,
or an order to examine that is still to be carried out (a hold is none); no truck on hold in the edge's bundle at the
cut was released but by two officers; every visit is matched with its own crossing or with none; of every truck that the
edge let go while it was held at the node staff are told.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from http_served import conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

from aforo.bootstrap import open_node
from aforo.domain.declaration import identity_text
from aforo.domain.edge import EdgeFact
from aforo.domain.event import Decided, Examined, Filed
from aforo.exams.outcomes import Report
from aforo.exams.override import OverrideRefusedError
from aforo.flow.alerts import Alerts
from aforo.flow.crossing_events import events_of
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import BundleRefusedError
from aforo.flow.edge_check import check_edge
from aforo.flow.edge_enrolled import enrol
from aforo.flow.edge_expected import Expecting, expected_of
from aforo.flow.edge_handing import HandIn, hand_in
from aforo.flow.edge_issuing import Asked, commit_to_days, issue, stated_of
from aforo.flow.edge_merging import rematch, take_in
from aforo.flow.edge_node import EdgeNode, Named, Place
from aforo.flow.edge_report import edge_report
from aforo.flow.edge_reports import report as report_at_edge
from aforo.flow.journey import screen
from aforo.flow.node import Node
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node
from aforo.intake import declarations
from aforo.log.kept_file import KeptFile
from aforo.log.keys import KeyStore
from aforo.log.leaves import last_leaf
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.routing.rate import RatePrice

PORT, BRIDGE = "2304", "World Trade"
BEFORE_H, CUT_H, AFTER_H = 2.0, 8.0, 2.0
START = datetime(2024, 3, 20, 10, tzinfo=UTC)
out = Console(width=150)


class Clock:
    """A clock in the trial's hand; each reader may have its own error."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def off(self, by: timedelta) -> Callable[[], datetime]:
        return lambda: self.now + by


@dataclass
class Truck:
    """One passage, as it truly is."""

    own: str
    trip: str
    plate: str
    arrives: datetime
    files: datetime | None
    visit: str = ""
    examined: int = 0
    left: bool = False
    lowered: bool = False
    #: What the node had ordered when it left the bridge.
    held_when_left: bool = False


@dataclass
class Found:
    """What one trial showed."""

    seed: int
    trucks: int = 0
    filings: int = 0
    leaves: int = 0
    known: int = 0
    referred: int = 0
    released: int = 0
    examined: int = 0
    lost_filings: int = 0
    lost_leaves: int = 0
    twice: int = 0
    still_ordered: int = 0
    holds_known: int = 0
    holds_released: int = 0
    matched: int = 0
    mismatched: int = 0
    unmatched: int = 0
    missed_holds: int = 0
    missed_untold: int = 0
    told_wrongly: int = 0
    contacts: Counter[str] = field(default_factory=Counter)
    reconcile_s: float = 0.0
    seconds: float = 0.0
    unverified: int = 0
    wrong: list[str] = field(default_factory=list)


class Trial:
    """One simulated cut."""

    def __init__(self, seed: int, folder: Path, model: Path, keys: Path, trucks: int) -> None:
        self.dice = random.Random(seed)
        self.folder, self.model, self.found = folder, model, Found(seed)
        shutil.copy(keys, folder / "keys.sqlite")
        #: The cut may fall on any hour of the day, and go over midnight.
        self.start = START + timedelta(minutes=self.dice.randrange(1_440))
        self.clock = Clock(self.start)
        self.skew = timedelta(seconds=self.dice.uniform(-180, 180))
        self.queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self.count = 0
        self.cut_at = self.start + timedelta(hours=BEFORE_H)
        self.back_at = self.cut_at + timedelta(hours=CUT_H)
        self.end = self.back_at + timedelta(hours=AFTER_H)
        self.trucks = self._traffic(trucks)
        self.of_visit: dict[str, Truck] = {}
        self.sent: set[str] = set()
        self.cursor = 0
        self.old: list[HandIn] = []
        self.held: dict[str, bool] = {}
        self.node: Node
        self.edge: EdgeNode

    # The world

    def _traffic(self, count: int) -> list[Truck]:
        dice, made = self.dice, []
        plates = [f"PL-{n}" for n in range(max(4, int(count * 0.7)))]
        trips: dict[str, list[datetime]] = {}
        for number in range(count):
            arrives = self.start + timedelta(minutes=dice.uniform(30, (BEFORE_H + CUT_H) * 60 + 30))
            plate = dice.choice(plates)
            # A tractor needs three hours for a trip.
            if any(abs(other - arrives) < timedelta(hours=3) for other in trips.get(plate, ())):
                plate = f"PX-{number}"
            trips.setdefault(plate, []).append(arrives)
            draw = dice.random()
            files: datetime | None = arrives - timedelta(minutes=dice.uniform(40, 80))
            if draw < 0.03:
                files = None
            elif draw < 0.08:
                files = arrives + timedelta(minutes=dice.uniform(5, 50))
            made.append(Truck(f"D{number}", f"T{number}", plate, arrives, files))
        return made

    def at(self, when: datetime, run: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.queue, (when, self.count, run))

    def soon(self, least: float, most: float, run: Callable[[], None]) -> None:
        self.at(self.clock.now + timedelta(minutes=self.dice.uniform(least, most)), run)

    def run(self) -> Found:
        begun = time.perf_counter()
        with ExitStack() as stack:
            self.stack = stack
            self.open_node()
            self.warm_up()
            self.open_edge()
            for truck in self.trucks:
                if truck.files is not None:
                    self.at(truck.files, lambda truck=truck: self.file(truck))  # type: ignore[misc]
                self.at(truck.arrives, lambda truck=truck: self.arrive(truck))  # type: ignore[misc]
            minute = self.start
            while minute < self.cut_at:
                self.at(minute, self.connect)
                minute += timedelta(minutes=5)
            self.at(self.cut_at, self.note_holds)
            while self.queue:
                when, _, run = heapq.heappop(self.queue)
                self.clock.now = max(self.clock.now, when)
                if when > self.back_at and self.cursor >= 0:
                    self.reconcile()
                run()
            self.clock.now = max(self.clock.now, self.end)
            self.reconcile()
            self.judge()
            self.node_stack.close()
            self.edge_stack.close()
        self.found.seconds = time.perf_counter() - begun
        return self.found

    # The node

    def open_node(self) -> None:
        self.node_stack = ExitStack()
        keys = self.node_stack.enter_context(closing(KeyStore(self.folder / "keys.sqlite")))
        url = f"sqlite:///{self.folder / 'log.sqlite'}"
        log = self.node_stack.enter_context(Log.open(url, keys, synchronous="OFF", clock=self.clock.off(timedelta())))
        self.node = open_node(log, self.model, 0.10, actor="benchmark")
        self.expecting = Expecting(log, PORT, lambda: stated_of(self.node.force))
        self.book = EdgeBook(log)

    def warm_up(self) -> None:
        """Let the price begin where about a third of what files is worth an examination."""
        trucks = [Truck(f"W{n}", f"W{n}", f"WP-{n}", self.start, self.start) for n in range(30)]
        self._screen([self._fields(truck.own, truck, port="2305") for truck in trucks])
        values = sorted(
            stored.payload.value for stored in _all(self.node.log, Decided.TYPE) if isinstance(stored.payload, Decided)
        )
        price = self.node.price
        self.node.price = RatePrice(values[2 * len(values) // 3], price.rise, price.fall)

    def file(self, truck: Truck) -> None:
        self._file(truck.own, truck)
        if self.dice.random() < 0.10:
            self.soon(1, 240, lambda: self._file(f"{truck.own}-A", truck, amends=truck.own, action="replace"))
        draw = self.dice.random()
        if draw < 0.14:
            option = "hold" if draw < 0.08 else self.dice.choice(("scan", "joint", "secondary"))
            self.soon(0, 120, lambda: self.order(truck, option))

    def _file(self, own: str, truck: Truck, **more: Any) -> None:
        self._screen([self._fields(own, truck, **more)])

    def _fields(self, own: str, truck: Truck, **more: Any) -> dict[str, Any]:
        return {
            "declaration_id": own, "crossing_id": truck.trip, "filed_at": self.clock.now.isoformat(), "port": PORT,
            "bridge": BRIDGE, "carrier_id": f"CA-{self.dice.randrange(20)}", "driver_id": f"DR-{truck.plate}",
            "tractor_id": truck.plate, "importer_id": f"IM-{self.dice.randrange(30)}",
            "exporter_id": f"EX-{self.dice.randrange(30)}", "hs6": "870829", "description": "brackets", "origin": "MX",
            "departure": "MX", "gross_mass_kg": self.dice.uniform(2_000, 30_000), "value_usd": 50_000.0,
            "duty_rate": 0.025, "packages": 20.0, "declared_empty": 0, "trade_programme": "none", "lane": "standard",
        } | more  # fmt: skip

    def _screen(self, filings: list[dict[str, Any]]) -> None:
        (batch,) = declarations.read_bytes(pl.DataFrame(filings).write_csv().encode())
        screen(batch.table, self.node, "declarations")
        self.sent.update(each["declaration_id"] for each in filings)

    def order(self, truck: Truck, option: str) -> None:
        try:
            override(self.node.log, truck.trip, option, "Ana", "A tip.", "Bea")  # type: ignore[arg-type]
        except OverrideRefusedError:
            return
        if option == "hold" and self.dice.random() < 0.2:
            self.soon(10, 200, lambda: self.lower(truck))

    def lower(self, truck: Truck) -> None:
        try:
            override(self.node.log, truck.trip, "release", "Ana", "A mistake.", "Bea")
        except OverrideRefusedError:
            return
        truck.lowered = True

    # The edge

    def open_edge(self) -> None:
        self.edge_stack = ExitStack()
        folder = self.folder / "edge"
        folder.mkdir(exist_ok=True)
        keys = self.edge_stack.enter_context(closing(KeyStore(folder / "keys.sqlite")))
        url = f"sqlite:///{folder / 'log.sqlite'}"
        log = self.edge_stack.enter_context(Log.open(url, keys, synchronous="OFF", clock=self.clock.off(self.skew)))
        pinned = self.node.keys.signing.first(self.node.log.origin)
        self.edge = EdgeNode(log, Place(PORT, BRIDGE, pinned), KeptFile(folder / "bundle.json"))

    def connect(self) -> None:
        log, force = self.edge.log, self.edge.force
        edge = enrol(self.node.log, PORT, BRIDGE, log.keys.signing.current(log.origin).verifier.text, "port")
        commit_to_days(PORT, self.node)
        since, last = (None, "") if force is None else (force.bundle.position, force.bundle.last)
        nonce = str(self.dice.random())
        try:
            self.edge.take(issue(edge, Asked(nonce, since, last), self.expecting, self.node), nonce)
        except BundleRefusedError:
            self.edge.take(issue(edge, Asked(nonce), self.expecting, self.node), nonce)
        while (handed := self.piece(500)) is not None:
            self.give(handed)

    def note_holds(self) -> None:
        assert self.edge.force is not None
        self.held = {ref: True for ref, each in self.edge.force.all().items() if each.order == "hold"}
        self.found.holds_known = len(self.held)

    def arrive(self, truck: Truck) -> None:
        named = Named(plate=truck.plate) if self.dice.random() < 0.5 else Named(trip=truck.trip, plate=truck.plate)
        said = self.edge.arrive(named, "Luz")
        if said.visit in self.of_visit:
            # Another truck of the same plate that has not left, or an older filing of it: the booth asks by the trip.
            named = Named(trip=truck.trip)
            said = self.edge.arrive(named, "Luz")
        truck.visit = said.visit
        self.of_visit[said.visit] = truck
        self.found.known += said.known
        self.found.referred += not said.known
        if said.examination == "release":
            self.found.released += 1
            self.leave(truck)
        elif said.examination == "hold":
            self.soon(20, 90, lambda: self.see_to_hold(truck))
        else:
            self.soon(5, 60, lambda: self.examine(truck))

    def examine(self, truck: Truck) -> None:
        dice = self.dice
        bad = dice.random() < 0.05
        one = Report(1, None, truck.visit, True, bad, "contraband" if bad else None, None, None)
        done = report_at_edge([one], self.edge, "Luz")
        if dice.random() < 0.1:
            report_at_edge([one], self.edge, "Luz")
        if not done.examinations:
            return
        truck.examined += 1
        self.found.examined += 1
        if dice.random() < 0.05 and truck.own in self.sent:
            named = Report(1, None, truck.trip, True, bad, "contraband" if bad else None, None, self.clock.now)
            self.soon(0, 5, lambda: self.tell_node(named))
        now = self.edge.look(truck.visit)
        assert now is not None
        if now.examination == "release":
            self.leave(truck)
        else:  # something was found, or a hold came meanwhile
            self.soon(10, 60, lambda: self.lower_at_edge(truck))

    def tell_node(self, one: Report) -> None:
        report_at_node([one], self.node)

    def see_to_hold(self, truck: Truck) -> None:
        refused = report_at_edge([Report(1, None, truck.visit, False, None, None, None, None)], self.edge, "Luz")
        ref = truck.visit
        if not refused.problems and self.held.get(ref):
            self.found.holds_released += 1
        one = Report(1, None, truck.visit, True, False, None, None, None)
        if report_at_edge([one], self.edge, "Luz").examinations:
            truck.examined += 1
            self.found.examined += 1
        if self.dice.random() < 0.5:
            self.soon(5, 60, lambda: self.lower_at_edge(truck))

    def lower_at_edge(self, truck: Truck) -> None:
        try:
            self.edge.order(truck.visit, "release", "Luz", "Seen to.", "Eva")
        except OverrideRefusedError:
            return
        truck.lowered = True
        self.leave(truck)

    def leave(self, truck: Truck) -> None:
        if self.held.get(truck.visit) and not truck.lowered:
            self.found.holds_released += 1
        truck.left = True
        truck.held_when_left = truck.own in self.sent and ordered(events_of(truck.trip, self.node.log)) == "hold"

    # The link

    def piece(self, most: int) -> HandIn | None:
        sequence(self.edge.log)
        return hand_in(self.edge.log, self.cursor, most)

    def give(self, handed: HandIn) -> None:
        log = self.edge.log
        edge = enrol(self.node.log, PORT, BRIDGE, log.keys.signing.current(log.origin).verifier.text, "port")
        self.cursor = take_in(handed, edge, self.book, self.expecting, self.node, "port").cursor
        self.old.append(handed)

    def reconcile(self) -> None:
        """The link is back, in pieces; what is not handed in at the end of one look is handed in by the next."""
        dice, seen = self.dice, self.found.contacts
        begun = time.perf_counter()
        while (handed := self.piece(dice.choice((1, 7, 50, 500)))) is not None:
            draw = dice.random()
            if draw < 0.25:
                seen["failed"] += 1
                continue
            if draw < 0.35 and self.old:
                before = self.cursor
                self.give(dice.choice(self.old))
                self.cursor = before
                seen["old again"] += 1
                continue
            if draw < 0.40:
                self.edge_stack.close()
                self.open_edge()
                seen["edge opened anew"] += 1
                continue
            if draw < 0.42:
                self.node_stack.close()
                self.open_node()
                seen["node opened anew"] += 1
                continue
            before = self.cursor
            self.give(handed)
            seen["taken"] += 1
            if draw > 0.85:
                self.cursor = before
                seen["answer lost"] += 1
        self.found.reconcile_s += time.perf_counter() - begun
        rematch(self.book, self.expecting, self.node)

    # The truth

    def judge(self) -> None:
        found, log = self.found, self.node.log
        rematch(self.book, self.expecting, self.node)
        book = self.book.catch_up()
        found.trucks = len(self.trucks)
        filed = Counter(
            stored.payload.declaration["declaration_id"]
            for stored in _all(log, Filed.TYPE)
            if isinstance(stored.payload, Filed)
        )
        found.filings = len(self.sent)
        found.lost_filings = sum(filed[own] != 1 for own in self.sent) + len(filed.keys() - self.sent)
        found.leaves = last_leaf(self.edge.log) + 1
        facts = [stored.event.version for stored in _all(log, EdgeFact.TYPE)]
        found.lost_leaves = abs(found.leaves - len(facts)) + (facts != list(range(1, len(facts) + 1)))
        edge = enrol(log, PORT, BRIDGE, self.edge.log.keys.signing.current(self.edge.log.origin).verifier.text, "port")
        checked = check_edge(edge, log)
        found.unverified = not checked.good or checked.leaves != found.leaves or checked.attested == 0
        told = {each.subject for each in Alerts(log).all() if each.kind == "missed_hold"}
        for truck in self.trucks:
            seen = book.visits[self.edge.log.origin, truck.visit]
            if seen.crossing is None:
                found.unmatched += truck.own in self.sent
                continue
            found.matched += 1
            if identity_text(seen.crossing) != identity_text(truck.trip):
                found.mismatched += 1
                other = next(each for each in self.trucks if each.trip == seen.crossing)
                found.wrong.append(f"{truck} is taken for {other}")
            events = events_of(seen.crossing, log)
            examined = [each for stored in events if isinstance(each := stored.payload, Examined) and not each.corrects]
            if len(examined) > max(1, truck.examined):
                found.twice += 1
                found.wrong.append(f"{truck} has {len(examined)} examinations")
            standing = expected_of(events, ("0",), {})
            if truck.left and truck.examined and standing is not None and standing.order not in ("hold", "release"):
                found.still_ordered += 1
            hold = truck.left and ordered(events) == "hold" and truck.held_when_left
            found.missed_holds += hold
            if hold and f"crossing/{seen.crossing}" not in told:
                found.missed_untold += 1
                found.wrong.append(f"{truck} was held when it left, and nobody was told: {seen.effects}")
        rows = edge_report(log, START).rows
        found.told_wrongly = sum(row.missed == "hold" and f"crossing/{row.crossing}" not in told for row in rows)


def _all(log: Log, kind: str) -> Iterator[Any]:
    after = 0
    while events := log.read(after, types=[kind]):
        yield from events
        after = events[-1].position


def trial(seed: int, folder: Path, model: Path, keys: Path, trucks: int) -> Found:
    """One trial in a folder of its own."""
    own = folder / f"trial-{seed}"
    own.mkdir(parents=True)
    try:
        return Trial(seed, own, model, keys, trucks).run()
    finally:
        shutil.rmtree(own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--trucks", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with workplace(arguments.folder) as folder:
        model = model_in(folder)
        keys = folder / "log-keys.sqlite"
        seeds = range(arguments.seed, arguments.seed + arguments.trials)
        work = [(seed, folder, model, keys, arguments.trucks) for seed in seeds]
        every: list[Found] = []
        with ProcessPoolExecutor(arguments.jobs) as pool:
            for found in pool.map(trial, *zip(*work, strict=True)):
                every.append(found)
                out.print(f"trial {found.seed}: {wrong_in(found) or 'all held'}, {found.seconds:.1f} s", markup=False)
    show(every)
    out.print(f"SYNTHETIC traffic, {arguments.trucks} trucks a trial, cut of {CUT_H:g} simulated hours; {conditions()}")


WRONG = (
    "lost_filings", "lost_leaves", "unverified", "twice", "still_ordered", "holds_released", "mismatched",
    "missed_untold", "told_wrongly",
)  # fmt: skip


def wrong_in(found: Found) -> dict[str, int]:
    """What did not hold in a trial."""
    return {name: int(getattr(found, name)) for name in WRONG if getattr(found, name)}


def show(every: list[Found]) -> None:
    """The sums over all trials, and in how many of them something was wrong."""
    table = Table("what", "in all", "trials where it is not 0", box=None)
    counts = (
        "trucks", "filings", "leaves", "known", "referred", "released", "examined", "holds_known", "matched",
        "unmatched", "missed_holds",
    )  # fmt: skip
    for name in (*counts, *WRONG):
        values = [int(getattr(each, name)) for each in every]
        table.add_row(name.replace("_", " "), f"{sum(values):,}", f"{sum(value != 0 for value in values)}")
    contacts: Counter[str] = Counter()
    for each in every:
        contacts += each.contacts
    for name, count in contacts.items():
        table.add_row(f"contacts: {name}", f"{count:,}", "")
    out.print(table)
    for each in every:
        for said in each.wrong[:5]:
            out.print(f"trial {each.seed}: {said}", markup=False)
    took, merged = [each.seconds for each in every], [each.reconcile_s for each in every]
    out.print(
        f"{len(every)} trials; a trial took {statistics.median(took):.1f} s, reconciling"
        f" {statistics.median(merged):.1f} s of it (medians)"
    )


if __name__ == "__main__":
    os.nice(5)
    main()
