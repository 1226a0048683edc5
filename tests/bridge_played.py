"""A bridge of the live demonstration played in this process for a day, for tests: its yard, by orders of the twin or by
those of the choice that a node makes.

Yard, price tables, choice and list of trucks on the way are the product's own. Of a node only what lies around them is
left out, the log and HTTP: how the bridge stands is read off the yard, what a truck is worth is drawn from a spread.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from statistics import NormalDist
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from aforo.demo.outside import places, traders
from aforo.demo.outside.breaking import chance
from aforo.demo.outside.places import Shown
from aforo.demo.outside.saying import Saying
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.yard import Yard
from aforo.domain.clock import instant, microseconds
from aforo.domain.decision import EXAMINATIONS, STRICTNESS, Examination
from aforo.domain.routed import DecisionStage
from aforo.domain.service_left import left_of
from aforo.domain.units import PPB, Int64Array
from aforo.flow.priced import BridgeNow, Bridges, Truck, chosen, note_filed, ordinary_minutes, place_now
from aforo.flow.prices import BridgePolicy, Index, Prices, named, policy_named
from aforo.flow.solving import Worth, wanted, worth_of_brief
from aforo.ports.document import Bridge
from aforo.routing import policy as policies
from aforo.routing.choice import FILED, LANES, PRIMARY, RESOURCES, SCANNED
from aforo.routing.prices import solved, written
from aforo.routing.running import running_at
from aforo.twin import volumes
from aforo.twin.levels import policy_of
from aforo.twin.of_port import Modelled, hourly_demand, modelled
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.state import BEGAN
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Fates, decided_at
from aforo.twin.working_days import of_month

SEED = 5
#: A Wednesday: the first day of the demonstration.
DAY = date(2024, 2, 14)
MINUTE, HOUR = 60_000_000, 3_600_000_000
_STEP = 30_000_000
#: The spread of the chances that a learnt model gives the demonstration's trucks, what exploring is worth among them:
#: their median, and the deviation of their logarithm, as measured there.
_MEDIAN, _DEVIATION = 0.062, 1.0


@cache
def drawn() -> traders.Traders:
    return traders.draw(SEED)


def unbroken(name: str) -> Shown:
    """A bridge whose scanners never break."""
    (found,) = places.chosen([name])
    whole = {
        groups: tuple(msgspec.structs.replace(each, availability=None) for each in getattr(found.bridge, groups))
        for groups in ("scanners", "portals")
    }
    return Shown(found.port, msgspec.structs.replace(found.bridge, **whole), found.number)


@cache
def trucks_at(name: str) -> tuple[Due, ...]:
    """The trucks of the day that come, in the order of arrival."""
    timetable = Timetable(places.chosen([name]), drawn(), SEED, DAY)
    first = timetable._bridges[0].next_day()
    return tuple(each for each in first if each.fate in ("comes", "amends"))


def midnight(shown: Shown) -> int:
    return microseconds(datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo(shown.port.zone)))


@dataclass
class OfTwin:
    """The same day in the twin, with the very trucks that the demonstration has."""

    model: Modelled
    fates: Fates
    #: When services began, µs of the run, and at which station.
    began: list[tuple[int, int]]

    def waits(self) -> dict[int, float]:
        """Mean minutes to primary by the local hour of arrival."""
        reached = self.fates.primary >= 0
        hours = (self.fates.arrives // HOUR)[reached]
        minutes = ((self.fates.primary - self.fates.arrives) / MINUTE)[reached]
        return {int(hour): float(minutes[hours == hour].mean()) for hour in np.unique(hours)}

    def scans(self, place: str, until: int) -> int:
        """How many trucks began to be scanned at a place before an hour of the day."""
        station = self.model.network.station(place) if place in self.model.network.names else -1
        return sum(began < until * HOUR for began, at in self.began if at == station)


def twin_of(shown: Shown, policy: str = "priced") -> OfTwin:
    counts = {(DAY.year, month): count for (_, month), count in volumes.shipped()[shown.port.code].items()}
    seed = SEED * 100_000
    hourly = hourly_demand(shown.port, shown.bridge, DAY, 1, counts)
    model = modelled(shown.port, shown.bridge, DAY, hourly, seed)
    every = trucks_of(model.demand, seed)
    there = {due.number for due in trucks_at(shown.bridge.id)}
    trucks = every.rows(np.array([int(number) in there for number in every.number]))
    deciding = Policy() if policy == "none" else policy_of(policy, model)
    began: list[tuple[int, int]] = []

    def note(rows: Int64Array) -> None:
        began.extend((at, station) for at, what, station, _ in rows.tolist() if what == BEGAN)

    fates, _ = run(model.network, trucks, deciding, seed=seed, port=model.demand.stream, trace=note)
    return OfTwin(model, fates, began)


class Orders(Protocol):
    """Who decides."""

    def of(self, due: Due, stage: DecisionStage, played: Played) -> Examination: ...


class Given:
    """The orders of a run of the twin."""

    def __init__(self, twin: OfTwin) -> None:
        numbers = twin.fates.number.tolist()
        self._of = {
            stage: dict(zip(numbers, decided_at(twin.fates.orders, code)[0].tolist(), strict=True))
            for stage, code in (("filed", FILED), ("primary", PRIMARY), ("scanned", SCANNED))
        }

    def of(self, due: Due, stage: DecisionStage, played: Played) -> Examination:
        option = self._of[stage].get(due.number, -1)
        if option < 0 and stage == "primary":  # not decided anew: what was ordered before stands
            option = self._of["filed"].get(due.number, -1)
        return EXAMINATIONS[max(option, 0)]


@dataclass
class Live:
    """A node: it decides by price, at each stage, and what it ordered stands (ADR 0010)."""

    shown: Shown
    #: How often a truck was ordered at a stage what a price would not order by then.
    kept: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    ordered: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.worth = spread()
        self.alarm = policies.parse(policies.default_document()).scan.false_alarm.probability
        self.minutes = ordinary_minutes(self.shown.bridge)
        self.floor: dict[str, Examination] = {}
        self.lately: deque[int] = deque()
        self.bridges = Bridges({self.shown.port.code: self.shown.port}, prices_of(self.shown, self.worth), self._state)
        self._played: Played | None = None

    def of(self, due: Due, stage: DecisionStage, played: Played) -> Examination:
        self._played = played
        at = instant(played.now)
        arrives = instant(due.filed + (30 if due.lane == "fast" else 60) * MINUTE)
        place = place_now(self.bridges, self.shown.bridge, self.shown.port.code, at, stage, arrives, due.crossing)
        values = self.worth.values
        prevented = values[int(chance(SEED, due.crossing, "worth") * len(values))]
        lot = chance(SEED, due.crossing, "lot")
        truck = Truck(LANES.index(due.lane), lot, prevented.tolist(), self.minutes, self.alarm)
        made = chosen(due.crossing, stage, self.shown.bridge.id, truck, place, b"key")
        if stage == "filed":
            note_filed(
                self.bridges, due.crossing, self.shown.bridge.id, made.routed, self.shown.port.zone, at, made.option
            )
        else:
            self.bridges.way.drop(due.crossing)
            self.lately.append(played.now)
        order = max(made.option, self.floor.get(due.crossing, "release"), key=STRICTNESS.__getitem__)
        self.kept[stage] += order != made.option
        self.decided[stage] += 1
        self.ordered[stage] += order != "release"
        self.floor[due.crossing] = order if stage != "scanned" else "release"
        return order

    def _state(self, bridge: str, at: datetime, arrives: datetime) -> BridgeNow:
        assert self._played is not None
        yard, now = self._played.yard, self._played.now
        while self.lately and self.lately[0] <= now - HOUR:
            self.lately.popleft()
        posts = yard._roster.posts(max(now, microseconds(arrives)))
        backlog, up, full = [math.nan] * len(RESOURCES), [-1] * len(RESOURCES), [False] * len(RESOURCES)
        for place, name in enumerate(RESOURCES):
            if name in posts:
                units = [each for each in yard.state.units if each.resource == name]
                up[place] = min(posts[name], sum(each.up for each in units)) if units else posts[name]
            if name in self._played.worked:
                waiting = len(yard.state.queues.get(name, ())) + sum(to == name for _, to in yard.state.blocked)
                full[place] = waiting >= yard._room[name]
                backlog[place] = waiting * self.minutes[place] + sum(
                    left_of(self.minutes[place], (now - each.ends + yard.state.trucks[crossing].takes[name]) / MINUTE)
                    for crossing, each in yard.state.serving.get(name, {}).items()
                )
        came = float(len(self.lately)) if now - midnight(self.shown) > 9 * HOUR else math.nan
        room = [float(yard._room.get(name, math.nan)) for name in RESOURCES]
        return BridgeNow(backlog, up, came, at, full, room)


class Played:
    """A yard, played from midnight on; `waits` are minutes to primary by local hour of arrival, `scans` how many were
    begun by place and hour, `blocked` by hour how many trucks could not leave their booths, looked at every step."""

    def __init__(self, shown: Shown, orders: Orders) -> None:
        self.shown, self.orders = shown, orders
        self.begins = self.now = midnight(shown)
        self.yard = Yard(shown, SEED, self.begins)
        self.of = {each.crossing: each for each in trucks_at(shown.bridge.id)}
        self._filing = deque(sorted(self.of.values(), key=lambda each: each.filed))
        self._coming = deque(self.of.values())
        self.waits: defaultdict[int, list[float]] = defaultdict(list)
        self.scans: Counter[tuple[str, int]] = Counter()
        self.blocked: defaultdict[int, list[int]] = defaultdict(list)
        self.worked: set[str] = set()

    def until(self, hour: float) -> Played:
        """Play to an hour of the local day."""
        to = self.begins + round(hour * HOUR)
        while self.now < to:
            self.now += _STEP
            while self._filing and self._filing[0].filed <= self.now:
                due = self._filing.popleft()
                self.yard.order(due.crossing, self.orders.of(due, "filed", self), False)
            while self._coming and self._coming[0].arrives <= self.now:
                self.yard.expect(self._coming.popleft())
            while not self.yard.advance(self.now):
                self._hear()
            self._hear()
            self.blocked[self._hour(self.now)].append(len(self.yard.state.blocked))
        return self

    def mean_waits(self) -> dict[int, float]:
        """Mean minutes to primary by the local hour of arrival."""
        return {hour: sum(minutes) / len(minutes) for hour, minutes in sorted(self.waits.items())}

    def _hear(self) -> None:
        own, self.yard.out = self.yard.out, Saying()
        for _, crossing in own.arrivals:
            due = self.of[crossing]
            # Within the last step: in its middle, on average.
            self.waits[self._hour(due.arrives)].append(max(self.now - _STEP / 2 - due.arrives, 0.0) / MINUTE)
            self.yard.answered(crossing, self.orders.of(due, "primary", self))
        for each in own.findings:
            if each.asks:
                self.yard.answered(each.crossing, self.orders.of(self.of[each.crossing], "scanned", self))
        for each in own.work:
            self.worked.add(each.body["resource"])
            if each.body["step"] == "started":
                self.scans[each.body["resource"], self._hour(self.now)] += 1

    def _hour(self, at: int) -> int:
        return (at - self.begins) // HOUR


def spread() -> Worth:
    """The worth of trucks as the demonstration's model tells it."""
    ranks = (np.arange(1_000) + 0.5) / 1_000
    chances = np.minimum(_MEDIAN * np.exp([_DEVIATION * NormalDist().inv_cdf(each) for each in ranks.tolist()]), 0.9)
    return worth_of_brief(np.rint(chances * PPB).astype(np.int64).tolist(), policies.parse(policies.default_document()))


def prices_of(shown: Shown, worth: Worth) -> Prices:
    """The tables of a bridge for working days, and its policy, as the demonstration puts them in force."""
    bridge: Bridge = shown.bridge
    share = 1.0 if bridge.share is None else bridge.share.share
    month = (DAY.year, DAY.month)
    trucks = volumes.shipped()[shown.port.code][month] * share / of_month(month)
    running = running_at(policies.parse(policies.default_document()).routing, shown.port.code)
    own = BridgePolicy(bridge.id, running.policy.policy, tuple(running.numbers().tolist()))
    bodies = [(policy_named(bridge.id), own.document())]
    for one in wanted(bridge, trucks, worth):
        if one.day_class == "weekday":
            bodies.append((named(bridge.id, one.day_class, one.resource), written(solved(one))))
    index, stored = Index(), dict[str, bytes]()
    for name, body in bodies:
        hash_ = hashlib.sha256(body).hexdigest()
        stored[hash_] = body
        index.put(name, hash_)
    return Prices(index, stored.__getitem__)
