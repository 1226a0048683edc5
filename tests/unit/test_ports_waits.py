"""Waits from readings: known queues are found again, whatever is lost, repeated or out of order on the way."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from aforo.domain.bridge import LANE_CLASSES, LaneClass, ReadPlace
from aforo.domain.clock import microseconds
from aforo.ports.reads import MINUTE, NO_LANE, Reads, matched, nothing, passings, together
from aforo.ports.waits import HOUR, LaneWaits, Published, gates, hourly
from aforo.ports.waits import estimated as estimated_of

START = 1_767_600_000_000_000 // HOUR * HOUR


def reads(
    minutes: Sequence[float],
    plates: Sequence[int] | None = None,
    tags: Sequence[int] | None = None,
    lane: LaneClass | None = None,
    reader: int = 1,
) -> Reads:
    count = len(minutes)
    made = Reads(
        START + np.array([round(each * MINUTE) for each in minutes], np.int64),
        np.array(plates or [0] * count, np.uint64),
        np.array(tags or [0] * count, np.uint64),
        np.full(count, NO_LANE if lane is None else LANE_CLASSES.index(lane), np.int64),
        np.full(count, reader, np.int64),
    )
    return together([made])


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def estimated(
    places: dict[ReadPlace, Reads], published: dict[LaneClass, Published], now: int, closed: bool = False
) -> list[LaneWaits]:
    return estimated_of(gates(places, now), published, now, closed)


def by_lane(told: list[LaneWaits]) -> dict[LaneClass | None, LaneWaits]:
    return {each.lane: each for each in told}


def test_what_comes_twice_or_late_is_once_and_in_order() -> None:
    early, late = reads([1, 2], [7, 8]), reads([2, 3], [8, 9])
    both = together([late, early, late])
    assert ((both.at - START) // MINUTE).tolist() == [1, 2, 3]
    assert both.plate.tolist() == [7, 8, 9]
    assert len(together([early, msgspec.structs.replace(early, reader=early.reader + 1)])) == 4
    assert len(together([])) == len(nothing()) == 0


def test_a_truck_that_stands_is_one_passing_and_one_that_comes_again_is_another() -> None:
    creeping = reads([0, 5, 14, 23, 60], [7, 7, 7, 7, 7])
    assert ((passings(creeping).at - START) // MINUTE).tolist() == [0, 60]
    unread = reads([0, 1], [0, 0])
    assert len(passings(unread)) == 2


def test_trucks_are_found_again_by_tag_before_plate_each_once() -> None:
    origin = reads([0, 1, 2, 3], [7, 8, 0, 10], [0, 20, 30, 0])
    destination = reads([10, 11, 12, 13], [7, 99, 0, 0], [0, 20, 30, 0])
    assert matched(origin, destination).tolist() == [0, 1, 2, -1]
    # It turned back and came again: the earlier passing is no wait.
    assert matched(reads([0, 30], [7, 7]), reads([40], [7])).tolist() == [-1, 0]
    # Nobody waits for longer than a day, and nobody arrives before he came.
    assert matched(reads([0], [7]), reads([24 * 60 + 1], [7])).tolist() == [-1]
    assert matched(reads([5], [7]), reads([4], [7])).tolist() == [-1]
    assert matched(nothing(), reads([4], [7])).tolist() == []
    assert matched(reads([4], [7]), nothing()).tolist() == [-1]


def steady(wait: float, hours: int = 3, readable: float = 1.0, lane: LaneClass | None = None) -> dict[ReadPlace, Reads]:
    """A truck a minute, each waiting as long and crossing for twenty minutes more; the last is at primary at the end
    of the hours."""
    count = hours * 60
    come = np.arange(count, dtype=float)
    lost = np.random.default_rng(3).random((3, count)) >= readable
    plates = [np.where(lost[row], 0, np.arange(1, count + 1)).tolist() for row in range(3)]
    end, primary = reads(come.tolist(), plates[0]), reads((come + wait).tolist(), plates[1], lane=lane)
    now = START + hours * HOUR
    places: dict[ReadPlace, Reads] = {
        "queue_end": end,
        "primary": primary,
        "exit": reads((come + wait + 20).tolist(), plates[2]),
    }
    return {name: each.where(each.at <= now) for name, each in places.items()}


def test_a_steady_queue_is_measured_and_foretold() -> None:
    (told,) = estimated(steady(30.0), {}, START + 3 * HOUR)
    assert told.missing is None
    assert told.waits is not None
    assert told.waits.p95 is not None
    assert (told.waits.trucks, told.waits.p50.value, told.waits.p95.value, told.waits.buffer_time) == (60, 30, 30, 0)
    assert told.crossings is not None
    assert told.crossings.p50.value == 50.0
    assert told.served == 60
    assert told.now is not None
    assert told.queue == 30.0
    assert told.now.minutes.value == 30.0
    assert told.now.minutes.low is not None
    assert told.now.minutes.low < 30 < (told.now.minutes.high or 0)
    assert (told.now.source, told.now.at) == ("reads", at(179))


@pytest.mark.parametrize(("readable", "missing"), [(0.93, None), (0.8, "unreadable"), (0.0, "unreadable")])
def test_readings_are_used_where_more_than_85_in_100_could_be_read(readable: float, missing: str | None) -> None:
    (told,) = estimated(steady(30.0, 6, readable), {}, START + 6 * HOUR)
    assert told.missing == missing
    assert (told.waits is None) == (told.queue is None) == (told.now is None) == (missing is not None)
    if told.waits is not None:
        assert told.waits.p50.value == 30.0
        assert told.queue == pytest.approx(30, abs=3)


def test_a_reader_at_primary_that_misses_trucks_altogether_does_not_lengthen_the_wait() -> None:
    places = steady(30.0)
    seen = np.random.default_rng(5).random(len(places["primary"])) < 0.7
    (told,) = estimated(places | {"primary": places["primary"].where(seen)}, {}, START + 3 * HOUR)
    assert told.now is not None
    assert told.now.minutes.value == pytest.approx(30, abs=3)
    assert told.queue == pytest.approx(30, abs=3)


def test_where_readings_go_back_less_than_an_hour_primary_says_how_fast_it_goes() -> None:
    places = steady(10.0, hours=1)
    (told,) = estimated(places, {}, START + HOUR)
    assert (told.queue, told.served) == (10.0, None), "50 trucks within 49 minutes are no count of an hour"
    assert told.now is not None
    assert told.now.minutes.value == pytest.approx(10.0, abs=0.01)


def test_the_line_before_a_closed_bridge_stands_until_it_opens() -> None:
    places, now = steady(30.0), START + 3 * HOUR
    (before,) = estimated(places, {}, now)
    came = reads([180.0 + n for n in range(6)], list(range(901, 907)))
    late = {**places, "queue_end": together([places["queue_end"], came])}
    (night,) = estimated(late, {}, now + 5 * HOUR, closed=True)
    assert before.queue is not None
    assert (night.missing, night.now, night.queue) == ("closed", None, before.queue - 1 + 6), "one more was served"


def test_a_missing_figure_is_missing_and_never_zero() -> None:
    places = steady(30.0)
    now = START + 3 * HOUR
    assert estimated({}, {}, now) == [LaneWaits(None, missing="no_reads")]
    assert estimated({"queue_end": places["queue_end"]}, {}, now)[0].missing == "no_reads"
    (silent,) = estimated(places, {}, now + 2 * HOUR)
    assert (silent.missing, silent.queue, silent.now, silent.waits) == ("silent", None, None, None)
    strangers = msgspec.structs.replace(places["primary"], plate=places["primary"].plate + np.uint64(10_000))
    (nobody,) = estimated(places | {"primary": strangers}, {}, now)
    assert (nobody.missing, nobody.queue) == ("no_truck", None)
    (old,) = estimated(places, {}, now + 48 * HOUR)
    assert old.missing == "no_reads"


def test_a_line_whose_front_nobody_knows_is_missing_and_not_empty() -> None:
    """The reader at the end fell silent before the first of the line reached primary: nobody knows who stands there."""
    places: dict[ReadPlace, Reads] = {"queue_end": reads([0, 1, 2], [7, 8, 9]), "primary": reads([31, 33], [7, 8])}
    (told,) = estimated(places, {}, at(34))
    assert (told.missing, told.queue, told.now) == ("no_front", None, None)


def test_clocks_that_disagree_give_no_wait() -> None:
    places = steady(3.0)
    behind = msgspec.structs.replace(places["primary"], at=places["primary"].at - 6 * MINUTE)
    (told,) = estimated(places | {"primary": behind}, {}, START + 3 * HOUR)
    assert (told.missing, told.now) == ("clocks", None)


def test_published_waits_stand_in_where_readings_give_none_and_have_no_interval() -> None:
    now = START + 3 * HOUR
    published: dict[LaneClass, Published] = {
        "fast": Published(now - HOUR, "cbp-bwt", 10, 2),
        "standard": Published(now - HOUR, "cbp-bwt", None),
        "empty": Published(now - 4 * HOUR, "cbp-bwt", 25),
    }
    told = by_lane(estimated({}, published, now))
    fast = told["fast"].now
    assert fast is not None
    assert (fast.minutes.value, fast.minutes.low, fast.source, fast.at) == (10.0, None, "cbp-bwt", now - HOUR)
    assert told["standard"].now is None
    assert told["empty"].now is None, "it is too old to be of now"
    measured = by_lane(estimated(steady(30.0, lane="standard"), published, now))
    assert measured["standard"].now is not None
    assert measured["standard"].now.source == "reads"


def test_lane_classes_are_told_apart_where_readers_at_primary_watch_theirs() -> None:
    fast, standard = steady(10.0, lane="fast"), steady(60.0, lane="standard")
    shift = np.uint64(1_000)
    other = {
        name: msgspec.structs.replace(each, plate=each.plate + shift, reader=each.reader + 1)
        for name, each in standard.items()
    }
    places = {name: together([fast[name], other[name]]) for name in fast}
    told = by_lane(estimated(places, {}, START + 3 * HOUR))
    expected: dict[LaneClass, float] = {"fast": 10.0, "standard": 60.0}
    for lane, wait in expected.items():
        one = told[lane]
        assert one.waits is not None
        assert one.crossings is not None
        assert (one.waits.p50.value, one.crossings.p50.value) == (wait, wait + 20)
        assert one.queue == pytest.approx(wait, abs=3)
    whole = told[None]
    assert whole.queue == pytest.approx(70, abs=5)


def test_where_no_reader_stands_at_the_end_of_the_queue_the_bridge_is_where_it_begins() -> None:
    places = steady(30.0)
    moved: dict[ReadPlace, Reads] = {"bridge": places["queue_end"], "primary": places["primary"]}
    (told,) = estimated(moved, {}, START + 3 * HOUR)
    assert (told.since, told.queue) == ("bridge", 30.0)
    assert estimated(places, {}, START + 3 * HOUR)[0].since == "queue_end"


def test_waits_by_the_hour_in_which_they_ended() -> None:
    places = steady(30.0)
    # Primary was first read in the middle of the second.
    told = hourly(gates(places, START + 3 * HOUR), None, START + 3 * HOUR + 5, hours=4)
    assert [begins for begins, _ in told] == [START + hour * HOUR for hour in (-1, 0, 1, 2)]
    assert [None if each is None else each.trucks for _, each in told] == [None, None, 60, 60], (
        "primary was read from the middle of one hour on"
    )


def test_instants_are_exact() -> None:
    from datetime import UTC, datetime

    from aforo.domain.clock import instant

    when = datetime(2026, 1, 5, 6, 0, 0, 123_457, tzinfo=UTC)
    assert instant(microseconds(when)) == when
