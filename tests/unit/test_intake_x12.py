"""X12: what the standard asks of sets, segments and elements, one defect at a time; and what records become."""

from __future__ import annotations

import pytest
from interchanges import MANIFEST, group, interchange, manifest, of, parsed, refusals, transaction

from aforo.intake.x12.elements import dictionary
from aforo.intake.x12.grammar import SETS, names
from aforo.intake.x12.segments import definitions


def test_a_manifest_becomes_a_record() -> None:
    said = of(MANIFEST)
    assert said.faults == []
    assert said.fields == {
        "declaration_id": "QXFTZ1",
        "filed_at": "2026-03-02T09:15:00",
        "port": "2304",
        "crossing_id": "QXFTT100",
        "shipment_id": "QXFTZ1",
        "carrier_id": "QXFT",
        "driver_id": "LIC-1",
        "driver_name": "Elena Prado",
        "tractor_id": "1XQVT9EX0TD700123",
        "importer_id": "98-7654321",
        "importer_name": "Sample Imports",
        "exporter_id": "AFI010203AB1",
        "exporter_name": "Autopartes Ficticias",
        "broker_id": "CB-1",
        "hs6": "870830",
        "description": "BRAKE PADS",
        "departure": "MX",
        "gross_mass_kg": "1905.087954",
        "value_usd": "61000",
        "packages": "12",
        "seal_id": "H100",
    }
    assert said.extra["M11-05"] == "4200"
    assert said.extra["M11-06"] == "L"
    assert said.extra["VID/M7-01"] == "H200"
    assert said.places["hs6"] == "interchange 1, group 1, set 0001, segment 17 N1005"


def test_a_line_that_only_describes_goes_on_with_the_one_before() -> None:
    said, _ = parsed(interchange(group(transaction(segments=(*MANIFEST, "N10**FOR TRUCKS", "N10*3*DISCS")))))
    assert [each.fields["declaration_id"] for each in said] == ["QXFTZ1", "QXFTZ1/2"]
    assert [each.fields["description"] for each in said] == ["BRAKE PADS FOR TRUCKS", "DISCS"]
    assert "gross_mass_kg" not in said[0].fields, "the bill's weight is that of all its lines"
    assert said[0].extra["M11-05"] == "4200"


def test_a_plate_stands_for_the_vehicle_with_its_jurisdiction() -> None:
    assert of(manifest(VEH="VEH*1********41AQ7B*TX")).fields["tractor_id"] == "TX-41AQ7B"


def test_a_value_in_another_currency_is_no_value_in_dollars() -> None:
    said = of(manifest(N10="N10*12*PADS****61000*******MXN"))
    assert "value_usd" not in said.fields
    assert {"61000", "MXN"} <= set(said.extra.values())


@pytest.mark.parametrize(
    ("m13", "action", "amends"),
    [("D", "cancel", "QXFTZ1"), ("R", "replace", "QXFTZ1"), ("", "replace", "QXFTZ1"), ("A", None, None)],
)
def test_an_amendment_has_an_identifier_of_its_own(m13: str, action: str | None, amends: str | None) -> None:
    said = of(manifest(LX=f"LX*1~M13*QXFT*2304*{m13}*Z1*****QXFT"))
    assert said.faults == []
    assert (said.fields.get("action"), said.fields.get("amends")) == (action, amends)
    identifier = said.fields["declaration_id"]
    assert identifier == "QXFTZ1" if action is None else identifier.startswith("QXFTZ1~")
    again = of(manifest(LX=f"LX*1~M13*QXFT*2304*{m13}*Z1*****QXFT"))
    assert again.fields["declaration_id"] == identifier, "the same content is the same amendment"


def test_a_sets_purpose_cancels_what_it_names() -> None:
    said = of(manifest(M10="M10*QXFT*J*MX**TRACTOR*T100*******01"))
    assert (said.fields["action"], said.fields["amends"]) == ("cancel", "QXFTZ1")


def test_a_truck_that_carries_nothing_is_declared_empty() -> None:
    segments = ("M10*QXFT*J*MX**TRACTOR*T100", "VEH*1*1XQVT9EX0TD700123", "P4*2304*20260302", "VID*TL**53021*******E")
    said = of(segments, "358", "BD")
    assert (said.notice, said.fields["declared_empty"], said.fields["declaration_id"]) == ("", "1", "QXFTT100")


def test_a_consist_declares_that_its_trip_carries_each_bill() -> None:
    segments = ("M10*QXFT*J*MX**TRACTOR*T100", "VEH*1*1XQVT9EX0TD700123", "P4*2304*20260302", "VID*TL**53021*H1")
    carrying = (*segments, "MBL*QXFT*Z1", "MBL*QXFT*QXFTZ2")
    said, _ = parsed(interchange(group(transaction("358", carrying), code="BD")))
    assert [each.fields["shipment_id"] for each in said] == ["QXFTZ1", "QXFTZ2"]
    assert [each.fields["declaration_id"] for each in said] == ["QXFTT100-QXFTZ1", "QXFTT100-QXFTZ2"]
    for each in said:
        assert (each.notice, each.fields["crossing_id"], each.fields["seal_id"]) == ("", "QXFTT100", "H1")
        assert "declared_empty" not in each.fields
    cancelled = of(("M10*QXFT*J*MX**TRACTOR*T100*******01", *carrying[1:5]), "358", "BD")
    assert (cancelled.fields["amends"], cancelled.fields["action"]) == ("QXFTT100-QXFTZ1", "cancel")
    (loaded,) = parsed(interchange(group(transaction("358", (*segments[:3], "VID*TL**53021*******L")), code="BD")))[0]
    assert loaded.notice == "358"


def test_status_is_told_for_each_release() -> None:
    segments = ("M10*QXFT*J*US**TRACTOR*T100", "P4*2304*20260302", "X4*Z1*12*61*123*20260302*1150*1C**QXFT", "K1*GO")
    said, _ = parsed(interchange(group(transaction("350", (*segments, segments[2])), code="AU", version="004060")))
    assert [each.notice for each in said] == ["350", "350"]
    assert said[0].fields == {"carrier_id": "QXFT", "crossing_id": "QXFTT100", "port": "2304"}
    assert said[0].extra["X4-07"] == "1C"
    assert said[0].extra["X4/K1-01"] == "GO"


#: One defect each: the segments as they are sent, and what is told of which element or segment.
DEFECTS = [
    ("M10 without its carrier", manifest(M10="M10**J*MX**TRACTOR*T100"), "x12_required", "M1001"),
    ("M10 without its country", manifest(M10="M10*QXFT*J***TRACTOR*T100"), "x12_required", "M1003"),
    ("a carrier's code too long", manifest(M10="M10*QXFTX*J*MX**TRACTOR*T100"), "x12_long", "M1001"),
    ("a carrier's code too short", manifest(M10="M10*Q*J*MX**TRACTOR*T100"), "x12_short", "M1001"),
    ("a trip's number too long", manifest(M10="M10*QXFT*J*MX**TRACTOR*T1234567890"), "x12_long", "M1006"),
    ("a quantity that is none", manifest(M10="M10*QXFT*J*MX**TRACTOR*T100*7*two"), "x12_number", "M1008"),
    ("a code that is none", manifest(M10="M10*QXFT*J*MX**TRACTOR*T100*7*1***Q"), "x12_code", "M1011"),
    ("no port", manifest(P4=""), "x12_segment_order", "LX"),
    ("a port without its code", manifest(P4="P4**20260302"), "x12_required", "P401"),
    ("a port without its date", manifest(P4="P4*2304"), "x12_required", "P402"),
    ("a day that is none", manifest(P4="P4*2304*20260230"), "x12_date", "P402"),
    ("a day without its century", manifest(P4="P4*2304*260302"), "x12_date", "P402"),
    ("a time that is none", manifest(P4="P4*2304*20260302***2460"), "x12_time", "P405"),
    ("a line number that is none", manifest(LX="LX*one"), "x12_number", "LX01"),
    ("no shipment", MANIFEST[:5], "x12_segment_missing", "LX"),
    ("a shipment without its number", manifest(M11="M11**MXNLD*12*PCS*4200*L******QXFT"), "x12_required", "M1101"),
    ("a shipment without its issuer", manifest(M11="M11*Z1*MXNLD*12*PCS*4200*L"), "x12_required", "M1112"),
    ("a weight without its unit", manifest(M11="M11*Z1*MXNLD*12*PCS*4200*******QXFT"), "x12_all", "M1105,"),
    ("a weight too long", manifest(M11="M11*Z1*MXNLD*12*PCS*12345678901*L******QXFT"), "x12_long", "M1105"),
    ("a weight with a comma", manifest(M11="M11*Z1*MXNLD*12*PCS*4,200*L******QXFT"), "x12_number", "M1105"),
    ("a party without its role", manifest(M12="", N1="N1**Nobody"), "x12_required", "N101"),
    ("a party without name or number", manifest(N1="N1*SH"), "x12_any", "N102,"),
    ("a qualifier without its number", manifest(N1="N1*SH*Nobody*ZZ"), "x12_all", "N103,"),
    ("two numbers where one may be", manifest(M12="M12*61*123****456*QXFT*BM*1"), "x12_only", "M1202,"),
    ("a number without its qualifier", manifest(M12="M12*61*****456"), "x12_needs", "M1206,"),
    ("an amendment without its bill", manifest(LX="LX*1~M13*QXFT*2304*D******QXFT"), "x12_required", "M1304"),
    ("a conveyance without its number", manifest(VID="VID*TL"), "x12_required", "VID03"),
    ("a seal too short", manifest(M7="M7*H"), "x12_short", "M701"),
    ("a commodity code without its list", manifest(N10="N10*1*PADS***870830"), "x12_all", "N1004,"),
    ("hazardous goods without a code", (*MANIFEST, "H1**3"), "x12_required", "H101"),
    ("a segment of nowhere", (*MANIFEST, "QQ*1"), "x12_segment_unknown", "QQ"),
    ("a segment of another set", (*MANIFEST, "X4*Z1"), "x12_segment_unknown", "X4"),
    ("a segment before its place", (MANIFEST[0], "LX*1", *MANIFEST[1:]), "x12_segment_order", "LX"),
    ("a segment too often", (*MANIFEST[:7], MANIFEST[6], *MANIFEST[7:]), "x12_segment_many", "M11"),
    ("more elements than there are", manifest(LX="LX*1*2"), "x12_surplus", "LX"),
    ("a repetition", manifest(N9="N9*BM*EMB-1^EMB-2"), "x12_repeated", "N902"),
    ("a control character", manifest(N9="N9*BM*EMB\x01"), "x12_characters", "N902"),
]


@pytest.mark.parametrize(("segments", "code", "name"), [e[1:] for e in DEFECTS], ids=[e[0] for e in DEFECTS])
def test_one_defect_refuses_its_set_and_is_told(segments: tuple[str, ...], code: str, name: str) -> None:
    said, faults = parsed(interchange(group(transaction(segments=segments), transaction(number="0002"))))
    bad = [each for each in said if each.refused]
    assert (code, name) in refusals(bad[0])
    assert all("set 0001" in fault.place for fault in bad[0].faults)
    assert [each.fields["declaration_id"] for each in said if not each.refused] == ["QXFTZ1"], "the other set is good"
    assert faults == []


def test_a_code_that_is_none_is_answered_with_those_there_are() -> None:
    wrong = transaction(segments=manifest(M10="M10*QXFT*J*MX**TRACTOR*T100*7*1***Q"))
    text = interchange(group(wrong)).replace("*0*P*", "*0*Q*", 1)
    said, faults = parsed(text)
    named = [fault.name for fault in (*faults, *(fault for each in said for fault in each.faults))]
    assert [name for name in named if name.endswith("(N, U, W, Y)")]
    assert "ISA15 (P, T, I)" in named


@pytest.mark.parametrize("version", ["004010", "005020", "006050", "008010"])
@pytest.mark.parametrize("kind", sorted(SETS))
def test_every_segment_of_a_set_is_known_in_every_version(kind: str, version: str) -> None:
    assert names(kind) <= set(definitions(int(version)))


def test_every_element_of_the_dictionary_is_used() -> None:
    used = {rule.element.number for each in definitions(5010).values() for rule in each.rules}
    assert set(dictionary(5010)) <= used


def test_what_a_pattern_takes_has_no_fault() -> None:
    """The quick look and the thorough one agree."""
    table = definitions(5020)
    for segment in MANIFEST:
        parts = segment.split("*")
        for position in range(1, len(parts)):
            for value in ("", " ", "A", "12", "12345678901234567890" * 5, "20260231", "2460", "Ñandú", "\x01"):
                spoilt = [*parts[:position], value, *parts[position + 1 :]]
                definition = table[parts[0]]
                thorough = definition._elements(spoilt, "here", "")
                assert not thorough or definition.pattern.match("\x1f".join(spoilt)) is None


def test_lengths_are_those_of_the_version() -> None:
    long = manifest(M11="M11*Z123456789012*MXNLD*12*PCS*4200*L******QXFT", M10="M10*QXFT*J*MX**TRACTOR*T100***X")
    assert ("x12_long", "M1101") in refusals(of(long, version="004010", code="SO"))
    assert refusals(of(long, version="005020")) == set()


@pytest.mark.parametrize(("kind", "code"), [("309", "AQ"), ("358", "BD"), ("355", "AZ")])
@pytest.mark.parametrize(
    ("qualifier", "value", "good"),
    [
        ("D8", "19801130", True), ("D8", "19801132", False), ("D8", "198011", False), ("D6", "801130", True),
        ("D6", "801132", False), ("RD8", "19801101-19801130", True), ("RD8", "19801101-19801132", False),
        ("DT", "198011300830", True), ("DT", "198011302530", False), ("RDT", "198011300830-198011320830", False),
        ("ZZ", "whatever it says", True),
    ],
)  # fmt: skip
def test_a_birthday_is_one_of_the_calendar_in_every_set_that_has_a_driver(
    kind: str, code: str, qualifier: str, value: str, good: bool
) -> None:
    segments = manifest(NM1=f"NM1*QD*1*Prado*Elena~DMG*{qualifier}*{value}")
    if kind == "358":
        cut = next(at for at, each in enumerate(segments) if each.startswith("LX"))
        segments = segments[:cut]
    refused = ("x12_period", "DMG02") in refusals(of(segments, kind, code))
    assert refused != good


def test_a_status_of_a_port_without_its_trip_is_refused() -> None:
    status = ("P4*2304*20260302", "X4*Z1****20260302*0915*51*Z1*QXFT")
    assert ("x12_parent_missing", "P4,") in refusals(of(status, "350", "AU"))
    with_trip = ("M10*QXFT*J*MX**TRACTOR*T100*7*1", *status)
    assert "x12_parent_missing" not in {code for code, _ in refusals(of(with_trip, "350", "AU"))}
    releases = ("BA1", "X4*Z1****20260302*0915*51*Z1*QXFT")
    assert "x12_parent_missing" not in {code for code, _ in refusals(of(releases, "350", "AU"))}
