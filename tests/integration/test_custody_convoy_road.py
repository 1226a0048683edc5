"""Trucks that set out together, on the road: who is apart is one alert, and who arrives neither makes nor ends it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from road_scene import START, Road, blocks_of, drive
from sealed import MINUTE

from aforo.custody.case import NEVER
from aforo.domain.clock import microseconds
from aforo.domain.reading import Readings
from aforo.domain.trip import Discharged, TripCause
from aforo.flow import trip_acts
from aforo.flow.custody_facts import facts_of_trips
from aforo.flow.custody_watch import CustodyWatch


def convoy_of(folder: Path, *trips: str) -> Road:
    road = Road(folder, *trips)
    for trip in trips:
        road.announce(trip, convoy="night")
    return road


def halting(count: int) -> Readings:
    """A drive that stands from its twelfth minute on."""
    made = drive(count)
    gone = np.minimum(np.arange(count), 6)
    for column in ("latitude", "longitude"):
        made[column] = made[column][gone]
    return made


def split_of(road: Road, trip: str) -> list[TripCause]:
    return [each for each in road.caused(trip)[-1].causes if each.kind == "convoy_split"] if road.caused(trip) else []


def never_withdrawn(road: Road, *trips: str) -> bool:
    return not [gone for trip in trips for each in road.caused(trip) for gone in each.withdrawn]


@pytest.mark.parametrize("first", ["T1", "T2"])
def test_a_convoy_that_is_split_is_one_alert_and_stays_one_when_its_trucks_arrive(tmp_path: Path, first: str) -> None:
    road = convoy_of(tmp_path, "T1", "T2")
    blocks = {"T1": blocks_of(drive(45)), "T2": blocks_of(halting(45), "T2")}
    road.at(59, *(block for own in blocks.values() for block in own[:6]))
    assert ("convoy_split", "convoy/ABCD/night") in road.open()
    assert sum(each[0] == "convoy_split" for each in road.open()) == 1
    began = {trip: [each.since for each in split_of(road, trip)] for trip in blocks}
    road.now = START + timedelta(minutes=62)
    trip_acts.discharge(road.custody, first, Discharged("customs"), actor="tester", origin="live")
    road.look()
    other = "T2" if first == "T1" else "T1"
    for number in (6, 7):
        road.at(number * 10 + 9, blocks[other][number])
        road.watch.custody.save()
        road.watch = CustodyWatch(road.log)
    trip_acts.discharge(road.custody, other, Discharged("customs"), actor="tester", origin="live")
    road.at(80)
    for trip in blocks:
        assert [each.since for each in split_of(road, trip)] == began[trip]
        assert [each.until for each in split_of(road, trip)] == [microseconds(START) + 62 * MINUTE]
        assert "split" in [each.code for each in facts_of_trips([road.custody.trip(trip)])]
    assert never_withdrawn(road, *blocks)
    assert ("convoy_split", "convoy/ABCD/night") in road.open()


def test_the_first_of_three_to_arrive_splits_nobody(tmp_path: Path) -> None:
    """Two drive beside each other, the third is far behind: it alone is split, also when one of the two has arrived."""
    road = convoy_of(tmp_path, "T1", "T2", "T3")
    blocks = {"T1": blocks_of(drive(45)), "T2": blocks_of(halting(45), "T2"), "T3": blocks_of(drive(45), "T3")}
    road.at(59, *(block for own in blocks.values() for block in own[:6]))
    assert [len(split_of(road, trip)) for trip in blocks] == [0, 1, 0]
    trip_acts.discharge(road.custody, "T3", Discharged("customs"), actor="tester", origin="live")
    for number in (6, 7, 8):
        road.at(number * 10 + 9, blocks["T1"][number], blocks["T2"][number])
    assert [len(split_of(road, trip)) for trip in blocks] == [0, 1, 0]
    assert never_withdrawn(road, *blocks)
    assert split_of(road, "T2")[0].until == NEVER, "one of the others goes on"


def test_who_names_a_convoy_after_all_of_it_arrived_begins_another(tmp_path: Path) -> None:
    road = convoy_of(tmp_path, "T1", "T2")
    road.at(59, *blocks_of(drive(30)), *blocks_of(halting(30), "T2"))
    for trip in ("T1", "T2"):
        trip_acts.discharge(road.custody, trip, Discharged("customs"), actor="tester", origin="live")
    road.at(60)
    road.announce("T3", convoy="night")
    assert [each.trip for each in road.custody.set_out_with("T3")] == ["T3"]
    # What is looked at again is held against those that it set out with.
    road.custody.save()
    anew = CustodyWatch(road.log)
    anew.custody.touch(["T1", "T2"])
    anew.look()
    assert [len(split_of(road, trip)) for trip in ("T1", "T2")] == [1, 1]
    assert never_withdrawn(road, "T1", "T2")
