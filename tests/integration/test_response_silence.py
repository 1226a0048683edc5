"""A truck that falls silent beside others that are heard, or whose device says that it is jammed, is answered as theft
is; a jammed road is not, nor is a silence that nobody can tell to be the truck's own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from road_scene import START, Road, blocks_of
from sealed import MINUTE
from straight import on_the_road

from aforo.answers.road_response import RoadResponse
from aforo.custody import limits
from aforo.custody.response_plan import shipped
from aforo.domain.clock import microseconds
from aforo.domain.reading import READING_KINDS
from aforo.flow import alert_acts
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody
from aforo.flow.response_acts import Desk, end
from aforo.flow.response_documents import put_plan
from aforo.flow.response_watch import Responding
from aforo.flow.responses import Responses

NAMES = [f"T{number}" for number in range(1, 6)]


def answered(road: Road) -> list[RoadResponse]:
    Responding(road.custody).look()
    return Responses(road.custody).all()


def beside(road: Road, until: int) -> list[int]:
    """Five trucks drive together, and the first falls silent in the twentieth minute; the minutes, up to one, in which
    there was a response."""
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 80), trip) for trip in NAMES}
    found = []
    for number in range(until // 10):
        heard = NAMES if number < 2 else NAMES[1:]
        for minute, said in ((number * 10 + 9, heard), (number * 10 + 11, [])):
            road.at(minute, *(blocks[trip][number] for trip in said))
            if answered(road):
                found.append(minute)
    return found


def test_a_truck_that_is_silent_while_those_beside_it_are_heard_starts_a_response_once(tmp_path: Path) -> None:
    road = Road(tmp_path, *NAMES)
    minutes = beside(road, 60)
    (alert,) = Alerts(road.log).open()
    assert alert.kind == "custody_silent"
    assert minutes[0] > (alert.raised_at - START).total_seconds() / 60, "it waits for what is stated of the road"
    (response,) = answered(road)
    assert (response.kind, response.trip, response.response) == ("theft", "T1", alert.alert_id)
    # Its clock runs from when it was known to be one.
    assert response.started_at == START + timedelta(minutes=minutes[0])
    assert response.due("own") - response.started_at == timedelta(minutes=10)
    assert response.due("contact") - response.started_at == timedelta(minutes=10)
    # Whoever begins anew says it no second time.
    assert Responding(Custody(road.log)).look().started == 0


def test_limits_by_which_a_silence_is_the_trucks_own_start_a_response_from_when_they_are_in_force(
    tmp_path: Path,
) -> None:
    """Of four beside each of two silent trucks three are heard."""
    road = Road(tmp_path, *NAMES)
    watch = Responding(road.custody)  # goes on, and reads nothing again
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 80), trip) for trip in NAMES}
    for number in range(6):
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in (NAMES if number < 2 else NAMES[1:4])))
        assert watch.look().started == 0
    assert road.open() == [("custody_silent", "trip/T1"), ("custody_silent", "trip/T5")]
    told = road.caused()[-1].causes[0]
    assert (told.heard, told.expected) == (3, 5)
    road.now += timedelta(minutes=1)
    text = limits.shipped_document().decode()
    road.put(text.replace("heard = { share = 0.95", "heard = { share = 0.7").encode())
    road.look()
    assert watch.look().started == 2
    found = Responses(road.custody).all()
    assert sorted(each.trip for each in found) == ["T1", "T5"]
    assert {each.started_at for each in found} == {road.now}, "nobody could answer it before"
    assert {each.withdrawn for each in (road.caused("T1")[-1], road.caused("T5")[-1])} == {()}


def test_who_acknowledged_the_silence_before_has_the_response_from_its_start(tmp_path: Path) -> None:
    road = Road(tmp_path, *NAMES)
    assert beside(road, 30) == []
    (alert,) = Alerts(road.log).open()
    alert_acts.acknowledge(Alerts(road.log), alert.alert_id, "eva")
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 80), trip) for trip in NAMES[1:]}
    for number in range(3, 6):
        road.at(number * 10 + 9, *(each[number] for each in blocks.values()))
        answered(road)
    (response,) = answered(road)
    assert (response.owner, response.owned_at) == ("eva", response.started_at)


def test_one_that_was_heard_again_before_that_was_known_starts_none(tmp_path: Path) -> None:
    road = Road(tmp_path, *NAMES)
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 80), trip) for trip in NAMES}
    for number in range(8):
        heard = NAMES if number != 2 else NAMES[1:]
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in heard))
        if number == 2:
            road.at(31)
            assert road.open() == [("custody_silent", "trip/T1")]
            road.at(32, blocks["T1"][2])
        assert answered(road) == []


def test_its_end_settles_the_alert_and_those_that_fall_silent_together_start_none(tmp_path: Path) -> None:
    road = Road(tmp_path, *NAMES)
    beside(road, 60)
    (response,) = answered(road)
    end(Desk(Responses(road.custody), Alerts(road.log), "luz"), response.response, "lost")
    assert road.open() == []
    # Of those that were heard a moment ago nobody can tell that it is theirs alone.
    road.at(72)
    assert [kind for kind, _ in road.open()] == ["custody_silent"] * 4
    assert [each.ending for each in answered(road)] == ["lost"]


def test_a_silence_of_which_nothing_is_said_starts_none(tmp_path: Path) -> None:
    road = Road(tmp_path, "T1")
    road.at(9, *blocks_of(on_the_road(microseconds(START), 5)))
    road.at(60)
    assert road.open() == [("custody_silent", "trip/T1")]
    assert answered(road) == []


def alarmed(road: Road) -> None:
    """The only truck of its road says in its last readings that it is jammed."""
    readings = on_the_road(microseconds(START), 10)
    readings["kind"][8:] = READING_KINDS.index("jammed")
    road.at(19, *blocks_of(readings))


def test_a_device_that_says_that_it_is_jammed_starts_a_response(tmp_path: Path) -> None:
    road = Road(tmp_path, "T1")
    alarmed(road)
    assert road.open() == [("custody_silent", "trip/T1")]
    (response,) = answered(road)
    assert (response.kind, response.trip) == ("theft", "T1")
    assert response.started_at == road.now


def test_a_jammed_road_starts_none(tmp_path: Path) -> None:
    names = [f"T{number}" for number in range(1, 7)]
    road = Road(tmp_path, *names, "T7", "T8")
    rows = {trip: on_the_road(microseconds(START), 40) for trip in (*names, "T7", "T8")}
    for each in ("T7", "T8"):
        ahead = on_the_road(microseconds(START), 80)
        ahead["at"] -= 80 * MINUTE
        rows[each] = ahead[40:80]
    blocks = {trip: blocks_of(readings, trip) for trip, readings in rows.items()}
    for number in range(6):
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in (*(names if number < 2 else ()), "T7", "T8")))
        assert answered(road) == []
    assert ("road_jammed", "road/straight") in [(kind, subject) for kind, subject in road.open()] or [
        kind for kind, _ in road.open()
    ] == ["road_jammed"]


@pytest.mark.parametrize(("starts", "count"), [("start = []\n", 0), ("", 1)])
def test_what_starts_one_is_the_plan_s_to_say(tmp_path: Path, starts: str, count: int) -> None:
    road = Road(tmp_path, "T1")
    text = shipped().decode()
    first, last = text.index("[[theft.start]]"), text.index("[[theft.step]]")
    put_plan(road.log, (text[:first] + text[last:]).replace("[theft]\n", "[theft]\n" + starts).encode(), "luz")
    alarmed(road)
    assert len(answered(road)) == count


def test_a_halt_starts_one_where_the_plan_says_so(tmp_path: Path) -> None:
    text = shipped().decode().replace('on = "custody_broken"', 'on = "trip_stopped"')
    for number, document in enumerate((shipped(), text.encode())):
        folder = tmp_path / str(number)
        folder.mkdir()
        road = Road(folder, "T1")
        put_plan(road.log, document, "luz")
        halted = on_the_road(microseconds(START), 20)
        for place in ("latitude", "longitude"):
            halted[place][5:] = halted[place][5]
        road.at(39, *blocks_of(halted))
        assert ("trip_stopped", "trip/T1") in road.open()
        assert len(answered(road)) == number
