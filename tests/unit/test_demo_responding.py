"""How the demonstration's officers answer on the road: in time, in order, as it was with the truck, and once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from test_demo_seals_drawn import SEED, known

from aforo.demo.clients import Clients
from aforo.demo.outside import journeys, responding
from aforo.demo.outside.handing import Handing
from aforo.demo.outside.journeys import MINUTE, Journey
from aforo.demo.outside.responding import LEFT_FOR, LOOK, RoadDesk, Row, end_of, is_left
from aforo.demo.outside.wire import RefusedError, Wire
from aforo.domain.clock import instant
from aforo.domain.response import ENDINGS, ResponseKind

OFFICERS = {"SYN Elena Duarte": "elena's", "SYN Marco Ibarra": "marco's"}
NAMES = {token: name for name, token in OFFICERS.items()}
STEPS = ("life", "carrier", "authority", "evidence")
DAY = 24 * 60 * MINUTE


class Node(Wire):
    """A node with responses; what is done about them is taken in, in order, with the instant of its clock."""

    def __init__(self, *rows: Row) -> None:
        super().__init__("127.0.0.1", 1)
        self.now = 0
        self.done: list[tuple[int, str, str, str, dict[str, Any]]] = []
        self.known = {each.response: self._told(each) for each in rows}

    @staticmethod
    def _told(row: Row) -> dict[str, Any]:
        steps = [{"code": code, "outcome": None} for code in STEPS]
        lines = {"carrier_lines": [{"contact": "desk"}], "authority_lines": [{"contact": "911"}]}
        return {"row": msgspec.to_builtins(row), "steps": steps, "calls": [], "on_scene": "", **lines}

    def get(self, path: str, token: str) -> Any:
        if path.startswith("/v1/responses?"):
            return {"responses": [each["row"] for each in self.known.values()]}
        return self.known[path.rpartition("/")[2]]

    def post(
        self, path: str, token: str, body: bytes, media_type: str = "application/json", *, second: str = ""
    ) -> Any:
        *_, response, what = path.split("/")
        said = msgspec.json.decode(body)
        if response not in self.known:
            raise RefusedError("it is over", ["response_over"])
        told, by = self.known[response], NAMES[token]
        if what == "own" and told["row"]["taken"] and told["row"]["owner"] not in (None, by):
            raise RefusedError("another sees to it", ["response_taken"])
        self.done.append((self.now, response, what, by, said))
        if what == "own":
            told["row"] |= {"owner": by, "taken": True}
        elif what == "calls":
            told["calls"].append(said)
        elif what == "steps":
            next(each for each in told["steps"] if each["code"] == said["code"])["outcome"] = said["outcome"]
        elif what == "arrive":
            told["on_scene"] = said["who"]
        elif what == "end":
            del self.known[response]
        return told


def of(mishap: str | None, **more: Any) -> Journey:
    found = next(each for each in known() if each.mishap == mishap)
    return msgspec.structs.replace(found, **more)


def row(journey: Journey, name: str, kind: str = "theft", **more: Any) -> Row:
    return msgspec.convert(
        {"response": name, "kind": kind, "trip": journey.trip, "started_at": instant(journey.begins), **more}, Row
    )


def named(journey: Journey, *, left: bool) -> Row:
    """A response in a journey that is left to a person, or is not."""
    every = (row(journey, f"alert-{number}") for number in range(200))
    return next(each for each in every if is_left(each, SEED) is left)


@contextmanager
def at_desk(node: Node, *planted: Journey) -> Iterator[tuple[RoadDesk, Handing]]:
    own = Clients((), {}, "", "", "", "", "", "", (), OFFICERS)
    by_trip = {each.trip: each for each in planted}
    with Handing(node, own, None, pytest.fail) as hands:  # type: ignore[arg-type]
        yield RoadDesk(node, OFFICERS, by_trip.get, SEED), hands


def played(node: Node, journey: Journey, until: int, every: int = LOOK) -> None:
    with at_desk(node, journey) as (desk, hands):
        for node.now in range(journey.begins, journey.begins + until, every):
            desk.step(node.now, hands)


def test_an_officer_takes_a_response_over_calls_works_through_it_stands_at_the_truck_and_ends_it() -> None:
    journey = of("opened")
    mine = named(journey, left=False)
    node = Node(mine)
    played(node, journey, 3 * 60 * MINUTE)
    assert not node.known
    assert len({by for _, _, _, by, _ in node.done}) == 1
    what = [each for _, _, each, _, _ in node.done]
    assert (what[0], what[-1]) == ("own", "end")
    steps = [said["code"] for _, _, each, _, said in node.done if each == "steps"]
    assert tuple(steps) == STEPS
    calls = [said for _, _, each, _, said in node.done if each == "calls"]
    reached = [(said["party"], said["contact"]) for said in calls if said["outcome"] == "reached"]
    assert reached == [("carrier", "desk"), ("authority", "911")]
    times = [at for at, *_ in node.done]
    assert times == sorted(times)
    own, reach, scene, over = responding.instants(mine, journey, SEED)
    at = {each: when for when, _, each, _, said in node.done if said.get("outcome") != "no_answer"}
    for each, due in (("own", own), ("arrive", scene), ("end", over)):
        assert due <= at[each] <= due + 2 * LOOK, each
    first = next(when for when, _, each, _, said in node.done if said.get("outcome") == "reached")
    assert reach <= first <= reach + 2 * LOOK


def test_a_response_that_is_left_is_ended_long_after_its_trip_and_by_nobody_before() -> None:
    journey = of("swapped")
    mine = named(journey, left=True)
    node = Node(mine)
    played(node, journey, DAY, every=10 * MINUTE)
    assert not node.done
    over = journey.begins + 60 * MINUTE
    node.known[mine.response]["row"]["discharged_at"] = instant(over)
    played(node, journey, DAY, every=10 * MINUTE)
    ((at, _, what, _, said),) = node.done
    assert (what, said["ending"]) == ("end", "handed_over")
    assert over + LEFT_FOR <= at <= over + LEFT_FOR + 20 * MINUTE


def test_what_is_with_the_plan_s_desk_is_taken_over_and_one_that_is_left_stays_with_it() -> None:
    journey = of("opened")
    for left, done in ((False, True), (True, False)):
        mine = msgspec.structs.replace(named(journey, left=left), owner="Duty desk", taken=False)
        node = Node(mine)
        played(node, journey, 3 * 60 * MINUTE)
        assert bool(node.done) is done


def test_what_somebody_at_the_console_took_and_trips_that_are_not_the_worlds_are_let_be() -> None:
    journey = of("opened")
    theirs = msgspec.structs.replace(named(journey, left=False), owner="SYN Ruth Cole")
    strange = row(msgspec.structs.replace(journey, crossing="THEIRS"), "alert-x")
    node = Node(theirs, strange)
    played(node, journey, 3 * 60 * MINUTE)
    assert not node.done


@pytest.mark.parametrize("stage", [0, 1, 3])
def test_what_somebody_takes_between_the_list_and_the_act_is_theirs(
    stage: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an officer is about to take it over, to call, or to end it."""
    journey = of("opened")
    mine = named(journey, left=False)
    due = responding.instants(mine, journey, SEED)[stage]
    node = Node(mine)
    plain = node.get

    def get(path: str, token: str) -> Any:
        answer = deepcopy(plain(path, token))
        if path.startswith("/v1/responses?") and node.now >= due:
            node.known[mine.response]["row"]["owner"] = "SYN Ruth Cole"
        return answer

    monkeypatch.setattr(node, "get", get)
    played(node, journey, 3 * 60 * MINUTE)
    assert node.known[mine.response]["row"]["owner"] == "SYN Ruth Cole"
    assert [what for at, _, what, _, _ in node.done if at >= due] == []


def test_what_somebody_takes_while_an_officer_does_all_that_is_due_is_left_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey = of("opened")
    node = Node(named(journey, left=False))
    (told,) = node.known.values()
    plain = node.post

    def post(path: str, token: str, body: bytes, media_type: str = "application/json", *, second: str = "") -> Any:
        answer = plain(path, token, body, media_type, second=second)
        if len(node.done) == 3:
            told["row"]["owner"] = "SYN Ruth Cole"
        return answer

    monkeypatch.setattr(node, "post", post)
    played(node, journey, 3 * 60 * MINUTE, every=60 * MINUTE)
    assert len(node.done) == 3


def test_one_that_was_left_and_is_taken_at_last_is_not_ended_over_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = of("swapped")
    mine = named(journey, left=True)
    node = Node(msgspec.structs.replace(mine, discharged_at=instant(journey.begins)))
    listed = deepcopy(node.get("/v1/responses?", ""))
    node.known[mine.response]["row"]["owner"] = "SYN Ruth Cole"
    plain = node.get
    monkeypatch.setattr(node, "get", lambda path, token: listed if "?" in path else plain(path, token))
    with at_desk(node, journey) as (desk, hands):
        desk.step(journey.begins + LEFT_FOR, hands)
    assert not node.done


def test_after_a_restart_nothing_is_said_twice_and_all_is_said() -> None:
    journey = of("opened")
    node, whole = (Node(named(journey, left=False)) for _ in range(2))
    played(whole, journey, 3 * 60 * MINUTE)
    for part in range(1, 13):  # a world that is begun anew each quarter of an hour
        played(node, journey, part * 15 * MINUTE)

    def said(of_it: Node) -> list[tuple[str, str, dict[str, Any]]]:
        return [(what, by, body) for _, _, what, by, body in of_it.done]

    assert said(node) == said(whole)


def test_what_somebody_ended_between_two_looks_is_no_refusal_to_be_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = of("opened")
    node = Node(named(journey, left=False))
    listed = node.get("/v1/responses?", "")
    with at_desk(node, journey) as (desk, hands):
        node.known.clear()
        monkeypatch.setattr(node, "get", lambda path, token: listed)
        desk.step(journey.begins + 60 * MINUTE, hands)
    assert not hands.refused


@pytest.mark.parametrize(
    ("mishap", "threat", "kind", "endings"),
    [
        ("opened", "theft", "theft", {"lost"}),
        ("opened", None, "theft", {"lost", "saved", "false"}),
        ("swapped", None, "theft", {"handed_over"}),
        ("cloned", None, "theft", {"false"}),
        (None, None, "theft", {"false"}),
        (None, "people", "people", {"people_alive"}),
        (None, "contraband", "people", {"nobody"}),
        ("opened", None, "people", {"nobody"}),
    ],
)
def test_it_ends_as_it_was_with_the_truck(
    mishap: str | None, threat: str | None, kind: ResponseKind, endings: set[str]
) -> None:
    of_it = of(mishap, threat=threat)
    every = [msgspec.structs.replace(of_it, crossing=f"X{number}") for number in range(100)]
    ends = [end_of(row(each, "alert", kind), each, SEED) for each in every]
    assert {each["ending"] for each in ends} == endings
    assert endings <= set(ENDINGS[kind])
    for each, said in zip(every, ends, strict=True):
        opened = {"driver": "false", "tried": "saved", "robbed": "lost"}[journeys.opened_by(each, SEED)]
        assert mishap != "opened" or kind != "theft" or said["ending"] == opened
        assert ("handed_to" in said, "people" in said) == (
            said["ending"] == "handed_over", said["ending"] == "people_alive"
        )  # fmt: skip


def test_most_is_in_time_by_the_plan_that_ships() -> None:
    journey = of("opened")
    rows = [row(journey, f"alert-{number}") for number in range(400)]
    # The deadlines of the plan, and that of the alert, within which its response is to be over.
    for stage, minutes in enumerate((2, 10, 45, 30)):
        late = [responding.instants(each, journey, SEED)[stage] - journey.begins > minutes * MINUTE for each in rows]
        assert sum(late) / len(late) < 0.25, minutes
    left = sum(is_left(each, SEED) for each in rows) / len(rows)
    assert abs(left - responding.LEFT) < 0.1
    assert timedelta(microseconds=LEFT_FOR) == timedelta(hours=4)
