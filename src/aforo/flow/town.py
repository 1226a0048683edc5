"""What a town is told of its bridges: the queue in its streets now and over the day, and hours that trucks waited.

It is what stands in the street, and who stands there sees it. Nothing here tells how much a bridge examines: neither
crossing times, nor scanners, docks or staff (docs/adr/0036). As the public is, a town is told of the last whole five
minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Origin
from aforo.domain.text import Text, catalogue
from aforo.flow.bridges_shown import ALL
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import on_grid
from aforo.flow.wait_outlooks import WaitForecast
from aforo.measures.definition import Definition
from aforo.measures.economics import work_of, worth_of
from aforo.measures.estimates import Measured
from aforo.measures.intervals import Interval
from aforo.measures.suppression import LEAST
from aforo.ports.document import Bridge
from aforo.ports.standing import BridgeState
from aforo.scoreboard.input_refusals import RefusedShown
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import date_of

#: Metres of road that a truck takes in a queue, from and to: a tractor with a trailer of 40 to 53 feet, and the gap
#: before it. Assumed.
METRES_A_TRUCK: Final = (20.0, 27.0)
#: Hours of the day that are shown, and local days that truck-hours are told of: unless asked for, and at most.
HOURS, DAYS, MOST_DAYS = 24, 7, 31
#: By how many minutes waits at the whole border would have to change for the work that is told to be at stake.
MINUTES_AT_STAKE: Final = 10.0
#: The measure that truck-hours are made of; where the forum has retired it there are none.
_WAIT: Final = "wait-to-primary"

#: The waits to come at a bridge; None where arrivals cannot be forecast.
ToCome = Callable[[str], WaitForecast | None]


class Street(msgspec.Struct, frozen=True):
    """The queue of a bridge at `at`: `trucks` before primary, and those of them for which the approach and its lanes
    have no room, so that they stand in the street, with the metres that they take from and to. `at_least`: the line
    stalls, and there are at least so many."""

    at: datetime
    trucks: int | None
    beyond: int | None
    metres: tuple[int, int] | None
    at_least: bool = False


class StreetThen(msgspec.Struct, frozen=True):
    """The queue to come: the wait of who joins at `at`, its interval of 90 %, and the trucks, to tens, that such a wait
    makes at the pace of the day that was."""

    at: datetime
    minutes: float | None
    low: float | None
    high: float | None
    trucks: int | None
    trucks_low: int | None
    trucks_high: int | None


class TownBridge(msgspec.Struct, frozen=True):
    """A bridge of the town. `room` is how many trucks the approach and its lanes hold by the port document, `assumed`
    whether that is assumed; `begins` is where the readings of the queue begin: what stands farther out is not in it.
    `minutes` is the wait of who joins now; `now.at_least` makes it a lower bound, since the line stalls. `missing` says
    why no queue is known."""

    bridge: str
    name: str
    port: str
    port_name: str
    zone: str
    closed: bool
    room: int | None
    assumed: bool
    begins: str
    minutes: int | None
    now: Street
    day: tuple[Street, ...]
    coming: tuple[StreetThen, ...]
    missing: Text | None


class DayOfBridge(msgspec.Struct, frozen=True):
    """The truck-hours that were waited before primary at a bridge on a local day; `measured` of `trucks` were found
    again at both ends of the queue. `hours` is null where `missing` says why."""

    bridge: str
    trucks: int | None
    measured: int | None
    hours: Interval | None
    missing: Text | None


class DayOfTown(msgspec.Struct, frozen=True):
    """A local day of the town: its truck-hours are those of the bridges that have any, `measured` of them.
    `provisional`: the day is not settled yet."""

    day: date
    bridges: tuple[DayOfBridge, ...]
    measured: int
    hours: Interval | None
    provisional: bool


class HoursKnown(msgspec.Struct, frozen=True):
    """Of what the hours are known: on `days` of `of_days` local days at `bridges` of `of_bridges` bridges, in all for
    `bridge_days` of `of_bridge_days` days of a bridge. The others are in no sum: what is not known is not nothing."""

    days: int
    of_days: int
    bridges: int
    of_bridges: int
    bridge_days: int
    of_bridge_days: int


class HourValue(msgspec.Struct, frozen=True):
    """What somebody published of a truck-hour: US$ of `year`, 0 where that is not said."""

    name: Text
    dollars: float
    year: int
    what: Text
    url: str


class Cost(msgspec.Struct, frozen=True):
    """What waiting cost those who waited: US$ from `low` to `high`, at `least` to `most` a truck-hour."""

    low: float
    high: float
    least: float
    most: float
    estimates: tuple[HourValue, ...]
    caveats: tuple[Text, ...]


class JobsValue(msgspec.Struct, frozen=True):
    """What somebody published of jobs, for waits that differ by `minutes` at the whole border."""

    name: Text
    jobs: float
    minutes: float
    where: Text
    url: str


class WorkAtStake(msgspec.Struct, frozen=True):
    """Jobs, and hours of work in a year, at stake where waits at the whole border are `minutes` longer. `share` is the
    part of it that is apportioned to the town, null where nothing is: then it is the whole border's."""

    minutes: float
    jobs_low: float
    jobs_high: float
    hours_low: float
    hours_high: float
    share: float | None
    estimates: tuple[JobsValue, ...]
    caveats: tuple[Text, ...]


class Town(msgspec.Struct, frozen=True):
    """The bridges of a town at `now`; days, the last first; `hours` of all days that have any together, of which
    `known` says how many they are, and their `cost` as a range over what others published. `work` is at stake at the
    whole border, or, where that was asked for, apportioned to the town by trucks, which it then says. `metres_a_truck`
    is assumed. `said` is what these figures are, and are not. `refused` are rows of input that the figures of these
    days lack and that nobody settled."""

    now: datetime
    origin: Origin
    bridges: tuple[TownBridge, ...]
    days: tuple[DayOfTown, ...]
    hours: Interval | None
    known: HoursKnown
    cost: Cost | None
    work: WorkAtStake | None
    metres_a_truck: tuple[float, float]
    said: tuple[Text, ...]
    refused: tuple[RefusedShown, ...] = ()


def town(
    board: Board,
    live: LiveBridges,
    bridges: Sequence[str],
    to_come: ToCome,
    now: datetime,
    origin: Origin,
    days: int = DAYS,
    share: float | None = None,
) -> Town:
    """What a town of these bridges is told. `share` is the part of the border's trucks that are its own, None where no
    work is to be apportioned. Raises KeyError for a bridge that no document has."""
    told = on_grid(now)
    of_days = _days(board, bridges, now, days)
    hours = _together([each.hours for each in of_days if each.hours is not None])
    say = catalogue("aforo.flow").template
    codes = ["street", "hours", "work" if share is None else "work_part", "not_told"]
    return Town(
        told,
        origin,
        tuple(_bridge(live, each, to_come(each), told) for each in bridges),
        tuple(of_days),
        hours,
        _known(of_days),
        None if hours is None else _cost(hours),
        _work(share),
        METRES_A_TRUCK,
        tuple(say(f"town_{code}") for code in codes),
        tuple(_refused(board, bridges, now, days)),
    )


def room_of(bridge: Bridge) -> tuple[int | None, bool]:
    """How many trucks stand off the street before the booths of a bridge: on the approach, and in its lanes. Whether a
    part of it is assumed. None where the approach's room is not known."""
    if bridge.approach is None:
        return None, False
    counts = [bridge.approach, *(lane.places for lane in bridge.lanes.values() if lane.places is not None)]
    return sum(each.count for each in counts), any(each.source == "assumed" for each in counts)


def _cost(hours: Interval) -> Cost | None:
    own = worth_of(Interval(-(hours.value or 0.0), -hours.high, -hours.low))
    if own is None:
        return None
    estimates = tuple(HourValue(each.name, each.dollars, each.year, each.what, each.url) for each in own.estimates)
    return Cost(-own.high, -own.low, own.least, own.most, estimates, own.caveats)


def _work(share: float | None) -> WorkAtStake | None:
    own = work_of(Interval(MINUTES_AT_STAKE, MINUTES_AT_STAKE, MINUTES_AT_STAKE), share)
    if own is None:
        return None
    estimates = tuple(JobsValue(each.name, each.jobs, each.minutes, each.where, each.url) for each in own.estimates)
    jobs, hours = (own.jobs_low, own.jobs_high), (own.hours_low, own.hours_high)
    return WorkAtStake(MINUTES_AT_STAKE, *jobs, *hours, own.share, estimates, own.caveats)


def _bridge(live: LiveBridges, name: str, to_come: WaitForecast | None, now: datetime) -> TownBridge:
    port, own = live.place(name)
    room, assumed = room_of(own)
    state = live.state(name, now)
    hour = now.replace(minute=0, second=0, microsecond=0)
    before = [hour - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    then = [live.state(name, each) for each in before]
    standing = state.waits.now
    bound = standing is not None and standing.at_least
    minutes = None if standing is None else (math.floor if bound else round)(standing.minutes.value)
    place = state.waits.since
    begins = next((each.where for each in own.readers if each.place == place), "") if place else ""
    missing = None
    if state.waits.queue is None:
        code = "closed" if state.load.closed else "not_known"
        missing = catalogue("aforo.flow").template(f"town_queue_{code}")
    return TownBridge(
        own.id,
        own.name,
        port.code,
        port.name,
        port.zone,
        state.load.closed,
        room,
        assumed,
        begins,
        minutes,
        _street(state, room, now),
        tuple(_street(own_state, room, at) for own_state, at in zip(then, before, strict=True)),
        _coming(_pace((*then, state)), to_come),
        missing,
    )


def _street(state: BridgeState, room: int | None, at: datetime) -> Street:
    if state.waits.queue is None:
        return Street(at, None, None, None)
    trucks = round(state.waits.queue)
    at_least = state.waits.now is not None and state.waits.now.at_least
    if room is None:
        return Street(at, trucks, None, None, at_least)
    beyond = max(0, trucks - room)
    low, high = (round(beyond * each, -1) for each in METRES_A_TRUCK)
    return Street(at, trucks, beyond, (int(low), int(high)), at_least)


def _pace(states: Sequence[BridgeState]) -> float | None:
    """Trucks a minute at which the queue was served over the hours of a day of which queue and wait are known: how fast
    trucks went in one hour, which tells how many are examined behind, is in no figure to come."""
    known = [
        (each.waits.queue, each.waits.now.minutes.value)
        for each in states
        if each.waits.queue and each.waits.now and not each.waits.now.at_least
    ]
    minutes = sum(each for _, each in known)
    return sum(queue for queue, _ in known) / minutes if minutes > 0 else None


def _coming(pace: float | None, to_come: WaitForecast | None) -> tuple[StreetThen, ...]:
    """The waits to come at all lanes, with the trucks, to tens, that make them at the pace of the day; none of them
    where no queue had a wait to go by."""
    every = None if to_come is None else next((each for each in to_come.lanes if each.lane == ALL), None)
    if every is None:
        return ()

    def trucks(minutes: float | None) -> int | None:
        return None if pace is None or minutes is None else int(round(pace * minutes, -1))

    return tuple(
        StreetThen(
            each.at, each.minutes, each.low, each.high, trucks(each.minutes), trucks(each.low), trucks(each.high)
        )
        for each in every.waits
    )


def _days(board: Board, bridges: Sequence[str], now: datetime, days: int) -> list[DayOfTown]:
    at = microseconds(now)
    today = max(board.places.day(each, at) for each in bridges)
    wait = _wait_measure(board)
    made = []
    for day in range(today, today - days, -1):
        own = [_day(board, wait, each, day) for each in bridges]
        known = [each.hours for each in own if each.hours is not None]
        provisional = any(instant(board.settles(each, day)) > now for each in bridges)
        made.append(DayOfTown(date_of(day), tuple(own), len(known), _together(known), provisional))
    return made


def _wait_measure(board: Board) -> Definition | None:
    # What a forum might call so and is of the time behind the booths is not for a town.
    return next((each for each in board.measures.in_use() if (each.id, each.between) == (_WAIT, "wait")), None)


def _refused(board: Board, bridges: Sequence[str], now: datetime, days: int) -> list[RefusedShown]:
    """The rows that the waits of these days lack; of what a bridge examines a town is told nothing."""
    wait, today = _wait_measure(board), max(board.places.day(each, microseconds(now)) for each in bridges)
    return [] if wait is None else board.refused([wait], Asked(list(bridges), today - days + 1, today, frozenset()))


def _known(days: Sequence[DayOfTown]) -> HoursKnown:
    own = [(day.day, each.bridge, each.hours is not None) for day in days for each in day.bridges]
    known = [(day, bridge) for day, bridge, has in own if has]
    return HoursKnown(
        len({day for day, _ in known}),
        len(days),
        len({bridge for _, bridge in known}),
        len({bridge for _, bridge, _ in own}),
        len(known),
        len(own),
    )


def _day(board: Board, wait: Definition | None, bridge: str, day: int) -> DayOfBridge:
    # All trucks that came are counted as they are: what another measure is of is not the town's affair.
    came, _ = board.heard(bridge, [day])
    if wait is None:
        return DayOfBridge(bridge, came or None, None, None, catalogue("aforo.flow").template("town_hours_none"))
    waits = board.figure(wait, [bridge], [day])
    if waits.missing is not None:
        return DayOfBridge(bridge, came or None, None, None, waits.missing.text)
    measured = waits.whole or 0
    hours = _truck_hours(waits, max(came, measured))
    missing = None if hours is not None else catalogue("aforo.measures").template("missing.under_ten")
    return DayOfBridge(bridge, max(came, measured), measured, hours, missing)


def _truck_hours(waits: Measured, trucks: int) -> Interval | None:
    """All trucks times their mean wait, which those that were found again have with its limits; None of fewer than
    ten."""
    mean = next((each for each in waits.estimates if each.name == "mean"), None)
    if (waits.whole or 0) < LEAST or mean is None or mean.value is None or mean.low is None or mean.high is None:
        return None
    return Interval(*(trucks * each / 60.0 for each in (mean.value, mean.low, mean.high)))


def _together(some: Sequence[Interval]) -> Interval | None:
    """The sum of figures whose errors are independent: their distances to each limit add in squares."""
    if not some:
        return None
    value = sum(each.value or 0.0 for each in some)
    below = math.sqrt(sum(((each.value or 0.0) - each.low) ** 2 for each in some))
    above = math.sqrt(sum((each.high - (each.value or 0.0)) ** 2 for each in some))
    return Interval(value, max(0.0, value - below), value + above)
