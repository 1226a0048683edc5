"""Who opens a crossing leaves a trace, by whichever route, once an hour; the list and the board leave none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from journeys import Post, file, truck
from listening import Listening, listening
from priced import WORLD_TRADE, book, put_in_force

from aforo.domain.event import CrossingOpened
from aforo.flow import boards
from aforo.flow.openings import STANDS_FOR, opened_now, record_opening


@pytest.fixture
def served(post: Post) -> Iterator[Listening]:
    with post.log() as log:
        put_in_force(log, book())
    with listening(post) as running:
        running.carrier().post("/v1/filings", json=truck("A"))
        running.carrier().post("/v1/filings", json=truck("B"))
        yield running


def openings(served: Listening, crossing: str = "A") -> list[tuple[str, str, str]]:
    found = []
    for stored in served.log.stream(f"read/{crossing}"):
        said = stored.payload
        if isinstance(said, CrossingOpened):
            found.append((stored.event.actor, said.role, said.crossing))
    return found


def decision_of(served: Listening, crossing: str) -> str:
    events = served.log.stream(f"crossing/{crossing}")
    return next(each.event.event_id for each in events if each.event.type == "crossing.decided")


def test_whichever_route_shows_it_who_opens_it_is_recorded_first_and_told(served: Listening) -> None:
    decision = decision_of(served, "A")
    ways = {
        "Ana": "/v1/crossings/A",
        "Bea": "/v1/crossings/A/timeline",
        "Cruz": "/v1/crossings/A/parties",
        "Dora": f"/v1/decisions/{decision}",
        "Eva": f"/v1/decisions/{decision}/explanation",
        "Gil": "/v1/crossings/A/examination",
    }
    for name, path in ways.items():
        assert served.as_("auditor", name).get(path).status_code == 200, path
        assert openings(served)[-1] == (name, "auditor", "A")
    assert len(openings(served)) == len(ways)
    assert openings(served, "B") == []
    told = served.as_("analyst", "Fe").get("/v1/crossings/A/timeline").json()["entries"]
    seen = [(each["actor"], each["data"]) for each in told if each["kind"] == "seen"]
    assert seen == [*((name, {"role": "auditor"}) for name in ways), ("Fe", {"role": "analyst"})]


def test_the_drivers_order_on_paper_opens_its_crossing_by_whatever_name_it_is_asked_for(served: Listening) -> None:
    served.carrier().post("/v1/filings", json=truck("declared", crossing_id="C"))
    for reader, asked in (("Ana", "C"), ("Bea", "declared"), ("Cruz", decision_of(served, "C"))):
        slip = served.as_("officer", reader).get(f"/v1/crossings/{asked}/slip")
        assert (slip.status_code, slip.json()["crossing_id"]) == (200, "C")
    assert openings(served, "C") == [(reader, "officer", "C") for reader in ("Ana", "Bea", "Cruz")]
    assert served.as_("officer", "Ana").get("/v1/crossings/NONE/slip").status_code == 404
    assert openings(served, "NONE") == []


def test_the_reason_of_a_truck_that_is_on_no_board_is_for_who_opens_it(
    served: Listening, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "FORGET_EVERY_S", 0.0)
    officer = served.as_("officer", "Ana")
    assert officer.get("/v1/crossings/A/reason").status_code == 200
    assert officer.get(f"/v1/crossings/{decision_of(served, 'A')}/reason").status_code == 404
    assert officer.post("/v1/crossings/A/arrival", params={"bridge": WORLD_TRADE}).status_code == 200
    assert officer.post("/v1/outcomes", json={"crossing_id": "A", "examined": 0}).status_code == 200
    post.clock.move(days=2)
    board = officer.get(f"/v1/bridges/{WORLD_TRADE}/board").json()["rows"]
    assert "A" not in {row["crossing_id"] for row in board}
    assert officer.get("/v1/crossings/A/reason").status_code == 404
    assert openings(served) == []


def test_one_reader_is_recorded_once_and_another_beside_them(served: Listening) -> None:
    ana = served.as_("officer", "Ana")
    for path in ("/v1/crossings/A/timeline", "/v1/crossings/A", "/v1/crossings/A/parties", "/v1/crossings/A/timeline"):
        assert ana.get(path).status_code == 200
    served.as_("supervisor", "Bea").get("/v1/crossings/A/timeline")
    assert openings(served) == [("Ana", "officer", "A"), ("Bea", "supervisor", "A")]


def test_neither_a_board_nor_what_is_refused_or_unknown_opens_anything(served: Listening) -> None:
    officer = served.as_("officer", "Ana")
    board = officer.get(f"/v1/bridges/{WORLD_TRADE}/board").json()["rows"]
    assert {row["crossing_id"] for row in board} == {"A", "B"}
    reason = officer.get("/v1/crossings/A/reason").json()
    assert reason == {"crossing_id": "A", "reason": next(row["reason"] for row in board if row["crossing_id"] == "A")}
    assert reason["reason"]["en"] != reason["reason"]["es"]
    assert officer.get("/v1/crossings/NONE/reason").status_code == 404
    assert officer.get("/v1/crossings/NONE/timeline").status_code == 404
    assert officer.get("/v1/crossings/NONE/examination").status_code == 404
    assert officer.get(f"/v1/bridges/{WORLD_TRADE}/docks").status_code == 200
    assert officer.get("/v1/decisions/none").status_code == 404
    for path in ("/v1/crossings/A", "/v1/crossings/A/timeline", f"/v1/decisions/{decision_of(served, 'A')}"):
        assert served.as_("administrator", "Root").get(path).status_code == 403
    assert (openings(served), openings(served, "NONE")) == ([], [])


def test_an_opening_stands_for_an_hour_of_the_nodes_clock(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))

        def opened() -> int:
            record_opening("A", "Ana", "officer", node)
            return len(node.log.stream("read/A"))

        assert opened_now("A", "Ana", node) == "A"
        assert (opened(), opened()) == (1, 1)
        post.clock.move(seconds=(STANDS_FOR - timedelta(seconds=1)).total_seconds())
        assert opened() == 1
        assert opened_now("A", "Ana", node) is None
        post.clock.move(seconds=1)
        assert (opened_now("A", "Ana", node), opened()) == ("A", 2)
