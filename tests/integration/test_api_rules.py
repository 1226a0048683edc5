"""Rules, decisions and entities over HTTP: what officers look up, and what changes what is decided next."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.examples import RULE
from aforo.api.rules_taken_up import RulesTakenUp
from aforo.domain.event import Decided, PersonRead
from aforo.flow.replay import decisions_of, replay
from aforo.risk.rules.document import RuleDocument, check
from aforo.risk.rules.recorded import RecordedRules

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def selection_of(made: Listening, own: str) -> dict[str, Any]:
    found: dict[str, Any] = made.as_("officer").get(f"/v1/crossings/{own}").json()["selection"][0]
    return found


def fired(line: dict[str, Any]) -> set[str]:
    return {
        term["code"] for threat in line["threats"].values() for term in threat["evidence"] if term["source"] == "rule"
    }


def test_a_rule_is_proposed_tried_approved_by_another_and_decides_at_once(served: Listening) -> None:
    rule = RULE | {"id": "brackets", "condition": "hs6 == '870829'", "author": "ana"}
    rule["band"] = [{"from": 0.0, "misdeclaration": 4.0}]
    ana, luz = served.as_("supervisor", "ana"), served.as_("supervisor", "luz")
    assert served.as_("officer").post("/v1/rules", json=rule).json()["problems"][0]["code"] == "rule_author"
    made = ana.post("/v1/rules", json=rule)
    assert (made.status_code, made.json()["stage"]) == (200, "draft")
    assert served.carrier().post("/v1/filings", json=truck("RU-1")).status_code == 200
    assert (
        served.as_("officer").post("/v1/outcomes", json={"crossing_id": "RU-1", "examined": 1, "outcome": 1}).is_success
    )

    impact = served.as_("analyst").get("/v1/rules/brackets/impact?rate=0.5&crossings=10").json()
    assert (impact["crossings"], impact["fired"], impact["failed"]) == (1, 1, 0)
    assert impact["base_rate"]["value"] == 1.0
    assert [impact[each] for each in ("known", "violations", "fired_known", "fired_violations")] == [1, 1, 1, 1]
    # Unless a rate is given it is that of the crossings themselves, and every crossing is in one group.
    assert [(each["group"], each["crossings"]) for each in impact["by"]["programme"]] == [("none", 1)]
    ordered = selection_of(served, "RU-1")["examination"] != "release"
    assert served.as_("analyst").get("/v1/rules/brackets/impact?crossings=10").json()["examined"] == int(ordered)

    def step(client: Any, to: str, **more: str) -> tuple[int, str]:
        answer = client.post("/v1/rules/brackets@1/stage", json={"to": to} | more)
        told = answer.json()
        return answer.status_code, told["problems"][0]["code"] if "problems" in told else told["stage"]

    assert step(ana, "shadow") == (422, "approver_is_author")
    assert step(luz, "active") == (422, "step_not_allowed")
    assert step(luz, "shadow") == (200, "shadow")
    served.carrier().post("/v1/filings", json=truck("RU-2"))
    assert not fired(selection_of(served, "RU-2"))
    assert step(luz, "active") == (200, "active")
    served.carrier().post("/v1/filings", json=truck("RU-3"))
    high = selection_of(served, "RU-3")
    assert (
        high["threats"]["misdeclaration"]["probability"]
        > 4 * selection_of(served, "RU-2")["threats"]["misdeclaration"]["probability"]
    )
    assert step(luz, "rolled_back") == step(luz, "rolled_back", reason=" ") == (422, "reason_missing")
    assert step(luz, "rolled_back", reason="Every bracket is caught.") == (200, "rolled_back")
    last = ana.get("/v1/rules/brackets").json()["steps"][-1]
    assert (last["stage"], last["by"], last["reason"]) == ("rolled_back", "luz", "Every bracket is caught.")
    served.carrier().post("/v1/filings", json=truck("RU-4"))
    assert not fired(selection_of(served, "RU-4"))
    again = [made for group in decisions_of(served.log) for made in replay(group, served.log, "test")]
    assert len(again) == 4
    assert not [each for each in again if each.differences]


def in_force(made: Listening) -> set[str]:
    assert made.desk.node is not None
    return {each.code for each in made.desk.node.force.rules.active}


def test_a_rule_that_is_promoted_at_a_terminal_decides_in_a_server_that_runs(served: Listening) -> None:
    rule = RULE | {"id": "terminal", "condition": "hs6 == '870829'", "author": "ana"}
    rule["band"] = [{"from": 0.0, "misdeclaration": 1.0}]
    followed = RulesTakenUp(served.log, served.desk)
    assert not followed.look()
    recorded = RecordedRules(served.log)
    recorded.add(check(msgspec.convert(rule, RuleDocument)), "ana")
    recorded.promote("terminal", None, "shadow", "luz")
    recorded.promote("terminal", None, "active", "luz")
    served.carrier().post("/v1/filings", json=truck("RT-1"))
    assert followed.look()
    assert not followed.look()
    served.carrier().post("/v1/filings", json=truck("RT-2"))
    assert [fired(selection_of(served, own)) for own in ("RT-1", "RT-2")] == [set(), {"terminal@1"}]
    sets = [
        each.payload.artefacts
        for own in ("RT-1", "RT-2")
        for each in served.log.stream(f"crossing/{own}")
        if isinstance(each.payload, Decided)
    ]
    assert len(set(sets)) == 2, "each decision names the rules that it was made with"
    again = [made for group in decisions_of(served.log) for made in replay(group, served.log, "test")]
    assert not [each for each in again if each.differences]
    with RulesTakenUp(served.log, served.desk, every=0.01):
        recorded.promote("terminal", None, "rolled_back", "luz", "It is wrong.")
        until = time.monotonic() + 20
        while in_force(served) >= {"terminal@1"} and time.monotonic() < until:
            time.sleep(0.01)
    assert "terminal@1" not in in_force(served)


def test_rules_that_are_not_sound_or_not_there(served: Listening) -> None:
    ana = served.as_("supervisor", "ana")
    bad = RULE | {"author": "ana", "condition": "driver_id == 'X'"}
    assert ana.post("/v1/rules", json=bad).json()["problems"][0]["code"] == "condition_personal"
    assert ana.post("/v1/rules", json={"id": "x"}).json()["type"].endswith("body_bad")
    for url in ("/v1/rules/none", "/v1/rules/none@9", "/v1/rules/none/impact"):
        assert ana.get(url).status_code == 404
    assert ana.post("/v1/rules/none/stage", json={"to": "shadow"}).status_code == 404
    assert ana.get("/v1/rules/goods-without-value/impact?rate=2").status_code == 400
    shown = ana.get("/v1/rules").json()["rules"]
    assert {each["stage"] for each in shown if each["document"]["author"] == "Aforo"} == {"active"}


def test_a_decision_names_what_went_into_it_and_replays(served: Listening) -> None:
    served.carrier().post("/v1/filings", json=truck("DE-1"))
    decision = selection_of(served, "DE-1")["decision"]
    shown = served.as_("auditor").get(f"/v1/decisions/{decision}?replay=true").json()
    assert (shown["crossing_id"], shown["superseded"], shown["replay"]["equal"]) == ("DE-1", False, True)
    assert shown["selection"] == [selection_of(served, "DE-1")]
    assert served.desk.node is not None
    assert shown["artefacts"]["set"] == served.desk.node.force.hash
    assert [name for name, own in shown["artefacts"].items() if own is None] == ["prices", "ports"]  # no ports here
    assert all(len(each) == 64 for each in shown["artefacts"].values() if each is not None)
    amended = truck("DE-2", amends="DE-1", action="replace", value_usd=1.0)
    served.carrier().post("/v1/filings", json=amended)
    old = served.as_("officer").get(f"/v1/decisions/{decision}").json()
    assert old["superseded"]
    assert [each["declaration_id"] for each in old["selection"]] == ["DE-1"]
    assert old["selection"][0]["value"] == shown["selection"][0]["value"]
    filed = served.log.stream("crossing/DE-1")[0].event.event_id
    assert [served.as_("officer").get(f"/v1/decisions/{each}").status_code for each in ("none", filed)] == [404, 404]


def test_a_party_is_looked_up_by_whatever_spelling_and_that_is_recorded(served: Listening) -> None:
    served.carrier().post("/v1/filings", json=truck("EN-1", importer_id="IM-77", driver_id="DR 9-X"))
    served.as_("officer").post(
        "/v1/outcomes", json={"crossing_id": "EN-1", "examined": 1, "outcome": 1, "threat": "theft"}
    )
    officer = served.as_("officer")
    found = officer.post("/v1/entities/lookup", json={"kind": "driver", "identifier": "dr9x"}).json()
    memory = found["memory"]
    assert memory["filings"] == 1
    assert 0 < memory["threats"]["theft"] == memory["found"] <= memory["examined"]
    assert memory["rate"]["low"] < memory["rate"]["value"] < memory["rate"]["high"]
    assert memory["rate"]["value"] > memory["prior_rate"]
    (read,) = served.log.stream(f"read/person/{found['party']}")
    assert isinstance(read.payload, PersonRead)
    assert (read.event.actor, read.payload.fields, read.payload.person) == ("officer", ("driver_id",), found["party"])
    assert b"9X" not in read.body
    stranger = officer.post("/v1/entities/lookup", json={"kind": "driver", "identifier": "NOBODY-1"}).json()
    assert stranger["memory"] is None
    assert not served.log.stream(f"read/person/{stranger['party']}")
    for bad in ({"kind": "seal", "identifier": "1"}, {"kind": "driver", "identifier": ""}, {"kind": "driver"}):
        assert officer.post("/v1/entities/lookup", json=bad).status_code == 400


def test_a_rule_in_shadow_tells_where_it_fired_and_what_was_found_there(served: Listening) -> None:
    rule = RULE | {"id": "shaded", "condition": "hs6 == '870829'", "author": "ana"}
    rule["band"] = [{"from": 0.0, "misdeclaration": 0.5}]
    ana, luz = served.as_("supervisor", "ana"), served.as_("supervisor", "luz")
    ana.post("/v1/rules", json=rule)
    analyst = served.as_("analyst")
    assert analyst.get("/v1/rules/shaded/shadow").json() == {"shadow": None, "impact": None}
    luz.post("/v1/rules/shaded@1/stage", json={"to": "shadow"})
    for own, more in (("SR-1", {}), ("SR-2", {}), ("SR-3", {"hs6": "010121"})):
        assert served.carrier().post("/v1/filings", json=truck(own, **more)).status_code == 200
    told = {"crossing_id": "SR-1", "examined": 1, "outcome": 1, "threat": "theft"}
    assert served.as_("officer").post("/v1/outcomes", json=told).is_success
    made = analyst.get("/v1/rules/shaded/shadow").json()
    shadow = made["shadow"]
    assert (shadow["crossings"], shadow["fired_on"], shadow["examined"], shadow["found"]) == (3, 2, 1, 1)
    assert (shadow["known"], shadow["violations"]) == (1, 1)
    assert shadow["fired"]["value"] == pytest.approx(2 / 3)
    assert shadow["fired"]["low"] < 2 / 3 < shadow["fired"]["high"]
    assert (shadow["hit_rate"]["value"], shadow["until"]) == (1.0, None)
    assert [each["crossing_id"] for each in shadow["shown"]] == ["SR-2", "SR-1"]
    unknown, found = shadow["shown"]
    assert (unknown["examined"], unknown["violation"], unknown["log_odds"]) == (False, None, {"misdeclaration": 0.5})
    assert (found["examined"], found["violation"], found["threat"]) == (True, True, "theft")
    assert (made["impact"]["crossings"], made["impact"]["fired"]) == (3, 2)
    luz.post("/v1/rules/shaded@1/stage", json={"to": "active"})
    served.carrier().post("/v1/filings", json=truck("SR-4"))
    ended = analyst.get("/v1/rules/shaded/shadow").json()
    assert (ended["shadow"]["crossings"], ended["impact"]) == (3, None)
    assert ended["shadow"]["until"] is not None
    steps = analyst.get("/v1/rules/shaded").json()["steps"]
    assert [(each["stage"], each["by"]) for each in steps] == [("draft", "ana"), ("shadow", "luz"), ("active", "luz")]
    luz.post("/v1/rules/shaded@1/stage", json={"to": "rolled_back", "reason": "It is wrong."})


def test_a_crossing_counts_once_by_whatever_names_its_filings_came(served: Listening) -> None:
    def counted() -> int:
        url = "/v1/rules/goods-without-value/impact?crossings=5000"
        return int(served.as_("analyst").get(url).json()["crossings"])

    served.carrier().post("/v1/filings", json=truck("BEFORE"))
    before, same = counted(), {"tractor_id": "T-1", "driver_id": "D-1", "seal_id": "S-1", "shipment_id": "ABCDS1"}
    for each in (truck("ABCDS1", crossing_id="ABCD77", **same), truck("ENTRY-9", **same)):
        assert served.as_("officer").post("/v1/filings", json=each).status_code == 200
    assert counted() == before + 1
