"""A line that stalls: the wait is a lower bound that grows with the clock, and every truck that stands is counted."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pytest

from aforo.domain.bridge import LANE_CLASSES, LaneClass, ReadPlace
from aforo.ports.reads import MINUTE, NO_LANE, Reads, together
from aforo.ports.waits import HOUR, LaneWaits, Published, estimated, gates

START = 1_767_600_000_000_000 // HOUR * HOUR
#: The minute in which nobody passes primary any more.
STALLS_AT = 180


def reads(minutes: np.ndarray, trucks: np.ndarray, lanes: np.ndarray | None = None) -> Reads:
    """A reading of each truck, by its number; `lanes` are places in LANE_CLASSES."""
    at = START + np.rint(np.asarray(minutes) * MINUTE).astype(np.int64)
    count = len(at)
    lane = np.full(count, NO_LANE, np.int64) if lanes is None else lanes.astype(np.int64)
    plates = (np.asarray(trucks) + 1).astype(np.uint64)
    return together([Reads(at, plates, np.zeros(count, np.uint64), lane, np.ones(count, np.int64))])


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


@dataclass
class Line:
    """One truck a minute, each 30 minutes in line, until nobody passes; trucks go on to come until `until`."""

    until: int = 2 * STALLS_AT
    wait: float = 30.0

    def places(self, now: float, **more: Reads) -> dict[ReadPlace, Reads]:
        come = np.arange(self.until, dtype=float)
        served = np.flatnonzero(come + self.wait < STALLS_AT)
        told: dict[ReadPlace, Reads] = {
            "queue_end": reads(come, np.arange(len(come))),
            "primary": reads(come[served] + self.wait, served),
        }
        for place, each in more.items():
            own: ReadPlace = msgspec.convert(place, ReadPlace)
            told[own] = together([told[own], each]) if own in told else each
        return {place: each.where(each.at <= at(now)) for place, each in told.items()}


def every(
    places: dict[ReadPlace, Reads],
    now: float,
    closed: bool = False,
    published: dict[LaneClass, Published] | None = None,
) -> LaneWaits:
    return estimated(gates(places, at(now)), published or {}, at(now), closed)[0]


@pytest.mark.parametrize("minutes", [16, 30, 47, 60, 61, 90, 120, 180])
def test_while_nobody_passes_the_wait_and_the_line_grow_with_the_clock(minutes: int) -> None:
    now = STALLS_AT + minutes
    told = every(Line().places(now), now)
    assert told.missing is None
    assert told.stalled_since == at(STALLS_AT - 1)
    assert told.now is not None
    assert told.now.at_least
    assert (told.now.at, told.now.minutes.high) == (at(now), None)
    # The head of the line came 30 minutes before it stalled; the bound stays below, by a few trucks at most.
    assert 30 + minutes - 5 <= told.now.minutes.value <= 30 + minutes + 1
    assert told.queue == pytest.approx(30 + minutes, abs=2)


def test_a_line_that_moves_is_no_bound() -> None:
    told = every(Line().places(STALLS_AT), STALLS_AT)
    assert told.now is not None
    assert (told.now.at_least, told.stalled_since) == (False, None)
    assert told.now.minutes.value == pytest.approx(30, abs=2)
    paused = every(Line().places(STALLS_AT + 10), STALLS_AT + 10)
    assert paused.stalled_since is None, "a break of ten minutes is none"


def test_a_wait_that_stalls_is_told_though_an_agency_published_a_calm_one() -> None:
    now = STALLS_AT + 120
    lanes = np.full(STALLS_AT, LANE_CLASSES.index("standard"))
    places = Line().places(now)
    places["primary"] = msgspec.structs.replace(places["primary"], lane=lanes[: len(places["primary"])])
    calm: dict[LaneClass, Published] = {"standard": Published(at(now), "cbp-bwt", 5)}
    told = {each.lane: each for each in estimated(gates(places, at(now)), calm, at(now))}
    for lane in (None, "standard"):
        own = told[lane].now
        assert own is not None
        assert (own.source, own.at_least) == ("reads", True)
        assert own.minutes.value > 140


def test_a_bound_never_says_more_than_the_truck_at_the_head_has_waited() -> None:
    """Lines with gaps, overtaking, unread trucks and trucks that turn back: the bound holds in every draw."""
    for seed in range(40):
        draw = np.random.default_rng(seed)
        come = np.sort(draw.uniform(0, 360, 500))
        wait = float(draw.uniform(5, 90))
        reach = come + wait * draw.uniform(0.8, 1.2, len(come))
        turned = draw.random(len(come)) < 0.02
        passes = (reach < STALLS_AT) & ~turned
        seen = draw.random(len(come)) < 0.95
        trucks = np.arange(len(come))
        now = STALLS_AT + float(draw.uniform(20, 170))
        places: dict[ReadPlace, Reads] = {
            "queue_end": reads(come, trucks),
            "primary": reads(reach[passes & seen], trucks[passes & seen]),
        }
        told = every({name: each.where(each.at <= at(now)) for name, each in places.items()}, now)
        standing = come[~passes & ~turned & (come <= now)]
        assert told.now is not None
        assert told.now.at_least
        assert told.now.minutes.value <= now - standing.min(), seed
        assert told.now.minutes.value >= 0.6 * (now - standing.min()), (seed, "it is no calm wait either")
        assert told.queue == pytest.approx(len(standing), rel=0.2, abs=8), seed


def test_trucks_that_leave_unread_at_primary_show_that_its_reader_is_silent() -> None:
    now, gone = STALLS_AT + 50, np.arange(150, 190)
    left = reads(gone + 45.0, gone)
    told = every(Line().places(now, exit=left), now)
    assert (told.stalled_since, told.missing) == (None, None)
    later = every(Line().places(now + 60, exit=left), now + 60)
    assert (later.stalled_since, later.missing, later.now) == (None, "silent", None)
    # Those that had passed primary before it stalled may leave as long as they like.
    before = np.arange(100, 150)
    told = every(Line().places(now, exit=reads(before + 90.0, before)), now)
    assert told.stalled_since == at(STALLS_AT - 1)


def test_where_the_end_of_the_queue_is_not_heard_either_nobody_knows() -> None:
    quiet = Line(until=STALLS_AT)
    assert every(quiet.places(STALLS_AT + 30), STALLS_AT + 30).stalled_since is None
    told = every(quiet.places(STALLS_AT + 62), STALLS_AT + 62)
    assert (told.missing, told.now, told.queue, told.stalled_since) == ("silent", None, None, None)


def test_a_bound_is_as_old_as_the_last_that_was_heard_at_the_end_of_the_queue() -> None:
    told = every(Line(until=STALLS_AT + 40).places(STALLS_AT + 80), STALLS_AT + 80)
    assert told.now is not None
    assert (told.now.at, told.now.at_least) == (at(STALLS_AT + 39), True)
    gone = every(Line(until=STALLS_AT + 40).places(STALLS_AT + 100), STALLS_AT + 100)
    assert (gone.missing, gone.now) == ("silent", None)


def test_a_truck_that_stands_before_the_reader_at_the_end_is_heard_there() -> None:
    """The line reaches beyond its reader: no more trucks come, and the last one is read again and again."""
    minutes = np.arange(STALLS_AT + 40.0, STALLS_AT + 150.0, 5.0)
    stands = reads(minutes, np.full(len(minutes), STALLS_AT + 39))
    now = STALLS_AT + 150
    told = every(Line(until=STALLS_AT + 40).places(now, queue_end=stands), now)
    assert told.now is not None
    assert (told.now.at, told.now.at_least) == (at(now), True)
    assert told.now.minutes.value == pytest.approx(178, abs=4)
    assert told.queue == pytest.approx(70, abs=2), "it is one truck, however often it is read"


def test_a_bridge_at_which_few_trucks_come_does_not_stall() -> None:
    come = np.array([0.0, 60, 120, 165, 175, 185, 195])
    places: dict[ReadPlace, Reads] = {
        "queue_end": reads(come, np.arange(7)),
        "primary": reads(come[:3] + 10, np.arange(3)),
    }
    told = every(places, 196)
    assert told.stalled_since is None, "four trucks are no line that stalls"


def test_a_closed_bridge_does_not_stall() -> None:
    now = STALLS_AT + 240
    told = every(Line(until=now).places(now), now, closed=True)
    assert (told.missing, told.now, told.stalled_since) == ("closed", None, None)
    assert told.queue == pytest.approx(270, abs=2)


def test_one_class_stalls_and_the_other_moves() -> None:
    """Two classes that come in turns. What came longer ago than two hours still counts."""
    now = STALLS_AT + 170
    come, trucks = np.arange(0, now, 0.5), np.arange(2 * now)
    fast = trucks % 2 == 0
    wait = np.where(fast, 5.0, 30.0)
    passes = (come + wait < now) & (fast | (come + wait < STALLS_AT))
    lanes = np.where(fast, LANE_CLASSES.index("fast"), LANE_CLASSES.index("standard"))
    places: dict[ReadPlace, Reads] = {
        "queue_end": reads(come, trucks, lanes),
        "primary": reads((come + wait)[passes], trucks[passes], lanes[passes]),
    }
    told = {each.lane: each for each in estimated(gates(places, at(now)), {}, at(now))}
    moving, standing, both = told["fast"].now, told["standard"].now, told[None].now
    assert moving is not None
    assert standing is not None
    assert both is not None
    assert not moving.at_least
    assert moving.minutes.value == pytest.approx(5, abs=2)
    assert told["standard"].stalled_since == pytest.approx(at(STALLS_AT), abs=2 * MINUTE)
    assert standing.at_least
    assert 185 <= standing.minutes.value <= 200
    assert told[None].stalled_since is None, "trucks pass"
    assert both.at_least
    assert both.minutes.value > 150, "nearly all that stand there stand in the line that stalls"
    assert told["standard"].queue == pytest.approx(200, rel=0.1)
    assert told[None].queue == pytest.approx(205, rel=0.1)


def test_all_classes_stall_and_trucks_of_no_known_class_go_on_to_come() -> None:
    """Their shares were read at primary, which has said nothing for longer than these are looked at."""
    now = STALLS_AT + 170
    come, trucks = np.arange(0, now, 0.5), np.arange(2 * now)
    fast = trucks % 2 == 0
    wait = np.where(fast, 5.0, 30.0)
    passes = come + wait < STALLS_AT
    lanes = np.where(fast, LANE_CLASSES.index("fast"), LANE_CLASSES.index("standard"))
    places: dict[ReadPlace, Reads] = {
        "queue_end": reads(come, trucks),
        "primary": reads((come + wait)[passes], trucks[passes], lanes[passes]),
    }
    told = {each.lane: each for each in estimated(gates(places, at(now)), {}, at(now))}
    assert told[None].queue == pytest.approx(200 + 175, rel=0.05)
    assert told["fast"].queue == pytest.approx(175, rel=0.1)
    assert told["standard"].queue == pytest.approx(200, rel=0.1)
    for lane in (None, "fast", "standard"):
        own = told[lane].now
        assert own is not None
        assert own.at_least
        assert own.minutes.value > 165, lane


def test_a_line_that_begins_to_move_has_no_rate_of_two_trucks() -> None:
    first = np.arange(150, 153)
    now = 2 * STALLS_AT + 3
    told = every(Line(until=now).places(now, primary=reads(2 * STALLS_AT + np.arange(3.0), first)), now)
    assert told.now is not None
    assert (told.now.at_least, told.stalled_since) == (True, None)
    assert told.now.minutes.value == pytest.approx(207, abs=4)
    moving = np.arange(150, 270)
    read = reads(2 * STALLS_AT + np.arange(120) / 2, moving)
    later = every(Line(until=now + 60).places(now + 60, primary=read), now + 60)
    assert later.now is not None
    assert not later.now.at_least
