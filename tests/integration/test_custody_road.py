"""What the road says becomes something that people act on: causes are recorded, alert, change and are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from road_scene import KEY, START, Road, blocks_of, drive
from sealed import MINUTE, opened
from straight import NAME, corridor, on_the_road, strayed

from aforo.custody.case import Case
from aforo.custody.recorded import covered_of
from aforo.custody.states import spans
from aforo.domain.alert import AlertRaised
from aforo.domain.clock import microseconds
from aforo.domain.response import ResponseStarted
from aforo.domain.trip import Covered, Discharged, Place
from aforo.flow import custody_coverage, trip_acts
from aforo.flow.alert_acts import close
from aforo.flow.alert_trips import announced_by, trip_alert
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import shown
from aforo.flow.custody import Custody, CustodyRefusedError
from aforo.flow.custody_facts import facts_of_trips
from aforo.flow.custody_verdict import case_from
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.response_watch import Responding
from aforo.flow.responses import Responses
from aforo.flow.telemetry import Statement, record
from aforo.flow.trips_begun import BegunIn
from aforo.intake.seal_block import FIRST, encode


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, "T1")


def test_who_stays_on_the_road_is_cause_for_nothing(road: Road) -> None:
    for number, block in enumerate(blocks_of(drive())):
        road.at(number * 10 + 9, block)
    assert road.caused() == []
    assert road.open() == []
    assert facts_of_trips([road.custody.trip("T1")]) == []


def test_a_truck_that_leaves_its_road_is_an_alert_that_a_person_closes(road: Road) -> None:
    for number, block in enumerate(blocks_of(strayed(drive(), 11, 18))):
        road.at(number * 10 + 9, block)
        if number == 2:
            assert road.open() == [("trip_astray", "trip/T1")]
    first, *_, last = road.caused()
    assert [(each.kind, each.grade, each.road) for each in first.causes] == [("deviation", "device", NAME)]
    assert first.causes[0].until == 2**62
    assert last.causes[0].until < 2**62
    assert last.causes[0].id == first.causes[0].id
    assert not last.causes[0].changed
    assert road.open() == [("trip_astray", "trip/T1")], "that it came back settles nothing"
    assert [each.code for each in facts_of_trips([road.custody.trip("T1")])] == ["astray"]


def test_who_leaves_the_road_is_answered_on_it(road: Road) -> None:
    road.at(39, *blocks_of(strayed(drive(20), 8, 14)))
    Responding(road.custody).look()
    (response,) = Responses(road.custody).open()
    assert (response.kind, response.trip, response.owned_at) == ("theft", "T1", None)


def test_late_data_withdraws_a_cause_and_its_alert_says_so(road: Road) -> None:
    """Two fixes far out are a deviation, until what lay between them comes: it was on the road meanwhile."""
    readings = drive(15)
    far = strayed(strayed(readings, 5, 6), 9, 10)
    blocks = blocks_of(readings)
    early = encode("T1-seal", "T1-seal", 2, 0, FIRST, far[[5, 9]], lambda s: KEY.sign(s).signature)
    road.at(9, blocks[0])
    road.at(19, early)
    assert ("trip_astray", "trip/T1") in road.open()
    road.at(25, *blocks[1:])
    assert ("trip_astray", "trip/T1") not in road.open()
    (gone,) = (each for each in road.caused()[-1].withdrawn if each.kind == "deviation")
    assert gone.why == "late_data"
    (closed,) = (each for each in road.every() if each.kind == "trip_astray")
    assert (closed.ending, closed.why, closed.closed_by) == ("withdrawn", "late_data", "node")
    told = shown(closed, road.now)
    assert told.settled is not None
    assert "late" in told.settled.en
    assert "tarde" in told.settled.es


def test_a_wider_corridor_withdraws_what_a_narrow_one_said_and_says_that_it_did(road: Road) -> None:
    road.at(39, *blocks_of(strayed(drive(20), 8, 14)))
    assert road.open() == [("trip_astray", "trip/T1")]
    road.put(corridor(half_width=9_000, version="2"))
    road.at(40)
    assert road.open() == []
    assert [each.why for each in road.caused()[-1].withdrawn] == ["judged_otherwise"]


def test_an_opening_that_an_authority_allows_is_withdrawn_and_the_alert_says_by_whom(road: Road) -> None:
    readings = opened(drive(15), 8, 10)
    road.at(29, *blocks_of(readings))
    assert road.open() == [("custody_broken", "trip/T1")]
    at = readings[8]
    road.announce("T1", places=(Place("yard", int(at["latitude"]), int(at["longitude"]), 9_000, "open"),))
    road.at(30)
    assert road.open() == []
    assert [each.why for each in road.caused()[-1].withdrawn] == ["announced_otherwise"]
    (closed,) = road.every()
    assert (closed.ending, closed.why) == ("withdrawn", "announced_otherwise")
    told = shown(closed, road.now, announced_by=lambda each: announced_by(each, road.custody)).settled
    assert told is not None
    assert told.en.startswith("tester announced the trip anew")
    assert told.es.startswith("tester anunció de nuevo el viaje")
    plain = shown(closed, road.now).settled
    assert plain is not None
    assert plain.en.startswith("An authority announced")


def test_a_cause_that_comes_back_alerts_again_once_and_is_answered_again(road: Road) -> None:
    road.at(39, *blocks_of(strayed(drive(20), 8, 14)))
    beside = Watch(road.log)
    beside.look()
    for number, (half_width, open_) in enumerate([(9_000, 0), (2_000, 1), (9_000, 0), (2_000, 1)], 2):
        road.put(corridor(half_width=half_width, version=str(number)))
        road.at(39 + number)
        beside.look()
        # One that looks at everything anew finds the same, and closes nothing that came back.
        Watch(road.log).look()
        assert road.open() == [("trip_astray", "trip/T1")] * open_, number
        Responding(road.custody).look()
    assert [each.ending for each in road.every() if each.kind == "trip_astray"] == [None, "withdrawn", "withdrawn"]
    raised = [each for each in road.log.read(types=(AlertRaised.TYPE,)) if "trip_astray" in repr(each.payload)]
    started = [each.event.causation_id for each in road.log.read(types=(ResponseStarted.TYPE,))]
    assert started == [each.event.event_id for each in raised]
    (alert,) = Alerts(road.log).open()
    told = trip_alert(alert, road.custody, road.now)
    assert told is not None
    assert [each.kind for each in told.causes] == ["deviation"]


def test_a_cause_that_a_person_saw_to_asks_nobody_again_when_it_comes_back(road: Road) -> None:
    road.at(39, *blocks_of(strayed(drive(20), 8, 14)))
    (alert,) = Alerts(road.log).open()
    close(Alerts(road.log), alert.alert_id, "The driver was called.", "Luz Rivera")
    for number, half_width in enumerate((9_000, 2_000, 9_000, 2_000), 2):
        road.put(corridor(half_width=half_width, version=str(number)))
        road.at(39 + number)
        assert road.open() == []
    assert len(road.every()) == 1


def test_of_an_alert_with_two_causes_one_that_came_back_is_not_over_with_the_other(road: Road) -> None:
    readings = strayed(strayed(drive(30), 8, 14, 0.12), 20, 26)
    road.at(59, *blocks_of(readings))
    for number, half_width in enumerate((9_000, 2_000), 2):
        road.put(corridor(half_width=half_width, version=str(number)))
        road.at(60 + number)
        assert road.open() == [("trip_astray", "trip/T1")]
    farther = readings[11]
    yard = Place("yard", int(farther["latitude"]), int(farther["longitude"]), 15_000)
    road.announce("T1", places=(yard,))
    road.at(64)
    (nearer,) = (each for each in road.caused()[-1].causes if each.kind == "deviation")
    assert nearer.since == int(readings["at"][20])
    assert road.open() == [("trip_astray", "trip/T1")]
    road.put(corridor(half_width=9_000, version="4"))
    road.at(65)
    assert road.open() == []


def test_a_jammed_road_is_one_alert_over_all_its_trips_until_the_last_is_heard_again(tmp_path: Path) -> None:
    names = [f"T{number}" for number in range(1, 7)]
    road = Road(tmp_path, *names, "T7", "T8")
    # All are heard for twenty minutes; six are then silent together, and two ahead are heard as ever.
    start = microseconds(START)
    rows = {trip: on_the_road(start, 40) for trip in (*names, "T7", "T8")}
    for each in ("T7", "T8"):
        ahead = on_the_road(start, 80)
        ahead["at"] -= 80 * MINUTE
        rows[each] = ahead[40:80]
    blocks = {trip: blocks_of(readings, trip) for trip, readings in rows.items()}
    for number in range(2):
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in blocks))
    road.at(29, *(blocks[trip][2] for trip in ("T7", "T8")))
    road.at(31)
    assert [kind for kind, _ in road.open()] == ["custody_silent"] * 6
    for number in range(3, 6):
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in ("T7", "T8")))
    said = [each.payload for each in road.log.stream(f"road/{NAME}")]
    assert all(isinstance(each, Covered) for each in said)
    assert any(each.jammed for each in said if isinstance(each, Covered))
    assert [each for each in road.open() if each[0] in ("road_jammed", "custody_silent")] == [
        ("road_jammed", f"road/{NAME}")
    ]
    (alert,) = (each for each in Alerts(road.log).open() if each.kind == "road_jammed")
    assert sorted({each.about.partition("#")[0] for each in alert.causes}) == [f"trip/{trip}" for trip in names]
    # What was told of single trucks before the road was known to be jammed is settled by that.
    assert [each.why for each in road.every() if each.kind == "custody_silent"] == ["road_jammed"] * 6
    road.at(69, *(blocks[trip][6] for trip in names[:5]), *(blocks[trip][6] for trip in ("T7", "T8")))
    assert ("road_jammed", f"road/{NAME}") in road.open()
    road.at(70, blocks[names[5]][6])
    assert ("road_jammed", f"road/{NAME}") not in road.open()


def test_of_a_crowded_road_some_trips_are_read_and_of_one_where_all_are_heard_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"T{number}" for number in range(1, 13)]
    road, read = Road(tmp_path, *names), list[str]()

    def case(own: Custody, trip: str, known_by: int) -> Case:
        read.append(trip)
        return case_from(own, trip, known_by)

    monkeypatch.setattr(custody_coverage, "case_from", case)
    monkeypatch.setattr(custody_coverage, "MOST_READ", 9)
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 40), trip) for trip in names}
    road.watch.look()
    for number in range(3):
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in names))
    assert read == [], "seals that were put on a moment ago owe nothing yet"
    road.at(49)
    assert len(set(read)) == len(read) == 9


def test_a_silent_seal_beside_others_that_are_heard_is_its_own_alert(tmp_path: Path) -> None:
    names = [f"T{number}" for number in range(1, 6)]
    road = Road(tmp_path, *names)
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 40), trip) for trip in names}
    for number in range(6):
        heard = names if number < 2 else names[1:]
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in heard))
    assert road.open() == [("custody_silent", "trip/T1")]
    cause = road.caused()[-1].causes[0]
    assert (cause.kind, cause.heard, cause.expected) == ("silent", 4, 5)


def test_statements_are_found_by_time_and_place_and_none_is_passed_over(road: Road) -> None:
    road.at(59, *blocks_of(drive()))
    start = microseconds(START)
    here, there = Place("km 20", 259_000_000, -1_001_000_000, 12_000), Place("elsewhere", 200_000_000, -900_000_000, 9)
    said = [
        ("road/here", Covered(start - 5 * 24 * 60 * MINUTE, start - 4 * 24 * 60 * MINUTE, 1, 9, here)),
        ("road/here", Covered(start, start + 15 * MINUTE, 9, 9, here)),
        ("road/there", Covered(start, start + 15 * MINUTE, 9, 9, there)),
        ("road/here", Covered(start + MINUTE, start + 15 * MINUTE, 8, 9, here, True)),
    ]
    for number, (stream, each) in enumerate(said):
        record([Statement(each, stream, START, f"said:{number}")], road.log, actor="tester")
    case = case_from(road.custody, "T1", microseconds(road.now))
    assert [each for _, each in case.covered] == [said[1][1], said[3][1]]
    every = [(each.event, each.payload) for each in road.log.read(types=(Covered.TYPE,))]
    whole = replace(case, covered=covered_of(every))
    assert len(whole.covered) == 4
    assert spans(whole, microseconds(road.now)) == spans(case, microseconds(road.now))
    # A state that was saved knows as much.
    road.custody.save()
    assert case_from(Custody(road.log), "T1", microseconds(road.now)).covered == case.covered
    # So does who reads the log of the trip's time alone.
    begun = BegunIn(road.log, None, START, road.now)
    assert [trip for _, trip in begun.trips()] == ["T1"]
    assert case_from(begun, "T1", microseconds(road.now)).covered == case.covered


def test_a_trip_on_a_corridor_that_is_not_in_force_is_refused(road: Road) -> None:
    with pytest.raises(CustodyRefusedError, match="trip_corridor"):
        road.announce("T2", "elsewhere")


def test_a_watch_that_begins_anew_and_one_beside_it_find_the_same(road: Road) -> None:
    beside = CustodyWatch(road.log)
    for number, block in enumerate(blocks_of(strayed(opened(drive(), 4, 6), 11, 18))):
        road.at(number * 10 + 9, block)
        beside.look()
        CustodyWatch(road.log).look()
        Watch(road.log).look()
    assert len(road.caused()) == len({repr(each) for each in road.caused()})
    assert road.open() == [("custody_broken", "trip/T1"), ("trip_astray", "trip/T1")]
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    road.at(70)
    assert road.open() == [("custody_broken", "trip/T1"), ("trip_astray", "trip/T1")]


_BLOCKS = blocks_of(strayed(opened(drive(30), 4, 6), 11, 18))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(_BLOCKS))), looks=st.sets(st.integers(0, len(_BLOCKS) - 1)))
def test_any_order_of_arrival_ends_in_the_same_alerts(
    tmp_path_factory: pytest.TempPathFactory, order: Sequence[int], looks: set[int]
) -> None:
    road = Road(tmp_path_factory.mktemp("road"), "T1")
    road.now = START + timedelta(minutes=59)
    for place, number in enumerate(order):
        road.take([_BLOCKS[number]])
        if place in looks:
            road.look()
    road.look()
    assert road.open() == [("custody_broken", "trip/T1"), ("trip_astray", "trip/T1")]
    last = road.caused()[-1].causes
    assert [(each.kind, each.since) for each in last if each.kind in ("opened", "deviation")] == [
        ("opened", microseconds(START) + 8 * MINUTE),
        ("deviation", microseconds(START) + 22 * MINUTE),
    ]


def test_what_is_judged_together_or_again_and_again_is_bounded(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is heard of one trip of a convoy is held against all of them, and each time all events of a trip are
    read: nobody is to keep the watch busy with his own."""
    monkeypatch.setattr(trip_acts, "MOST_IN_CONVOY", 2)
    for trip in ("T1", "T2", "T1"):
        road.announce(trip, convoy="dawn")
    with pytest.raises(CustodyRefusedError, match="trip_convoy_many"):
        road.announce("T3", convoy="dawn")
    road.announce("T3", convoy="dusk")
    monkeypatch.setattr(trip_acts, "MOST_EVENTS", 4)
    with pytest.raises(CustodyRefusedError, match="trip_events_many"):
        road.announce("T1", convoy="dawn")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    with pytest.raises(CustodyRefusedError, match="trip_convoy_many"):
        road.announce("T3", convoy="dawn")
    trip_acts.discharge(road.custody, "T2", Discharged("customs"), actor="tester", origin="live")
    road.announce("T3", convoy="dawn")
