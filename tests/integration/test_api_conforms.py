"""The API does what its OpenAPI document says, whatever it is asked, by whomever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from conforming import Findings, conforming
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.plan_examples import WHAT_IF_ASKED
from aforo.domain.role import ROLES

if TYPE_CHECKING:
    from journeys import Learnt

KNOWN = ("MINE", "THEIRS", "ODD / NAME")


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        for own, carrier in (("MINE", "CA-1"), ("THEIRS", "CA-2"), ("ODD / NAME", "CA-1")):
            filed = made.carrier(carrier).post("/v1/filings", content=json.dumps(truck(own, carrier_id=carrier)))
            assert filed.status_code == 200
        # The process that answers quick questions is begun by whoever looks at what stands there, and then takes time.
        asked = json.dumps(WHAT_IF_ASKED)
        assert made.as_("supervisor").post("/v1/what-if", content=asked, timeout=120.0).status_code == 200
        yield made


def told(findings: Findings) -> str:
    return "\n".join(f"{what}\n    {how}" for what, how in findings.wrong.items())


def known(served: Listening) -> dict[str, tuple[str, ...]]:
    """Names that there are, for every parameter of a path that may be one."""
    paths = served.nobody.get("/openapi.json").json()["paths"]
    named = {part[1:-1] for path in paths for part in path.split("/") if part.startswith("{")}
    officer = served.as_("officer")
    party = {"kind": "carrier", "identifier": "CA-1"}
    shown = officer.get("/v1/bridges/world-trade/handover").json()["digest"]
    signed = officer.post("/v1/bridges/world-trade/handover", json={"digest": shown, "to": "the next"}).json()
    decided = next(each for each in served.log.stream("crossing/MINE") if each.event.type == "crossing.decided")
    return dict.fromkeys(named, KNOWN) | {
        "handle": (officer.post("/v1/entities/lookup", json=party).json()["handle"], "MINE"),
        "handover": (signed["handover_id"], "MINE"),
        "decision": (decided.event.event_id, "MINE"),
        "bridge": ("world-trade", "2304", "MINE"),
        # One word: with a slash it is the path of another route.
        "kind": ("corridor", "MINE"),
    }


def test_every_operation_answers_as_the_document_says(served: Listening) -> None:
    findings = conforming(served, known(served), examples=6, seconds=25)
    assert not findings.wrong, told(findings)
    operations = {operation for operation, _ in findings.asked}
    assert findings.asked.keys() == {(each, caller) for each in operations for caller in (*ROLES, "nobody")}
    assert served.nobody.get("/readyz").status_code == 200


@pytest.mark.long
def test_every_operation_answers_as_the_document_says_a_thousand_times(served: Listening) -> None:
    findings = conforming(served, known(served), examples=1_000, seconds=3_600)
    assert not findings.wrong, told(findings)
    assert served.nobody.get("/readyz").status_code == 200


def test_a_method_that_a_path_does_not_have_is_told_which_it_has(served: Listening) -> None:
    document = served.nobody.get("/openapi.json").json()["paths"]
    for path, item in document.items():
        url = path.replace("{", "").replace("}", "")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"):
            if method.lower() in item:
                continue
            answer: httpx.Response = served.as_("officer").request(method, url)
            if method == "OPTIONS":  # the framework's own, which names no action and is closed like every such route
                assert answer.status_code in (204, 403, 405)
                continue
            assert answer.status_code == 405, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert {each.strip() for each in answer.headers["allow"].split(",")} >= {each.upper() for each in item}
