"""What a log teaches of filings is what the test world of filers learns from the same trucks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.event import Arrived, Assessed, AtYard, Decided, Examined, Moved, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.domain.routed import Routed
from aforo.flow.habits import Habits
from aforo.flow.trips import Trip, Trips, ties_of
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode
from aforo.routing.choice import edge_of
from aforo.routing.lateness import KEPT_BY_DAY, Filers, Lateness
from aforo.routing.trips import LIKENESS, MOST_ALIKE
from aforo.twin.filers import Filed, played
from aforo.twin.network import MINUTE, NEVER
from aforo.twin.trying import Place
from aforo.twin.trying_policies import on_the_list

START = datetime(2024, 3, 20, tzinfo=UTC)
BRIDGE, OTHER = "world-trade", "colombia"
WORK = 8.0


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def decided(due: float, kind: int = 10, filer: int = 7, *, stands: bool = True, **more: Any) -> Decided:
    """A truck of a class that is expected at a minute, or of which nothing stands."""
    worth = edge_of(kind) * WORK * 1.05
    minutes = (WORK, None, None, None, None, 0.0)
    routed = Routed(
        6,
        3,
        round(due % 1440.0, 2),
        (0.0,) * 6,
        (1,) * 6,
        minutes,
        (0.0, worth),
        filer=filer,
        **more,
    )
    return Decided(
        "release", None, False, 1, 0, 0, 0, 0, "AAAA" if stands else "", 0, "set", "code", stage="filed",
        bridge=BRIDGE, routing=routed if stands else None,
    )  # fmt: skip


def history(*said: tuple[float, str, Payload], recorded: Mapping[str, float] = {}) -> list[StoredEvent]:
    """Events of crossings by minute since START; `recorded` are the minutes of what was recorded later, by crossing."""
    events = []
    for place, (minute, crossing, payload) in enumerate(said, 1):
        known = at(minute if isinstance(payload, Decided) else recorded.get(crossing, minute))
        event = new_event(
            f"e{place}", payload, f"crossing/{crossing}", place, occurred_at=at(minute), recorded_at=known, actor="t"
        )
        body = encode(event)
        events.append(StoredEvent(place, leaf_hash(body), body))
    return events


def habits(*said: tuple[float, str, Payload]) -> Habits:
    """What is known when the day after the events is over, and its bridge told of one more truck late on it."""
    known = Habits()
    over = (max(minute for minute, _, _ in said) // 1440 + 2) * 1440.0
    known.apply(history(*said, (over - 1.0, "more", Arrived(BRIDGE)), (over, "next", Moved("other"))))
    return known


def known_a_day_later(days: Sequence[Filed]) -> tuple[Filers, Lateness]:
    """What `list_of` learns of days, where it is known a day later than what came that something did not."""
    filers, lateness = Filers(), Lateness()
    for before, today in zip([None, *days], [*days, None], strict=True):
        kinds, minutes, came, who = [], [], [], []
        for each, shows in ((today, 1), (before, 0)):
            if each is not None:
                trucks, own = on_the_list(each, filers).trucks, each.trucks.shows == shows
                kinds.append(trucks.value_class[own].astype(np.int64))
                minutes.append((np.where(trucks.listed == NEVER, 0, trucks.arrives - trucks.listed) / MINUTE)[own])
                came.append(np.full(int(own.sum()), bool(shows)))
                who.append(each.filer[own])
        lateness = lateness.after(np.concatenate(kinds), np.concatenate(minutes), np.concatenate(came))
        filers = filers.after(np.concatenate(who), np.concatenate(came))
    return filers, lateness


def test_a_log_teaches_what_the_test_world_learns_from_the_same_trucks() -> None:
    place = Place(trucks=400.0)
    days = [played(place.day(seed), "decoys", number=3) for seed in range(3)]
    filers, lateness = known_a_day_later(days)
    said: list[tuple[float, str, Payload]] = []
    for day, filed in enumerate(days):
        trucks = filed.trucks
        for row in range(len(trucks)):
            due = day * 1440.0 + float(trucks.arrives[row]) / MINUTE
            since = due if trucks.listed[row] == NEVER else day * 1440.0 + float(trucks.listed[row]) / MINUTE
            name = f"{day}-{row}"
            said.append((since, name, decided(due, int(trucks.value_class[row]), int(filed.filer[row]))))
            if trucks.shows[row]:
                said.append((due, name, Arrived(BRIDGE)))
    known = habits(*sorted(said, key=lambda each: each[0]))
    own = known.lateness(BRIDGE)
    assert own is not None
    assert own.came == pytest.approx(lateness.came)
    assert own.listed == pytest.approx(lateness.listed, rel=0.02, abs=1.0)
    assert own.empty == pytest.approx(lateness.empty, rel=0.02, abs=1.0)
    assert own.shown() == pytest.approx(lateness.shown(), abs=0.02)
    assert own.late() == pytest.approx(lateness.late(), abs=0.02)
    believing = known.believing()
    verdicts = [believing.others != (filer in believing.but) for filer in filers.known]
    assert np.mean([filers.believed(filer) == own for filer, own in zip(filers.known, verdicts, strict=True)]) > 0.98
    assert not all(verdicts)


def test_a_truck_that_comes_elsewhere_was_listed_in_vain_and_is_expected_there_with_those_who_file_late() -> None:
    filed = [(600.0, f"c{n}", decided(660.0)) for n in range(9)]
    came = [(650.0, f"c{n}", AtYard(OTHER if n < 4 else "")) for n in range(9)]
    known = habits(*filed, *came)
    here, there = known.lateness(BRIDGE), known.lateness(OTHER)
    assert here is not None
    assert there is not None
    assert (sum(here.came), sum(here.listed), sum(here.empty)) == (5.0, 250.0, 200.0)
    assert (sum(there.came), sum(there.listed), sum(there.empty)) == (4.0, 0.0, 0.0)
    assert known.believing().others == (7 in known.believing().but)


def test_trucks_are_on_the_list_from_an_hour_before_they_are_due_until_they_come() -> None:
    own = habits((0.0, "early", decided(600.0)), (570.0, "early", Arrived())).lateness(BRIDGE)
    assert own is not None
    assert sum(own.listed) == pytest.approx(30.0)
    own = habits((0.0, "long", decided(600.0)), (700.0, "long", Arrived())).lateness(BRIDGE)
    assert own is not None
    assert sum(own.listed) == pytest.approx(60.0)


def test_what_became_part_of_another_crossing_and_what_was_taken_back_early_teach_nothing() -> None:
    known = habits(
        (600.0, "trip", decided(660.0, filer=1)),
        (600.0, "part", decided(660.0, filer=2)),
        (601.0, "part", Moved("trip")),
        (600.0, "early", decided(720.0, filer=3)),
        (610.0, "early", decided(0.0, stands=False)),
        (600.0, "late", decided(660.0, filer=4)),
        (640.0, "late", decided(0.0, stands=False)),
        (655.0, "trip", Arrived(BRIDGE)),
    )
    own = known.lateness(BRIDGE)
    assert own is not None
    assert (sum(own.came), sum(own.empty)) == (KEPT_BY_DAY, 40.0)
    assert (known.believing().others, known.believing().but) == (True, (4,))


@pytest.mark.parametrize("hours", [8.5, 40.0])
def test_trucks_that_came_while_their_port_was_cut_off_did_come_however_late_that_is_handed_in(hours: float) -> None:
    cut, back = 960.0, 960.0 + hours * 60.0  # 16:00 UTC, so that the day ends before the port is heard again
    filed = [(900.0, f"c{n}", decided(cut + 10.0 + 5.0 * n)) for n in range(6)]
    told = (655.0, "early", Arrived(BRIDGE))
    elsewhere = [(day * 1440.0 + 5.0, "other", Arrived(OTHER)) for day in range(1, int(back // 1440) + 1)]
    came = [(cut + 10.0 + 5.0 * n, f"c{n}", Arrived()) for n in range(6)]
    after = [(back + 1_440.0, "more", Arrived(BRIDGE)), (back + 4_000.0, "next", Moved("other"))]
    known = Habits()
    before = sorted([told, *filed, *elsewhere])
    known.apply(history(*before, *came, *after, recorded=dict.fromkeys((f"c{n}" for n in range(6)), back)))
    own = known.lateness(BRIDGE)
    assert own is not None
    assert (sum(own.came), sum(own.empty)) == (6.0, 0.0)
    assert known.believing().others


def test_while_a_yard_tells_and_the_booth_is_cut_off_a_day_is_waited_for_what_came() -> None:
    filed = [(900.0, f"c{n}", decided(970.0)) for n in range(6)]
    yard = [(1_430.0, "other", AtYard(BRIDGE)), (1_445.0, "other", AtYard(BRIDGE))]
    came = [(970.0, f"c{n}", Arrived()) for n in range(6)]
    known = Habits()
    back = dict.fromkeys((f"c{n}" for n in range(6)), 1_470.0)
    known.apply(history(*filed, *yard, *came, (2_890.0, "next", Moved("other")), recorded=back))
    own = known.lateness(BRIDGE)
    assert own is not None
    assert (sum(own.came), sum(own.empty)) == (6.0, 0.0)


def test_a_truck_did_not_come_once_its_bridge_tells_of_what_was_too_late_for_it() -> None:
    def empty(*told: float, end: float) -> float:
        others = [(each, f"o{n}", Arrived(BRIDGE)) for n, each in enumerate(told)]
        said = [(0.0, "seen", decided(60.0, filer=1)), (60.0, "seen", Arrived(BRIDGE)), (600.0, "c", decided(660.0))]
        known = Habits()
        known.apply(history(*said, *others, (end, "next", Moved("other"))))
        own = known.lateness(BRIDGE)
        assert own is not None
        return sum(own.empty)

    day = 1_440.0
    assert empty(1_019.0, end=2 * day + 1) == 0.0  # it may still have come after what was told
    assert empty(1_019.0, 1_500.0, end=2 * day - 1) == 0.0
    assert empty(1_019.0, 1_500.0, end=2 * day + 1) == 60.0
    # A bridge of which nothing is heard for a week says nothing of whom it was told before.
    assert empty(6 * day, end=7 * day + 1) == 60.0
    assert empty(9 * day, end=10 * day + 1) == 0.0


def test_only_a_finding_that_no_officer_chose_and_no_correction_teaches_of_trips_that_look_alike() -> None:
    def examined(crossing: str, *, violation: bool | None = True, officer: bool = False) -> Examined:
        return Examined(Outcome(crossing, at(700.0), violation=violation, by_override=officer))

    said: list[tuple[float, str, Payload]] = []
    for n in range(40):
        said += [(600.0, f"c{n}", Assessed((-2_000_000,) * 4)), (600.0, f"c{n}", decided(660.0, alike=(3, 1)))]
    told = [(700.0, f"c{n}", examined(f"c{n}")) for n in range(40)]
    by_tractor, by_parties = habits(*said, *told).raises()
    assert (by_tractor[0], by_tractor[1], by_parties) == (1.0, 1.0, [1.0] * 4)
    assert by_tractor[2] > 1.3
    none = [(700.0, f"c{n}", examined(f"c{n}", officer=True)) for n in range(40)]
    assert habits(*said, *none).raises() == [[1.0] * 4] * 2
    unsaid = [(700.0, f"c{n}", examined(f"c{n}", violation=None)) for n in range(40)]
    assert habits(*said, *unsaid).raises() == [[1.0] * 4] * 2
    again = [(710.0, f"c{n}", Examined(told[n][2].outcome, corrects="e1")) for n in range(40)]
    assert habits(*said, *told, *again).raises()[0] == by_tractor


def test_a_state_may_be_cut_anywhere() -> None:
    events = history(
        *((600.0 + n, f"c{n}", decided(660.0 + n, filer=n % 3)) for n in range(12)),
        *((665.0 + n, f"c{n}", Arrived(BRIDGE)) for n in range(6)),
        (670.0, "c7", Assessed((0, 0, 0, 0))),
        (2_000.0, "c8", Moved("c9")),
        (4_000.0, "c9", Moved("c10")),
    )
    whole = Habits()
    whole.apply(events)
    for cut in range(len(events)):
        before, after = Habits(), Habits()
        before.apply(events[:cut])
        after.load(before.dump())
        after.apply(events[cut:])
        assert after.dump() == whole.dump()
    assert whole.lateness(BRIDGE) != Lateness()


def test_trips_count_that_are_tied_look_alike_and_are_of_the_last_day() -> None:
    trips = Trips()
    second = int(START.timestamp())
    for name, tractor, value, hours in (
        ("a", 1, 10.0, -30), ("b", 1, 10.0, -23), ("c", 1, 12.0, 1), ("d", 1, 20.0, 1), ("e", 2, 10.0, 1),
    ):  # fmt: skip
        trips.add(name, Trip((tractor, 0), value, second + hours * 3_600))
    assert trips.counts("x", (1, 0), 10.0, START) == (3, 1)
    assert trips.counts("b", (1, 0), 10.0, START) == (2, 1)
    assert trips.counts("x", (1, 0), float("nan"), START) == (1, 1)
    assert trips.counts("x", (3, 0), 10.0, START) == (1, 1)
    for more in range(9):
        trips.add(f"m{more}", Trip((1, 0), 10.0, second))
    assert trips.counts("x", (1, 0), 10.0, START) == (4, 1)
    trips.drop("e")
    assert trips.counts("x", (2, 0), 10.0, START) == (1, 1)
    again = Trips()
    again.load(trips.dump())
    assert again.dump() == trips.dump()
    assert again.counts("x", (1, 0), 10.0, START) == (4, 1)


values = st.one_of(st.just(0.0), st.floats(0.01, 100.0), st.sampled_from([1.25**n for n in range(-9, 9)]))


@given(st.lists(values, max_size=12), values)
def test_trips_alike_are_those_whose_values_are_within_a_quarter(others: list[float], value: float) -> None:
    trips = Trips()
    for number, each in enumerate(others):
        trips.add(f"t{number}", Trip((1,), each, int(START.timestamp())))
    like = sum(each <= LIKENESS * value and value <= LIKENESS * each for each in others)
    assert trips.counts("x", (1,), value, START) == (min(1 + like, MOST_ALIKE),)
    for number in range(len(others)):
        trips.drop(f"t{number}")
    assert trips.counts("x", (1,), value, START) == (1,)


def test_parties_tie_a_trip_only_with_both_of_them_and_its_goods() -> None:
    assert ties_of(5, 1, 2, "870829") == ties_of(5, 1, 2, "870829")
    assert ties_of(5, 1, 2, "870829")[1] != ties_of(5, 2, 1, "870829")[1]
    assert [ties_of(5, importer, 2, goods)[1] for importer, goods in ((0, "870829"), (1, None), (1, ""))] == [0, 0, 0]
