"""One simulated cut of `edge_cut_off`: a node, the edge of one bridge, and the link between them, in one process."""

from __future__ import annotations

import heapq
import random
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from edge_cut_prices import LOWER_HARM, swinging
from edge_cut_traffic import AFTER_H, BEFORE_H, BRIDGE, CUT_H, PORT, START, Truck, fields, traffic
from edge_cut_truth import Found, enrolled_edge, every_of, judge

from aforo.api.edge_credentials import TokenCredentials
from aforo.bootstrap import open_node
from aforo.domain.decision import Examination
from aforo.domain.event import Decided
from aforo.exams.outcomes import Report
from aforo.exams.override import OverrideRefusedError
from aforo.flow.crossing_events import events_of
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import BundleRefusedError
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_handing import HandIn, hand_in
from aforo.flow.edge_issuing import Asked, commit_to_days, document, issue, stated_of
from aforo.flow.edge_merging import rematch, take_in
from aforo.flow.edge_node import EdgeNode, Named, Place
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_proof import Credential, Signers
from aforo.flow.edge_reports import report as report_at_edge
from aforo.flow.journey import screen
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node
from aforo.intake import declarations
from aforo.log.kept_file import KeptFile
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.tokens import Tokens
from aforo.routing.rate import RatePrice


class Clock:
    """A clock in the trial's hand; each reader may have its own error."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def off(self, by: timedelta) -> Callable[[], datetime]:
        return lambda: self.now + by


class Trial:
    """One simulated cut."""

    def __init__(self, seed: int, folder: Path, model: Path, keys: Path, trucks: int, prices: Path | None) -> None:
        self.dice = random.Random(seed)
        self.folder, self.model, self.prices, self.found = folder, model, prices, Found(seed)
        if prices is None:
            shutil.copy(keys, folder / "keys.sqlite")
        else:
            for each in prices.iterdir():
                shutil.copy(each, folder)
        #: The cut may fall on any hour of the day, and go over midnight.
        self.start = START + timedelta(minutes=self.dice.randrange(1_440))
        self.clock = Clock(self.start)
        self.skew = timedelta(seconds=self.dice.uniform(-180, 180))
        self.queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self.count = 0
        self.cut_at = self.start + timedelta(hours=BEFORE_H)
        self.back_at = self.cut_at + timedelta(hours=CUT_H)
        self.end = self.back_at + timedelta(hours=AFTER_H)
        self.trucks = traffic(self.dice, self.start, trucks)
        self.of_visit: dict[str, Truck] = {}
        self.sent: set[str] = set()
        self.cursor = 0
        self.old: list[HandIn] = []
        self.held: dict[str, bool] = {}
        #: The officers at the edge, by the tokens that the node issued.
        self.signers: Signers | None = None
        self.node: Node
        self.edge: EdgeNode

    # The world

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
                    self.at(truck.files, partial(self.file, truck))
                self.at(truck.arrives, partial(self.arrive, truck))
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
            rematch(self.book, self.expecting, self.node, self.credentials)
            judge(self.found, self.trucks, self.sent, self.book, self.node.log, self.edge.log)
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
        policy = None if self.prices is None else LOWER_HARM
        self.node = open_node(log, self.model, 0.10, policy, actor="benchmark")
        if self.prices is not None:
            assert self.node.bridges is not None
            self.node.bridges.state = swinging(self.start)
        self.expecting = Expecting(log, PORT, lambda: stated_of(self.node.force))
        self.book = EdgeBook(log)
        tokens = self.node_stack.enter_context(closing(Tokens(self.folder / "keys.sqlite")))
        self.credentials = TokenCredentials(tokens.holder)
        if self.signers is None:
            month = timedelta(days=30)
            officers = [tokens.issue(name, "officer", (PORT,), START - month, START + month) for name in ("Luz", "Eva")]
            self.signers = Signers(*(Credential(token.id, text) for text, token in officers))

    def warm_up(self) -> None:
        """Let the price begin where about a third of what files is worth an examination."""
        trucks = [Truck(f"W{n}", f"W{n}", f"WP-{n}", self.start, self.start) for n in range(30)]
        self._screen([fields(truck.own, truck, self.clock.now, self.dice, port="2305") for truck in trucks])
        values = sorted(
            stored.payload.value
            for stored in every_of(self.node.log, Decided.TYPE)
            if isinstance(stored.payload, Decided)
        )
        price = self.node.price
        self.node.price = RatePrice(values[2 * len(values) // 3], price.rise, price.fall)

    def file(self, truck: Truck) -> None:
        self._file(truck.own, truck)
        if self.dice.random() < 0.10:
            self.soon(1, 240, lambda: self._file(f"{truck.own}-A", truck, amends=truck.own, action="replace"))
        draw = self.dice.random()
        if draw < 0.14:
            others: tuple[Examination, ...] = ("scan", "joint", "secondary")
            option = "hold" if draw < 0.08 else self.dice.choice(others)
            self.soon(0, 120, lambda: self.order(truck, option))
        if self.dice.random() < 0.05:
            # Its filer takes back what it filed, mostly before the truck comes, sometimes while it stands there.
            self.soon(20, 120, lambda: self._file(f"{truck.own}-C", truck, amends=truck.own, action="cancel"))

    def _file(self, own: str, truck: Truck, **more: Any) -> None:
        self._screen([fields(own, truck, self.clock.now, self.dice, **more)])

    def _screen(self, filings: list[dict[str, Any]]) -> None:
        (batch,) = declarations.read_bytes(pl.DataFrame(filings).write_csv().encode())
        screen(batch.table, self.node, "declarations")
        self.sent.update(each["declaration_id"] for each in filings)

    def order(self, truck: Truck, option: Examination) -> None:
        try:
            override(self.node.log, truck.trip, option, "Ana", "A tip.", "Bea")
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
        edge = enrolled_edge(self.node.log, log)
        commit_to_days(PORT, self.node)
        since, last = (None, "") if force is None else (force.bundle.position, force.bundle.last)
        nonce = str(self.dice.random())
        try:
            self.edge.take(issue(edge, Asked(nonce, since, last), self.expecting, self.node), nonce)
        except BundleRefusedError:
            self.edge.take(issue(edge, Asked(nonce), self.expecting, self.node), nonce)
        for each in self.edge.missing():
            assert self.edge.keep(each, document(each, edge, self.node) or b"")
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
        arrived = self.edge.visits.by_ref[said.visit].arrived
        assert arrived is not None
        self.found.weighed += arrived.routing is not None
        self.found.by_price += said.code == "edge_priced"
        if said.examination == "release":
            self.found.released += 1
            self.leave(truck)
        elif said.examination == "hold":
            self.soon(20, 90, lambda: self.see_to_hold(truck))
        else:
            self.soon(5, 60, lambda: self.examine(truck))

    def examine(self, truck: Truck) -> None:
        dice = self.dice
        arrived, standing = self.edge.visits.by_ref[truck.visit].arrived, self.edge.look(truck.visit)
        assert arrived is not None
        assert standing is not None
        # A referral ends when a filing is known; what was ordered of a truck that stands at the bridge does not.
        freed = arrived.decision is not None and standing.examination == "release" and not truck.lowered
        self.found.freed += freed
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
            self.edge.order(truck.visit, "release", "Luz", "Seen to.", "Eva", self.signers)
        except OverrideRefusedError:
            return
        truck.lowered = True
        self.leave(truck)

    def leave(self, truck: Truck) -> None:
        if self.held.get(truck.visit) and not truck.lowered:
            self.found.holds_released += 1
        truck.left = True
        truck.held_when_left = truck.own in self.sent and standing_order(events_of(truck.trip, self.node.log)) == "hold"

    # The link

    def piece(self, most: int) -> HandIn | None:
        sequence(self.edge.log)
        return hand_in(self.edge.log, self.cursor, most)

    def give(self, handed: HandIn) -> None:
        log = self.edge.log
        edge = enrolled_edge(self.node.log, log)
        self.cursor = take_in(handed, edge, self.book, self.expecting, self.node, "port", self.credentials).cursor
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
        rematch(self.book, self.expecting, self.node, self.credentials)


def trial(seed: int, folder: Path, model: Path, keys: Path, trucks: int, prices: Path | None = None) -> Found:
    """One trial in a folder of its own; `prices` is the folder of a store in which the bridge has some."""
    own = folder / f"trial-{seed}"
    own.mkdir(parents=True)
    try:
        return Trial(seed, own, model, keys, trucks, prices).run()
    finally:
        shutil.rmtree(own)
