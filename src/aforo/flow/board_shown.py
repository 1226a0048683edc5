"""The board of a bridge as people are shown it: rows with instants in words, and what a bridge comes to in a few
figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

import msgspec

from aforo.domain.bridge import Resource
from aforo.domain.clock import instant
from aforo.domain.decision import Basis, Examination
from aforo.domain.routed import DecisionStage
from aforo.domain.text import Text
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO
from aforo.flow.board_truck import LIVES, NOW, BoardState, Hold, Truck
from aforo.flow.bridges_shown import ALL, BridgeShown, Figure, LaneShown, WaitNow
from aforo.flow.orders_shown import AcceptedBy, OrderGiven, accepted_by, order_given
from aforo.routing.rate import NANOMINUTES


class StationShown(msgspec.Struct, frozen=True):
    """A truck at a resource of its bridge; `unit` is the scanner or the dock, empty where nobody named it."""

    resource: Resource
    step: str
    unit: str
    since: datetime


class BoardRow(msgspec.Struct, frozen=True):
    """A truck on the board of a bridge.

    `examination` is what is ordered now, `was` what the last decision asked for. `value` and `price` are in
    truck-minutes; `probability` is that of any threat, `threat` the likeliest one, as the last decision assessed it.
    `reason` is null until it was worked out, which for a release is done when somebody asks. `attention` is how much it
    needs a person (see `board_truck.Truck`).
    """

    crossing_id: str
    state: BoardState
    lane: str | None
    filed_at: datetime
    due_at: datetime | None
    since: datetime
    declarations: int
    empty: bool
    programme: str | None
    examination: Examination
    was: Examination
    basis: Basis | None
    stage: DecisionStage | None
    decision: str
    decided_at: datetime
    value: float
    price: float
    probability: float | None
    threat: str | None
    reason: Text | None
    control: bool
    hold: Hold | None
    at: StationShown | None
    accepted: AcceptedBy | None
    order: OrderGiven | None
    attention: int
    synthetic: bool


class WorstLane(msgspec.Struct, frozen=True):
    """The lane class at which who joins now waits longest, in minutes; `at_least` so long where its line stalls."""

    lane: str
    minutes: float
    at_least: bool = False


class BridgeSummary(msgspec.Struct, frozen=True):
    """A bridge in a few figures; what is not known is null. `queue` and `wait` are those of all lanes, `worst` the
    lanes of the longest wait. `stalled_since` is when a truck passed primary last, where the lines of all lanes stall.
    Of scanners and portals `scanners` stand there, `scanners_up` work now, and
    `scanners_down` are out of service; the others are not manned, or it is not their hour. Trucks: `expected` have
    filed and are at no booth yet, `in_line` stand before the booths as their gates count them, most of the expected
    ones, `here` are by name at the yard, a booth, a scanner or a dock, `held` are held or will be, `lives` of them
    for lives or since people were found, `to_see` need a person now. `alerts` is about how many trucks of the bridge
    alerts ask for somebody (see `alert_bridges`); null for who may not know it, and until it is known."""

    bridge: str
    name: str
    port: str
    port_name: str
    zone: str
    at: datetime
    local_time: str
    queue: float | None
    wait: WaitNow | None
    worst: WorstLane | None
    missing: str | None
    arrivals: float | None
    lanes_open: int | None
    scanners_up: int | None
    scanners: int | None
    scanners_down: int
    closed: bool
    opens: datetime | None
    docks_manned: int | None
    waiting: int | None
    serving: int | None
    expected: int
    here: int
    in_line: int | None
    held: int
    lives: int
    to_see: int
    alerts: int | None
    stalled_since: datetime | None = None


def row_of(name: str, truck: Truck, reason: Text | None) -> BoardRow:
    """A truck as it is shown; one that was not decided yet is not on a board."""
    probability, threat = _risk(truck.log_odds)
    order = None if truck.seen is None else truck.seen.order
    at, accepted = truck.at, truck.accepted
    return BoardRow(
        name,
        truck.state,
        truck.lane or None,
        _second(truck.filed),
        _second(truck.due) if truck.due else None,
        _millisecond(truck.since),
        truck.declarations,
        truck.empty,
        truck.programme,
        truck.standing,
        truck.examination,
        "override" if order is not None else truck.basis,
        truck.stage,
        truck.decision,
        _millisecond(truck.decided),
        round(truck.value / NANOMINUTES, 1),
        round(truck.price / NANOMINUTES, 1),
        probability,
        threat,
        reason,
        truck.control,
        truck.hold,
        None if at is None else StationShown(at.resource, at.step, at.unit, _millisecond(at.since)),
        None if accepted is None else accepted_by(accepted),
        None if order is None else order_given(order),
        truck.attention,
        truck.synthetic,
    )


def summary_of(state: BridgeShown, zone: str, trucks: Iterable[Truck], alerts: int | None) -> BridgeSummary:
    """A bridge in a few figures."""
    every = next(lane for lane in state.lanes if lane.lane == ALL)
    known = {each.resource: each for each in state.resources}
    scans = [known[name] for name in ("scanner", "portal") if name in known]
    lanes = [lane.open.value for lane in state.lanes if lane.open is not None and lane.lane != ALL]
    states = [(truck.state, truck.hold is not None, truck.attention) for truck in trucks]
    dock = known.get("dock")
    return BridgeSummary(
        state.bridge,
        state.name,
        state.port,
        state.port_name,
        zone,
        state.at,
        state.local_time,
        every.queue,
        every.wait_now,
        _worst(state.lanes),
        every.missing,
        None if state.arrivals is None else state.arrivals.value,
        round(sum(lanes)) if lanes else None,
        _sum([each.up for each in scans]),
        _sum([each.stands for each in scans]),
        len(state.lost),
        state.closed,
        state.opens,
        None if dock is None or dock.manned is None else round(dock.manned.value),
        _count(each.waiting for each in state.resources),
        _count(each.serving for each in state.resources),
        sum(each == "expected" for each, _, _ in states),
        sum(each not in ("expected", "examined", "released") for each, _, _ in states),
        None if every.queue is None else round(every.queue),
        sum(held for _, held, _ in states),
        sum(attention == LIVES for _, _, attention in states),
        sum(attention >= NOW for _, _, attention in states),
        alerts,
        every.stalled_since,
    )


def _worst(lanes: Iterable[LaneShown]) -> WorstLane | None:
    """The class of the longest wait; None where no class has one of its own."""
    own = [
        (each.wait_now.minutes, each.lane, each.wait_now.at_least)
        for each in lanes
        if each.lane != ALL and each.wait_now is not None
    ]
    if not own:
        return None
    minutes, lane, at_least = max(own)
    return WorstLane(lane, minutes, at_least)


def _risk(log_odds: tuple[int, ...]) -> tuple[float | None, str | None]:
    """The probability of any threat (independence is an assumption of the product), and the likeliest one."""
    if not log_odds:
        return None, None
    each = [1.0 / (1.0 + math.exp(-micro / MICRO)) for micro in log_odds]
    return round(1.0 - math.prod(1.0 - p for p in each), 4), THREATS[each.index(max(each))]


def _second(at: int) -> datetime:
    """An instant as precise as anybody reads it: digits that nobody looks at weigh in every row that is sent."""
    return instant(at - at % 1_000_000)


def _millisecond(at: int) -> datetime:
    return instant(at - at % 1_000)


def _sum(figures: Iterable[Figure | None]) -> int | None:
    known = [each.value for each in figures if each is not None]
    return round(sum(known)) if known else None


def _count(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
