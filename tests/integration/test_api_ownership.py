"""What is one carrier's no other changes, reads, or takes the name of; what no message may cost."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.desk import Desk
from aforo.domain.event import Examined
from aforo.intake.together import MOST_RECORDS

if TYPE_CHECKING:
    from journeys import Learnt

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "borderconnect"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def sent(made: Listening, carrier: str, *trucks: dict[str, Any]) -> Any:
    lines = "".join(f"{json.dumps({'carrier_id': carrier, **each})}\n" for each in trucks)
    return made.carrier(carrier).post("/v1/filings", content=lines)


def codes(response: Any) -> set[str]:
    told = response.json()
    return {problem["code"] for problem in told.get("problems") or told.get("mend") or ()}


def test_a_crossing_named_after_anothers_declaration_opens_no_way_to_it(served: Listening) -> None:
    victim = truck("O-DECL", carrier_id="CA-2", crossing_id="O-TRIP")
    before = sent(served, "CA-2", victim).json()["filings"][0]["status"]
    assert sent(served, "CA-1", truck("O-1", carrier_id="CA-1", crossing_id="O-DECL")).status_code == 200
    for action in ("cancel", "replace"):
        attack = truck(f"O-{action}", carrier_id="CA-1", amends="O-DECL", action=action)
        refused = sent(served, "CA-1", attack)
        assert (refused.status_code, "amends_nothing_of_yours" in codes(refused)) == (422, True)
    assert served.carrier("CA-2").get("/v1/filings/O-DECL").json()["status"] == before
    assert served.carrier("CA-1").get("/v1/filings/O-DECL").status_code == 404


@pytest.mark.parametrize("action", ["cancel", "replace"])
def test_to_amend_what_is_anothers_is_told_as_to_amend_what_nobody_filed(served: Listening, action: str) -> None:
    assert sent(served, "CA-2", truck(f"P-{action}", carrier_id="CA-2")).status_code == 200

    def told(name: str) -> tuple[int, Any]:
        amending = truck(f"P-of-{action}", carrier_id="CA-1", amends=name, action=action)
        refused = sent(served, "CA-1", amending | {"crossing_id": name})
        body = refused.json()
        for changing in ("id", "at"):
            del body["answer"][changing]
        del body["instance"]
        return refused.status_code, body

    assert told(f"P-{action}") == told(f"P-NO-{action}")


def test_each_amends_its_own_on_a_crossing_that_several_share(served: Listening) -> None:
    officer = served.as_("officer")
    lines = "".join(
        f"{json.dumps(truck(own, carrier_id=carrier, crossing_id='S-TRIP'))}\n"
        for own, carrier in (("S-1", "CA-1"), ("S-2", "CA-2"))
    )
    assert officer.post("/v1/filings", content=lines).status_code == 200
    own = truck("S-3", carrier_id="CA-2", amends="S-2", action="cancel")
    assert sent(served, "CA-2", own).status_code == 200
    others = truck("S-4", carrier_id="CA-1", amends="S-2", action="replace")
    assert sent(served, "CA-1", others).status_code == 422


def test_a_name_that_nobody_filed_is_not_taken_by_amending_it(served: Listening) -> None:
    refused = sent(served, "CA-1", truck("N-1", carrier_id="CA-1", amends="N-NEXT", action="replace"))
    assert (refused.status_code, "amends_nothing_of_yours" in codes(refused)) == (422, True)
    assert sent(served, "CA-2", truck("N-NEXT", carrier_id="CA-2")).status_code == 200
    both = [truck("N-2", carrier_id="CA-1"), truck("N-3", carrier_id="CA-1", amends="N-2", action="replace")]
    assert sent(served, "CA-1", *both).status_code == 200


def test_a_name_that_another_took_first_keeps_nobody_from_filing_and_opens_no_way(served: Listening) -> None:
    squatted = truck("ABCD1", carrier_id="CA-2", crossing_id="ABCD-NEXT")
    assert sent(served, "CA-2", squatted).status_code == 200
    before = served.carrier("CA-2").get("/v1/filings/ABCD1").json()
    own = truck("ABCD1", carrier_id="CA-1", crossing_id="ABCD-NEXT")
    first, again = (sent(served, "CA-1", own) for _ in range(2))
    assert (first.status_code, codes(first)) == (200, {"name_taken"})
    (told,), (twice,) = (response.json()["filings"] for response in (first, again))
    assert twice == told | {"repeated": True}
    assert told["crossing_id"].startswith("ABCD-NEXT@")
    # Each goes on with the name as it is its own, and sees its own under it.
    late = truck("ABCD2", carrier_id="CA-1", crossing_id="ABCD-NEXT")
    (more,) = sent(served, "CA-1", late).json()["filings"]
    ended = truck("ABCD1~1", carrier_id="CA-1", amends="ABCD1", action="cancel")
    assert (more["crossing_id"], sent(served, "CA-1", ended).status_code) == (told["crossing_id"], 200)
    assert served.carrier("CA-1").get("/v1/filings/ABCD1").json()["reference"]["crossing"] == told["crossing_id"]
    assert served.carrier("CA-2").get("/v1/filings/ABCD1").json() == before
    types = [each.event.type for each in served.log.stream("crossing/ABCD-NEXT")]
    assert types.count("crossing.filed") == 1


def test_a_name_may_be_taken_within_a_message_too(served: Listening) -> None:
    assert sent(served, "CA-2", truck("T-1", carrier_id="CA-2")).status_code == 200
    both = [truck("T-1", carrier_id="CA-1"), truck("T-2", carrier_id="CA-1", amends="T-1", action="replace")]
    told = sent(served, "CA-1", *both)
    assert (told.status_code, len({each["crossing_id"] for each in told.json()["filings"]})) == (200, 1)


def test_who_may_file_for_anyone_is_told_what_amends_nothing(served: Listening) -> None:
    line = json.dumps(truck("W-1", amends="W-NOTHING", action="cancel"))
    told = served.as_("officer").post("/v1/filings", content=line)
    assert (told.status_code, codes(told) >= {"amends_unknown"}) == (200, True)


def test_a_message_of_too_many_records_is_refused_as_a_whole_and_at_once(served: Listening) -> None:
    many = "[" + ",".join(["0"] * (MOST_RECORDS + 1)) + "]"
    refused = served.carrier().post("/v1/filings", content='[{"declaration_id":"a"},' + many[1:])
    assert (refused.status_code, codes(refused)) == (422, {"records_too_many"})
    assert len(refused.content) < 2_000
    table = "declaration_id,filed_at\n" + "T,2026-03-01T08:00:00-06:00\n" * (MOST_RECORDS + 1)
    assert codes(served.carrier().post("/v1/filings", content=table)) == {"records_too_many"}
    few = served.carrier().post("/v1/filings", content='[{"declaration_id":"a"},0,0]')
    assert [each["code"] for each in few.json()["problems"] if each["record"] == 2] == ["json_no_object"]


def test_an_e_manifest_sent_again_says_the_same(served: Listening) -> None:
    data = (SAMPLES / "full.json").read_bytes()
    scac = json.loads(data)["tripNumber"][:4]
    client = served.as_("carrier", f"carrier {scac}", (scac,))
    first = client.post("/v1/filings", content=data)
    assert first.status_code == 200, first.text
    again = client.post("/v1/filings", content=data)
    assert again.status_code == 200, again.text
    assert {each["repeated"] for each in again.json()["filings"]} == {True}


def test_what_has_a_slash_in_its_name_can_be_asked_for(served: Listening) -> None:
    assert sent(served, "CA-1", truck("L-1/2", carrier_id="CA-1")).status_code == 200
    for name in ("L-1%2F2", "L-1%2f2"):
        assert served.carrier("CA-1").get(f"/v1/filings/{name}").json()["reference"]["declarations"] == ["L-1/2"]
        assert served.as_("officer").get(f"/v1/crossings/{name}").status_code == 200
    ordered = served.as_("officer").post(
        "/v1/crossings/L-1%2F2/override", json={"examination": "hold", "reason": "A tip."}
    )
    assert ordered.status_code == 200
    for name in ("%00", "x" * 300):
        assert served.carrier("CA-1").get(f"/v1/filings/{name}").status_code == 404


def test_a_message_that_declares_nothing_is_no_error(served: Listening) -> None:
    status = json.dumps({"data": "API_RESPONSE", "status": "OK", "sendId": "1"})
    told = served.carrier().post("/v1/filings", content=status)
    if told.status_code == 415:
        pytest.fail("the format of the vendor's answers is not recognised")
    assert (told.status_code, told.json()["filings"], codes(told) >= {"notice_kept"}) == (200, [], True)


def test_who_reports_an_outcome_is_on_record(served: Listening) -> None:
    assert sent(served, "CA-1", truck("R-1", carrier_id="CA-1")).status_code == 200
    officer = served.as_("officer", "Luz Rivera")
    line = json.dumps({"declaration_id": "R-1", "examined": 1, "outcome": 0})
    assert officer.post("/v1/outcomes", content=line).json()["examinations"] == 1
    actors = {each.event.actor for each in served.log.read(types=[Examined.TYPE])}
    assert "Luz Rivera" in actors


def test_an_errand_that_nobody_waits_for_stops_nothing(post: Post) -> None:
    with listening(post) as made:
        slow = made.desk.do(lambda node: time.sleep(0.3))
        gone = made.desk.do(lambda node: 1)
        assert gone.cancel()
        slow.result(10)
        assert made.desk.do(lambda node: 2).result(10) == 2
        assert isinstance(made.desk, Desk)


def test_a_body_that_does_not_come_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.api.server.ARRIVES_S", 0.5)
    with listening(post) as made:
        host, port = made.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as held:
            held.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            assert b"200" in held.recv(4_096)
            held.sendall(b"x")
            began = time.monotonic()
            while held.recv(4_096):
                pass
            assert time.monotonic() - began < 10


def test_nobody_keeps_a_trip_from_giving_its_account_by_filing_under_its_name(served: Listening) -> None:
    assert sent(served, "CA-1", truck("Q-1@Q-TRIP", carrier_id="CA-1")).status_code == 200
    assert sent(served, "CA-2", truck("Q-1", carrier_id="CA-2", shipment_id="Q-1")).status_code == 200
    trip = truck("Q-1", carrier_id="CA-2", shipment_id="Q-1", crossing_id="Q-TRIP", packages=4.0)
    filed = sent(served, "CA-2", trip)
    assert filed.status_code == 200
    (standing,) = filed.json()["filings"]
    assert (standing["declaration_id"].startswith("Q-1@Q-TRIP@"), standing["crossing_id"]) == (True, "Q-TRIP")
    assert sent(served, "CA-2", trip).json()["filings"][0]["repeated"] is True
    assert served.carrier("CA-2").get("/v1/filings/Q-1@Q-TRIP").json()["reference"]["crossing"] == "Q-TRIP"
    assert served.carrier("CA-1").get("/v1/filings/Q-1@Q-TRIP").json()["reference"]["crossing"] == "Q-1@Q-TRIP"
