"""The yard of a bridge: nobody is lost in it, nothing is used more than it has room or units for, and it goes on as it
was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import msgspec
import pytest

from aforo.demo.outside import places, traders
from aforo.demo.outside.breaking import chance, units_of
from aforo.demo.outside.places import Shown
from aforo.demo.outside.roster import Roster, room_of
from aforo.demo.outside.saying import Saying
from aforo.demo.outside.standing import Standing
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.yard import RESOURCES, Yard
from aforo.domain.clock import microseconds
from aforo.domain.decision import EXAMINATIONS, Examination

SEED = 5
BEGINS = microseconds(traders.BEGINS)
MINUTE, HOUR = 60_000_000, 3_600_000_000
#: How often each order is given: more examinations than any bridge can take, so that queues fill and booths block.
OFTEN: tuple[tuple[Examination, float], ...] = (
    ("release", 0.6), ("scan", 0.15), ("scan_then_decide", 0.15), ("secondary", 0.05), ("joint", 0.03), ("hold", 0.02),
)  # fmt: skip

Orders = Callable[[str, str], Examination]


@cache
def drawn() -> traders.Traders:
    return traders.draw(SEED)


@cache
def trucks(bridge: str) -> tuple[Due, ...]:
    """The trucks of a bridge that come within eight hours of the beginning."""
    timetable = Timetable(places.chosen([bridge]), drawn(), SEED, traders.BEGINS.date())
    dues = timetable.until(BEGINS)
    return tuple(each for each in dues if BEGINS < each.arrives <= BEGINS + 8 * HOUR)


def of(bridge: str) -> Shown:
    (found,) = places.chosen([bridge])
    return found


def many(crossing: str, stage: str) -> Examination:
    """An order that a crossing draws."""
    left = chance("orders", crossing, stage)
    for order, share in OFTEN:
        left -= share
        if left < 0.0:
            return order
    return "release"


def fair(crossing: str, stage: str) -> Examination:
    return "scan_then_decide" if chance("orders", crossing, stage) < 0.1 else "release"


class Played:
    """A yard that is played to an instant, by steps; everything it said, in order."""

    def __init__(self, bridge: str, orders: Orders, *, standing: Standing | None = None, at: int = BEGINS) -> None:
        self.automatic = True
        self.yard = Yard(of(bridge), SEED, at, standing=standing, automatic=lambda: self.automatic)
        self.orders = orders
        self.said = Saying()
        self.come = [each for each in reversed(trucks(bridge)) if each.arrives > at]

    def until(self, to: int, step: int = 30_000_000, check: Callable[[Yard], None] = lambda yard: None) -> Played:
        while self.yard.state.at < to:
            self.step(min(self.yard.state.at + step, to), check)
        return self

    def step(self, to: int, check: Callable[[Yard], None]) -> None:
        while self.come and self.come[-1].arrives <= to:
            due = msgspec.convert(msgspec.to_builtins(self.come.pop()), Due)
            self.yard.order(due.crossing, self.orders(due.crossing, "filed"), False)
            self.yard.expect(due)
        while not self.yard.advance(to):
            self.hear()
        self.hear()
        check(self.yard)

    def hear(self) -> None:
        own, self.yard.out = self.yard.out, Saying()
        for name in own.__dataclass_fields__:
            getattr(self.said, name).extend(getattr(own, name))
        for _, crossing in own.arrivals:
            self.yard.answered(crossing, self.orders(crossing, "primary"))
        for finding in own.findings:
            if finding.asks:
                self.yard.answered(finding.crossing, self.orders(finding.crossing, "scanned"))


def places_of(state: Standing) -> Counter[str]:
    """How often each truck stands somewhere in the yard."""
    found: Counter[str] = Counter()
    for waiting in state.lines.values():
        found.update(waiting)
    found.update(list(state.booths))
    for queue in state.queues.values():
        found.update(queue)
    for serving in state.serving.values():
        found.update(list(serving))
    found.update(crossing for crossing, _ in state.blocked if crossing not in state.booths)
    held = {whom for _, _, what, whom in state.events if what == "hold"}
    found.update(held)
    return found


@pytest.mark.parametrize("bridge", ["world-trade", "otay-mesa", "santa-teresa", "mariposa"])
@pytest.mark.parametrize("orders", [many, fair])
def test_every_truck_is_in_one_place_and_ends_in_one_way(bridge: str, orders: Orders) -> None:
    shown = of(bridge)
    roster, room = Roster(shown.bridge, shown.port.zone), room_of(shown.bridge)
    stand = {each.name: each.resource for each in units_of(shown.bridge)}

    def check(yard: Yard) -> None:
        state = yard.state
        assert places_of(state) == Counter(state.trucks.keys())
        lanes = Counter(state.booths.values())
        for place in RESOURCES:
            serving = state.serving.get(place, {})
            assert len({each.unit for each in serving.values()}) == len(serving)
            assert len(serving) <= room.get(place, 0) + 100  # what finishes after a shift is few
            if place in ("scanner", "portal"):
                up = {each.name for each in state.units if each.up}
                assert all(stand[each.unit] == place and each.unit in up for each in serving.values())
        for line, taken in lanes.items():
            hours = [roster.lanes(BEGINS + hour * HOUR) for hour in range(9)]
            most = max(booths for each in hours for name, booths in each.items() if name == line)
            assert taken <= most

    played = Played(bridge, orders).until(BEGINS + 8 * HOUR, check=check)
    state = played.yard.state
    came = len(trucks(bridge))
    assert came == sum(state.ended.values()) + len(state.trucks)
    assert sum(state.ended.values()) > 0
    ended_as_said = Counter(row["crossing_id"] for row in played.said.passed)
    assert set(ended_as_said.values()) <= {1}
    assert len(played.said.passed) == state.ended.get("released", 0)
    examined = {finding.crossing for finding in played.said.findings}
    assert examined.isdisjoint(ended_as_said)
    assert examined | set(ended_as_said) <= {due.crossing for due in trucks(bridge)}


def test_no_more_are_served_than_are_manned_when_they_begin() -> None:
    served: Counter[str] = Counter()
    shown = of("world-trade")
    roster = Roster(shown.bridge, shown.port.zone)
    played = Played("world-trade", many).until(BEGINS + 8 * HOUR)
    assert played.said.work
    for _, _, body in played.said.work:
        place, step = body["resource"], body["step"]
        if step == "started":
            served[place] += 1
            assert served[place] <= max(roster.posts(BEGINS + hour * HOUR)[place] for hour in range(9))
        elif step == "ended":
            served[place] -= 1
            assert served[place] >= 0


def test_what_is_said_comes_in_the_order_of_a_truck_s_way() -> None:
    played = Played("otay-mesa", many).until(BEGINS + 6 * HOUR)
    steps: dict[tuple[str, str], list[str]] = {}
    for _, _, body in played.said.work:
        steps.setdefault((body["crossing_id"], body["resource"]), []).append(body["step"])
    assert steps
    for way in steps.values():
        assert way in (["queued"], ["queued", "started"], ["queued", "started", "ended"]) or way.count("queued") > 1
    instants = [body["at"] for _, _, body in played.said.work]
    assert instants == sorted(instants)
    reads = Counter(row["reader"] for row in played.said.reads)
    assert reads["otay-mesa-start"] >= reads["otay-mesa-end"] >= reads["otay-mesa-exit"] > 0
    assert all(each.source == "assumed" for each in of("otay-mesa").bridge.readers if each.place == "exit")


def test_the_same_answers_make_the_same_yard_whatever_the_steps() -> None:
    fine = Played("mariposa", many).until(BEGINS + 3 * HOUR, step=5_000_000)
    coarse = Played("mariposa", many).until(BEGINS + 3 * HOUR, step=120_000_000)
    assert fine.said.passed == coarse.said.passed
    assert fine.said.findings == coarse.said.findings
    assert fine.yard.state.ended == coarse.yard.state.ended


def test_it_goes_on_as_it_was_from_what_was_kept() -> None:
    whole = Played("world-trade", many).until(BEGINS + 4 * HOUR)
    half = Played("world-trade", many).until(BEGINS + 2 * HOUR)
    kept = msgspec.json.decode(msgspec.json.encode(half.yard.state), type=Standing)
    again = Played("world-trade", many, standing=kept, at=BEGINS + 2 * HOUR).until(BEGINS + 4 * HOUR)
    assert again.yard.state.ended == whole.yard.state.ended
    assert half.said.passed + again.said.passed == whole.said.passed
    assert half.said.work + again.said.work == whole.said.work


def test_a_scanner_that_breaks_puts_its_truck_back_and_is_reported() -> None:
    def scan(crossing: str, stage: str) -> Examination:
        return "scan" if stage == "primary" else "release"

    played = Played("santa-teresa", scan).until(BEGINS + 2 * HOUR)
    state = played.yard.state
    busy = next(iter(state.serving["scanner"].values())).unit
    crossing = next(name for name, each in state.serving["scanner"].items() if each.unit == busy)
    played.yard._unit_turns(busy, state.at)
    assert crossing in state.queues["scanner"] or state.serving["scanner"][crossing].unit != busy
    assert played.yard.out.scanners[-1] | {"cause": None} == {
        "scanner_id": busy, "event": "down", "at": played.yard.out.scanners[-1]["at"], "port": "santa-teresa",
        "reporter": "SYN santa-teresa", "cause": None,
    }  # fmt: skip
    played.until(state.at + HOUR)
    assert (
        all(each.unit != busy for each in state.serving["scanner"].values())
        or next(unit for unit in state.units if unit.name == busy).up
    )


def test_who_waits_for_a_portal_that_breaks_goes_past_it() -> None:
    def scan(crossing: str, stage: str) -> Examination:
        return "scan" if stage == "filed" else "release"

    played = Played("world-trade", scan).until(BEGINS + HOUR)
    state = played.yard.state
    waiting = list(state.queues["portal"])
    assert len(waiting) == room_of(of("world-trade").bridge)["portal"]
    (portal,) = (each.name for each in state.units if each.resource == "portal")
    served = next(iter(state.serving["portal"]))
    played.yard._unit_turns(portal, state.at)
    assert not state.queues["portal"]
    gone = {body["crossing_id"] for _, what, body in played.yard.out.work if body["step"] == "ended"}
    assert gone == {served, *waiting}
    played.until(state.at + 10 * MINUTE)
    assert not state.serving["portal"]
    assert not state.queues["portal"]
    assert not {served, *waiting} & state.trucks.keys()


def test_units_are_up_as_often_as_their_document_says() -> None:
    unit = next(each for each in units_of(of("world-trade").bridge) if each.resource == "scanner")
    up = down = 0
    for _ in range(4_000):
        lasts = unit.lasts(SEED)
        up, down = (up + lasts, down) if unit.up else (up, down + lasts)
        unit.turn()
    assert up / (up + down) == pytest.approx(unit.availability, abs=0.004)


def test_whom_an_officer_takes_over_waits_until_the_officer_has_acted() -> None:
    played = Played("santa-teresa", lambda crossing, stage: "secondary")
    played.automatic = False
    played.until(BEGINS + HOUR)
    state = played.yard.state
    assert not played.said.arrivals
    assert state.booths
    assert set(state.asks) == set(state.booths)
    assert not state.ended
    first = next(iter(state.asks))
    played.yard.officer_said(first, "release")
    played.until(state.at + MINUTE)
    assert state.ended == {"released": 1}
    second = next(iter(state.asks))
    played.yard.officer_said(second, "secondary")
    played.until(state.at + 4 * HOUR)
    assert state.asks[second] == "dock"  # examined for as long as it takes; the outcome is the officer's to report
    assert not played.said.findings
    played.yard.officer_said(second, "secondary")
    assert state.ended == {"released": 1, "examined": 1}
    assert not played.said.findings
    played.automatic = True
    played.yard.take_over()
    played.until(state.at + HOUR)
    assert not state.asks
    assert played.said.arrivals


def found_at_the_dock(played: Played) -> str:
    """The first truck of a yard in which an examination by hand finds something, once it is held."""
    while not (held := [whom for _, _, what, whom in played.yard.state.events if what == "hold"]):
        played.until(played.yard.state.at + 10 * MINUTE)
    return held[0]


def test_who_is_held_is_released_by_two_officers_and_some_contest_it() -> None:
    played = Played("mariposa", lambda crossing, stage: "secondary")
    state = played.yard.state
    first = found_at_the_dock(played)
    assert first in state.found
    row = next(each.row for each in played.said.findings if each.crossing == first)
    assert (row["outcome"], row["threat"]) == (1, state.trucks[first].threat)
    assert not played.said.freed
    played.until(state.at + 40 * HOUR)
    assert ("mariposa", first) in played.said.freed
    assert len(played.said.freed) == state.ended["found"] + state.ended.get("held", 0)
    assert {due.crossing for due in played.said.contested} <= {crossing for _, crossing in played.said.freed}


def test_whom_officers_at_the_console_release_goes_at_once_and_is_not_released_again() -> None:
    played = Played("mariposa", lambda crossing, stage: "secondary")
    state = played.yard.state
    first = found_at_the_dock(played)
    played.yard.order(first, "release", True)
    played.until(state.at + MINUTE)
    assert first not in state.trucks
    assert state.ended["found"] == 1
    played.until(state.at + 12 * HOUR)
    assert ("mariposa", first) not in played.said.freed


def test_what_an_officer_raises_is_obeyed() -> None:
    played = Played("santa-teresa", lambda crossing, stage: "release").until(BEGINS + HOUR)
    state = played.yard.state
    crossing = next(iter(state.booths))
    played.yard.order(crossing, "secondary", True)
    played.until(state.at + 10 * MINUTE)
    assert crossing in state.serving["dock"] or crossing in state.queues["dock"]


def test_the_roster_is_that_of_the_document_in_the_port_s_own_time() -> None:
    shown = of("world-trade")
    roster = Roster(shown.bridge, shown.port.zone)
    # Wednesday at ten in Laredo; then at 19:30, 23:59, and past midnight, when the bridge is closed.
    assert roster.lanes(BEGINS) == {"fast": 4, "standard": 11}
    assert roster.posts(BEGINS) == {"scanner": 9, "portal": 1, "dock": 7}
    assert roster.lanes(BEGINS + 9 * HOUR) == {"fast": 4, "standard": 10}
    assert roster.posts(BEGINS + 10 * HOUR)["scanner"] == 5
    assert roster.lanes(BEGINS + 14 * HOUR) == {"fast": 0, "standard": 0}
    assert roster.next_change(BEGINS) == BEGINS + 8 * HOUR
    assert set(roster.line.values()) == {"fast", "standard"}


def test_every_order_has_a_way_through_every_bridge() -> None:
    for shown in places.every():
        yard = Yard(shown, SEED, BEGINS)
        for order in EXAMINATIONS:
            place = yard._place_of(order)
            assert place is None or place in yard.state.posts or place == "hold"
        assert yard._place_of("release") is None
        assert timedelta(microseconds=yard._roster.next_change(BEGINS) - BEGINS) > timedelta()
