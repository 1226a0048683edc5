"""A bridge at which trucks come and none passes for three hours, by the test's clock, as everybody is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from listening import Listening
from stall_scene import BRIDGE, LAST, NOW, STALLED, stalled

from aforo.flow.bridge_state import numbers_of
from aforo.flow.bridges_shown import shown
from aforo.flow.feed import feed_of
from aforo.flow.node import Node
from aforo.flow.scoreboard_shown import public_shown
from aforo.flow.town import town
from aforo.flow.unusual import unusual

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def node(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Listening]]:
    kept: list[Node] = []
    with stalled(learnt, tmp_path_factory.mktemp("stalls"), kept.append) as made:
        yield kept[0], made


def instants() -> list[datetime]:
    """Every quarter of an hour from the second on while nobody passes: as of then only what was read by then counts."""
    return [NOW - timedelta(hours=STALLED) + timedelta(minutes=15 * n) for n in range(2, 4 * STALLED + 1)]


def every(lanes: Any) -> Any:
    return next(each for each in lanes if each.lane == "all")


def test_the_state_of_the_bridge_tells_a_bound_that_grows_and_since_when_nobody_passed(
    node: tuple[Node, Listening],
) -> None:
    live = node[0].live()
    before = 0.0
    for now in instants():
        told = every(shown(live.state(BRIDGE, now), live).lanes)
        stood = (now - (NOW - timedelta(hours=STALLED))).total_seconds() / 60.0
        assert told.stalled_since == LAST
        assert told.wait_now.at_least
        assert stood < told.wait_now.minutes <= stood + 10, now
        assert told.queue == pytest.approx(stood + 10, abs=2), now
        assert told.wait_now.minutes > before
        assert told.wait_now.age_minutes == 0.0
        before = told.wait_now.minutes
    assert before > 180


def test_what_a_choice_by_price_takes_of_the_bridge_is_not_that_of_a_calm_one(node: tuple[Node, Listening]) -> None:
    """A price takes arrivals, backlogs and units: a line that stalls makes none of them less than they are."""
    live = node[0].live()
    calm = numbers_of(live.expected(BRIDGE, NOW - timedelta(hours=STALLED)))
    stalls = numbers_of(live.expected(BRIDGE, NOW))
    assert (stalls.arrivals, calm.arrivals) == (60.0, 60.0)
    assert list(stalls.up) == list(calm.up)
    assert str(list(stalls.backlog)) == str(list(calm.backlog)), "no truck is known by name there"


def test_the_api_the_live_stream_and_the_list_of_bridges_tell_it(node: tuple[Node, Listening]) -> None:
    served = node[1]
    officer = served.as_("officer")
    answer = officer.get(f"/v1/bridges/{BRIDGE}").json()
    told = next(each for each in answer["state"]["lanes"] if each["lane"] == "all")
    assert (told["missing"], told["wait_now"]["at_least"], told["wait_now"]["high"]) == (None, True, None)
    assert told["wait_now"]["minutes"] > 180
    assert told["stalled_since"] is not None
    live = node[0].live()
    own = shown(live.state(BRIDGE, NOW), live)
    summary = node[0].boards.summary(BRIDGE, own, "America/Chicago", None)
    assert summary.wait is not None
    assert (summary.wait.at_least, summary.stalled_since) == (True, LAST)
    others = [each for each in officer.get("/v1/bridges").json()["bridges"] if each["bridge"] != BRIDGE]
    assert all(lane["stalled_since"] is None for each in others for lane in each["lanes"])


def test_the_public_and_the_town_are_told_a_bound_and_no_instant_at_primary(node: tuple[Node, Listening]) -> None:
    opened, live = node[0], node[0].live()
    board = opened.scoreboards()
    feed = feed_of(public_shown(board, live, NOW, "live", 4), board.measures)
    own = next(each for each in feed.waits_now if (each.bridge, each.lane) == (BRIDGE, "all"))
    assert own.at_least is True
    assert own.value is not None
    assert own.value > 175
    assert all(each.at_least is not True for each in feed.waits_now if each.bridge != BRIDGE)
    (place,) = town(board, live, [BRIDGE], lambda _: None, NOW, "live").bridges
    assert place.now.at_least
    assert place.now.trucks == pytest.approx(190, abs=6)
    assert place.minutes == own.value


def test_the_handover_names_it_once(node: tuple[Node, Listening]) -> None:
    opened = node[0]
    live = opened.live()
    found = unusual(shown(live.state(BRIDGE, NOW), live), opened, NOW)
    kinds = [each.kind for each in found]
    assert kinds.count("stalled") == 1
    (told,) = [each for each in found if each.kind == "stalled"]
    assert told.since == LAST
    assert "no truck has passed primary since" in told.says.en
    assert "ningún camión ha pasado" in told.says.es
    assert not [each for each in found if each.kind == "silent" and "primary" in each.says.en]
