"""Handovers over HTTP: what the next shift must know, signed for, and opened again as it was shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from journeys import NOW, Post, clock_of, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.domain.clock import microseconds
from aforo.domain.handover import HandoverSigned
from aforo.flow.alert_watch import Watch
from aforo.flow.bridges_shown import shown
from aforo.flow.shift_trucks import MOST_LISTED
from aforo.flow.telemetry import ReaderAt, blocks_of, record
from aforo.flow.unusual import unusual
from aforo.intake.gate_reads import Read
from aforo.log.sequencer import sequence
from aforo.log.verify import verify

if TYPE_CHECKING:
    from journeys import Learnt

URL = "/v1/bridges/world-trade/handover"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        shift(made)
        yield made


def shift(made: Listening) -> None:
    """A shift at World Trade, with a truck held and one to be examined, and one at Los Indios."""
    officer = made.as_("officer", "luz")
    for own in ("HELD", "ORDERED", "FOUND", "WORKED", "DONE", *(f"COMING-{n}" for n in range(40))):
        assert officer.post("/v1/filings", json=truck(own)).status_code == 200
    assert officer.post("/v1/filings", json=truck("AWAY", port="2301", bridge="Los Indios")).status_code == 200
    for own, to in (("HELD", "hold"), ("ORDERED", "joint"), ("AWAY", "hold"), ("WORKED", "joint")):
        reason = {"examination": to, "reason": "The seal is broken."}
        assert officer.post(f"/v1/crossings/{own}/override", json=reason).status_code == 200
    assert officer.post("/v1/crossings/HELD/arrival").status_code == 200
    for own, outcome in (("FOUND", 1), ("DONE", 0)):
        said: dict[str, Any] = {
            "crossing_id": own, "examined": 1, "outcome": outcome, "at": NOW.isoformat(), "carried_out": "secondary",
        }  # fmt: skip
        assert (
            officer.post("/v1/outcomes", json=said | ({"threat": "contraband"} if outcome else {})).status_code == 200
        )
    for path, body in (
        ("work", {"crossing_id": "WORKED", "resource": "dock", "step": "started", "unit": "dock 4"}),
        ("lanes", {"lanes": {"standard": 6, "fast": 2}}),
        ("staff", {"posts": {"dock": 5}}),
    ):
        assert officer.post(f"/v1/bridges/world-trade/{path}", json=body).status_code == 200
    for own in ("HELD", "AWAY"):
        contest = {"which": own, "statement": "It was empty."}
        assert officer.post("/v1/challenges", json=contest).status_code == 200
    down = {"scanner_id": "LRD-9", "event": "down", "cause": "power", "at": NOW.isoformat(), "port": "world-trade"}
    new = {"scanner_id": "LRD-9", "event": "commissioned", "at": "2023-01-01T00:00:00Z", "port": "world-trade"}
    for each in (new, down):
        assert officer.post("/v1/scanners/reports", json=each).status_code == 200
    Watch(made.log).look()


def page(made: Listening, url: str = URL, **query: str) -> dict[str, Any]:
    answer = made.as_("officer", "luz").get(url, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_the_next_shift_must_know_is_on_the_page(served: Listening) -> None:
    told = page(served)["handover"]
    trucks = told["trucks"]
    held = {each["crossing_id"]: each for each in trucks["held"]}
    assert {"HELD", "FOUND"} <= held.keys()
    assert "AWAY" not in json.dumps(trucks)
    assert (held["HELD"]["held_for"], held["HELD"]["here"], held["HELD"]["by"]) == ("ordered", True, "luz")
    assert held["HELD"]["why"]["en"] == "The seal is broken."
    assert held["FOUND"]["held_for"] == "found"
    ordered = {each["crossing_id"]: each for each in trucks["ordered"]}
    assert (ordered["ORDERED"]["examination"], ordered["ORDERED"]["by"]) == ("joint", "luz")
    assert "DONE" not in ordered.keys() | held.keys()
    assert "WORKED" not in ordered
    (working,) = trucks["working"]
    assert (working["crossing_id"], working["unit"], working["resource"]) == ("WORKED", "dock 4", "dock")
    expected = {each["examination"]: each["count"] for each in trucks["expected"]}
    assert sum(expected.values()) >= 1
    assert [each["crossing_id"] for each in trucks["found"]] == ["FOUND"]
    assert trucks["examined"] == 2
    assert [each["scanner_id"] for each in told["scanners_down"]] == ["LRD-9"]
    assert told["scanners_down"][0]["causes"] == ["power"]
    lanes = {lane["lane"]: lane["open"] for lane in told["bridges"][0]["lanes"]}
    assert lanes["standard"]["value"] == 6
    alerts = {each["crossing_id"] for each in told["alerts"]}
    assert "HELD" in alerts
    assert "AWAY" not in alerts
    assert told["alerts_open"] == len(told["alerts"])


def test_the_page_goes_back_to_the_last_handover_or_as_far_as_asked(served: Listening) -> None:
    early = (NOW + timedelta(hours=1)).isoformat()
    assert page(served, since=early)["handover"]["since"] == NOW.isoformat().replace("+00:00", "Z")
    long_ago = page(served, since=(NOW - timedelta(days=30)).isoformat())["handover"]
    assert long_ago["since"] == (NOW - timedelta(hours=48)).isoformat().replace("+00:00", "Z")
    assert served.as_("officer").get(URL, params={"since": "2024-03-20T00:00:00"}).status_code == 400


def test_a_port_is_handed_over_with_all_its_bridges(served: Listening) -> None:
    told = page(served, "/v1/bridges/2304/handover")["handover"]
    assert len(told["bridges"]) > 1
    assert "HELD" in {each["crossing_id"] for each in told["trucks"]["held"]}
    assert served.as_("officer").get("/v1/bridges/nowhere/handover").status_code == 404
    other = page(served, "/v1/bridges/los-indios/handover")["handover"]
    assert {each["crossing_id"] for each in other["trucks"]["held"]} == {"AWAY"}


def test_incidents_that_went_on_are_on_the_page(served: Listening) -> None:
    said = {"kind": "blockade", "place": "World Trade", "source": "CBP", "severity": 3, "note": "Lane 4 is blocked."}
    assert served.as_("officer", "luz").post("/v1/incidents", json=said).status_code == 200
    (incident,) = page(served)["handover"]["incidents"]
    assert (incident["kind"], incident["place"], incident["state"]) == ("blockade", "world-trade", "open")
    assert page(served, "/v1/bridges/los-indios/handover")["handover"]["incidents"] == []


def test_a_challenge_is_on_the_page_of_the_shift_in_which_it_is_due(served: Listening) -> None:
    clock = clock_of(served.log)
    assert page(served)["handover"]["challenges"] == []
    clock.move(days=9, hours=20)
    told = page(served)["handover"]
    assert [each["crossing_id"] for each in told["challenges"]] == ["HELD"]
    clock.move(days=-9, hours=-20)


def test_it_is_signed_for_with_what_was_shown_and_opened_again(served: Listening) -> None:
    shown = page(served)
    luz = served.as_("officer", "luz")
    body = {"digest": shown["digest"], "to": "ana", "remarks": "LRD-9 is waited for at noon."}
    signed = luz.post(URL, json=body)
    assert signed.status_code == 200, signed.text
    made = signed.json()
    assert (made["by"], made["to"], made["digest"], made["place"]) == ("luz", "ana", shown["digest"], "world-trade")
    assert luz.post(URL, json=body).json() == made  # sent twice, signed once
    # What comes later changes nothing of what was told.
    served.as_("officer", "luz").post("/v1/filings", json=truck("LATER"))
    opened = served.as_("auditor").get(f"/v1/handovers/{made['handover_id']}").json()
    assert opened["signed"] == made
    assert opened["handover"] == shown["handover"]
    (stored,) = served.log.stream("handover/world-trade")
    assert isinstance(stored.payload, HandoverSigned)
    listed = served.as_("auditor").get("/v1/bridges/world-trade/handovers").json()["handovers"]
    assert listed == [made]
    assert page(served)["handover"]["since"] == made["shown_at"]
    assert served.as_("auditor").get("/v1/handovers/nothing").status_code == 404
    sequence(served.log)
    assert verify(served.log.database, served.log.keys.signing.first(served.log.origin)).good


def test_what_cannot_be_signed_is_refused_in_words(served: Listening) -> None:
    shown, luz = page(served), served.as_("officer", "luz")

    def refused(**changes: str) -> tuple[int, str]:
        body = {"digest": shown["digest"], "to": "ana", "remarks": ""} | changes
        answer = luz.post(URL, json=body)
        (problem,) = answer.json()["problems"]
        assert problem["reason"]["en"]
        assert problem["reason"]["es"]
        return answer.status_code, problem["code"]

    assert refused(digest="0" * 64) == (422, "handover_stale")
    assert refused(to="luz") == (422, "handover_to_oneself")
    assert refused(to="LUZ ") == (422, "handover_to_oneself")
    assert refused(to=" ") == (422, "handover_needs_name")
    assert refused(remarks="Watch DR-HELD, he was nervous.") == (422, "handover_names_person")
    # The page of another place is not this one's.
    other = page(served, "/v1/bridges/los-indios/handover")
    assert refused(digest=other["digest"]) == (422, "handover_stale")


def test_no_person_is_on_the_page(served: Listening) -> None:
    text = json.dumps(page(served))
    for name in ("DR-", "TR-", "brackets"):
        assert name not in text


def test_a_source_that_went_silent_is_unusual(served: Listening) -> None:
    node = served.desk.node
    assert node is not None
    live = node.live()
    _, bridge = live.place("world-trade")
    told = page(served)["handover"]["unusual"]
    assert {each["kind"] for each in told} <= {"never_heard", "silent", "wait_above", "unplaced"}
    if bridge.readers:
        reader = bridge.readers[0]
        at = node.clock() - timedelta(hours=2)
        readers = {reader.id: ReaderAt(reader.id, "world-trade", reader.place)}
        record(blocks_of([Read(reader.id, microseconds(at), "TR-X", None)], readers, node.log), node.log, actor="gate")

        def silent(now: datetime) -> list[Any]:
            told = unusual(shown(live.state("world-trade", now), live), node, now)
            return [each.since for each in told if each.kind == "silent"]

        # It opens at seven, which it is now: until then nothing moved there.
        assert silent(node.clock()) == []
        assert silent(node.clock() + timedelta(minutes=50)) == []
        assert silent(node.clock() + timedelta(minutes=70)) == [at]


def test_a_list_is_no_longer_than_a_page_and_says_how_many_there_are(served: Listening) -> None:
    officer = served.as_("officer", "luz")
    before = page(served)["handover"]["trucks"]
    for n in range(MOST_LISTED):
        assert officer.post("/v1/filings", json=truck(f"MANY-{n}")).status_code == 200
        said = {"examination": "hold", "reason": "The seal is broken."}
        assert officer.post(f"/v1/crossings/MANY-{n}/override", json=said).status_code == 200
    trucks = page(served)["handover"]["trucks"]
    assert len(trucks["held"]) == MOST_LISTED
    assert trucks["held_count"] == before["held_count"] + MOST_LISTED
    # Who has come leads, whoever else is held.
    assert [each["here"] for each in trucks["held"]] == sorted((each["here"] for each in trucks["held"]), reverse=True)


def test_who_was_held_before_the_last_handover_is_held_still_and_people_found_lead(learnt: Learnt, post: Post) -> None:
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        luz = made.as_("officer", "luz")
        for own, threat in (("GOODS", "contraband"), ("LIVES", "people")):
            assert luz.post("/v1/filings", json=truck(own)).status_code == 200
            said = {"crossing_id": own, "examined": 1, "outcome": 1, "threat": threat, "at": NOW.isoformat()}
            assert luz.post("/v1/outcomes", json=said | {"carried_out": "secondary"}).status_code == 200
            post.clock.move(minutes=1)
        for hours in (0, 70):
            post.clock.move(hours=hours, minutes=1)
            held = page(made)["handover"]["trucks"]["held"]
            assert [(each["crossing_id"], each["held_for"]) for each in held] == [
                ("LIVES", "people_found"), ("GOODS", "found"),
            ]  # fmt: skip
            body = {"digest": page(made)["digest"], "to": "ana", "remarks": ""}
            assert luz.post(URL, json=body).status_code == 200
        second = {"Second-Authorization": f"Bearer {made.token('supervisor', 'Second')}"}
        released = {"examination": "release", "reason": "It was handed to the police."}
        assert luz.post("/v1/crossings/LIVES/override", json=released, headers=second).status_code == 200
        held = page(made)["handover"]["trucks"]["held"]
        assert [each["crossing_id"] for each in held] == ["GOODS"]
