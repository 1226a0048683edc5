"""People who are found in a truck stand on the page of its bridge until somebody owns it and closes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, clock_of, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.flow.alert_watch import Watch

if TYPE_CHECKING:
    from journeys import Learnt

PEOPLE: dict[str, Any] = {
    "act": "find", "finding": "f", "part": "load", "threat": "people", "what": "Two people behind the pallets",
    "amount": 2, "unit": "persons", "severity": 10, "seen": 90,
}  # fmt: skip


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def acts(served: Listening, own: str, *said: dict[str, Any], second: str = "") -> dict[str, Any]:
    """The record after acts of an officer."""
    headers = {"Second-Authorization": f"Bearer {second}"} if second else {}
    for each in said:
        made = served.as_("officer", "Luz").post(f"/v1/crossings/{own}/examinations/e", json=each, headers=headers)
        assert made.status_code == 200, made.text
    record: dict[str, Any] = made.json()["record"]
    return record


def begun(served: Listening, own: str, bridge: str = "wtb") -> None:
    served.carrier().post("/v1/filings", content=json.dumps(truck(own)))
    acts(served, own, {"act": "begin", "examination": "secondary", "bridge": bridge, "dock": "3"})


def told(served: Listening, own: str, bridge: str = "wtb") -> dict[str, Any] | None:
    """What the page of a bridge is told of a truck, once the alerts were looked after."""
    Watch(served.log).look()
    answer = served.as_("officer").get(f"/v1/bridges/{bridge}/people-found")
    assert answer.status_code == 200, answer.text
    return next((each for each in answer.json()["found"] if each["crossing_id"] == own), None)


def test_people_are_told_at_once_with_where_since_when_what_to_do_and_whose_it_is(served: Listening) -> None:
    begun(served, "found-a")
    assert told(served, "found-a") is None
    acts(served, "found-a", PEOPLE)
    found = told(served, "found-a")
    assert found is not None
    assert found["stands"] == {"resource": "dock", "step": "started", "unit": "3", "since": found["stands"]["since"]}
    assert (found["dock"], found["alert"]["phase"], found["alert"]["left"]) == ("3", "waiting", None)
    assert not found["held"]  # by nothing but its dock, as long as the record is open
    assert found["alert"]["to_do"]["es"].startswith("Sáquelas")
    (noted,) = found["noted"]
    assert [noted[each] for each in ("by", "what", "amount", "unit")] == [
        "Luz", "Two people behind the pallets", 2, "persons",
    ]  # fmt: skip
    assert found["found_at"] == noted["at"]
    # Its bridge shows it, and the port; another bridge does not.
    assert told(served, "found-a", "2304") is not None
    assert told(served, "found-a", "colombia") is None
    # It is not put off; it is somebody's, and stays until that closes it.
    alert, luz = found["alert"]["alert_id"], served.as_("officer", "Luz")
    refused = luz.post(f"/v1/alerts/{alert}/snooze", json={"minutes": 5, "reason": "Later."})
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "alert_snooze_refused")
    assert luz.post(f"/v1/alerts/{alert}/acknowledge").status_code == 200
    owned = told(served, "found-a")
    assert owned is not None
    assert (owned["alert"]["owner"], owned["alert"]["phase"]) == ("Luz", "acknowledged")
    page = luz.get("/v1/bridges/wtb/handover").json()["handover"]
    assert page["alerts"][0]["kind"] == "people_found"
    assert luz.post(f"/v1/alerts/{alert}/close", json={"reason": "Both are out."}).status_code == 200
    assert told(served, "found-a") is None


def test_the_board_puts_a_truck_with_people_before_those_that_are_held_for_other_findings(served: Listening) -> None:
    for own, threat in (("row-people", "people"), ("row-drugs", "contraband")):
        begun(served, own)
        closing = {"act": "close", "outcome": "violation", "threat": threat, "seen": 90}
        acts(served, own, PEOPLE | {"threat": threat}, closing)
    found = told(served, "row-people")
    assert found is not None
    assert (found["stands"], found["held"]) == (None, True)
    rows = {row["crossing_id"]: row for row in served.as_("officer").get("/v1/bridges/wtb/board").json()["rows"]}
    assert {own: (rows[own]["hold"], rows[own]["attention"]) for own in ("row-people", "row-drugs")} == {
        "row-people": ("found", 5), "row-drugs": ("found", 4),
    }  # fmt: skip


def test_a_truck_that_has_gone_is_told_with_when_and_from_where(served: Listening) -> None:
    begun(served, "gone-a")
    record = acts(served, "gone-a", {"act": "close", "outcome": "clear", "seen": 90})
    clock_of(served.log).move(minutes=20)
    acts(served, "gone-a", PEOPLE)
    found = told(served, "gone-a")
    assert found is not None
    assert found["stands"] is None
    left = found["alert"]["left"]
    assert (left["at"], left["how"], left["dock"]) == (record["outcome"]["at"], "examined", "3")
    assert "has left" in found["alert"]["to_do"]["en"]


@pytest.mark.parametrize(("own", "threat"), [("freed-a", "people"), ("freed-b", "contraband")])
def test_a_truck_that_two_officers_released_has_left_and_is_not_to_be_kept(
    served: Listening, own: str, threat: str
) -> None:
    begun(served, own)
    closing = {"act": "close", "outcome": "violation", "threat": threat, "seen": 90}
    acts(served, own, PEOPLE | {"threat": threat}, closing)
    Watch(served.log).look()
    served.log.clock.move(minutes=20)  # type: ignore[attr-defined]
    release = {"examination": "release", "reason": "All are cared for."}
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Eva')}"}
    answer = served.as_("officer", "Luz").post(f"/v1/crossings/{own}/override", json=release, headers=second)
    assert answer.status_code == 200, answer.text
    listed = served.as_("officer").get("/v1/alerts", params={"crossing": own}).json()["trucks"][0]["alerts"]
    page = served.as_("officer").get("/v1/bridges/wtb/handover").json()["handover"]["alerts"]
    found = told(served, own)
    places = [listed, [each for each in page if each["crossing_id"] == own]]
    if threat == "people":
        assert found is not None
        assert (found["stands"], found["held"]) == (None, False)
        places.append([found["alert"]])
    released = served.log.stream(f"crossing/{own}")[-1].event.occurred_at.isoformat().replace("+00:00", "Z")
    for (alert,) in places:
        left = alert["left"]
        assert (left["at"], left["how"], left["dock"]) == (released, "released", "3")
        assert alert["to_do"]["en"].startswith("Two officers have let the truck go")


def test_a_finding_that_is_withdrawn_leaves_the_page_and_its_alert_says_why(served: Listening) -> None:
    begun(served, "taken-back")
    record = acts(served, "taken-back", PEOPLE)
    assert told(served, "taken-back") is not None
    entry = record["findings"][0]["entry"]
    acts(served, "taken-back", {"act": "withdraw", "entry": entry, "reason": "A mannequin.", "seen": 90})
    assert told(served, "taken-back") is None
    closed = served.as_("officer").get("/v1/alerts", params={"crossing": "taken-back", "phase": "closed"}).json()
    (alert,) = closed["trucks"][0]["alerts"]
    assert (alert["kind"], alert["ending"]) == ("people_found", "withdrawn")


def test_a_bridge_that_there_is_not_has_nothing_and_who_sees_no_alerts_sees_none_here(served: Listening) -> None:
    assert served.as_("officer").get("/v1/bridges/none/people-found").status_code == 404
    assert served.as_("auditor").get("/v1/bridges/wtb/people-found").status_code == 200
    for role in ("analyst", "administrator", "device"):
        assert served.as_(role).get("/v1/bridges/wtb/people-found").status_code == 403
