"""Truck e-manifests in BorderConnect's JSON: which column is read from where, and what a message becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from trips import RECEIVED, found, read, rows, sample


def test_a_line_of_goods_has_its_trip_its_shipment_and_its_own() -> None:
    first, second, third = rows(sample())
    assert first["declaration_id"] == "ZQXW7001AB"
    assert second["declaration_id"] == "ZQXW7001AB/2"
    assert third["declaration_id"] == "ZQXW7002"
    for row in (first, second, third):
        assert row["crossing_id"] == "ZQXW00072B"
        assert row["carrier_id"] == "ZQXW"
        assert row["port"] == "2304"
        assert row["tractor_id"] == "3ZZXW1234A5678902"
        assert row["driver_id"] == "NL-LFD00991"
        assert row["driver_name"] == "Ximena Zárate Ñúñez"
        assert row["filed_at"] == RECEIVED
        assert row["declared_empty"] is False
        assert row["lane"] is row["trade_programme"] is row["importer_id"] is None
    assert first["importer_name"] == "Example Axles LLC"
    assert first["exporter_name"] == "Maquilas Imaginarias, S.A. de C.V."
    assert (first["hs6"], first["description"], first["packages"]) == ("870830", "Brake drums", 120)
    assert (first["gross_mass_kg"], first["value_usd"], first["origin"]) == (2400.25, 18250, "MX")
    assert (first["departure"], third["departure"]) == ("MX", "CA")
    assert [row["seal_id"] for row in (first, second, third)] == ["HX000201", "HX000301", "SC-100"]


def test_pounds_become_kilograms_and_the_weight_as_written_stays() -> None:
    row = rows(sample())[1]
    assert row["gross_mass_kg"] == pytest.approx(1102 * 0.45359237, abs=1e-6)
    kept = json.loads(row["extra"])
    assert (kept["commodity.weight"], kept["commodity.weightUnit"]) == ("1102", "LBS")


def test_what_a_trip_says_once_is_kept_once() -> None:
    kept = [json.loads(row["extra"]) for row in rows(sample())]
    assert kept[0]["passengers[0].travelDocuments[0].number"] == "G99887766"
    assert kept[0]["drivers[1].fastCardNumber"] == "42709876543202"
    assert kept[0]["truck.sealNumbers[0]"] == "SC-100"
    assert not any("drivers" in name or "passengers" in name for each in kept[1:] for name in each)
    assert kept[1]["commodity.hazmat.emergencyContact.name"] == "Nadie Real"
    assert kept[2]["shipment.inBondDetails.irsNumber"] == "00-1234567"


def test_the_time_of_arrival_stays_as_written_with_its_zone() -> None:
    (row,) = rows(sample("empty_truck"))
    kept = json.loads(row["extra"])
    assert kept["estimatedArrivalDateTime"] == "2026-03-02 09:30:00"
    assert kept["estimatedArrivalDateTime.zone"] == "America/Chicago"
    assert "estimatedArrivalDateTime.zone" not in json.loads(rows(sample())[0]["extra"])


def test_a_trip_without_goods_is_one_row_that_is_declared_empty() -> None:
    (row,) = rows(sample("empty_truck"))
    assert (row["declaration_id"], row["crossing_id"], row["declared_empty"]) == ("ZQXW00071", "ZQXW00071", True)
    assert row["driver_id"] == "42701234567801"


def test_a_driver_without_card_and_licence_has_the_carriers_number() -> None:
    message = sample("empty_truck")
    message["drivers"] = [{"driverNumber": "D4", "firstName": "Ana", "lastName": "Sin"}]
    assert rows(message)[0]["driver_id"] == "ZQXW-D4"
    assert found(message, "warning") == [("drivers[0]", "bc_driver_document")]


def test_changes_and_cancellations_have_identifiers_of_their_own() -> None:
    created, changed, cancelled, *_ = rows(sample("life_of_a_trip"))
    assert (created["declaration_id"], created["amends"]) == ("ZQXW00073", None)
    assert changed["declaration_id"].startswith("ZQXW00073~")
    assert (changed["amends"], changed["action"], changed["port"]) == ("ZQXW00073", "replace", "2305")
    assert (cancelled["amends"], cancelled["action"]) == ("ZQXW00073", "cancel")
    assert cancelled["declaration_id"] not in (created["declaration_id"], changed["declaration_id"])
    assert cancelled["declared_empty"] is None


def test_a_change_sent_again_is_the_same_and_another_is_not() -> None:
    message = sample() | {"operation": "UPDATE"}
    once = [row["declaration_id"] for row in rows(message)]
    assert [row["amends"] for row in rows(message)] == ["ZQXW7001AB", "ZQXW7001AB/2", "ZQXW7002"]
    assert [row["declaration_id"] for row in rows(message | {"sendId": "again", "autoSend": False})] == once
    message["truck"]["number"] = "T8"
    message["shipments"][1]["commodities"][0]["loadedOn"]["number"] = "T8"
    assert not set(once) & {row["declaration_id"] for row in rows(message)}


def test_a_shipments_own_operation_holds_before_the_trips() -> None:
    message = sample() | {"operation": "UPDATE"}
    message["shipments"][1]["operation"] = "CREATE"
    assert [row["action"] for row in rows(message)] == ["replace", "replace", None]


def test_a_deleted_trip_cancels_itself_and_the_shipments_it_names() -> None:
    message: dict[str, Any] = {"data": "ACE_TRIP", "operation": "DELETE", "tripNumber": "ZQXW00072B"}
    message["shipments"] = [{"shipmentControlNumber": "ZQXW7002"}]
    assert [(row["amends"], row["action"]) for row in rows(message)] == [
        ("ZQXW00072B", "cancel"),
        ("ZQXW7002", "cancel"),
    ]


def test_a_shipment_may_stand_for_itself() -> None:
    row = rows(sample("life_of_a_trip"))[3]
    assert (row["declaration_id"], row["carrier_id"], row["crossing_id"]) == ("ZQXW7100", "ZQXW", "ZQXW7100")
    alone = sample()["shipments"][0] | {"tripNumber": "QQZZ5500"}
    del alone["commodities"][1]
    assert (rows(alone)[0]["crossing_id"], rows(alone)[0]["carrier_id"]) == ("QQZZ5500", "QQZZ")


def test_requests_and_answers_are_notices() -> None:
    notices = [notice for batch in read(sample("life_of_a_trip")) for notice in batch.notices]
    assert [notice.kind for notice in notices] == ["ACE_SEND_REQUEST", "API_RESPONSE", "ACE_RESPONSE"]
    assert notices[0].fields["tripNumber"] == "ZQXW00073"
    assert notices[2].fields["processingResponse.shipmentsAccepted"] == "1"


def test_fields_that_are_not_described_are_kept_and_told_once() -> None:
    message = sample("empty_truck") | {"sealNumber": "X1", "note": {"a": [1, 2.50, True, None]}}
    assert found(message, "warning") == [("sealNumber", "bc_field_unknown"), ("note", "bc_field_unknown")]
    kept = json.loads(rows(message)[0]["extra"])
    assert (kept["note.a[0]"], kept["note.a[1]"], kept["note.a[2]"]) == ("1", "2.5", "true")


def test_two_fields_with_one_path_are_both_kept() -> None:
    message = sample("empty_truck") | {"x": {"y": "inner"}, "x.y": "outer"}
    kept = json.loads(rows(message)[0]["extra"])
    assert {kept["x.y"], kept["x.y'"]} == {"inner", "outer"}
