"""Responses over HTTP: one from the breach to its end, signs of people by a carrier, and documents put in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post
from listening import Listening, listening
from under_seal import BREACH, SOUND, breached, look, sealed_trip, sound

if TYPE_CHECKING:
    from journeys import Learnt

CONTACTS = """name = "norte"
version = "1"
[[carrier]]
carrier = "CA-1"
[[carrier.line]]
id = "ca1-dispatch"
name = { en = "Dispatch", es = "Despacho" }
phone = "+52 81 5550 0199"
source = "assumed"
"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("road"))) as made:
        breached(made)
        sound(made)
        look(made)
        yield made


def ask(made: Listening, path: str, body: dict[str, Any], role: str = "officer", name: str = "luz") -> dict[str, Any]:
    answer = made.as_(role, name).post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(made: Listening, path: str, body: dict[str, Any]) -> list[str]:
    answer = made.as_("officer", "luz").post(path, json=body)
    assert answer.status_code == 422, answer.text
    return [each["code"] for each in answer.json()["problems"]]


def test_a_response_from_the_breach_to_its_end(served: Listening) -> None:
    officer = served.as_("officer", "luz")
    listed = officer.get("/v1/responses", params={"trip": BREACH}).json()
    (row,) = listed["responses"]
    assert (row["kind"], row["taken"], row["next_stage"], listed["total"]) == ("theft", False, "own", 1)
    plan = officer.get("/v1/response-documents/plan").json()
    assert row["owner"] == plan["theft"]["owner"], "a desk has it from its start"
    on = [each["on"] for each in plan["theft"]["starts"]]
    assert on == ["custody_broken", "trip_astray", "silent_alone", "jammed_alone"]
    assert plan["people"]["starts"] == []
    put = served.as_("supervisor", "eva").put("/v1/response-documents/contacts", json={"toml": CONTACTS})
    assert [each["name"] for each in put.json()["contacts"]] == ["norte", "emergency"]
    path = f"/v1/responses/{row['response']}"
    told = officer.get(path).json()
    assert [each["phone"] for each in told["carrier_lines"]] == ["+52 81 5550 0199"]
    assert [each["contact"] for each in told["authority_lines"]] == ["emergency-911", "guardia-nacional-088"]
    assert told["fix"]["grade"] == "device"
    assert (told["heat"], told["hottest"]) == (None, None)
    assert {each["named_by"] for each in told["yards"]} == {"trip"}
    assert told["yards"] == sorted(told["yards"], key=lambda each: each["metres"])
    told = ask(served, f"{path}/own", {})
    assert (told["row"]["owner"], told["row"]["taken"]) == ("luz", True)
    (alert,) = told["alerts"]
    assert (alert["alert_id"], alert["kind"], alert["phase"]) == (row["alerts"][0], "custody_broken", "acknowledged")
    (cause,) = alert["causes"]
    assert (cause["kind"], cause["grade"], cause["trip"]) == ("opened", "device", BREACH), "it is proven"
    ask(served, f"{path}/steps", {"code": "life", "outcome": "done"})
    told = ask(served, f"{path}/calls", {"party": "carrier", "contact": "ca1-dispatch", "outcome": "reached"})
    assert [each["stage"] for each in told["stages"] if each["reached_at"]] == ["own", "contact"]
    told = ask(served, f"{path}/arrive", {"who": "Guardia Nacional"})
    assert (told["row"]["next_stage"], told["on_scene"]) == (None, "Guardia Nacional")
    assert refused(served, f"{path}/end", {"ending": "nobody"}) == ["response_ending"]
    told = ask(served, f"{path}/end", {"ending": "saved"})
    assert (told["row"]["ending"], told["ended_by"]) == ("saved", "luz")
    assert told["alerts"][0]["phase"] == "closed"
    assert refused(served, f"{path}/end", {"ending": "saved"}) == ["response_over"]
    after = officer.get("/v1/responses", params={"which": "ended"}).json()
    assert after["total"] == 1
    assert (after["times"][0]["own"]["known"], after["times"][0]["scene"]["missing"]) == (1, 0)


def test_a_carrier_reports_signs_of_people_on_its_own_trip_and_sees_nothing_of_the_response(served: Listening) -> None:
    own, other = served.carrier("CA-1"), served.carrier("CA-2")
    path = f"/v1/trips/{SOUND}/people-signs"
    assert other.post(path, json={"signs": ["call"]}).status_code == 404
    assert own.post(path, json={"signs": []}).status_code == 400
    assert own.post(path, json={"signs": ["call", "heat"], "where": "km 80"}).status_code == 200
    look(served)
    (row,) = served.as_("officer").get("/v1/responses", params={"kind": "people"}).json()["responses"]
    assert (row["trip"], row["kind"]) == (SOUND, "people")
    assert row["sealed_since"] is not None
    (alert,) = served.as_("officer").get(f"/v1/responses/{row['response']}").json()["alerts"]
    assert (alert["kind"], alert["causes"]) == ("people_signs", []), "a person said so, and no device"
    assert own.get("/v1/responses").status_code == 403
    assert own.get(f"/v1/responses/{row['response']}").status_code == 403


def test_theft_is_reported_by_hand_once_by_its_key_and_by_a_carrier_of_its_own_trips(served: Listening) -> None:
    trip = "MTY-LRD-0061"
    sealed_trip(served, trip)
    own, other, officer = served.carrier("CA-1"), served.carrier("CA-2"), served.as_("officer", "luz")
    path, told = f"/v1/trips/{trip}/theft-reports", {"told_by": "driver", "where": "km 80", "words": "Two cars."}
    assert other.post(path, json=told).status_code == 404
    assert served.as_("auditor").post(path, json=told).status_code == 403
    assert own.post(path, json={"told_by": "Juan"}).status_code == 400
    assert own.post(path, json=told | {"words": "x" * 501}).status_code == 400
    key = {"Idempotency-Key": "call-7"}
    for _ in range(2):
        assert officer.post(path, json=told, headers=key).status_code == 200
    again = officer.post(path, json=told | {"words": "Three cars."}, headers=key)
    assert (again.status_code, again.json()["problems"][0]["code"]) == (422, "theft_key_reused")
    assert officer.post(path, json=told, headers={"Idempotency-Key": "x" * 201}).status_code == 400
    assert own.post(path, json={"told_by": "carrier"}).status_code == 200
    look(served)
    (row,) = officer.get("/v1/responses", params={"trip": trip}).json()["responses"]
    assert (row["kind"], len(row["alerts"])) == ("theft", 2)
    (alert,) = officer.get(f"/v1/responses/{row['response']}").json()["alerts"]
    assert (alert["kind"], alert["causes"]) == ("theft_reported", []), "a person said so, and no device"
    assert [(each["told_by"], each["where"], each["words"]) for each in alert["reports"]] == [
        ("driver", "km 80", "Two cars."), ("carrier", "", ""),
    ]  # fmt: skip
    assert alert["reports"][0]["by"] == "luz"


def test_who_gets_a_response_must_be_one_who_may_see_to_it(served: Listening) -> None:
    (row,) = served.as_("officer", "luz").get("/v1/responses", params={"kind": "people"}).json()["responses"]
    path = f"/v1/responses/{row['response']}/own"
    assert refused(served, path, {"owner": "Nobody"}) == ["response_owner_unknown"]
    served.as_("supervisor", "eva")
    assert ask(served, path, {"owner": "eva"})["row"]["owner"] == "eva"
    assert refused(served, path, {}) == ["response_taken"]
    assert ask(served, path, {"taken_from": "eva"})["row"]["owner"] == "luz"
    assert served.as_("officer").get("/v1/responses/nothing").status_code == 404


def test_an_alert_and_a_response_on_a_trip_are_named_as_people_name_them(served: Listening) -> None:
    """Its truck's hash says nothing to a patrol: the trip, its crossing and its document do."""
    trip, document = "MTY-LRD-0047", "CCCBCD94-870A-4332-A52A-A52AA52AA52A"
    breached(served, trip, crossing="CA1-TRIP-47", carta_porte=document)
    look(served)
    named = {"trip": trip, "crossing": "CA1-TRIP-47", "carta_porte": document}
    officer = served.as_("officer", "luz")
    every = [each for group in officer.get("/v1/alerts").json()["trucks"] for each in group["alerts"]]
    (own,) = [each for each in every if each["subject"] == f"trip/{trip}"]
    assert own["trip"] == named
    (signs,) = [each for each in every if each["kind"] == "people_signs"]
    assert signs["trip"] == {"trip": SOUND, "crossing": None, "carta_porte": None}
    taken = ask(served, f"/v1/alerts/{own['alert_id']}/acknowledge", {})
    assert taken["trip"] == named
    (row,) = officer.get("/v1/responses", params={"trip": trip}).json()["responses"]
    assert officer.get(f"/v1/responses/{row['response']}").json()["carta_porte"] == document


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("name = ", "road_not_toml"),
        ('name = "x"', "road_not_valid"),
        (CONTACTS.replace('source = "assumed"', 'source = "somebody"'), "road_source_unknown"),
        (CONTACTS.replace("+52 81 5550 0199", "javascript:1"), "road_not_valid"),
        (CONTACTS + CONTACTS[CONTACTS.index("[[carrier]]") :], "contacts_carrier_twice"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused_with_the_reason(served: Listening, toml: str, code: str) -> None:
    supervisor = served.as_("supervisor", "eva")
    before = supervisor.get("/v1/response-documents").json()
    answer = supervisor.put("/v1/response-documents/contacts", json={"toml": toml})
    assert (answer.status_code, [each["code"] for each in answer.json()["problems"]]) == (422, [code])
    assert supervisor.get("/v1/response-documents").json() == before
