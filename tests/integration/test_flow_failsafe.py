"""What the live path does where something is lacking: it is stated, and never releases who must be examined."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from journeys import Learnt, Post, decisions, file, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand

from aforo.domain.decision import STRICTNESS
from aforo.domain.event import Decided
from aforo.domain.routed import FALLBACKS, Fallback
from aforo.flow import choices, documents
from aforo.flow.at_booth import arrive
from aforo.flow.node import Node
from aforo.flow.priced import NAN, BridgeNow
from aforo.routing import policy as policies
from aforo.routing.choice import RESOURCES
from aforo.settings import Settings

#: Every truck is one for lives: with a threshold of none, or by the lottery where it draws all.
FOR_LIVES = policies.default_document().replace(b"hold_from = { probability = 0.5", b"hold_from = { probability = 0.0")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, post: Post) -> Post:
    if request.param == "postgresql":
        post.settings = Settings(str(request.getfixturevalue("emptied_postgres")), post.settings.keys)
    return post


def unknown(node: Node) -> None:
    """Nothing was ever heard of the bridge."""
    assert node.bridges is not None
    nothing = BridgeNow([NAN] * len(RESOURCES), [-1] * len(RESOURCES), NAN, None)
    node.bridges.state = lambda bridge, at, arrives: nothing


def too_old(node: Node) -> None:
    """The clock jumped forward, or the feeds fell silent: what is known is of yesterday."""
    stand(node, waiting=5.0, of=node.clock() - timedelta(days=1))


def ahead(node: Node) -> None:
    """The clock jumped back: what is known is of tomorrow."""
    stand(node, waiting=5.0, of=node.clock() + timedelta(days=1))


def more_up(node: Node) -> None:
    stand(node, waiting=5.0, up=40)


def plain(node: Node) -> None:
    stand(node, waiting=5.0)


def no_room(node: Node) -> None:
    """So much waits for a scan that there is place for nobody more, now or when the truck comes."""
    stand(node, waiting=1e6)
    assert node.bridges is not None
    now, scans = node.bridges.state, [each in ("scanner", "portal") for each in RESOURCES]
    room = [1.0 if each else NAN for each in scans]
    node.bridges.state = lambda *of: now(*of)._replace(full=scans, room=room)


def all_lost(node: Node) -> None:
    stand(node, waiting=500.0, up=0)


STATES = {
    "state": (unknown, book()),
    "clock": (too_old, book()),
    "units": (more_up, book()),
    "day": (plain, book(days=("sunday",))),
    "table": (plain, book(empty=True)),
    "room": (no_room, book()),
}
LACKING = [*STATES, "clock back", "lost", "bridge", "risk"]


def lacking(what: str, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    if what in STATES:
        STATES[what][0](node)
    else:
        {"clock back": ahead, "lost": all_lost}.get(what, plain)(node)
    if what == "risk":
        nobody = [[float("nan")] * 6]
        monkeypatch.setattr(choices, "expected_worth", lambda judged, batch, rows, *_: [(nobody[0], NAN)] * len(rows))


def opened(what: str, post: Post) -> None:
    with post.log() as log:
        put_in_force(log, STATES[what][1] if what in STATES else book())


def calls(what: str) -> str:
    return "no such bridge" if what == "bridge" else "World Trade"


@pytest.mark.parametrize("what", LACKING)
def test_who_is_held_for_lives_stays_held(post: Post, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    opened(what, post)
    with post.node(policy=FOR_LIVES) as node:
        lacking(what, node, monkeypatch)
        file(node, truck("a", bridge=calls(what)))
        assert arrive("a", node, "booth").instruction == "hold"
        made = decisions(node.log)
        assert [(each.examination, each.basis, each.mandatory) for each in made] == [
            ("hold", "mandatory", ("people",)),
            ("hold", "mandatory", ("people",)),
        ]


@pytest.mark.parametrize("what", LACKING)
def test_who_is_drawn_is_examined(post: Post, learnt: Learnt, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    opened(what, post)
    with post.node(rate=1.0) as node:  # a tenth of all is drawn
        lacking(what, node, monkeypatch)
        file(node, [truck(f"t{n}", bridge=calls(what)) for n in range(80)])
        drawn = [each for each in decisions(node.log) if each.control]
        assert drawn
        assert all(STRICTNESS[each.examination] > 0 for each in drawn)
        assert all(each.routing is not None for each in drawn)


@pytest.mark.parametrize("what", [each for each in FALLBACKS if each != "risk"])
def test_it_is_said_what_was_lacking_and_it_replays(
    either: Post, monkeypatch: pytest.MonkeyPatch, what: Fallback
) -> None:
    opened(what, either)
    with either.node() as node:
        lacking(what, node, monkeypatch)
        (line,) = file(node, truck("a", bridge=calls(what)))
        (decided,) = decisions(node.log)
        assert decided.routing is not None
        assert what in decided.routing.fallback
        assert isinstance(decided, Decided)
        assert len(line.reasons.en.split(". ")) > 2
        arrive("a", node, "booth")
        assert [each.stage for each in decisions(node.log)] == ["filed", "primary"]
        assert different(node.log) == []


def test_where_risk_does_not_answer_a_share_is_drawn_and_replays(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    opened("risk", post)
    with post.node() as node:
        lacking("risk", node, monkeypatch)
        file(node, [truck(f"t{n}") for n in range(120)])
        made = decisions(node.log)
        assert all(each.routing is not None and each.routing.fallback == ("risk",) for each in made)
        share = np.mean([each.basis == "priced" for each in made])
        assert 0.0 < share < 0.2
        monkeypatch.undo()
        assert different(node.log) == []


def test_without_a_book_the_rate_decides_as_before(either: Post) -> None:
    with either.log() as log:
        put_in_force(log)
        for name in [name for name, _ in book()]:
            documents.roll_back(log, "prices", name, "tester")
    with either.node() as node:
        assert node.bridges is None
        file(node, truck("a"))
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == decisions(node.log)[-1].examination
        assert len(decisions(node.log)) == 1
        assert decisions(node.log)[0].routing is None
