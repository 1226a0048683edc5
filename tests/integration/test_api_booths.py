"""The booth at the node: one instruction for the truck that stands there, its list, and acts that come late."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import NOW, Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.domain.booth import BoothInstructed
from aforo.domain.declaration import identity_text
from aforo.domain.role import Role

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def post(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Post:
    return Post(learnt, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def served(post: Post) -> Iterator[Listening]:
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        yield made


def file(served: Listening, own: str, **fields: Any) -> None:
    filed = served.carrier().post("/v1/filings", content=json.dumps(truck(own, **fields)))
    assert filed.status_code == 200, filed.text


def order(served: Listening, own: str, examination: str) -> None:
    """Let this stand, whatever the selection says."""
    said = {"examination": examination, "reason": "The seal differs."}
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Second')}"}
    made = served.as_("officer").post(f"/v1/crossings/{own}/override", json=said, headers=second)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text


def ask(served: Listening, key: str = "", **said: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return served.as_("officer").post("/v1/booth", json={"bridge": "world-trade", **said}, headers=headers)


def told(served: Listening, key: str = "", **said: Any) -> dict[str, Any]:
    answer = ask(served, key, **said)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def acts(served: Listening) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.as_("officer").get("/v1/bridges/world-trade/booth").json()["acts"]
    return found


def missed_holds(served: Listening, subject: str | None = None) -> list[dict[str, Any]]:
    trucks = served.as_("officer").get("/v1/alerts").json()["trucks"]
    alerts = [each for truck in trucks for each in truck["alerts"] if each["kind"] == "missed_hold"]
    return [each for each in alerts if subject in (None, each["subject"].removeprefix("crossing/"))]


def types(served: Listening, crossing: str) -> list[str]:
    return [stored.event.type for stored in served.log.stream(f"crossing/{crossing}")]


def test_a_plate_however_it_is_spelled_is_one_instruction_in_both_languages(served: Listening) -> None:
    file(served, "plated")
    order(served, "plated", "scan")
    said = told(served, plate="tr plated")
    assert (said["crossing_id"], said["instruction"], said["known"]) == ("plated", "scan", True)
    assert said["where"] == {"en": "To the scanner", "es": "Al escáner"}
    assert said["reason"]["en"].startswith("Scan")
    assert types(served, "plated").count("crossing.arrived") == 1
    again = told(served, plate="TR-plated")
    assert (again["crossing_id"], again["repeated"]) == ("plated", True)
    assert types(served, "plated").count("crossing.arrived") == 1


def test_a_released_truck_that_is_asked_about_again_is_the_same_one(served: Listening) -> None:
    file(served, "gone-on")
    order(served, "gone-on", "release")
    assert told(served, plate="TR-gone-on")["instruction"] == "release"
    again = told(served, plate="TR-gone-on")
    assert (again["crossing_id"], again["instruction"], again["repeated"]) == ("gone-on", "release", True)


def test_a_truck_that_nobody_filed_is_referred_and_recorded_without_its_plate(served: Listening) -> None:
    said = told(served, plate="ZZ-9999")
    assert (said["known"], said["instruction"], said["crossing_id"]) == (False, "secondary", None)
    assert said["reason"]["en"].startswith("Referred")
    (stored,) = [each for each in served.log.stream("booth/world-trade") if each.event.event_id == said["act"]]
    assert b"9999" not in stored.body
    assert isinstance(stored.payload, BoothInstructed)
    assert len(stored.payload.marks) == 1


def test_of_several_trucks_with_a_plate_the_strictest_order_is_told_and_the_others_named(served: Listening) -> None:
    file(served, "first-of-two", tractor_id="TWICE")
    file(served, "second-of-two", tractor_id="TWICE")
    order(served, "first-of-two", "release")
    order(served, "second-of-two", "secondary")
    said = told(served, plate="TWICE")
    assert (said["crossing_id"], said["candidates"]) == ("second-of-two", ["first-of-two"])
    assert said["instruction"] == "secondary"
    picked = told(served, plate="TWICE", crossing_id="first-of-two")
    assert (picked["crossing_id"], picked["instruction"]) == ("first-of-two", "release")


def test_picking_another_truck_goes_past_no_hold_and_only_those_that_may_be_meant_can_be_picked(
    served: Listening,
) -> None:
    file(served, "held-of-two", tractor_id="HELDTWICE")
    file(served, "free-of-two", tractor_id="HELDTWICE")
    order(served, "held-of-two", "hold")
    order(served, "free-of-two", "release")
    # As the page asks: what is typed may be a trip or a plate.
    picked = told(served, trip="HELDTWICE", plate="HELDTWICE", crossing_id="free-of-two")
    assert (picked["crossing_id"], picked["instruction"], picked["hold"]) == ("free-of-two", "hold", True)
    assert picked["candidates"] == ["held-of-two"]
    assert "another truck" in picked["reason"]["en"]
    late = {"told": "hold", "at": NOW.isoformat(), "list_at": (NOW - timedelta(minutes=9)).isoformat()}
    assert told(served, plate="HELDTWICE", crossing_id="free-of-two", **late)["contradiction"] is None
    file(served, "quite-another")
    order(served, "quite-another", "release")
    for crossing in ("quite-another", "held-of-two"):
        refused = ask(served, plate="TR-plated" if crossing == "held-of-two" else "HELDTWICE", crossing_id=crossing)
        assert refused.status_code == 404
        assert [each["code"] for each in refused.json()["problems"]] == ["booth_not_among"]
    assert "crossing.arrived" not in types(served, "quite-another")
    # By its name alone a truck is found too, and once by the name of the act.
    alone = told(served, "alone-1", crossing_id="quite-another")
    assert (alone["crossing_id"], alone["instruction"]) == ("quite-another", "release")
    assert told(served, "alone-1", crossing_id="quite-another")["again"] is True
    assert ask(served, "alone-1", crossing_id="free-of-two").json()["type"].endswith("key_reused")


def test_an_act_with_a_name_is_recorded_once_and_the_name_is_for_no_other(served: Listening) -> None:
    file(served, "named-act")
    one = told(served, "act-1", plate="TR-named-act")
    two = told(served, "act-1", plate="TR-named-act")
    assert one["act"] == two["act"]
    assert (one["again"], two["again"]) == (False, True)
    assert ask(served, "act-1", plate="TR-other").json()["type"].endswith("key_reused")


def test_what_was_told_offline_is_recorded_once_with_its_true_time_and_that_it_came_late(served: Listening) -> None:
    file(served, "late-scan")
    order(served, "late-scan", "scan")
    at = (NOW - timedelta(minutes=8)).isoformat()
    offline = {"told": "scan", "at": at, "list_at": (NOW - timedelta(minutes=12)).isoformat()}
    first = told(served, "late-1", plate="TR-late-scan", crossing_id="late-scan", **offline)
    assert (first["late"], first["instruction"], first["contradiction"]) == (True, "scan", None)
    again = told(served, "late-1", plate="TR-late-scan", crossing_id="late-scan", **offline)
    assert again["act"] == first["act"]
    (arrived,) = [
        each.event for each in served.log.stream("crossing/late-scan") if each.event.type == "crossing.arrived"
    ]
    assert arrived.occurred_at == NOW - timedelta(minutes=8)
    assert arrived.reported_at == NOW
    assert [each["at"] for each in acts(served) if each["act"] == first["act"]] == ["2024-03-20T11:52:00Z"]


def test_a_booth_whose_clock_is_ahead_or_behind_its_list_is_recorded_and_its_clock_doubted(served: Listening) -> None:
    file(served, "jumped")
    order(served, "jumped", "scan")
    ahead, list_at = NOW + timedelta(hours=3), (NOW - timedelta(minutes=9)).isoformat()
    said = told(served, "jumped-1", plate="TR-jumped", told="scan", at=ahead.isoformat(), list_at=list_at)
    assert (said["late"], said["at"], said["said_at"]) == (True, "2024-03-20T12:00:00Z", "2024-03-20T15:00:00Z")
    assert said["effects"] == ["clock_doubted", "arrived"]
    (arrived,) = [each.event for each in served.log.stream("crossing/jumped") if each.event.type == "crossing.arrived"]
    assert (arrived.occurred_at, arrived.said_at) == (NOW, ahead)
    entries = served.as_("officer").get("/v1/crossings/jumped/timeline").json()["entries"]
    assert {each["type"] for each in entries if each["said_at"]} == {"crossing.arrived", "booth.instructed"}
    # A truck that nobody filed, by a list from the future; and one before there was the list.
    nobody = told(served, "jumped-2", plate="ZZ-3", told="secondary", at=ahead.isoformat(), list_at=ahead.isoformat())
    assert (nobody["at"], nobody["list_at"], nobody["said_at"] is not None) == (
        "2024-03-20T12:00:00Z", "2024-03-20T12:00:00Z", True,
    )  # fmt: skip
    early = (NOW - timedelta(minutes=40)).isoformat()
    before = told(served, "jumped-3", plate="ZZ-4", told="secondary", at=early, list_at=list_at)
    assert before["at"] == before["said_at"] == "2024-03-20T11:20:00Z"
    known = {each["act"]: each["said_at"] for each in acts(served)}
    assert [known[each["act"]] for each in (said, nobody, before)] == [
        "2024-03-20T15:00:00Z", "2024-03-20T15:00:00Z", "2024-03-20T11:20:00Z",
    ]  # fmt: skip


def test_a_part_of_what_was_told_offline_is_refused(served: Listening) -> None:
    assert ask(served, plate="TR-1", told="scan").status_code == 400
    assert ask(served).status_code == 400
    assert ask(served, crossing_id="never filed").status_code == 404


def test_a_mistake_is_marked_and_stays(served: Listening) -> None:
    file(served, "typed-wrongly")
    act = told(served, plate="TR-typed-wrongly")["act"]
    officer = served.as_("officer")
    path = f"/v1/booth/{act}/mistaken"
    assert officer.post(path, json={"reason": "typed_wrongly"}).json() == {"recorded": True}
    assert officer.post(path, json={"reason": "typed_wrongly"}).json() == {"recorded": False}
    assert [each["mistaken"] for each in acts(served) if each["act"] == act] == ["typed_wrongly"]
    assert officer.post("/v1/booth/nothing/mistaken", json={"reason": "wrong_truck"}).status_code == 404


def fetch(served: Listening, **headers: str) -> httpx.Response:
    return served.as_("officer").get("/v1/bridges/world-trade/booth-list", headers=headers)


def listed_mark(salt: str, kind: str, value: str) -> str:
    text = f"{kind}\0{identity_text(value)}".encode()
    return base64.b64encode(hmac.digest(base64.b64decode(salt), text, "sha256")[:6]).decode()


def test_the_list_knows_its_trucks_by_marks_and_holds_no_plate(served: Listening) -> None:
    file(served, "on-the-list")
    order(served, "on-the-list", "joint")
    answer = fetch(served)
    made = answer.json()
    (own,) = [each for each in made["trucks"] if each[0] == "on-the-list"]
    assert own[1] == "joint"
    assert listed_mark(made["salt"], "plate", "tr on the list") in own[3]
    assert listed_mark(made["salt"], "number", "ON-THE-LIST") in own[3]
    assert "TR-on-the-list" not in answer.text
    assert made["words"]["joint"]["who"]["es"].startswith("Deben estar")
    assert made["good_until"] > made["made_at"]
    same = fetch(served, **{"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["aforo-at"].startswith("2024-03-20T12:00")
    file(served, "one-more")
    assert fetch(served, **{"If-None-Match": answer.headers["etag"]}).status_code == 200
    # Another session has another salt: two lists that are lost cannot be laid side by side.
    other = served.as_("supervisor").get("/v1/bridges/world-trade/booth-list").json()
    assert other["salt"] != made["salt"]
    assert {each for truck in other["trucks"] for each in truck[3]}.isdisjoint(own[3])


def test_five_hundred_trucks_are_a_small_list_and_each_is_found(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with listening(Post(learnt, tmp_path_factory.mktemp("many")), rate=Rate(1e6, 1e6)) as many:
        rows = "\n".join(json.dumps(truck(f"ABCD-TRIP-{n:04}", shipment_id=f"S{n:08}")) for n in range(500))
        assert many.carrier().post("/v1/filings", content=rows).status_code == 200
        answer = fetch(many)
        assert len(answer.json()["trucks"]) == 500
        assert len(answer.content) < 100_000
        assert told(many, plate="TR-ABCD-TRIP-0499")["known"]


def test_who_may_not_work_a_booth_is_refused(served: Listening) -> None:
    others: tuple[Role, ...] = ("carrier", "analyst", "auditor", "administrator", "device", "port")
    for role in others:
        client = served.as_(role)
        assert client.post("/v1/booth", json={"bridge": "world-trade", "plate": "TR-1"}).status_code == 403
        assert client.get("/v1/bridges/world-trade/booth-list").status_code == 403
