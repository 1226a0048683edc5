"""Challenges over HTTP: a carrier contests its own, sees how it stands, and a person answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, payloads, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.domain.event import PersonRead
from aforo.exams.challenge import LARGEST_DOCUMENT

if TYPE_CHECKING:
    from journeys import Learnt

#: What no carrier may read in an answer.
INTERNAL = ("score", "evidence", "rule", "model", "log_odds", "propensity", "price", "basis")


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def filed(made: Listening, *trucks: dict[str, Any]) -> None:
    for each in trucks:
        assert made.as_("officer").post("/v1/filings", json=each).status_code == 200


def contested(made: Listening, which: str, carrier: str = "CA-1", **said: Any) -> Any:
    body = {"which": which, "statement": "The trailer was empty."} | said
    return made.carrier(carrier).post("/v1/challenges", json=body)


def test_a_challenge_is_filed_seen_answered_and_told(served: Listening) -> None:
    filed(served, truck("CH-1"))
    report = {"crossing_id": "CH-1", "examined": 1, "outcome": 1, "threat": "contraband"}
    assert served.as_("officer").post("/v1/outcomes", json=report).status_code == 200
    note = {"name": "note.txt", "body": base64.b64encode(b"Delivered in full.").decode()}
    made = contested(served, "CH-1", documents=[note])
    assert made.status_code == 200
    challenge = made.json()
    assert (challenge["state"], challenge["party"], challenge["crossing_id"]) == ("waits", "carrier", "CH-1")
    assert challenge["due"] > challenge["filed_at"]
    assert contested(served, "CH-1", documents=[note]).json() == challenge  # sent twice, filed once
    url = f"/v1/challenges/{challenge['challenge']}"
    opened = served.as_("officer").get(f"{url}/documents").json()
    assert opened["statement"] == "The trailer was empty."
    assert base64.b64decode(opened["documents"][0]["body"]) == b"Delivered in full."
    read = payloads(served.log.stream("read/CH-1"), PersonRead)[-1]
    assert read == PersonRead("CH-1", ("challenge",), read.token)
    answer = {"verdict": "upheld", "reason": "The note shows it."}
    answered = served.as_("supervisor").post(f"{url}/answer", json=answer).json()
    assert (answered["state"], answered["reason"]) == ("upheld", "The note shows it.")
    assert served.desk.node is not None
    assert served.desk.node.outdated  # what was withdrawn had been learnt from
    told = served.carrier().get(url)
    assert told.json() == answered
    assert not [word for word in INTERNAL if word in told.text]
    again = served.as_("officer").post(f"{url}/answer", json=answer)
    assert (again.status_code, again.json()["problems"][0]["code"]) == (422, "challenge_answered_already")


def test_who_filed_a_challenge_does_not_answer_it(served: Listening) -> None:
    filed(served, truck("CH-9"))
    officer = served.as_("officer")
    own = officer.post("/v1/challenges", json={"which": "CH-9", "statement": "It was empty."}).json()["challenge"]
    answer = {"verdict": "upheld", "reason": "So it was."}
    alone = officer.post(f"/v1/challenges/{own}/answer", json=answer)
    assert (alone.status_code, alone.json()["problems"][0]["code"]) == (422, "challenge_own")
    assert served.as_("supervisor").post(f"/v1/challenges/{own}/answer", json=answer).status_code == 200


def test_a_carrier_passes_for_nobody_by_the_name_of_its_token(served: Listening) -> None:
    filed(served, truck("CH-10"))
    said = {"which": "CH-10", "statement": "It was empty."}
    own = served.as_("carrier", "supervisor ", ("CA-1",)).post("/v1/challenges", json=said).json()["challenge"]
    (event,) = [each.event for each in served.log.stream("crossing/CH-10") if each.event.event_id == own]
    token = next(each.id for each in served.tokens.all() if each.name == "supervisor ")
    (code,) = served.log.keys.identity_hashes("carrier", ["CA-1"]).tolist()
    assert event.actor == f"carrier:{code:016x}/{token}"
    # And whose name it took is not kept from answering.
    answer = {"verdict": "dismissed", "reason": "It was full."}
    assert served.as_("supervisor").post(f"/v1/challenges/{own}/answer", json=answer).status_code == 200
    signed = served.signed_in("carrier", "supervising", ("CA-1",))
    own = signed.post("/v1/challenges", json=said | {"statement": "As we said."}).json()["challenge"]
    (event,) = [each.event for each in served.log.stream("crossing/CH-10") if each.event.event_id == own]
    account = served.account("carrier", "supervising").id
    assert event.actor.startswith(f"carrier:{code:016x}/session:{account}.")


def test_a_carrier_sees_its_own_and_nothing_of_anothers(served: Listening) -> None:
    filed(served, truck("CH-2"), truck("CH-3", carrier_id="CA-2"))
    filed(served, truck("CH-4", crossing_id="CH-SHARED"), truck("CH-5", crossing_id="CH-SHARED", carrier_id="CA-2"))
    ids = {
        which: contested(served, which, carrier).json()["challenge"]
        for which, carrier in (("CH-2", "CA-1"), ("CH-3", "CA-2"), ("CH-4", "CA-1"))
    }
    assert contested(served, "CH-3").status_code == 404
    assert contested(served, "CH-2", "CA-2").status_code == 404
    assert contested(served, "NOBODY").status_code == 404

    def listed(client: Any) -> set[str]:
        return {each["challenge"] for each in client.get("/v1/challenges?answered=true").json()["challenges"]}

    assert ids["CH-2"] in listed(served.carrier())
    assert listed(served.carrier("CA-2")) == {ids["CH-3"]}  # on the shared crossing it filed none
    assert set(ids.values()) <= listed(served.as_("officer"))
    assert served.carrier("CA-2").get(f"/v1/challenges/{ids['CH-4']}").status_code == 404
    assert served.carrier("CA-2").get(f"/v1/challenges/{ids['CH-2']}").status_code == 404


def test_on_a_shared_crossing_a_challenge_is_the_carriers_for_whom_it_was_filed_by_whatever_token(
    served: Listening,
) -> None:
    filed(served, truck("CH-7", crossing_id="CH-BOTH"), truck("CH-8", crossing_id="CH-BOTH", carrier_id="CA-2"))
    mine = served.as_("carrier", "dispatch", ("CA-1",))
    said = {"which": "CH-7", "statement": "It was empty."}
    own = mine.post("/v1/challenges", json=said).json()["challenge"]
    # A token of another carrier may have the same name, and one of the same carrier any other.
    now = datetime.now(UTC)
    text, _ = served.tokens.issue("dispatch", "carrier", ("CA-2",), now, now + timedelta(hours=1))
    other = {"Authorization": f"Bearer {text}"}
    assert served.nobody.get(f"/v1/challenges/{own}", headers=other).status_code == 404
    listed = served.nobody.get("/v1/challenges?answered=true", headers=other).json()["challenges"]
    assert own not in {each["challenge"] for each in listed}
    # Who says the same is not given another's challenge.
    theirs = served.nobody.post("/v1/challenges", json=said, headers=other).json()["challenge"]
    assert theirs != own
    assert served.as_("carrier", "office", ("CA-1",)).get(f"/v1/challenges/{own}").status_code == 200
    both = served.as_("carrier", "group", ("CA-1", "CA-2", "CA-9"))
    assert {own, theirs} <= {each["challenge"] for each in both.get("/v1/challenges").json()["challenges"]}


def test_what_is_too_large_or_not_a_challenge_is_refused_with_a_reason(served: Listening) -> None:
    filed(served, truck("CH-6"))
    large = base64.b64encode(bytes(LARGEST_DOCUMENT + 1)).decode()
    small = {"name": "n", "body": ""}

    def code(**said: Any) -> tuple[int, str]:
        answer = contested(served, "CH-6", **said)
        told = answer.json()
        return answer.status_code, told["problems"][0]["code"] if "problems" in told else told["type"].split(":")[-1]

    assert code(documents=[{"name": "n", "body": large}]) == (422, "challenge_document_large")
    assert code(documents=[small] * 6) == (422, "challenge_documents_many")
    assert code(documents=[small] * 60) == (400, "body_field_bad")
    assert code(documents=[{"name": "n", "body": "no base64!"}]) == (400, "body_field_bad")
    assert code(statement=" ") == (422, "challenge_needs_statement")
    assert code(party="driver") == (422, "challenge_not_a_party")
    assert code(party="customs") == (400, "body_field_bad")
    assert contested(served, "CH-6", documents=[{"name": "n", "body": large * 16}]).status_code == 413
