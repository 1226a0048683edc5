"""The oracle of the twin: the network of `aforo.twin.network` told as SimPy processes, from docs/reference/twin.md.

Slow and plain: a truck is a process, a station an object with lists. It shares with the kernel the types of network and
trucks, the draws and the choice, and none of its code. Equal to it in every instant, or one of the two is wrong.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import simpy
from twin_places import (
    BEGAN,
    COMES,
    ENDED,
    ENTERED,
    LISTING,
    MANIFEST,
    RINGS,
    SERVICE_ENDS,
    UNITS_CHANGE,
    WENT,
    At,
    Process,
    Station,
    Truck,
    order,
)

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.service_left import LEAST_TENTHS
from aforo.routing.choice import BOOTH, CLASSES, FILED, RESOURCES, SCANNED, SCANNER, choose
from aforo.twin.draws import FINDING, POLICY, uniform
from aforo.twin.network import HOUR, INTERRUPT, MINUTE, Network
from aforo.twin.policy import Policy
from aforo.twin.trucks import ANY, BY_ALARM, BY_LOT, BY_MANDATE, BY_POLICY, NO_CHOICE, Trucks


class Oracle:
    """One run. After `run()`: `trucks` with what became of them, and `trace`, rows (instant, what, station, number)."""

    def __init__(
        self, network: Network, trucks: Trucks, policy: Policy, seed: int = 0, port: int = 0, *, plain: bool = True
    ) -> None:
        self.env = simpy.Environment(initial_time=min([0, *trucks.filed.tolist(), *trucks.listed.tolist()]))
        self.network, self.columns, self.policy = network, trucks, policy
        self.seed, self.port = seed, port
        self.choose: Callable[..., tuple[int, float]] = choose.py_func if plain else choose
        self.plain = plain
        self.params = [] if policy.params is None else policy.params.tolist() if plain else policy.params
        self.books = None if policy.books is None else policy.books.tolist() if plain else policy.books
        self.stations = [
            Station(s, int(network.servers[s]), math.inf if network.buffer[s] < 0 else int(network.buffer[s]))
            for s in range(len(network))
        ]
        self.trucks = [Truck(i, int(trucks.number[i]), int(trucks.lane[i])) for i in range(len(trucks))]
        self.trace: list[tuple[int, int, int, int]] = []
        self.hour: deque[int] = deque()
        self.listed = [0] * CLASSES
        self.blockings = 0
        self.decisions: list[tuple[int, int, int]] = []
        self.tracing = True

    def run(self, until: int | None = None) -> Oracle:
        never = 1 << 62
        for k in range(len(self.network.change_at)):
            self.env.process(self.change(k))
        for truck in self.trucks:
            arrives = int(self.columns.arrives[truck.row])
            filed, listed = int(self.columns.filed[truck.row]), int(self.columns.listed[truck.row])
            if self.network.filed_options and filed < arrives:
                self.env.process(self.manifest(truck, filed))
            if listed < arrives:
                self.env.process(self.listing(truck, listed))
            if arrives < never:
                truck.process = self.env.process(self.journey(truck))
        self.env.run(until)
        return self

    # What happens

    def change(self, k: int) -> Process:
        network = self.network
        yield At(self.env, int(network.change_at[k]), order(UNITS_CHANGE, 0, k))
        station = self.stations[network.change_station[k]]
        station.up = int(network.change_servers[k])
        if network.change_kind[k] == INTERRUPT:
            served = sorted((t for t in station.units if t.in_service), key=lambda t: (t.began, t.number))
            while len(station.units) > station.up and served:
                self.throw_out(station, served.pop())
        self.let_in(station)
        self.look_for_rings()

    def throw_out(self, station: Station, truck: Truck) -> None:
        station.units.remove(truck)
        station.busy_time += self.env.now - truck.began
        truck.in_service = False
        truck.unit = self.env.event()
        station.queue.appendleft(truck)
        self.note(WENT, station, truck)
        assert truck.process is not None
        truck.process.interrupt()

    def manifest(self, truck: Truck, at: int) -> Process:
        yield At(self.env, at, order(MANIFEST, 0, truck.number))
        self.decide(truck, None, FILED)

    def listing(self, truck: Truck, at: int) -> Process:
        yield At(self.env, at, LISTING)
        if not truck.arrived:
            truck.on_list = True
            self.listed[int(self.columns.value_class[truck.row])] += self.scan_work(truck)

    def journey(self, truck: Truck) -> Process:
        yield At(self.env, int(self.columns.arrives[truck.row]), order(COMES, 0, truck.number))
        truck.arrived = True
        if truck.on_list:
            self.listed[int(self.columns.value_class[truck.row])] -= self.scan_work(truck)
        if not self.columns.shows[truck.row]:
            return
        self.hour.append(self.env.now)
        here = self.stations[self.network.entry[truck.option, truck.lane]]
        instead = int(self.network.instead[here.index])
        if instead >= 0 and (here.up == 0 or not here.has_room):
            here = self.stations[instead]
        self.come_in(here, truck)
        while True:
            yield from self.be_served(here, truck)
            alarmed = self.examine(here, truck)
            stage = int(self.network.decides[here.index])
            if stage == SCANNED:
                if alarmed:
                    self.decide(truck, here, stage)
            elif stage >= 0:
                self.decide(truck, here, stage)
            scans = EXAMINATIONS.index("scan"), EXAMINATIONS.index("scan_then_decide")
            ordered = 0 if truck.option in scans and truck.scan_end >= 0 else truck.option
            onward = int(self.network.onward[here.index, ordered, truck.lane])
            if onward < 0:
                truck.left = self.env.now
                self.leave(here, truck)
                return
            there = self.stations[onward]
            instead = int(self.network.instead[onward])
            if there.up == 0 and instead >= 0 and instead != here.index:
                there = self.stations[instead]
            if there.has_room:
                self.come_in(there, truck)
                self.leave(here, truck)
            else:
                truck.wanted, truck.door = there, self.env.event()
                self.blockings += 1
                truck.blockings = self.blockings
                there.doorway.append(truck)
                since = self.env.now
                self.look_for_rings()
                in_a_ring = yield truck.door
                here.blocked_time += self.env.now - since
                truck.wanted = None
                if not in_a_ring:
                    self.leave(here, truck)
            here = there

    def be_served(self, station: Station, truck: Truck) -> Process:
        service = int(self.network.service[station.index])
        takes = int(self.columns.service[truck.row, service]) if service >= 0 else 0
        while True:
            assert truck.unit is not None
            try:
                yield truck.unit
                end = order(SERVICE_ENDS, station.index, truck.number)
                yield At(self.env, truck.began + takes, end)
            except simpy.Interrupt:
                continue
            truck.in_service = False
            station.busy_time += self.env.now - truck.began
            self.note(ENDED, station, truck)
            return

    # How places change hands

    def come_in(self, station: Station, truck: Truck) -> None:
        truck.station, truck.unit = station, self.env.event()
        self.note(ENTERED, station, truck)
        station.queue.append(truck)
        self.take_up(station)

    def take_up(self, station: Station) -> None:
        while station.queue and len(station.units) < station.up:
            truck = station.queue.popleft()
            station.units.append(truck)
            truck.began, truck.in_service = self.env.now, True
            if self.network.resource[station.index] == BOOTH and truck.primary < 0:
                truck.primary = self.env.now
            if self.network.examines[station.index] and truck.exam < 0:
                truck.exam = self.env.now
            self.note(BEGAN, station, truck)
            assert truck.unit is not None
            truck.unit.succeed()

    def let_in(self, station: Station) -> None:
        self.take_up(station)
        while station.doorway and station.has_room:
            truck = station.doorway.popleft()
            self.come_in(station, truck)
            assert truck.door is not None
            truck.door.succeed(False)

    def leave(self, station: Station, truck: Truck) -> None:
        if len(station.units) > station.up:
            self.look_for_rings()
        station.units.remove(truck)
        self.note(WENT, station, truck)
        self.let_in(station)

    def look_for_rings(self) -> None:
        At(self.env, self.env.now, RINGS).callbacks.append(lambda _: self.turn_rings())

    def turn_rings(self) -> None:
        while ring := self.ring():
            moves = []
            for truck in ring:
                before, after = truck.station, truck.wanted
                assert before is not None
                assert after is not None
                moves.append((truck, after))
                after.doorway.remove(truck)
                before.units.remove(truck)
                self.note(WENT, before, truck)
            for truck, after in moves:
                self.take_up(after)
                self.come_in(after, truck)
                assert truck.door is not None
                truck.door.succeed(True)

    def stuck_in(self, station: Station) -> list[Truck]:
        return sorted((t for t in station.units if t.wanted is not None), key=lambda t: t.blockings)

    def ring(self) -> list[Truck]:
        for station in self.stations:
            for truck in self.stuck_in(station):
                if len(station.units) - 1 < station.up and (path := self.way_back(truck, station, {truck.station})):
                    return [truck, *path]
        return []

    def way_back(self, truck: Truck, home: Station, seen: set[Any]) -> list[Truck]:
        """Blocked trucks, each where the one before wants to be, until one that wants to be at home."""
        there = truck.wanted
        assert there is not None
        if there in seen or len(there.units) - 1 >= there.up:
            return []
        seen.add(there)
        for other in self.stuck_in(there):
            if other.wanted is home:
                return [other]
            if path := self.way_back(other, home, seen):
                return [other, *path]
        return []

    # What is found and decided

    def examine(self, station: Station, truck: Truck) -> bool:
        network, s = self.network, station.index
        if network.resource[s] == BOOTH:
            truck.primary_end = self.env.now
        if not network.examines[s]:
            return False
        truck.exam_end = self.env.now
        truck.carried |= 1 << (int(network.resource[s]) if network.resource[s] >= 0 else 6)
        if network.resource[s] >= 0 and RESOURCES[network.resource[s]] in ("scanner", "portal", "yard"):
            truck.scan_end = self.env.now
        threat = int(self.columns.threat[truck.row])
        drawn = uniform(self.seed, self.port, truck.number, FINDING + int(network.service[s]))
        alarmed = bool(drawn < network.detection[s, threat + 1])
        if alarmed:
            truck.alarm = 1
        truck.found = int(drawn < network.finds[s, threat + 1])
        return alarmed

    def decide(self, truck: Truck, station: Station | None, stage: int) -> None:
        i = truck.row
        allowed = self.network.filed_options if station is None else int(self.network.options[station.index])
        if stage == SCANNED:
            allowed &= ~0b110
            basis = BY_ALARM
            if allowed == 1:
                return
        else:
            if allowed == 1 or truck.carried or truck.basis not in (NO_CHOICE, BY_POLICY):
                return
            basis = BY_POLICY
            for by, ordered in ((BY_MANDATE, int(self.columns.mandatory[i])), (BY_LOT, int(self.columns.lottery[i]))):
                if ordered < 0:
                    continue
                basis = by
                if ordered == ANY:
                    allowed &= ~1
                    break
                if allowed >> ordered & 1:
                    truck.option, truck.basis = ordered, by
                    self.note_decision(truck, stage, ordered, by)
                return
        option = self.chosen(truck, stage, allowed)
        self.note_decision(truck, stage, option, basis)
        if option:
            truck.option, truck.basis = option, basis
        elif stage != SCANNED:
            truck.option, truck.basis = 0, NO_CHOICE

    def note_decision(self, truck: Truck, stage: int, option: int, basis: int) -> None:
        told = truck.orders.to_bytes(8, "little")
        now = bytes([1 + option + 8 * basis])
        truck.orders = int.from_bytes(told[:stage] + now + told[stage + 1 :], "little")

    def work(self, truck: Truck, station: Station) -> int:
        r = int(self.network.resource[station.index])
        if r >= 0 and r != BOOTH and self.columns.predicted[truck.row, r] >= 0:
            return int(self.columns.predicted[truck.row, r])
        return int(self.network.typical[station.index])

    def scan_work(self, truck: Truck) -> int:
        predicted = int(self.columns.predicted[truck.row, SCANNER])
        if predicted >= 0:
            return predicted
        scanners = [s for s in self.stations if self.network.resource[s.index] == SCANNER]
        return int(self.network.typical[scanners[0].index]) if scanners else 0

    def chosen(self, truck: Truck, stage: int, allowed: int) -> int:
        now, columns, network, i = self.env.now, self.columns, self.network, truck.row
        backlog = [0.0] * len(RESOURCES)
        up = [0] * len(RESOURCES)
        for station in self.stations:
            r = int(network.resource[station.index])
            if r < 0:
                continue
            waiting = [*station.queue, *station.doorway]
            work = sum(self.work(t, station) for t in waiting)
            for t in station.units:
                if t.in_service:
                    asked = self.work(t, station)
                    work += max(asked * LEAST_TENTHS // 10, t.began + asked - now)
            up[r] += station.up
            backlog[r] += work / MINUTE
        minutes = [p / MINUTE if p >= 0 else math.nan for p in columns.predicted[i].tolist()]
        prevented, alarm = columns.prevented[i].tolist(), float(columns.alarm[i])
        if stage == SCANNED:
            prevented, alarm = [p * float(columns.raised[i]) for p in prevented], 1.0
        minute = network.minute_of_day + now / MINUTE
        day = int(minute / 1440.0)
        book: Any = []
        if self.books is not None and day < len(network.day_class):
            book = self.books[network.day_class[day]]
        listed = [work / MINUTE for work in self.listed] if self.policy.sees_list else []
        draw = uniform(self.seed, self.port, truck.number, POLICY)
        figures: list[Any] = [prevented, minutes, backlog, up, listed, book]
        if not self.plain:
            import numpy as np

            kinds = (np.float64, np.float64, np.float64, np.int64, np.float64, np.float64)
            figures = [np.asarray(value, kind) for value, kind in zip(figures, kinds, strict=True)]
        option, _ = self.choose(
            self.policy.code,
            self.params,
            stage,
            allowed,
            truck.lane,
            draw,
            figures[0],
            figures[1],
            alarm,
            minute - 1440.0 * day,
            figures[2],
            figures[3],
            self.level(),
            figures[4],
            figures[5],
        )
        self.decisions.append((now, truck.number, option))
        return option

    def level(self) -> float:
        now, expected = self.env.now, self.network.expected
        while self.hour and self.hour[0] <= now - HOUR:
            self.hour.popleft()
        hour = now // HOUR
        if hour < 1 or hour >= len(expected):
            return math.nan
        share = (now - hour * HOUR) / HOUR
        forecast = float(share * expected[hour] + (1.0 - share) * expected[hour - 1])
        return len(self.hour) / forecast if forecast > 0.0 else math.nan

    def note(self, what: int, station: Station, truck: Truck) -> None:
        if self.tracing:
            self.trace.append((self.env.now, what, station.index, truck.number))
