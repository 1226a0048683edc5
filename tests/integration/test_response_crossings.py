"""Signs of people about a crossing: whose trip is meant, and who is called for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sealed import opened
from test_response_watch import CONTACTS, OTHERS, Road, announce, hold, lines, other_trips, started

from aforo.domain.trip import Discharged, TripOpened
from aforo.flow import response_acts, trip_acts
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Alerts, Raise, events_of
from aforo.flow.custody import Custody
from aforo.flow.response_documents import put_contacts
from aforo.flow.responses import Responses
from aforo.flow.responses_shown import shown


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


@pytest.mark.parametrize("first", ["trip", "hold"])
def test_a_hold_for_lives_is_answered_where_a_trip_is_under_way_for_it(road: Road, first: str) -> None:
    def announce() -> None:
        said = TripOpened("export", "ABCD", road.begun + timedelta(hours=5), "X-1")
        trip_acts.open_(road.custody, "T1", said, actor="tester", origin="live")

    def hold() -> None:
        own = Raise("life_safety_hold", "crossing/X-1", "D", road.now, "decision", 1)
        road.log.append(events_of([own], in_force(road.log), road.now, "node", "live"))

    for act in (announce, hold) if first == "trip" else (hold, announce):
        act()
        road.at(1)
    response = road.one()
    assert (response.kind, response.trip, response.crossing) == ("people", "T1", "X-1")
    road.at(2)
    assert len(started(road.log)) == 1


def test_whoever_names_a_crossing_last_is_not_who_is_called_for_it(road: Road) -> None:
    put_contacts(road.log, CONTACTS + OTHERS, "luz")
    for trip, carrier in (("T2", "ABCD"), ("T3", "EVIL")):
        announce(road, trip, carrier)
        road.at(1)
    hold(road)
    road.at(2)
    assert (road.one().trip, other_trips(road)) == ("T2", ["T3"])
    assert lines(road) == ["abcd-dispatch", "evil-dispatch"]
    response_acts.contact(road.desk(), road.one().response, "carrier", "evil-dispatch", "no_answer")
    # One that is announced while the response goes on is told too; one that was over before it is not.
    announce(road, "T4", "LATE")
    road.at(3)
    assert other_trips(road) == ["T3", "T4"]
    assert len(started(road.log)) == 1


def test_the_trip_that_could_be_evidence_of_a_crossing_comes_before_one_that_could_not(road: Road) -> None:
    put_contacts(road.log, CONTACTS + OTHERS, "luz")
    announce(road, "T0", "EVIL")
    said = TripOpened("export", "ABCD", road.begun + timedelta(hours=5), "X-1")
    trip_acts.open_(road.custody, "T1", said, actor="tester", origin="live")
    hold(road)
    road.at(1)
    assert (road.one().trip, other_trips(road)) == ("T1", ["T0"])
    # Its seal was opened on the road: that is what the crossing has evidence of, and nobody else is to be called.
    road.at(19, opened(road.part(0, 10), 4, 6))
    road.at(20)
    people = next(each for each in Responses(Custody(road.log)).open() if each.kind == "people")
    told = shown(Custody(road.log), Alerts(road.log), people)
    assert ([each.contact for each in told.carrier_lines], told.other_trips) == (["abcd-dispatch"], [])


def test_signs_of_people_in_a_trip_call_nobody_of_another_for_its_crossing(road: Road) -> None:
    put_contacts(road.log, CONTACTS + OTHERS, "luz")
    announce(road, "T2", "ABCD")
    announce(road, "T3", "EVIL")
    response_acts.signs(road.log, "T2", ("call",), "", actor="luz", origin="live")
    road.at(1)
    hold(road)
    road.at(2)
    assert (road.one().trip, len(road.one().causes)) == ("T2", 2)
    assert (lines(road), other_trips(road)) == (["abcd-dispatch"], [])


def test_a_hold_is_answered_though_its_trip_was_over_when_the_watch_looked(road: Road) -> None:
    announce(road, "T2", "ABCD")
    hold(road)
    road.now += timedelta(seconds=5)
    trip_acts.discharge(road.custody, "T2", Discharged("customs"), actor="tester", origin="live")
    road.responding.look()
    assert road.one().trip == "T2"
