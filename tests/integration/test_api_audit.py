"""The audit over HTTP: events by what is asked for, page by page, and proofs that hold without the server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.log.checkpoint import opened
from aforo.log.merkle import leaf_hash, root_of_inclusion
from aforo.log.note import Verifier
from aforo.log.sequencer import sequence

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        for number in range(30):
            filed = made.as_("officer").post("/v1/filings", json=truck(f"AU-{number}"))
            assert filed.status_code == 200
            if number % 7 == 0:
                sequence(made.log)
        made.as_("officer").get("/v1/crossings/AU-3?persons=true")
        sequence(made.log)
        yield made


def pages(made: Listening, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = -1
    for _ in range(100):
        if after is None:
            break
        page = made.as_("auditor").get(f"/v1/audit/events?after={after}&{query}").json()
        found += page["events"]
        after = page["after"]
    assert after is None
    return found


def test_events_are_read_by_type_stream_actor_and_time(served: Listening) -> None:
    everything = pages(served, "limit=7")
    assert [each["leaf"] for each in everything] == list(range(len(everything)))
    filings = pages(served, "type=crossing.filed&limit=4")
    assert [each["event"]["data"]["declaration"]["declaration_id"] for each in filings] == [
        f"AU-{n}" for n in range(30)
    ]
    two = pages(served, "type=crossing.filed&type=crossing.decided&stream=crossing/AU-3")
    assert [each["event"]["type"] for each in two] == ["crossing.filed", "crossing.decided"]
    (read,) = pages(served, "type=person.read&actor=officer&limit=1")
    assert read["event"]["data"]["crossing"] == "AU-3"
    assert pages(served, "type=person.read&actor=nobody") == []
    at = read["event"]["recorded_at"].replace("+", "%2B")
    assert read in pages(served, f"since={at}")
    assert read not in pages(served, f"until={at}")
    auditor = served.as_("auditor")
    for wrong in ("type=no.such", "since=2026-01-01T00:00:00", "limit=100000", "after=x"):
        assert auditor.get(f"/v1/audit/events?{wrong}").status_code == 400


def test_an_event_is_proved_without_trust_in_the_server(served: Listening) -> None:
    auditor = served.as_("auditor")
    signed = auditor.get("/v1/audit/checkpoint").json()
    key = Verifier.parse(signed["keys"][0])
    head = opened(signed["note"], key)
    assert head.size == signed["size"]
    for each in pages(served, "limit=1000"):
        for size in ("", f"?size={signed['size']}"):
            proof = auditor.get(f"/v1/audit/events/{each['event']['event_id']}/proof{size}").json()
            body = base64.b64decode(proof["body"])
            assert json.loads(body) == each["event"]
            path = [base64.b64decode(node) for node in proof["path"]]
            tree = opened(proof["note"], key)
            assert root_of_inclusion(leaf_hash(body), proof["leaf"], tree.size, path) == tree.root
    known = each["event"]["event_id"]
    assert [auditor.get(f"/v1/audit/events/{url}").status_code for url in ("none/proof", f"{known}/proof?size=1")] == [
        404, 404,
    ]  # fmt: skip


def test_what_is_appended_and_not_signed_yet_is_not_proved(served: Listening) -> None:
    served.as_("officer").post("/v1/filings", json=truck("AU-NEW"))
    waiting = served.log.stream("crossing/AU-NEW")[0].event.event_id
    url = f"/v1/audit/events/{waiting}/proof"
    assert served.as_("auditor").get(url).json()["type"] == "urn:aforo:problem:not_proved"
    sequence(served.log)
    assert served.as_("auditor").get(url).status_code == 200


def test_tokens_are_told_without_whom_they_speak_for(served: Listening) -> None:
    served.carrier("CA-77")
    told = served.as_("administrator").get("/v1/audit/tokens")
    assert {each["role"] for each in told.json()["tokens"]} >= {"officer", "auditor", "administrator", "carrier"}
    assert all("carriers" not in each for each in told.json()["tokens"])
