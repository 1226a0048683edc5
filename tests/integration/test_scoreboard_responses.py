"""Times to response on the scoreboard: each response once, those without a time told, none under ten to the public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from boards import Written, a_border, truck

from aforo.domain.event import Payload, new_event
from aforo.domain.response import (
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseOwned,
    ResponseStarted,
)
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_events import behind
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.measures.estimates import Measured
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import number_of

DAY = datetime(2024, 3, 5, 18, tzinfo=UTC)
TIMES = ("time-to-owner", "time-to-contact", "time-to-scene")


class Road:
    """A log of a border, into which responses are written as they would be."""

    def __init__(self, folder: Path) -> None:
        self.now = DAY
        self.log = Log.open(f"sqlite:///{folder / 'log.sqlite'}", KeyStore(folder / "keys"), clock=lambda: self.now)
        a_border(datetime(2024, 3, 4, tzinfo=UTC), weeks=1).put(self.log)
        self.versions: dict[str, int] = {}

    def say(self, response: str, payload: Payload, minutes: float = 0.0) -> None:
        self.now = DAY + timedelta(minutes=minutes)
        version = self.versions[response] = self.versions.get(response, 0) + 1
        self.log.append(
            [
                new_event(
                    event_id(self.now), payload, f"response/{response}", version, occurred_at=self.now,
                    recorded_at=self.now, actor="luz",
                )
            ]
        )  # fmt: skip

    def start(self, response: str, trip: str, minutes: float = 0.0) -> None:
        at = DAY + timedelta(minutes=minutes)
        self.say(response, ResponseStarted("theft", trip, response, "custody_broken", at, at, at, at, ""), minutes)

    def figures(self, bridges: list[str] | None = None) -> dict[str, Measured]:
        board = Board(self.log)
        own = list(board.places.zones) if bridges is None else bridges
        day = number_of(DAY.date())
        (row,) = board.rows([board.measures.find(each) for each in TIMES], Asked(own, day, day, frozenset()))
        return {each.measure: each for each in row.figures}


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


def test_each_stage_has_its_time_and_what_has_none_is_told(road: Road) -> None:
    for n in range(3):
        road.start(f"R{n}", f"T{n}")
        road.say(f"R{n}", ResponseOwned("luz"), 1 + n)
    road.say("R0", ResponseContacted("carrier", "", "no_answer"), 2)
    road.say("R0", ResponseContacted("authority", "", "reached"), 4)
    road.say("R0", ResponseArrived("Guardia Nacional"), 30)
    told = road.figures()
    owner, contact, scene = (told[each] for each in TIMES)
    assert {each.name: each.value for each in owner.estimates} == {"mean": 2.0, "p50": 2.0}
    assert (owner.whole, owner.left_out) == (3, 0)
    assert (contact.whole, contact.left_out, contact.estimates[0].value) == (1, 2, 4.0)
    assert (scene.whole, scene.left_out, scene.estimates[0].value) == (1, 2, 30.0)
    (mean, *_) = owner.estimates
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low <= 2.0 <= mean.high


def test_what_joins_a_response_is_none_of_its_own_until_that_ends_without_having_seen_it(road: Road) -> None:
    road.start("R0", "T0")
    road.start("R1", "T0", 5)
    road.say("R0", ResponseOwned("luz"), 6)
    assert (road.figures()[TIMES[0]].whole, road.figures()[TIMES[0]].left_out) == (1, 0)
    road.say("R0", ResponseEnded("saved", 1), 8)
    told = road.figures()[TIMES[0]]
    assert (told.whole, told.left_out) == (1, 1)
    road.say("R1", ResponseOwned("luz"), 9)
    told = road.figures()[TIMES[0]]
    assert (told.whole, told.estimates[0].value) == (2, 5.0)
    road.say("R1", ResponseEnded("saved", 1), 10)
    road.start("R2", "T0", 11)
    assert road.figures()[TIMES[0]].left_out == 1


def test_of_one_bridge_or_of_none_there_is_no_figure_and_why(road: Road) -> None:
    missing = road.figures()[TIMES[0]].missing
    assert missing is not None
    assert missing.code == "no_response"
    road.start("R0", "T0")
    own = road.figures([next(iter(Board(road.log).places.zones))])[TIMES[0]].missing
    assert own is not None
    assert own.code == "not_by_bridge"


def test_the_saved_state_is_the_one_that_the_whole_log_makes(road: Road) -> None:
    road.start("R0", "T0")
    board = Board(road.log)
    board.save()
    road.say("R0", ResponseOwned("luz"), 3)
    after = road.figures()
    road.log.projections.drop(f"scoreboard/{board.places.mark}/2")
    assert road.figures() == after
    assert after[TIMES[0]].whole == 1


def test_the_events_behind_a_figure_are_those_of_its_responses(road: Road) -> None:
    for n in range(3):
        road.start(f"R{n}", f"T{n}", n)
    road.say("R1", ResponseOwned("luz"), 3)
    board, day = Board(road.log), number_of(DAY.date())
    asked = Asked(list(board.places.zones), day, day, frozenset())
    measure = board.measures.find(TIMES[0])
    first = behind(board, measure, asked, 0, 2)
    rest = behind(board, measure, asked, first.next or 0, 2)
    told = [(each.response_id, each.counted_in, len(each.events)) for each in (*first.behind, *rest.behind)]
    assert told == [("R0", "left_out", 1), ("R1", "numerator", 2), ("R2", "left_out", 1)]
    assert rest.next is None


@pytest.mark.parametrize(("count", "told"), [(0, None), (9, None), (12, 10)])
def test_the_public_is_told_of_ten_or_more_alone(road: Road, count: int, told: int | None) -> None:
    for n in range(count):
        road.start(f"R{n}", f"T{n}")
        road.say(f"R{n}", ResponseOwned("luz"), 2)
    # A quarter is published once its last day is settled everywhere.
    said = Written()
    truck(said, "early", datetime(2024, 1, 1, 18, tzinfo=UTC), "world-trade")
    said.put(road.log)
    road.now = datetime(2024, 4, 3, tzinfo=UTC)
    (quarter,) = [each for each in Board(road.log).publish() if each.period == "2024-Q1"]
    (own,) = [each for each in quarter.figures if each.measure == TIMES[0]]
    assert own.whole == told
    assert own.missing == ("under_ten" if told is None else "")
    assert bool(own.estimates) == (told is not None)
