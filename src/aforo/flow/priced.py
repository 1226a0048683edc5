"""The price of a bridge's minutes, for live trucks: what a choice is made of, and the choice itself.

For a bridge that has a port document and a book of prices in force, what an examination is expected to prevent is held
against what it costs the rest of the bridge's day, by the same `routing.choice.choose` that the twin compiles. All that
goes in is recorded as numbers (`Routed`), so that `again` makes the same choice from them. What cannot be had is named
in `fallback`, and never releases what is mandatory, drawn by lot, or for lives: that is decided before.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.decision import EXAMINATIONS, STRICTNESS, Examination, ScanImage
from aforo.domain.routed import DecisionStage, Fallback, Routed
from aforo.domain.units import PPB
from aforo.flow.allowed import allowed_at, stage_number, with_room
from aforo.flow.on_the_way import OnTheWay, expected_of
from aforo.flow.prices import Book, Prices
from aforo.flow.trips import Trips, trip_of
from aforo.ports.document import Bridge, PortDocument
from aforo.routing.choice import (
    BLIND_WAIT,
    BOOTH,
    CLASSES,
    DOCK,
    JOINT,
    JOINT_EXAM,
    PORTAL,
    RELEASE,
    RESOURCES,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNER,
    SECONDARY,
    UNAVAILABLE,
    YARD,
    choose,
)  # fmt: skip
from aforo.routing.rate import NANOMINUTES

NAN = float("nan")
#: Read plainly: for one truck that is faster than to hand lists over to the compiled one.
_choose = choose.py_func
#: What an examination asks of a truck at most, in truck-minutes: what cannot be had.
MOST_NANOMINUTES = int(UNAVAILABLE) * NANOMINUTES


class BridgeNow(NamedTuple):
    """How a bridge is, as numbers: by resource the minutes of work that wait or are being done (NaN unknown) and the
    units that are up (-1 unknown); the trucks that came within the last hour (NaN unknown). `of` is the last instant
    that it speaks of, None where nothing was ever heard of the bridge. By resource, `full` tells whether no more have
    room to wait there, and `room` for how many there is at all (NaN unknown); both are empty where nobody knows."""

    backlog: Sequence[float]
    up: Sequence[int]
    arrivals: float
    of: datetime | None
    full: Sequence[bool] = ()
    room: Sequence[float] = ()


class Place(NamedTuple):
    """A bridge when a truck is there, as the choice takes it: the minute of the local day, backlog and units by
    resource, the level of arrivals, the work on the way by class (None unknown), the book, what was not as it should
    be, and by resource whether no more have room to wait there (empty: not known)."""

    minute: float
    backlog: Sequence[float]
    up: Sequence[int]
    level: float
    listed: Sequence[tuple[int, float]] | None
    book: Book
    fallback: Sequence[Fallback]
    full: Sequence[bool] = ()


class Truck(NamedTuple):
    """What a choice needs of one truck: the class of its lane, its draw, what each option prevents by itself
    (truck-minutes, NaN where risk does not answer), the minutes predicted at each resource (NaN where it cannot go),
    the chance that a scan alarms; as keyed hashes who filed it and what ties it to other trips, and by these how many
    look like it."""

    lane: int
    draw: float
    prevented: Sequence[float]
    minutes: Sequence[float]
    alarm: float
    filer: int = 0
    ties: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moment:
    """When crossings are decided: the stage, and where the trucks stand by crossing, as far as somebody said so.
    `images` are what scans showed."""

    stage: DecisionStage = "filed"
    bridges: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, ScanImage] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What was chosen by price: at which bridge, with which numbers; `value` and `price` in truck-nanominutes are those
    of the option, for a release those of the examination that came nearest to being worth it."""

    stage: DecisionStage
    bridge: str
    option: Examination
    value: int
    price: int
    routed: Routed
    #: Of a release, the examination that came nearest to being worth it; None where none can be had.
    nearest: Examination | None = None

    @property
    def examines(self) -> bool:
        """Whether the value is worth the price."""
        return self.option != "release"


#: The trucks that were to be expected at a bridge within the hour before an instant; NaN where nobody can tell.
LatelyOf = Callable[[str, datetime], float]


def unforeseen(bridge: str, at: datetime) -> float:
    """Nobody can tell."""
    return NAN


#: How a bridge is at an instant, with what is up when a truck arrives, at that instant or later.
StateOf = Callable[[str, datetime, datetime], BridgeNow]


@dataclass
class Bridges:
    """The bridges of a node that have prices: their documents by the code of the port, how each is now, the trucks on
    the way, and the trips that are tied. `stale` is how long nothing may have been heard of a bridge before its state
    is taken for unknown, and `ahead` how far what was heard may be ahead of the clock."""

    ports: Mapping[str, PortDocument]
    prices: Prices
    state: StateOf
    way: OnTheWay = field(default_factory=OnTheWay)
    trips: Trips = field(default_factory=Trips)
    stale: timedelta = timedelta(hours=12)
    ahead: timedelta = timedelta(minutes=2)
    #: Called before trucks are decided again, so that no state of a moment ago is used.
    look_again: Callable[[], None] = lambda: None
    #: Takes in what other processes recorded of trucks and bridges.
    catch_up: Callable[[], None] = lambda: None
    #: Keeps the lists of trucks and trips, so that they are quickly there the next time.
    save: Callable[[], None] = lambda: None
    #: What arrivals are held against where prices bring no forecast of their own.
    lately: LatelyOf = unforeseen

    def believes(self, now: BridgeNow, at: datetime) -> bool:
        """Whether a state is neither too old nor ahead of the clock; what nothing was heard of is unknown as it is."""
        return now.of is None or -self.ahead <= at - now.of <= self.stale

    def at_port(self, port: str | None) -> list[Bridge]:
        """The bridges of a port that have a book of prices."""
        document = self.ports.get(port or "")
        return [] if document is None else [each for each in document.bridges if self.prices.has(each.id)]

    def named(self, port: str | None, called: str | None) -> list[Bridge]:
        """The bridge that a filer or a booth calls so, if it has prices; all of the port that have, where it has no
        bridge of that name."""
        document = self.ports.get(port or "")
        one = None if document is None or not called else document.bridge(called)
        own = self.at_port(port)
        return own if one is None else [each for each in own if each.id == one.id]

    def in_doubt(self, port: str | None, called: str | None) -> bool:
        """Whether a port has several bridges, and none that is called so."""
        document = self.ports.get(port or "")
        return document is not None and len(document.bridges) > 1 and not (called and document.bridge(called))

    def zone(self, port: str | None) -> ZoneInfo:
        """The clock of a port. Raises KeyError for one without a document."""
        return ZoneInfo(self.ports[port or ""].zone)


def ordinary_minutes(bridge: Bridge) -> list[float]:
    """The minutes of an ordinary truck at each resource of a bridge, by its document; NaN where it has none, or says
    nothing of how long it takes."""
    minutes = [NAN] * len(RESOURCES)
    for place, groups in ((SCANNER, bridge.scanners), (PORTAL, bridge.portals)):
        takes = [each.scan.mean_minutes for each in groups if each.scan is not None]
        takes += [60.0 / each.per_hour.per_hour for each in groups if each.scan is None and each.per_hour is not None]
        if takes:
            minutes[place] = sum(takes) / len(takes)
    for place, part in ((YARD, bridge.yard), (DOCK, bridge.docks), (JOINT, bridge.joint)):
        if part is not None and part.service is not None:
            minutes[place] = part.service.mean_minutes
    minutes[BOOTH] = 0.0
    return minutes


def chosen(
    crossing: str, stage: DecisionStage, bridge: str, truck: Truck, place: Place, key: bytes,
    image: ScanImage | None = None,
) -> Choice:  # fmt: skip
    """Choose for one truck; `key` is the node's secret that the numbers are marked with."""
    book, fallback = place.book, place.fallback
    if not all(each == each for each in truck.prevented):
        fallback = [*fallback, "risk"]
    every = allowed_at(stage, truck.minutes)
    allowed = with_room(stage, every, truck.minutes, place.full)
    if allowed != every:
        fallback = [*fallback, "room"]
    raised = book.raised(truck.alike)
    routed = Routed(
        book.policy,
        allowed,
        _known(place.minute),
        _all_known(place.backlog),
        tuple(place.up),
        _all_known(truck.minutes),
        _all_known([each * raised for each in truck.prevented]),
        book.rules,
        book.name,
        truck.lane,
        _known(truck.alarm),
        _known(place.level),
        None if place.listed is None else tuple(place.listed),
        image,
        tuple(fallback),
        filer=truck.filer,
        ties=truck.ties,
        alike=truck.alike if max(truck.alike, default=1) > 1 else (),
        raised=raised,
    )
    return again(crossing, stage, bridge, routed, truck.draw, book, key)


def again(
    crossing: str, stage: DecisionStage, bridge: str, routed: Routed, draw: float, book: Book, key: bytes
) -> Choice:
    """The choice that recorded numbers make, with the mark that they must have."""
    minutes, backlog = _numbers(routed.minutes), _numbers(routed.backlog)
    prevented = _numbers(routed.prevented)
    listed: Sequence[float] = ()
    if routed.listed is not None:
        work = [0.0] * CLASSES
        for place, amount in routed.listed:
            work[place] = amount
        listed = work

    def weigh(allowed: int) -> tuple[int, float]:
        made: tuple[int, float] = _choose(
            routed.policy, book.params, number, allowed, routed.lane, draw, prevented, minutes, _number(routed.alarm),
            _number(routed.minute), backlog, routed.up, _number(routed.level), listed, book.numbers,
        )  # fmt: skip
        return made

    number = stage_number(stage, minutes)
    option, cost = weigh(routed.allowed)
    nearest = option
    if option == RELEASE and routed.allowed != 1 << RELEASE:
        nearest, _ = weigh(routed.allowed & ~(1 << RELEASE))
    had = nearest in (SCAN, SCAN_THEN_DECIDE, JOINT_EXAM, SECONDARY)
    worth = prevented[nearest] if had else 0.0
    value = round(worth * NANOMINUTES) if worth == worth else 0
    price = min(round(cost * NANOMINUTES), MOST_NANOMINUTES)
    marked = msgspec.structs.replace(routed, mark="")
    mark = mark_of(key, crossing, stage, bridge, EXAMINATIONS[option], marked)
    marked = msgspec.structs.replace(marked, mark=mark)
    return Choice(stage, bridge, EXAMINATIONS[option], value, price, marked, EXAMINATIONS[nearest] if had else None)


def mark_of(key: bytes, crossing: str, stage: DecisionStage, bridge: str, option: Examination, routed: Routed) -> str:
    """The keyed digest of a choice and its numbers."""
    said = msgspec.json.encode((crossing, stage, bridge, option, routed))
    return base64.b64encode(hashlib.blake2b(said, key=key, digest_size=12).digest()).decode()


def strictest(choices: Iterable[Choice]) -> Choice:
    """Of the choices at several bridges that asking most of the truck, of equals the one with most left over."""
    return max(choices, key=lambda each: (STRICTNESS[each.option], each.value - each.price))


def place_now(
    bridges: Bridges, bridge: Bridge, port: str | None, at: datetime, stage: DecisionStage, arrives: datetime,
    crossing: str,
) -> Place:  # fmt: skip
    """The minute of the local day, the state, the list, the book and what was not as it should be.

    Before arrival the minute is that of the expected arrival, and so is what is up, by roster. The queue is taken as it
    stands now, with what was ordered of trucks that come before this one and will be left over then (see
    `OnTheWay.beyond`): an order stands, so who orders ahead counts what is ordered already. Whether there is room is
    asked of what will be left over of both then. A state that is too old, or ahead of the clock, is unknown.
    """
    fallback: list[Fallback] = []
    there = max(arrives, at) if stage == "filed" else at
    local = there.astimezone(bridges.zone(port))
    now = bridges.state(bridge.id, at, there)
    listed: list[tuple[int, float]] | None = bridges.way.listed(bridge.id, at, crossing)
    if not bridges.believes(now, at):
        fallback.append("clock")
        now, listed = BridgeNow([NAN] * len(RESOURCES), now.up, NAN, None), None  # nor is it known what is full
    elif now.of is None:
        fallback.append("state")
    book, other_day = bridges.prices.of(bridge.id, local.date())
    if other_day:
        fallback.append("day")
    if not book.tables:
        fallback.append("table")
    elif _beyond(now.up, book):
        fallback.append("units")
    minute = _minute_of(local)
    level = NAN
    if now.arrivals == now.arrivals:
        # A table's level is that to the forecast it was solved with; only where there is none others are asked.
        expected = book.expected(_minute_of(at.astimezone(local.tzinfo)))
        expected = bridges.lately(bridge.id, at) if expected != expected else expected
        level = round(now.arrivals / expected, 4) if expected > 0.0 else NAN
    backlog, full = [round(each, 2) for each in now.backlog], now.full
    if stage == "filed":
        will = bridges.way.beyond(bridge.id, at, there, now.up, crossing, backlog)
        for resource, work in bridges.way.beyond(bridge.id, at, there, now.up, crossing).items():
            waits = backlog[resource]
            if waits != waits:  # as the choice takes a queue that nobody knows
                units = now.up[resource] if now.up[resource] >= 0 else book.tops[resource]
                waits = book.params[BLIND_WAIT] * max(units, 1)
            backlog[resource] = round(waits + work, 2)
        each = zip(ordinary_minutes(bridge), now.up, now.room, strict=False)
        full = [will.get(n, 0.0) >= (room + max(up, 1)) * minutes for n, (minutes, up, room) in enumerate(each)]
    return Place(minute, backlog, list(now.up), level, listed, book, fallback, full)


def _minute_of(local: datetime) -> float:
    return round(local.hour * 60 + local.minute + local.second / 60, 2)


def _beyond(up: Sequence[int], book: Book) -> bool:
    """Whether more units are up somewhere than the tables of the book reach."""
    return any(units > top for units, top in zip(up, book.tops, strict=True) if top > 0)


def note_filed(
    bridges: Bridges, crossing: str, bridge: str, routed: Routed, zone: str, at: datetime, ordered: Examination
) -> None:
    """Put a truck that filed on the list of its bridge with what was ordered of it, and among the trips of its tractor
    and parties."""
    expected, trip = expected_of(bridge, routed, zone, at, ordered), trip_of(bridge, routed, zone, at)
    if expected is not None:
        bridges.way.add(crossing, expected)
    if trip is not None:
        bridges.trips.add(crossing, trip)


def note_gone(bridges: Bridges, crossing: str) -> None:
    """Nothing of a crossing stands any more."""
    bridges.way.drop(crossing)
    bridges.trips.drop(crossing)


def draw_of(lot: int) -> float:
    """The truck's own uniform number, from its lot."""
    return lot / PPB


def _known(number: float) -> float | None:
    return number if number == number else None


def _all_known(numbers: Sequence[float]) -> tuple[float | None, ...]:
    return tuple([_known(each) for each in numbers])


def _number(known: float | None) -> float:
    return NAN if known is None else known


def _numbers(known: Sequence[float | None]) -> list[float]:
    return [NAN if each is None else each for each in known]
