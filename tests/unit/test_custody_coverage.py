"""What all devices on a road say of it: a stretch that somebody jams, and all that looks like it and is not."""

from __future__ import annotations

import msgspec
import numpy as np
from driven import LIMITS, NO_FENCES, ROAD, driven, trip
from sealed import MINUTE, SEALING, START

from aforo.custody.caused import caused
from aforo.custody.causes import causes, driven_by
from aforo.custody.coverage import coverage, others_heard
from aforo.custody.route import Driven
from aforo.domain.reading import Readings
from aforo.domain.trip import Covered
from aforo.flow.causes_asked import alert_of

DAY = START + 10 * 60 * MINUTE
SEALED = msgspec.structs.replace(SEALING, since=DAY - 60 * MINUTE)
#: Trucks three minutes apart, at some 80 km/h; a quarter of an hour when most of them are on the road.
TRUCKS = 20
WINDOWS = [(DAY + at * MINUTE, DAY + (at + 15) * MINUTE) for at in range(60, 165, 15)]
LATER = DAY + 400 * MINUTE


def fleet() -> list[Readings]:
    return [
        driven([(0, 0, 0), (170, ROAD.length, 0)], start=DAY + 3 * number * MINUTE, every=MINUTE)
        for number in range(TRUCKS)
    ]


def unheard(readings: Readings, since_km: float, until_km: float, since: float = 0, until: float = 1_000) -> Readings:
    """Without what was said on a stretch of the road, between two minutes of the day."""
    points = ROAD.along(readings["latitude"], readings["longitude"])[1] / 1_000
    at = (readings["at"] - DAY) / MINUTE
    return readings[~((points >= since_km) & (points < until_km) & (at >= since) & (at < until))]


def ways(every: list[Readings], known_by: int = LATER) -> dict[str, Driven]:
    return {
        f"d{number}": driven_by(trip(each, SEALED, size=1), SEALED, ROAD, known_by) for number, each in enumerate(every)
    }


def stated(every: list[Readings], known_by: int = LATER) -> tuple[Covered, ...]:
    return coverage(ways(every, known_by), ROAD, WINDOWS, known_by, LIMITS)


def jammed(every: list[Readings], known_by: int = LATER) -> list[Covered]:
    return [each for each in stated(every, known_by) if each.jammed]


def test_a_road_on_which_all_are_heard_says_nothing() -> None:
    assert stated(fleet()) == ()
    assert coverage({}, ROAD, WINDOWS, LATER, LIMITS) == ()
    assert coverage(ways(fleet()), ROAD, [], LATER, LIMITS) == ()


def test_a_stretch_on_which_all_go_silent_is_jammed() -> None:
    made = jammed([unheard(each, 80, 105) for each in fleet()])
    assert made
    for each in made:
        along = ROAD.along(np.array([each.place.latitude]), np.array([each.place.longitude]))[1][0] / 1_000
        assert 75 < along < 110
        assert each.heard * 5 < each.expected
        assert each.expected >= LIMITS.coverage.least.count


def test_one_truck_that_is_silent_is_no_jam_and_the_others_are_counted() -> None:
    every = fleet()
    every[5] = unheard(every[5], 80, 105)
    made = stated(every)
    assert made
    assert not any(each.jammed for each in made)
    assert max(each.heard / each.expected for each in made) > 0.5


def test_silence_in_a_stated_dead_zone_is_the_roads_own() -> None:
    """Three of ten are heard there: that none of five is says nothing; on a stretch without a word it does."""
    zone = ROAD.corridor.dead_zones[0]
    assert jammed([unheard(each, zone.from_km, zone.until_km) for each in fleet()]) == []
    assert jammed([unheard(each, zone.from_km + 20, zone.until_km + 20) for each in fleet()]) != []


def test_a_road_that_is_silent_from_end_to_end_is_a_receiver_that_is_down() -> None:
    assert jammed([unheard(each, -1, 300, 100, 140) for each in fleet()]) == []


def test_what_comes_later_was_not_heard_there_and_is_not_known_before() -> None:
    every = [unheard(each, 80, 105) for each in fleet()]
    assert jammed(every, DAY + 60 * MINUTE) == []
    assert jammed(every, DAY + 110 * MINUTE) != []


def test_in_any_order_the_same_is_stated() -> None:
    every = [unheard(each, 80, 105) for each in fleet()]
    turned = [each[::-1] for each in every]
    assert stated(every) == stated(turned)


def test_a_jammed_road_is_one_alert_for_all_its_trucks() -> None:
    every = [unheard(each, 80, 105) for each in fleet()]
    said = tuple((each.until, each) for each in stated(every))
    alerts: dict[tuple[str, str], set[int]] = {}
    for number, each in enumerate(every):
        found = causes(trip(each, SEALED, size=1, covered=said), SEALED, ROAD, NO_FENCES, LATER, LIMITS)
        told = caused(None, found, (), LIMITS)
        for cause in () if told is None else told.causes:
            alerts.setdefault(alert_of(cause, f"t{number}"), set()).add(number)
    ((kind, subject),) = (each for each, trips in alerts.items() if len(trips) > 1)
    assert (kind, subject) == ("road_jammed", f"road/{ROAD.corridor.id}")
    assert len(alerts[kind, subject]) > 10


def test_nearly_all_others_are_heard_where_as_many_are_as_is_usual() -> None:
    """The silent one is among those that were expected."""
    share = LIMITS.coverage.heard.share
    for heard, expected, alone in (
        (0, 0, False), (0, 1, False), (1, 2, True), (0, 2, False), (4, 5, True), (3, 5, False), (19, 20, True),
        (18, 20, share <= 18 / 19), (39, 42, share <= 39 / 41), (38, 42, share <= 38 / 41),
    ):  # fmt: skip
        assert others_heard(heard, expected, LIMITS) == alone, (heard, expected)
