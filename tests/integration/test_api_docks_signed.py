"""What sets a finding aside at a dock takes two officers and a reason, by whatever way it is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import NOW, Post, truck
from listening import PASSWORD, Listening, listening

from aforo.api.access import Rate
from aforo.domain.dock import ExaminationClosed
from aforo.domain.event import Examined

if TYPE_CHECKING:
    from journeys import Learnt

FINDING: dict[str, Any] = {
    "finding": "f1", "part": "front_wall", "threat": "contraband", "what": "Packages behind the wall",
    "amount": 12.5, "unit": "kg", "severity": 6.0,
}  # fmt: skip
VIOLATION: dict[str, Any] = {"outcome": "violation", "threat": "contraband", "severity": 6.0}
ENDED = (NOW - timedelta(minutes=2)).isoformat()
#: A filer's clock may be ahead of the node's.
LATER = NOW + timedelta(hours=2)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def act(
    served: Listening, own: str, kind: str, *, by: str = "Luz", name: str = "e", second: str = "", **said: Any
) -> httpx.Response:
    headers = {"Second-Authorization": f"Bearer {second}"} if second else {}
    path = f"/v1/crossings/{own}/examinations/{name}"
    return served.as_("officer", by).post(path, json={"act": kind, "seen": 90, **said}, headers=headers)


def begun(served: Listening, own: str, name: str = "e") -> None:
    """A truck that is examined at a dock."""
    served.carrier().post("/v1/filings", content=json.dumps(truck(own)))
    made = act(served, own, "begin", name=name, examination="secondary", bridge="wtb", dock="3")
    assert made.status_code == 200, made.text


def found(served: Listening, own: str, **closed: Any) -> None:
    """A truck in which something was found: the record is closed as a violation, and the truck is held."""
    begun(served, own)
    assert act(served, own, "find", **FINDING).status_code == 200
    assert act(served, own, "close", at=ENDED, **(VIOLATION | closed)).status_code == 200
    assert held(served, own)


def held(served: Listening, own: str) -> bool:
    standing: dict[str, Any] = served.as_("officer").get(f"/v1/crossings/{own}/timeline").json()["standing"]
    return bool(standing["found"])


def finding_of(served: Listening, own: str) -> str:
    (record,) = served.as_("officer").get(f"/v1/crossings/{own}/examination").json()["examinations"]
    (finding,) = record["findings"]
    return str(finding["entry"])


def withdrawn(served: Listening, own: str, second: str = "") -> None:
    said = {"entry": finding_of(served, own), "reason": "Another truck."}
    assert act(served, own, "withdraw", second=second, **said).status_code == 200


def reported(served: Listening, own: str, **said: Any) -> dict[str, Any]:
    row = {"crossing_id": own, "examined": 1} | said
    told: dict[str, Any] = served.as_("officer", "Luz").post("/v1/outcomes", content=json.dumps(row)).json()
    return told


def why(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["reason"]["en"] != problem["reason"]["es"]
    return str(problem["code"])


def second(served: Listening, name: str = "Eva") -> str:
    return served.token("supervisor", name)


@pytest.mark.parametrize("outcome", ["clear", "inconclusive"])
def test_one_officer_alone_does_not_lift_the_hold_by_withdrawing_what_was_found(
    served: Listening, outcome: str
) -> None:
    own = f"alone-{outcome}"
    found(served, own)
    taking = {"entry": finding_of(served, own), "reason": "Another truck."}
    assert why(act(served, own, "withdraw", **taking)) == "withdrawal_needs_second"
    assert why(act(served, own, "withdraw", second=second(served), **taking | {"reason": " "})) == "reason_needed"
    withdrawn(served, own, second(served))
    said = {"outcome": outcome, "reason": "It was another truck."}
    assert why(act(served, own, "close", **said)) == "second_needed"
    # Nor with a second signature of one's own, whatever role the token has.
    assert act(served, own, "close", second=served.token("supervisor", "Luz"), **said).status_code == 403
    assert act(served, own, "close", second=served.token("officer", "LUZ "), **said).status_code == 403
    assert act(served, own, "close", second=served.token("analyst", "Eva"), **said).status_code == 403
    assert why(act(served, own, "close", second=second(served), **said | {"reason": "  "})) == "reason_needed"
    assert held(served, own)
    done = act(served, own, "close", second=second(served), **said)
    assert done.status_code == 200, done.text
    assert not held(served, own)
    (closed,) = [
        each.payload
        for each in served.log.stream(f"crossing/{own}")
        if isinstance(each.payload, ExaminationClosed) and each.payload.outcome == outcome
    ]
    assert (closed.seconded_by, closed.reason) == ("Eva", "It was another truck.")
    shown = done.json()["record"]["outcome"]
    assert (shown["actor"], shown["seconded_by"], shown["reason"]) == ("Luz", "Eva", "It was another truck.")


@pytest.mark.parametrize("outcome", ["clear", "inconclusive"])
def test_a_record_that_ever_had_a_finding_is_not_closed_so_by_one(served: Listening, outcome: str) -> None:
    own = f"open-{outcome}"
    begun(served, own)
    assert act(served, own, "find", **FINDING).status_code == 200
    if outcome == "clear":
        withdrawn(served, own)
    assert why(act(served, own, "close", outcome=outcome)) == "second_needed"
    assert act(served, own, "close", outcome=outcome, reason="Rust.", second=second(served)).status_code == 200


def test_a_violation_and_a_record_without_findings_take_one(served: Listening) -> None:
    found(served, "violated")
    assert act(served, "violated", "close", **VIOLATION | {"severity": 8.0}).status_code == 200
    begun(served, "clean")
    assert act(served, "clean", "close", outcome="clear").status_code == 200


def test_another_record_of_the_same_instant_takes_nothing_back_alone(served: Listening) -> None:
    found(served, "same-instant")
    begin = {"examination": "secondary", "bridge": "wtb", "dock": "4"}
    assert act(served, "same-instant", "begin", name="other", **begin).status_code == 200
    closing = {"name": "other", "outcome": "clear", "at": ENDED}
    assert why(act(served, "same-instant", "close", **closing)) == "second_needed"
    assert held(served, "same-instant")


@pytest.mark.parametrize("at", [ENDED, None])
def test_a_report_of_outcomes_does_not_take_back_what_a_dock_found(served: Listening, at: str | None) -> None:
    own = f"reported-{at is None}"
    found(served, own)
    row = {"crossing_id": own, "examined": 1, "outcome": 0} | ({} if at is None else {"at": at})
    told = served.as_("officer", "Luz").post("/v1/outcomes", content=json.dumps(row)).json()
    assert [each["code"] for each in told["problems"]] == ["dock_finding_stands"]
    assert held(served, own)
    # What is found besides, or corrected and still found, is taken.
    worse = {"crossing_id": own, "examined": 1, "outcome": 1, "threat": "people", "at": ENDED}
    assert served.as_("officer", "Luz").post("/v1/outcomes", content=json.dumps(worse)).json()["corrections"] == 1


def test_a_second_officer_signs_at_the_same_screen_for_this_closing_alone(served: Listening) -> None:
    found(served, "screen")
    first = served.signed_in("officer", "Ana at the dock")
    served.account("supervisor", "Eva at the dock")

    def sign(name: str = "Eva at the dock", **signed: str | None) -> httpx.Response:
        body = {"name": name, "password": PASSWORD, "crossing_id": "screen", "record": "e", "outcome": "clear"}
        return first.post("/v1/seconds", json=body | signed)

    def sent(token: str, act: str, **said: str) -> httpx.Response:
        body = {"act": act, "reason": "Another truck.", "seen": 90, **said}
        headers = {"Second-Authorization": f"Bearer {token}"}
        return first.post("/v1/crossings/screen/examinations/e", json=body, headers=headers)

    def close(token: str) -> httpx.Response:
        return sent(token, "close", outcome="clear")

    entry = finding_of(served, "screen")
    assert sign(entry=entry).status_code == 400
    for other in ({}, {"outcome": None, "entry": "another"}):
        assert sent(sign(**other).json()["token"], "withdraw", entry=entry).status_code == 403
    assert close(sign(outcome=None, entry=entry).json()["token"]).status_code == 403
    taken = sent(sign(outcome=None, entry=entry).json()["token"], "withdraw", entry=entry)
    assert taken.json()["record"]["findings"][0]["withdrawn"] == "Another truck."
    assert sign("Ana at the dock").status_code == 403
    assert sign(examination="scan").status_code == 400
    for other in ({"record": "another"}, {"outcome": "inconclusive"}, {"crossing_id": "clean"}):
        assert close(sign(**other).json()["token"]).status_code == 403
    order = {"name": "Eva at the dock", "password": PASSWORD, "crossing_id": "screen", "examination": "release"}
    assert close(first.post("/v1/seconds", json=order).json()["token"]).status_code == 403
    assert held(served, "screen")
    assert close(sign().json()["token"]).json()["record"]["outcome"]["seconded_by"] == "Eva at the dock"
    assert not held(served, "screen")


@pytest.mark.parametrize("taken_back", [False, True])
@pytest.mark.parametrize("said", [{"outcome": 0}, {}])
def test_no_report_lets_a_truck_go_while_the_record_with_the_finding_is_open(
    served: Listening, taken_back: bool, said: dict[str, Any]
) -> None:
    own = f"open-report-{taken_back}-{len(said)}"
    begun(served, own)
    early = {"outcome": 0, "carried_out": "scan", "at": (NOW - timedelta(minutes=9)).isoformat()}
    assert reported(served, own, **early)["examinations"] == 1  # nothing was found yet
    assert act(served, own, "find", **FINDING).status_code == 200
    if taken_back:
        withdrawn(served, own)
    for more in ({"carried_out": "secondary"}, {"at": ENDED}, {"at": ENDED, "carried_out": "secondary"}):
        told = reported(served, own, **said, **more)
        assert [each["code"] for each in told["problems"]] == ["dock_finding_stands"], told
    assert sum(isinstance(each.payload, Examined) for each in served.log.stream(f"crossing/{own}")) == 1
    assert reported(served, own, **early)["repeated"] == 1
    assert reported(served, own, outcome=1, threat="contraband", at=ENDED)["examinations"] == 1
    assert held(served, own)


@pytest.mark.parametrize(("filed", "ended"), [(NOW - timedelta(hours=1), NOW - timedelta(hours=1)), (LATER, NOW)])
def test_what_is_found_by_a_device_whose_clock_is_slow_holds_the_truck(
    served: Listening, filed: datetime, ended: datetime
) -> None:
    own, slow = f"slow-{filed:%H}", {"at": (NOW - timedelta(days=40)).isoformat()}
    served.carrier().post("/v1/filings", content=json.dumps(truck(own, filed_at=filed.isoformat())))
    begin = {"examination": "secondary", "bridge": "wtb", "dock": "5"}
    for kind, said in (("begin", begin), ("find", FINDING), ("close", VIOLATION)):
        made = act(served, own, kind, **said, **slow)
        assert made.status_code == 200, made.text
    assert held(served, own)
    record = made.json()["record"]
    assert datetime.fromisoformat(record["ended_at"]) == ended
    assert datetime.fromisoformat(record["ended_said_at"]) == NOW - timedelta(days=40)
    # It is one examination however often its close is sent, and no report takes it back.
    assert act(served, own, "close", **VIOLATION, **slow).status_code == 200
    assert sum(isinstance(each.payload, Examined) for each in served.log.stream(f"crossing/{own}")) == 1
    told = reported(served, own, outcome=0, at=record["ended_at"])
    assert [each["code"] for each in told["problems"]] == ["dock_finding_stands"]


def test_who_worked_on_a_record_does_not_answer_the_challenge_against_it(served: Listening) -> None:
    own = "contested"
    begun(served, own)
    assert act(served, own, "check", by="Nora", item="floor", result="clear").status_code == 200
    assert act(served, own, "find", **FINDING).status_code == 200
    assert act(served, own, "close", **VIOLATION).status_code == 200
    said = {"which": own, "statement": "The trailer was empty."}
    challenge = served.carrier().post("/v1/challenges", json=said).json()["challenge"]

    def answer(by: str, verdict: str = "upheld") -> httpx.Response:
        body = {"verdict": verdict, "reason": "The photo shows another truck."}
        return served.as_("supervisor", by).post(f"/v1/challenges/{challenge}/answer", json=body)

    for by, verdict in (("Luz", "upheld"), (" LUZ", "upheld"), ("Luz", "dismissed"), ("Nora", "upheld")):
        refused = answer(by, verdict)
        assert (by, why(refused)) == (by, "challenge_examined")
    assert held(served, own)
    assert answer("Eva").status_code == 200
    assert not held(served, own)
