"""What is seized at a dock: from a finding, under a number, learnt as a violation, and told where it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from at_posts import PICTURE
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate

if TYPE_CHECKING:
    from journeys import Learnt

FINDING: dict[str, Any] = {
    "finding": "f1", "part": "front_wall", "threat": "contraband", "what": "Packages behind the wall",
    "amount": 12.5, "unit": "kg", "severity": 6.0,
}  # fmt: skip
SEIZED: dict[str, Any] = {"finding": "f1", "kind": "drugs", "amount": 12.5, "unit": "kg", "authority": "US"}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def act(served: Listening, own: str, named: str, *, by: str = "Luz", second: str = "", **said: Any) -> httpx.Response:
    body = {"act": named, "seen": 90, **said}
    headers = {"Second-Authorization": f"Bearer {second}"} if second else {}
    return served.as_("officer", by).post(f"/v1/crossings/{own}/examinations/e", json=body, headers=headers)


def found(served: Listening, own: str) -> None:
    filed = served.carrier().post("/v1/filings", content=json.dumps(truck(own, importer_id=f"IM-{own}")))
    assert filed.status_code == 200
    assert act(served, own, "begin", examination="secondary", bridge="wtb", dock="3").status_code == 200
    assert act(served, own, "find", **FINDING).status_code == 200


def why(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["reason"]["en"] != problem["reason"]["es"]
    return str(problem["code"])


def test_a_seizure_has_its_number_and_is_told_on_every_page_that_speaks_of_the_truck(served: Listening) -> None:
    found(served, "seized")
    first = act(served, "seized", "seize", **SEIZED, case="2026-17").json()["record"]["seizures"]
    (one,) = first
    told = ("seizure", "kind", "threat", "what", "amount", "unit", "authority", "case", "actor")
    assert [one[each] for each in told] == [
        "seized/S1", "drugs", "contraband", "Packages behind the wall", 12.5, "kg", "US", "2026-17", "Luz",
    ]  # fmt: skip
    act(served, "seized", "seize", **SEIZED | {"kind": "money", "amount": 900, "unit": "USD", "authority": "MX"})
    for outcome in ("inconclusive", "clear"):
        assert act(served, "seized", "close", outcome=outcome).status_code == 422
    assert why(act(served, "seized", "close", outcome="inconclusive")) == "seizure_needs_violation"
    closed = act(served, "seized", "close", outcome="violation", threat="contraband", severity=6.0)
    assert closed.status_code == 200, closed.text
    officer = served.as_("officer")
    timeline = officer.get("/v1/crossings/seized/timeline").json()
    told_of = [each["data"]["seizure"] for each in timeline["entries"] if each["type"] == "examination.seized"]
    assert told_of == ["seized/S1", "seized/S2"]
    trucks = officer.get("/v1/bridges/world-trade/handover").json()["handover"]["trucks"]
    own = [each for each in trucks["seized"] if each["crossing_id"] == "seized"]
    assert [(each["seizure"], each["amount"], each["by"]) for each in own] == [
        ("seized/S1", 12.5, "Luz"), ("seized/S2", 900.0, "Luz"),
    ]  # fmt: skip
    assert trucks["seized_count"] >= 2
    # It is learnt as what was found, and counted where the importer's history is told.
    looked = officer.get("/v1/crossings/seized/parties").json()["parties"]
    (importer,) = [each["handle"] for each in looked if each["kind"] == "importer"]
    page = officer.get(f"/v1/entities/{importer}").json()
    assert [(each["found"], each["seized"]) for each in page["crossings"]] == [(True, 2)]
    assert page["memory"]["found"] > 0


def test_what_is_seized_comes_from_a_finding_that_stands(served: Listening) -> None:
    found(served, "from-finding")
    assert why(act(served, "from-finding", "seize", **SEIZED | {"finding": "f2"})) == "finding_unknown"
    for bad in ({"amount": 0}, {"unit": "persons"}, {"kind": "people"}, {"authority": "CA"}):
        assert act(served, "from-finding", "seize", **SEIZED | bad).status_code == 400
    named = act(served, "from-finding", "seize", **SEIZED, case="DR-from-finding")
    assert why(named) == "names_person"
    record = act(served, "from-finding", "seize", **SEIZED).json()["record"]
    finding, seizure = record["findings"][0]["entry"], record["seizures"][0]["entry"]
    assert why(act(served, "from-finding", "withdraw", entry=finding, reason="By mistake.")) == "finding_seized"
    assert act(served, "from-finding", "withdraw", entry=seizure, reason="Not ours.").status_code == 200
    assert act(served, "from-finding", "withdraw", entry=finding, reason="By mistake.").status_code == 200
    assert why(act(served, "from-finding", "seize", **SEIZED)) == "finding_unknown"
    trucks = served.as_("officer").get("/v1/bridges/world-trade/handover").json()["handover"]["trucks"]
    assert "from-finding" not in [each["crossing_id"] for each in trucks["seized"]]


def test_what_was_seized_is_withdrawn_from_a_closed_record_by_two(served: Listening) -> None:
    found(served, "erased")
    seizure = act(served, "erased", "seize", **SEIZED).json()["record"]["seizures"][0]["entry"]
    assert act(served, "erased", "close", outcome="violation", threat="contraband").status_code == 200
    said = {"entry": seizure, "reason": "Not ours."}
    for by in ("Luz", "Nora"):
        assert why(act(served, "erased", "withdraw", by=by, **said)) == "withdrawal_needs_second"
        own = served.token("supervisor", f" {by.upper()}")
        assert act(served, "erased", "withdraw", by=by, second=own, **said).status_code == 403
    trucks = served.as_("officer").get("/v1/bridges/world-trade/handover").json()["handover"]["trucks"]
    assert "erased" in [each["crossing_id"] for each in trucks["seized"]]
    eva = served.token("supervisor", "Eva")
    made = act(served, "erased", "withdraw", by="Nora", second=eva, **said)
    assert made.json()["record"]["seizures"][0]["withdrawn"] == "Not ours."
    timeline = served.as_("officer").get("/v1/crossings/erased/timeline").json()["entries"]
    (told,) = [each for each in timeline if each["type"] == "examination.withdrawn"]
    signed = next(each.id for each in served.tokens.all() if each.name == "Eva")
    said = {"reason": "Not ours.", "seconded_by": "Eva", "second_credential": signed}
    assert (told["actor"], told["data"]) == ("Nora", said)


def test_a_photo_is_of_a_finding_of_its_record(served: Listening) -> None:
    found(served, "pictured")
    path, officer = "/v1/crossings/pictured/examinations/e/photos", served.as_("officer", "Luz")
    assert why(officer.post(path, content=PICTURE, params={"finding": "another"})) == "finding_unknown"
    own = officer.post(path, content=PICTURE, params={"finding": "f1"}).json()["record"]
    whole = officer.post(path, content=PICTURE).json()["record"]
    assert [each["finding"] for each in own["photos"]] == ["f1"]
    assert [each["finding"] for each in whole["photos"]] == ["f1", ""]


def test_a_finding_that_is_corrected_twice_is_handed_over_once(served: Listening) -> None:
    found(served, "corrected")
    for severity in (3.0, 5.0, 7.0):
        closed = act(served, "corrected", "close", outcome="violation", threat="contraband", severity=severity)
        assert closed.status_code == 200, closed.text
    trucks = served.as_("officer").get("/v1/bridges/world-trade/handover").json()["handover"]["trucks"]
    assert [each["severity"] for each in trucks["found"] if each["crossing_id"] == "corrected"] == [7.0]
