"""One defect at a time in a truck e-manifest in BorderConnect's JSON: refused where it stands, or told as odd."""

from __future__ import annotations

import json
from typing import Any

import pytest
from trips import Steps, drop, found, path_of, put, read, rows, sample

SHIPPED = ("shipments", 1)
GOODS = (*SHIPPED, "commodities", 0)
DRIVER = ("drivers", 0)
PASSENGER = ("passengers", 0)


#: Where, what it becomes, and the code. The whole trip is refused for those of the trip.
WRONG: list[tuple[Steps, Any, str]] = [
    (("tripNumber",), "ZQX400072B", "bc_trip_number"),
    (("tripNumber",), "zqxw00072", "bc_trip_number"),
    (("tripNumber",), "ZQXW007", "bc_trip_number"),
    (("tripNumber",), "ZQXW" + "1" * 22, "bc_trip_number"),
    (("tripNumber",), "ZQXW-00072", "bc_trip_number"),
    (("tripNumber",), "", "bc_missing"),
    (("tripNumber",), 7, "bc_type_text"),
    (("operation",), "REPLACE", "bc_operation"),
    (("sendId",), "x" * 69, "bc_length"),
    (("autoSend",), "yes", "bc_type_flag"),
    (("usPortOfArrival",), "304", "bc_port"),
    (("usPortOfArrival",), "23O4", "bc_port"),
    (("usPortOfArrival",), 2304, "bc_type_text"),
    (("estimatedArrivalDateTime",), "2026-03-02", "bc_instant"),
    (("estimatedArrivalDateTime",), "2026-02-30 10:00:00", "bc_instant"),
    (("estimatedArrivalDateTime",), "2026-03-02 24:10:00", "bc_instant"),
    (("estimatedArrivalDateTime",), "2026-03-02T10:00:00Z", "bc_instant"),
    (("estimatedArrivalTimeZone",), "America/Chicago", "bc_time_zone"),
    (("instrumentsOfInternationalTrafficBond", "type"), "SHIPPER", "bc_bond"),
    (("truck",), [], "bc_type_object"),
    (("truck", "number"), "N" * 18, "bc_length"),
    (("truck", "type"), "TRUCK", "bc_truck_type"),
    (("truck", "vinNumber"), "3ZZXW-234A5678902", "bc_vin"),
    (("truck", "vinNumber"), "3ZZXW1234A56789023", "bc_length"),
    (("truck", "dotNumber"), "123456789", "bc_length"),
    (("truck", "licensePlates"), "72BZ9K", "bc_type_list"),
    (("truck", "licensePlates", 0, "number"), "12345678901", "bc_length"),
    (("truck", "licensePlates", 0, "stateProvince"), "Nuevo León", "bc_state"),
    (("truck", "sealNumbers", 0), "S" * 16, "bc_length"),
    (("truck", "sealNumbers", 0), "", "bc_missing"),
    (("truck", "sealNumbers", 0), 5, "bc_type_text"),
    (("trailers",), {}, "bc_type_list"),
    (("trailers", 0, "number"), "", "bc_missing"),
    (("trailers", 0, "type"), "XX", "bc_trailer_type"),
    (("trailers", 0, "licensePlate", "number"), "12345678901", "bc_length"),
    (("trailers", 1, "sealNumbers", 0), "S" * 16, "bc_length"),
    (("drivers",), [], "bc_missing"),
    ((*DRIVER, "firstName"), "F" * 31, "bc_length"),
    ((*DRIVER, "lastName"), " ", "bc_missing"),
    ((*DRIVER, "gender"), "X", "bc_gender"),
    ((*DRIVER, "dateOfBirth"), "31/12/1988", "bc_date"),
    ((*DRIVER, "dateOfBirth"), "1988-02-30", "bc_date"),
    ((*DRIVER, "citizenshipCountry"), "MEX", "bc_country"),
    ((*DRIVER, "fastCardNumber"), "4270123456780", "bc_fast"),
    ((*DRIVER, "fastCardNumber"), "42701234567803", "bc_fast"),
    ((*DRIVER, "travelDocuments", 0, "type"), "ZZZ", "bc_document_type"),
    ((*DRIVER, "travelDocuments", 0, "number"), "1" * 31, "bc_length"),
    ((*DRIVER, "travelDocuments", 0, "country"), "mx", "bc_country"),
    ((*PASSENGER, "travelDocuments"), [], "bc_missing"),
    (("shipments",), "none", "bc_type_list"),
    (SHIPPED, "ZQXW7002", "bc_type_object"),
    ((*SHIPPED, "data"), "ACI_SHIPMENT", "bc_kind"),
    ((*SHIPPED, "shipmentControlNumber"), "ZQXW702", "bc_control_number"),
    ((*SHIPPED, "shipmentControlNumber"), "ZQX17002", "bc_control_number"),
    ((*SHIPPED, "shipmentControlNumber"), "ZQXW" + "1" * 13, "bc_control_number"),
    ((*SHIPPED, "type"), "PARS", "bc_shipment_type"),
    ((*SHIPPED, "type"), "INB", "bc_length"),
    ((*SHIPPED, "provinceOfLoading"), "Ontario", "bc_province"),
    ((*SHIPPED, "shipper"), "Fábrica", "bc_type_object"),
    ((*SHIPPED, "shipper", "name"), "N" * 61, "bc_length"),
    ((*SHIPPED, "shipper", "address", "addressLine"), "N" * 111, "bc_length"),
    ((*SHIPPED, "shipper", "address", "city"), "T", "bc_length"),
    ((*SHIPPED, "consignee", "address", "postalCode"), "12345678901", "bc_length"),
    ((*SHIPPED, "consignee", "address", "stateProvince"), "Texas", "bc_state"),
    ((*SHIPPED, "consignee", "address", "country"), "USA", "bc_country"),
    ((*SHIPPED, "commodities"), [], "bc_missing"),
    (GOODS, "Machine parts", "bc_type_object"),
    ((*GOODS, "description"), "D" * 513, "bc_length"),
    ((*GOODS, "quantity"), "3", "bc_type_number"),
    ((*GOODS, "quantity"), -3, "bc_number"),
    ((*GOODS, "packagingUnit"), "BOXES", "bc_packaging"),
    ((*GOODS, "weight"), "900", "bc_type_number"),
    ((*GOODS, "weight"), -1.5, "bc_number"),
    ((*GOODS, "weight"), True, "bc_type_number"),
    ((*GOODS, "weightUnit"), "TON", "bc_weight_unit"),
    ((*GOODS, "marksAndNumbers"), "EX", "bc_type_list"),
    ((*GOODS, "marksAndNumbers"), ["M" * 46], "bc_length"),
    ((*GOODS, "harmonizedCode"), "8708.30", "bc_hs"),
    ((*GOODS, "harmonizedCode"), "87083", "bc_hs"),
    ((*GOODS, "harmonizedCode"), "87083050200", "bc_hs"),
    ((*GOODS, "value"), "1,200", "bc_value"),
    ((*GOODS, "value"), "1234567890", "bc_length"),
    ((*GOODS, "value"), {"amount": 5, "currency": "CAD"}, "bc_type_text"),
    ((*GOODS, "countryOfOrigin"), "Mexico", "bc_country"),
    ((*GOODS, "loadedOn", "type"), "BOAT", "bc_loaded_on"),
    ((*GOODS, "loadedOn", "number"), "T9", "bc_loaded_unit"),
]


@pytest.mark.parametrize(("where", "value", "code"), WRONG, ids=[path_of(where) for where, _, _ in WRONG])
def test_what_the_manual_refuses_is_refused_where_it_stands(where: Steps, value: Any, code: str) -> None:
    message = sample()
    put(message, where, value)
    problems = found(message)
    # A list's own faults are told at the list, those of what is in it at the entry.
    place = next(place for place, each in problems if each == code)
    assert place.startswith(path_of(where))
    others = {each for _, each in problems if each != code}
    assert others <= {"bc_message_refused", "bc_shipment_refused", "bc_loaded_unit", "field_missing"}, problems
    left = rows(message)
    if where[0] == "shipments" and len(where) > 1:
        assert [row["declaration_id"] for row in left] == ["ZQXW7001AB", "ZQXW7001AB/2"]
    else:
        assert left == []


MISSING: list[Steps] = [
    ("tripNumber",),
    ("usPortOfArrival",),
    ("estimatedArrivalDateTime",),
    ("instrumentsOfInternationalTrafficBond", "type"),
    ("truck",),
    *(("truck", name) for name in ("number", "type", "vinNumber", "licensePlates")),
    *(("truck", "licensePlates", 0, name) for name in ("number", "stateProvince")),
    *(("trailers", 1, name) for name in ("number", "type", "licensePlates")),
    ("drivers",),
    *((*DRIVER, name) for name in ("firstName", "lastName")),
    *((*DRIVER, "travelDocuments", 0, name) for name in ("type", "number", "country")),
    *((*DRIVER, "travelDocuments", 1, name) for name in ("type", "number", "stateProvince")),
    *(
        (*PASSENGER, name)
        for name in ("firstName", "lastName", "gender", "dateOfBirth", "citizenshipCountry", "travelDocuments")
    ),
    *(
        (*SHIPPED, name)
        for name in ("shipmentControlNumber", "type", "provinceOfLoading", "shipper", "consignee", "commodities")
    ),
    *((*SHIPPED, party, name) for party in ("shipper", "consignee") for name in ("name", "address")),
    *((*SHIPPED, "shipper", "address", name) for name in ("addressLine", "city", "postalCode")),
    *((*GOODS, name) for name in ("description", "quantity", "packagingUnit", "weight", "weightUnit")),
    *((*GOODS, "loadedOn", name) for name in ("type", "number")),
]


@pytest.mark.parametrize("null", [False, True], ids=["absent", "null"])
@pytest.mark.parametrize("where", MISSING, ids=path_of)
def test_what_must_be_there_is_missed_where_it_should_stand(where: Steps, null: bool) -> None:
    message = put(sample(), where, None) if null else drop(sample(), where)
    codes = {"bc_missing", "bc_document_place"}
    assert path_of(where) in {place for place, code in found(message) if code in codes}
    assert len(rows(message)) == (2 if where[0] == "shipments" else 0)


ODD: list[tuple[Steps, Any, str]] = [
    (("truck", "vinNumber"), "AB12", "bc_vin_odd"),
    (("truck", "vinNumber"), "3ZZXW1234O5678902", "bc_vin_odd"),
    (("truck", "dotNumber"), "", "bc_empty"),
    ((*GOODS, "quantity"), 0, "bc_zero"),
    ((*GOODS, "quantity"), 2.5, "bc_not_whole"),
    ((*GOODS, "value"), 25000, "bc_amount_number"),
    ((*SHIPPED, "inBondDetails"), None, "bc_in_bond"),
    (("usPortOfArrival",), "9999", "port_unknown"),
]


@pytest.mark.parametrize(("where", "value", "code"), ODD, ids=[path_of(where) for where, _, _ in ODD])
def test_what_is_odd_is_taken_with_a_warning(where: Steps, value: Any, code: str) -> None:
    message = sample()
    put(message, where, value)
    if code == "bc_in_bond":
        drop(message, where)
    assert found(message) == []
    assert code in {each for _, each in found(message, "warning")}
    assert len(rows(message)) == 3


def test_goods_on_one_of_several_trailers_should_say_on_which() -> None:
    message = sample()
    drop(message, (*GOODS, "loadedOn"))
    assert ("shipments[1].commodities[0]", "bc_loaded_where") in found(message, "warning")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"data": "ACI_TRIP", "tripNumber": "ZQXW0007"}, "bc_canada"),
        ({"data": "ACE_TRAP", "tripNumber": "ZQXW0007"}, "bc_kind"),
        ({"tripNumber": "ZQXW0007"}, "bc_missing"),
        ({"data": ["ACE_TRIP"], "tripNumber": "ZQXW0007"}, "bc_type_text"),
        ({"data": "ACE_SEND_REQUEST", "tripNumber": "ZQXW0007"}, "bc_missing"),
        ({"data": "ACE_SEND_REQUEST", "type": "T" * 41}, "bc_length"),
        ({"data": "ACE_TRIP", "operation": "DELETE"}, "bc_missing"),
        ({"data": "ACE_SHIPMENT", "operation": "DELETE", "type": "PAPS"}, "bc_missing"),
        ([7], "bc_not_an_object"),
    ],
    ids=str,
)
def test_what_is_no_manifest_for_us_customs_is_refused(message: Any, code: str) -> None:
    assert code in {each for _, each in found(message)}
    assert rows(message) == []


def test_lines_of_a_refused_shipment_say_why_they_are_refused_too() -> None:
    message = sample()
    put(message, ("shipments", 0, "commodities", 1, "weightUnit"), "TON")
    assert [code for _, code in found(message)] == ["bc_shipment_refused", "bc_weight_unit"]
    assert [row["declaration_id"] for row in rows(message)] == ["ZQXW7002"]
    (batch,) = read(message)
    assert [json.loads(each.raw)["shipments"][0]["commodities"] for each in batch.refused] == [
        [goods] for goods in message["shipments"][0]["commodities"]
    ]


def test_a_refused_trip_refuses_its_lines_and_says_its_fault_once() -> None:
    message = sample()
    drop(message, ("truck", "vinNumber"))
    assert [code for _, code in found(message)] == ["bc_missing", "bc_message_refused", "bc_message_refused"]


@pytest.mark.parametrize("where", [where for where, value, _ in WRONG if isinstance(value, str) and value.strip()])
def test_no_sentence_and_no_place_quotes_a_value(where: Steps) -> None:
    for batch in read(put(sample(), where, "Secreto€")):
        assert not any("Secreto" in each.reason.en + each.reason.es + each.place for each in batch.problems)
