"""What a booth that was cut off says afterwards: a truck goes only as a list that it can have had let it go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from journeys import NOW, Post
from listening import Listening, listening
from test_api_booths import acts, ask, file, missed_holds, order, told, types

from aforo.api.access import Rate
from aforo.flow.booth_list import GOOD_FOR
from aforo.flow.open_trucks import FORGOTTEN_S

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture
def post(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Post:
    return Post(learnt, tmp_path_factory.mktemp("late"))


@pytest.fixture
def served(post: Post) -> Iterator[Listening]:
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        yield made


def late(served: Listening, own: str, said: str, list_at: datetime, at: datetime, **more: Any) -> dict[str, Any]:
    """What a booth that was cut off told at an instant, of the list of an instant."""
    when = {"at": at.isoformat(), "list_at": list_at.isoformat()}
    return told(served, f"late-{own}", plate=f"TR-{own}", told=said, **when, **more)


@pytest.mark.parametrize("ordered", ["secondary", "hold"])
@pytest.mark.parametrize("named", ["crossing", "plate", "trip"])
def test_a_list_from_before_the_truck_was_filed_ends_no_order(
    served: Listening, post: Post, ordered: str, named: str
) -> None:
    file(served, "early")
    order(served, "early", ordered)
    post.clock.move(minutes=10)
    list_at = NOW - timedelta(days=3)
    which = {"crossing": {"crossing_id": "early"}, "plate": {"plate": "TR-early"}, "trip": {"trip": "early"}}[named]
    when = {"at": (list_at + timedelta(minutes=5)).isoformat(), "list_at": list_at.isoformat()}
    said = told(served, "forged-1", told="release", **which, **when)
    assert (said["crossing_id"], said["would"], said["alerted"]) == ("early", ordered, True)
    assert said["effects"] == ["arrived", "order_withheld"]
    assert "stands, and an alert" in said["contradiction"]["en"]
    assert "crossing.passed" not in types(served, "early")
    assert told(served, **which)["instruction"] == ordered
    alerts = [each for truck in served.as_("supervisor").get("/v1/alerts").json()["trucks"] for each in truck["alerts"]]
    assert {"missed_hold", "contradiction"} <= {each["kind"] for each in alerts if each["subject"] == "crossing/early"}


def test_a_list_that_no_booth_would_go_by_any_more_ends_no_order(served: Listening, post: Post) -> None:
    """Whoever writes the instants may choose those before the order: it had been released then."""
    for own in ("sooner", "later"):
        file(served, own)
        order(served, own, "release")
    post.clock.move(minutes=30)
    for own in ("sooner", "later"):
        order(served, own, "hold")
    list_at, at = NOW + timedelta(minutes=10), NOW + timedelta(minutes=15)
    post.clock.move(minutes=100 - 30 + 30)  # the list of minute 10 is 90 minutes old
    said = late(served, "sooner", "release", list_at, at)
    assert ("crossing.passed" in types(served, "sooner"), said["alerted"], said["would"]) == (True, True, "hold")
    post.clock.move(seconds=(GOOD_FOR - timedelta(minutes=90)).total_seconds() + 1)
    said = late(served, "later", "release", list_at, at)
    assert ("crossing.passed" in types(served, "later"), said["alerted"], said["would"]) == (False, True, "hold")
    assert "order_withheld" in said["effects"]


def test_a_released_truck_that_its_list_cannot_have_had_does_not_go_and_somebody_looks_for_it(
    served: Listening, post: Post
) -> None:
    file(served, "unlisted")
    order(served, "unlisted", "release")
    post.clock.move(minutes=1)
    said = late(served, "unlisted", "release", NOW - timedelta(minutes=9), NOW)
    assert (said["would"], said["alerted"], said["effects"]) == (None, True, ["arrived", "order_withheld"])
    assert said["contradiction"]["en"].startswith("The booth let the truck go")
    assert said["contradiction"]["en"] != said["contradiction"]["es"]
    assert "crossing.passed" not in types(served, "unlisted")


def test_a_truck_let_go_offline_while_a_hold_stood_is_told_and_raises_an_alert(served: Listening, post: Post) -> None:
    file(served, "held-meanwhile")
    order(served, "held-meanwhile", "release")
    post.clock.move(minutes=4)
    order(served, "held-meanwhile", "hold")
    post.clock.move(minutes=4)
    when = NOW + timedelta(minutes=2), NOW + timedelta(minutes=6)
    said = late(served, "held-meanwhile", "release", *when)
    assert (said["would"], said["alerted"]) == ("hold", True)
    assert said["contradiction"]["en"] != said["contradiction"]["es"]
    assert "passed" in said["effects"]
    assert len(missed_holds(served, "held-meanwhile")) == 1
    late(served, "held-meanwhile", "release", *when)
    assert len(missed_holds(served, "held-meanwhile")) == 1


def test_a_truck_told_otherwise_than_ordered_is_a_contradiction_in_words(served: Listening, post: Post) -> None:
    for own in ("laxer", "stricter"):
        file(served, own)
        order(served, own, "release")
    post.clock.move(minutes=4)
    order(served, "laxer", "secondary")
    when = NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)
    said = late(served, "laxer", "release", *when)
    assert (said["would"], said["alerted"]) == ("secondary", True)
    assert "not examined as ordered" in said["contradiction"]["en"]
    said = late(served, "stricter", "secondary", *when)
    assert (said["would"], said["instruction"]) == ("release", "secondary")
    assert "may go on" in said["contradiction"]["en"]
    nobody = told(served, "late-5", plate="NO-1", told="release", at=when[1].isoformat(), list_at=when[0].isoformat())
    assert nobody["contradiction"]["en"].startswith("The booth let a truck go")


def test_what_no_list_can_have_said_lets_no_truck_go_and_raises_an_alert(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("forged"))
    with listening(post, rate=Rate(1e6, 1e6)) as forged:
        for own in ("forged", "by-old-list", "back-dated", "free-by-old-list"):
            file(forged, own)
        order(forged, "forged", "secondary")
        order(forged, "back-dated", "scan")
        for own in ("by-old-list", "free-by-old-list"):
            order(forged, own, "release")
        post.clock.move(minutes=10)
        now = NOW + timedelta(minutes=10)

        def late(own: str, told_: str, list_at: timedelta, at: timedelta = timedelta()) -> dict[str, Any]:
            when = {"at": (now - at).isoformat(), "list_at": (now - list_at).isoformat()}
            return told(forged, own, plate=f"TR-{own}", told=told_, **when)

        # The order stood when the list was made.
        said = late("forged", "release", timedelta(minutes=5))
        assert (said["would"], said["alerted"], said["effects"]) == (
            "secondary", True, ["arrived", "order_withheld"],
        )  # fmt: skip
        assert "stands, and an alert" in said["contradiction"]["en"]
        assert "crossing.passed" not in types(forged, "forged")
        assert told(forged, plate="TR-forged")["instruction"] == "secondary"
        # Told before the order was given, by its own word: nobody goes unseen past what is ordered.
        said = late("back-dated", "release", timedelta(minutes=30), timedelta(minutes=20))
        assert (said["would"], said["alerted"]) == ("scan", True)
        # The list was too old to let anybody go.
        post.clock.move(hours=4)
        now += timedelta(hours=4)
        order(forged, "by-old-list", "joint")
        said = late("by-old-list", "release", timedelta(hours=3))
        assert (said["alerted"], "crossing.passed" in types(forged, "by-old-list")) == (True, False)
        said = late("free-by-old-list", "release", timedelta(hours=3))
        assert (said["would"], said["alerted"]) == (None, False)
        assert "too old" in said["contradiction"]["en"]
        for own in ("forged", "by-old-list", "back-dated"):
            assert len(missed_holds(forged, own)) == 1


def test_where_the_answer_was_lost_and_the_booth_told_another_thing_both_stand(served: Listening) -> None:
    file(served, "lost-answer")
    order(served, "lost-answer", "secondary")
    assert told(served, "lost-1", plate="TR-lost-answer")["instruction"] == "secondary"
    offline = {"told": "release", "at": NOW.isoformat(), "list_at": (NOW - timedelta(minutes=9)).isoformat()}
    said = told(served, "lost-1", plate="TR-lost-answer", **offline)
    assert (said["late"], said["instruction"], said["would"]) == (True, "release", "secondary")
    assert told(served, "lost-1", plate="TR-lost-answer", **offline)["act"] == said["act"]
    same = told(served, "lost-1", plate="TR-lost-answer", **{**offline, "told": "secondary"})
    assert same["again"] is True


def test_what_a_booth_told_of_a_truck_that_is_not_among_those_meant_any_more_is_recorded_and_told(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with listening(Post(learnt, tmp_path_factory.mktemp("among")), rate=Rate(1e6, 1e6)) as made:
        for own, examination in (("was-meant", "release"), ("sent-on", "scan")):
            file(made, own)
            order(made, own, examination)
        file(made, "means-now", tractor_id="PLATED")
        order(made, "means-now", "hold")
        offline = {"at": NOW.isoformat(), "list_at": (NOW - timedelta(minutes=9)).isoformat()}
        # By what its list said then: the node knows of no filing by which that plate was this truck's.
        said = told(made, "a-1", plate="NOT ITS PLATE", crossing_id="was-meant", told="release", **offline)
        assert (said["late"], said["crossing_id"], said["alerted"]) == (True, "was-meant", True)
        assert said["effects"] == ["arrived", "order_withheld", "not_among"]
        assert "does not mean that truck any more" in said["contradiction"]["en"]
        assert types(made, "was-meant").count("crossing.arrived") == 1
        assert "crossing.passed" not in types(made, "was-meant")
        assert told(made, "a-1", plate="NOT ITS PLATE", crossing_id="was-meant", told="release", **offline)["again"]
        # What was typed means another truck now, which is held: somebody must look for it.
        told(made, "a-2", plate="PLATED", crossing_id="sent-on", told="scan", **offline)
        assert len(missed_holds(made, "sent-on")) == 1
        # A crossing that the log does not have is none that anything follows in.
        unknown = told(made, "a-3", plate="ZZ-1", crossing_id="never-filed", told="secondary", **offline)
        assert (unknown["late"], unknown["crossing_id"]) == (True, None)
        assert [each["among"] for each in acts(made)] == [False, False, True]
        supervisor = made.as_("supervisor").get("/v1/alerts").json()["trucks"]
        alerts = [(each["kind"], each["subject"]) for truck in supervisor for each in truck["alerts"]]
        assert ("contradiction", "crossing/was-meant") in alerts
        assert ("contradiction", "crossing/sent-on") in alerts
        # With the connection such a pick is refused as ever.
        assert ask(made, plate="NOT ITS PLATE", crossing_id="was-meant").status_code == 404


def test_a_truck_that_the_node_follows_no_more_is_let_go_as_the_list_of_its_time_said(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("followed"))
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        file(made, "long-ago", tractor_id="OLD 1")
        order(made, "long-ago", "release")
    at, list_at = (NOW + timedelta(minutes=each) for each in (6, 2))
    post.clock.move(days=2 * FORGOTTEN_S / 86_400)
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        offline = {"told": "release", "at": at.isoformat(), "list_at": list_at.isoformat()}
        said = told(made, "n-1", plate="OLD 1", crossing_id="long-ago", **offline)
        assert (said["effects"], said["alerted"]) == (["arrived", "passed", "not_among"], True)
        passed = next(
            each.event for each in made.log.stream("crossing/long-ago") if each.event.type == "crossing.passed"
        )
        assert passed.occurred_at == at
