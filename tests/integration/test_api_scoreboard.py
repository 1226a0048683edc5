"""The scoreboard and incidents over HTTP: what each role sees, with definitions, intervals and the events behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from boards import Written, truck
from journeys import NOW, Post
from listening import Listening, listening

from aforo.api.access import Rate, permitting
from aforo.api.scoreboard_examples import REPORTED
from aforo.log.store import Log
from aforo.scoreboard.shipped import definitions

if TYPE_CHECKING:
    from journeys import Learnt

FAST = Rate(1e6, 1e6)
#: Yesterday at World Trade, by the clock of the post.
DAY = {"first": "2024-03-19", "last": "2024-03-19", "bridge": "world-trade"}


def fill(log: Log) -> None:
    said = Written()
    noon = NOW - timedelta(hours=18)
    for number in range(40):
        truck(
            said, f"T-{number}", noon + timedelta(minutes=number), "world-trade", lane="fast" if number % 4 else
            "empty", scan=number < 12, found=number == 0, targeted=number < 8, drawn=8 <= number < 12,
        )  # fmt: skip
    said.put(log)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=FAST) as made:
        fill(made.log)
        yield made


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def figure(row: dict[str, Any], measure: str) -> dict[str, Any]:
    (found,) = [each for each in row["figures"] if each["measure"] == measure]
    return dict(found)


def test_every_figure_opens_to_its_definition_interval_counts_and_events(served: Listening) -> None:
    officer = served.as_("officer")
    measures = {each["document"]: each for each in good(officer.get("/v1/measures"))["measures"]}
    told = good(officer.get("/v1/scoreboard", params=DAY))
    (row,) = told["rows"]
    assert (row["bridge_name"], row["provisional"]) == ("World Trade Bridge", True)
    assert {each["measure"] for each in row["figures"]} == {each["measure"] for each in measures.values()}
    for each in row["figures"]:
        own = measures[each["document"]]
        assert (own["measure"], own["version"]) == (each["measure"], each["version"])
        assert all(own[text][lang] for text in ("name", "definition", "numerator", "standard") for lang in ("en", "es"))
        assert each["estimates"] if each["missing"] is None else each["missing"]["text"]["es"]
    scanned = figure(row, "scan-rate")
    assert (scanned["part"], scanned["whole"]) == (12, 40)
    (share,) = scanned["estimates"]
    assert share["low"] < share["value"] == 0.3 < share["high"]
    assert figure(row, "targeted-hit-rate")["told"] == "counts"  # 1 of 8
    behind = good(officer.get("/v1/scoreboard/events", params={"measure": "scan-rate", **DAY}))
    assert len(behind["behind"]) == 40
    assert sum(each["counted_in"] == "numerator" for each in behind["behind"]) == 12
    crossing = behind["behind"][0]["crossing_id"]
    assert good(officer.get(f"/v1/crossings/{crossing}"))


def test_rows_are_told_apart_by_what_is_asked_for_and_add_up(served: Listening) -> None:
    analyst = served.as_("analyst")
    for by in (["lane"], ["bridge", "day", "lane", "programme"]):
        rows = good(analyst.get("/v1/scoreboard", params={**DAY, "by": by}))["rows"]
        assert sum(figure(row, "scan-rate")["whole"] for row in rows) == 40
        assert {row["lane"] for row in rows} == {"fast", "empty"}
    (port,) = good(analyst.get("/v1/scoreboard", params={**DAY, "by": "port"}))["rows"]
    assert (port["port"], port["port_name"], port["bridge"]) == ("2304", "Laredo", None)
    assert figure(port, "scan-rate")["whole"] == 40
    every = good(analyst.get("/v1/scoreboard", params={**DAY, "by": ["port", "bridge", "day", "lane", "programme"]}))
    assert every["by"] == ["bridge", "day", "lane", "port", "programme"]
    assert {(row["port"], row["bridge"]) for row in every["rows"]} == {("2304", "world-trade")}
    (fast,) = good(analyst.get("/v1/scoreboard", params={**DAY, "lane": "fast", "measure": "scan-rate"}))["rows"]
    assert [each["measure"] for each in fast["figures"]] == ["scan-rate"]
    assert fast["figures"][0]["whole"] == 30


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"bridge": "nowhere"}, "scoreboard_place"),
        ({"measure": "nothing"}, "scoreboard_measure"),
        ({"measure": "scan-rate", "version": 7}, "scoreboard_measure"),
        ({"version": 1}, "scoreboard_version"),
        ({"first": "2024-03-20"}, "scoreboard_days"),
        ({"first": "2000-01-01", "last": "2099-12-31"}, "scoreboard_days"),
        ({"first": "2099-12-30", "last": "2099-12-31"}, "scoreboard_days"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(served: Listening, more: dict[str, Any], code: str) -> None:
    answer = served.as_("auditor").get("/v1/scoreboard", params=DAY | more)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["code"] == code
    assert problem["reason"]["en"] != problem["reason"]["es"]


def test_an_incident_is_reported_closed_and_corrected_and_counts_on_the_scoreboard(served: Listening) -> None:
    officer, analyst = served.as_("officer"), served.as_("analyst")
    began = NOW - timedelta(hours=20)
    said = REPORTED | {"place": "World Trade Bridge", "started_at": began.isoformat()}
    made = good(officer.post("/v1/incidents", json=said))
    assert (made["state"], made["place"], made["reported_by"]) == ("open", "world-trade", "officer")
    listed = good(analyst.get("/v1/incidents", params={"state": "open"}))
    assert made["incident_id"] in {each["incident_id"] for each in listed["incidents"]}
    own = f"/v1/incidents/{made['incident_id']}"
    early = officer.post(f"{own}/close", json={"ended_at": (began - timedelta(hours=1)).isoformat()})
    assert early.json()["problems"][0]["code"] == "incident_ends_early"
    closed = good(officer.post(f"{own}/close", json={"ended_at": (began + timedelta(hours=3)).isoformat()}))
    assert closed["state"] == "closed"
    assert officer.post(f"{own}/close", json={}).json()["problems"][0]["code"] == "incident_over"
    (row,) = good(analyst.get("/v1/scoreboard", params=DAY | {"measure": "incidents"}))["rows"]
    counted = {each["name"]: each["value"] for each in row["figures"][0]["estimates"]}
    assert counted["incidents"] == 1
    assert counted["hours"] == pytest.approx(3.0)
    behind = good(analyst.get("/v1/scoreboard/events", params={"measure": "incidents", **DAY}))["behind"]
    assert [each["incident_id"] for each in behind] == [made["incident_id"]]
    gone = said | {"reason": "It was another bridge.", "withdrawn": True}
    assert good(officer.post(f"{own}/correct", json=gone))["state"] == "withdrawn"
    (row,) = good(analyst.get("/v1/scoreboard", params=DAY | {"measure": "incidents"}))["rows"]
    assert row["figures"][0]["whole"] == 0
    assert analyst.post("/v1/incidents", json=said).status_code == 403


def test_an_incident_that_cannot_be_is_refused(served: Listening) -> None:
    officer = served.as_("officer")
    for wrong, code in (
        ({"place": "nowhere"}, "incident_place"),
        ({"started_at": (NOW + timedelta(hours=1)).isoformat()}, "incident_ahead"),
    ):
        answer = officer.post("/v1/incidents", json=REPORTED | {"started_at": NOW.isoformat()} | wrong)
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["code"] == code
    assert officer.post("/v1/incidents/none/close", json={}).status_code == 404
    assert officer.post("/v1/incidents", json=REPORTED | {"kind": "rumour"}).status_code == 400


def test_the_public_form_has_waits_now_and_no_other_figure_of_a_bridge_that_was_not_published(
    served: Listening,
) -> None:
    told = good(served.as_("carrier", "c", ("CA-1",)).get("/v1/scoreboard/public"))
    assert told["weeks"] == told["quarters"] == []
    assert told["until"] is None
    assert told["next"]["period"] == "2024-W12"  # the week before it began before the record did
    assert {key for place in told["places"] for key in place} == {
        "bridge", "name", "port", "port_name", "zone", "waits",
    }  # fmt: skip
    assert {key for place in told["places"] for wait in place["waits"] for key in wait} == {
        "lane", "minutes", "source", "at", "missing", "at_least",
    }  # fmt: skip


def test_anyone_may_read_what_is_public_and_nothing_else_of_the_scoreboard() -> None:
    for action in ("read_public_scoreboard", "read_measures"):
        assert permitting("anyone", action, False)
    for action in ("read_scoreboard", "read_scoreboard_events", "read_incidents", "report_incident"):
        assert permitting("anyone", action, True) is None
        assert permitting("carrier", action, True) is None


def test_a_measure_is_proposed_and_adopted_by_two_people_and_says_since_when(served: Listening) -> None:
    first = definitions().documents[definitions().find("examination-rate", 1).hash].decode()
    second = first.replace("version = 1", "version = 2").replace('numerator = ["examined"]', 'numerator = ["scanned"]')
    analyst, supervisor = served.as_("analyst"), served.as_("supervisor")
    proposed = good(analyst.post("/v1/measures", json={"document": second, "side": "us", "sides": ["us", "mx"]}))
    assert (proposed["stage"], proposed["in_use"], proposed["waits_for"]) == ("proposed", False, ["mx"])
    refused = supervisor.post("/v1/measures/examination-rate@2/stage", json={"to": "adopted", "reason": "x"})
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["code"] == "side_agreed"
    step = {"to": "adopted", "side": "mx", "reason": "Agreed in March."}
    adopted = good(supervisor.post("/v1/measures/examination-rate@2/stage", json=step))
    assert adopted["in_use"]
    assert [each["by"] for each in adopted["steps"]] == ["analyst", "supervisor"]
    known = {
        (each["measure"], each["version"]): each for each in good(served.as_("carrier").get("/v1/measures"))["measures"]
    }
    assert known["examination-rate", 2]["in_use"]
    assert {each["by"] for each in known["examination-rate", 2]["steps"]} == {""}, "names are for staff"
    then = good(supervisor.get("/v1/measures?on=2024-01-01"))["measures"]
    assert [each["version"] for each in then if each["measure"] == "examination-rate" and each["in_use"]] == [1]
    retired = good(supervisor.post("/v1/measures/examination-rate@2/stage", json={"to": "retired", "reason": "Wrong."}))
    assert not retired["in_use"]
    asked = supervisor.get("/v1/scoreboard?measure=examination-rate")
    assert asked.status_code == 422
    good(supervisor.get("/v1/scoreboard?measure=examination-rate&version=2"))
    assert supervisor.post("/v1/measures", json={"document": "id = "}).json()["problems"][0]["code"] == "measure.form"
