"""The fleet over HTTP: scanners and outages, the pipeline, one scanner's life, what is owed, and documents in force."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import at_fleet
import pytest
from journeys import Post
from listening import Listening, listening

from aforo.flow.scanner_reports import reports_of, scans_of
from aforo.flow.telemetry import record
from aforo.intake.scanner_log import read


@pytest.fixture
def made(post: Post) -> Iterator[Listening]:
    with listening(post) as listens:
        at_fleet.furnish(listens)
        yield listens


def asked(made: Listening, path: str, **wanted: str) -> Any:
    answer = made.as_("analyst").get(f"/v1/fleet{path}", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_scanners_are_shown_with_their_outages_and_other_devices_apart(made: Listening) -> None:
    fleet = asked(made, "")["fleet"]
    scanners, cameras = fleet["classes"]
    assert (scanners["device"], cameras["device"]) == ("scanner", "camera")
    assert (scanners["all"]["scanners"], scanners["all"]["down"], scanners["all"]["contested"]) == (1, 72.0, 1)
    assert (cameras["all"]["scanners"], cameras["all"]["down"], cameras["all"]["hours"]["unexplained"]) == (1, 5.0, 5.0)
    shown = {each["now"]["scanner_id"]: each for each in fleet["devices"]}
    assert shown["S-1"]["outages"]["down"] == 72.0
    assert (shown["S-2"]["now"]["status"], shown["S-2"]["outages"]) == ("waiting", None)
    assert shown["P-1"]["now"]["device"] == "camera"
    assert fleet["period"]["zone"] == "America/Chicago"
    # A camera in service is no scanner of its bridge.
    (bridge,) = [b for b in made.as_("analyst").get("/v1/bridges").json()["bridges"] if b["bridge"] == "world-trade"]
    resources = {each["resource"]: each for each in bridge["resources"]}
    stood = [each["stands"]["value"] for each in resources.values() if (each["stands"] or {}).get("at")]
    assert stood == [1.0]


def test_a_period_is_of_the_days_that_are_asked_for(made: Listening) -> None:
    begins = (made.log.clock() - timedelta(days=27)).date()
    fleet = asked(made, "", first=begins.isoformat(), last=begins.isoformat())["fleet"]
    assert fleet["classes"][0]["all"]["service"] == 24.0
    answer = made.as_("analyst").get("/v1/fleet", params={"first": "2024-02-02", "last": "2024-02-01"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["code"] == "fleet_days"


def test_the_pipeline_has_each_device_with_its_blocker_and_age(made: Listening) -> None:
    pipeline = asked(made, "/pipeline")["pipeline"]
    (one,) = pipeline["waiting"]
    assert (one["scanner_id"], one["stage"], one["blocker"]) == ("S-2", "stored", "land lease")
    assert 38.0 < one["days"] < 41.0


def test_one_scanner_has_its_reports_what_was_made_of_them_its_scans_and_what_is_owed(made: Listening) -> None:
    life = asked(made, "/scanners/S-1")["life"]
    assert [each["effect"] for each in life["happened"]] == [
        "counts", "begins", "joins", "overruled", "ends", "nothing",
    ]  # fmt: skip
    assert [each["late"] for each in life["happened"]] == [False, False, True, False, False, False]
    (one,) = life["interruptions"]
    assert (one["hours"], one["cause"], one["contested"], one["reporters"]) == (
        72.0,
        "parts",
        True,
        ["port", "supplier"],
    )
    assert [(each["scans"], each["unsaid"], each["operator_hours"]) for each in life["scans"]] == [(2, 1, 0.5)]
    (under,) = life["contracts"]
    assert under["version"] == 2
    assert [line["events"] for line in under["lines"]] == [[min(one["rows"])]]
    assert made.as_("analyst").get("/v1/fleet/scanners/S-9").status_code == 404


def test_what_is_owed_can_be_sent_as_a_claim_and_reckoned_by_an_older_version(made: Listening) -> None:
    found = asked(made, "/contracts")["contracts"]
    assert [(each["id"], each["version"]) for each in found] == [("C-1", 2)]
    first = (made.log.clock() - timedelta(days=60)).date().isoformat()
    answer = made.as_("supervisor").get("/v1/fleet/claim", params={"contract": "C-1", "first": first})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows
    assert {row["clause"] for row in rows} == {"4.2"}
    assert sum(round(float(row["amount"]) * 100) for row in rows) == found[0]["owed_cents"]
    assert made.as_("supervisor").get("/v1/fleet/claim", params={"contract": "C-9"}).status_code == 404
    listed = asked(made, "/documents")["documents"]
    old = next(each for each in listed if (each["kind"], each["version"]) == ("contract", 1))
    assert not old["in_force"]
    (again,) = asked(made, "/contracts", document=old["hash"])["contracts"]
    assert (again["version"], again["owed_cents"]) == (1, found[0]["owed_cents"])
    assert made.as_("analyst").get("/v1/fleet/contracts", params={"document": "0"}).status_code == 404


def test_what_the_report_remarks_on_goes_beside_the_contracts(made: Listening) -> None:
    plain = asked(made, "/contracts")
    assert (plain["remarks"], plain["undocumented"], plain["recommissioned"]) == ([], [], [])
    other = at_fleet.contract().replace('"C-1"', '"C-2"').replace("[fee]", 'scanners = ["S-1", "S-9"]\n[fee]')
    answer = made.as_("supervisor").put("/v1/fleet/documents", json={"kind": "contract", "document": other})
    assert answer.status_code == 200, answer.text
    head = "scanner_id,event,at,port,contract_id"
    day = [f"{made.log.clock() - timedelta(days=age):%Y-%m-%dT%H:%M:%SZ}" for age in (9, 8, 7)]
    rows = (f"S-3,commissioned,{day[0]},2304,C-7", f"S-3,retired,{day[1]},,", f"S-3,commissioned,{day[2]},,")
    told = read("\n".join([head, *rows]).encode(), made.log.clock())
    record([*reports_of(told.reports, made.log)], made.log, actor="tester", origin="live")
    found = asked(made, "/contracts")
    assert [(each["what"], each["document"], each["word"]) for each in found["remarks"]] == [
        ("scanner", "C-2", "S-9"), ("billed_twice", "C-1, C-2", "S-1"),
    ]  # fmt: skip
    assert (found["undocumented"], found["recommissioned"]) == (["C-7"], ["S-3"])
    (alone,) = [each for each in answer.json()["documents"] if each["name"] == "C-2"]
    one = asked(made, "/contracts", document=alone["hash"])
    assert [each["what"] for each in one["remarks"]] == ["scanner"]
    assert one["undocumented"] == [], "of those in force, which are not reckoned with"


def test_documents_are_put_in_force_read_and_taken_back(made: Listening) -> None:
    boss = made.as_("supervisor")
    amended = at_fleet.contract(3, (made.log.clock() - timedelta(days=30)).date().isoformat(), "5000.00")
    answer = boss.put("/v1/fleet/documents", json={"kind": "contract", "document": amended})
    assert answer.status_code == 200, answer.text
    held = {each["version"]: each for each in answer.json()["documents"] if each["kind"] == "contract"}
    assert held[2]["holds_until"] == held[3]["holds_from"]
    assert boss.get(f"/v1/fleet/documents/contract/{held[3]['hash']}").json()["document"] == amended
    assert {each["version"] for each in asked(made, "/contracts")["contracts"]} == {2, 3}
    boss.post("/v1/fleet/documents/contract/C-1/rollback")
    assert {each["version"] for each in asked(made, "/contracts")["contracts"]} == {2}
    for kind, document, status, code in (
        ("contract", "id = 3", 422, "contract_not_valid"),
        ("contract", at_fleet.contract(2, fee="7.00"), 422, "contract_version_known"),
        ("targets", "version = 0", 422, "contract_not_valid"),
    ):
        answer = boss.put("/v1/fleet/documents", json={"kind": kind, "document": document})
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (status, code)
    assert boss.put("/v1/fleet/documents", json={"kind": "treaty", "document": "x"}).status_code == 400
    assert boss.post("/v1/fleet/documents/contract/C-9/rollback").status_code == 404


def test_an_order_is_unaccounted_for_after_the_days_of_the_targets_in_force_wherever_it_is_shown(
    made: Listening,
) -> None:
    ordered = (made.log.clock() - timedelta(days=40)).date()
    told = read(f"scanner_id,event,at\nS-9,ordered,{ordered}T00:00:00Z\n".encode(), made.log.clock())
    record(reports_of(told.reports, made.log), made.log, actor="tester", origin="live")

    def shown() -> tuple[str, str, str]:
        scanners = made.as_("analyst").get("/v1/scanners").json()["scanners"]
        devices, waiting = asked(made, "")["fleet"]["devices"], asked(made, "/pipeline")["pipeline"]["waiting"]
        return (
            next(each["status"] for each in scanners if each["scanner_id"] == "S-9"),
            next(each["now"]["status"] for each in devices if each["now"]["scanner_id"] == "S-9"),
            next(each["stage"] for each in waiting if each["scanner_id"] == "S-9"),
        )

    assert shown() == ("waiting", "waiting", "ordered")
    aims = at_fleet.TARGETS.format(version=3).replace("zone", "unaccounted_after_days = 30\nzone", 1)
    answer = made.as_("supervisor").put("/v1/fleet/documents", json={"kind": "targets", "document": aims})
    assert answer.status_code == 200, answer.text
    assert shown() == ("unaccounted", "unaccounted", "unaccounted")


def test_utilisation_follows_what_is_reported(made: Listening) -> None:
    use = asked(made, "/use")["use"]
    known = [each for each in use["utilisation"] if each["share"] is not None]
    assert [(each["operator_hours"], each["target"]) for each in known] == [(0.5, 0.4)]
    assert use["targets_version"] == 2
    told = f"S-1,,{made.log.clock() - timedelta(days=20):%Y-%m-%dT%H:%M:%SZ},,,,,,,,truck,60\n"
    head = at_fleet.log_of(made).splitlines()[0]
    more = read(f"{head}\n{told}".encode(), made.log.clock())
    record([*reports_of(more.reports, made.log), *scans_of(more.scans)], made.log, actor="tester", origin="live")
    again = [each for each in asked(made, "/use")["use"]["utilisation"] if each["share"] is not None]
    assert sum(each["operator_hours"] for each in again) == 1.5


def test_a_fleet_of_which_nothing_is_recorded_is_empty(post: Post) -> None:
    with listening(post) as listens:
        fleet = asked(listens, "")["fleet"]
        assert fleet["devices"] == []
        assert fleet["classes"][0]["all"]["mtbf"] is None
        assert asked(listens, "/pipeline")["pipeline"]["waiting"] == []
        assert asked(listens, "/contracts")["contracts"] == []
        use = asked(listens, "/use")["use"]
        assert (use["utilisation"], use["targets_version"]) == ([], None)
