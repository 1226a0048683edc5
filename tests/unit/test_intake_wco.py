"""Messages of the WCO Data Model: where each column comes from, and one defect of each kind with line and reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aforo.intake import wco
from aforo.intake.batch import IntakeBatch
from aforo.intake.message import Messages

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "wco"
RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
FORM = Messages(wco)


def read(data: bytes) -> IntakeBatch:
    (batch,) = FORM.read_bytes(data, received=RECEIVED)
    return batch


def sample(name: str, *changes: tuple[str, str]) -> bytes:
    """A sample with pieces of its text replaced; each must be there."""
    text = (SAMPLES / f"{name}.xml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def refusals(batch: IntakeBatch) -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in batch.problems if each.gravity == "refusal"]


def warnings(batch: IntakeBatch) -> set[str]:
    return {each.code for each in batch.problems if each.gravity == "warning"}


def rows(batch: IntakeBatch) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value is not None} for row in batch.table.to_dicts()]


def test_an_export_by_truck_becomes_a_row_for_each_item() -> None:
    first, second = rows(read(sample("export_truck")))
    assert {key: first[key] for key in first if key not in ("record", "extra")} == {
        "declaration_id": "AFO-EX-000117",
        "filed_at": datetime(2026, 3, 1, 14, 30, tzinfo=UTC),
        "filed_offset_minutes": -360,
        "port": "GB000060",
        "crossing_id": "AFO-EX-000117",
        "carrier_id": "GB999000111222",
        "carrier_name": "Molina y Hijos Transportes",
        "tractor_id": "GB-WX26 ABC",
        "exporter_id": "GB555666777888",
        "exporter_name": "Northfield Castings",
        "importer_name": "Fundidora del Valle",
        "broker_id": "GB111222333444",
        "hs6": "870830",
        "description": "Brake discs of cast iron",
        "origin": "GB",
        "departure": "GB",
        "gross_mass_kg": 2050.0,
        "value_usd": 36250.5,
        "packages": 24.0,
        "seal_id": "SL-88112",
    }
    assert second["declaration_id"] == "AFO-EX-000117/2"
    assert second["crossing_id"] == "AFO-EX-000117"
    assert "value_usd" not in second, "pounds are no dollars"
    assert '"StatisticalValueAmount":"4000"' in second["extra"]


def test_an_amendment_and_a_cancellation_name_what_they_are_about() -> None:
    (amended,) = rows(read(sample("amendment")))
    assert (amended["amends"], amended["action"]) == ("26GB0AFOXX1234567A/2", "replace")
    assert amended["declaration_id"].startswith("26GB0AFOXX1234567A/2~")
    assert amended["gross_mass_kg"] == 98.0
    (cancelled,) = rows(read(sample("cancellation")))
    assert (cancelled["amends"], cancelled["action"]) == ("26GB0AFOXX1234567A", "cancel")
    assert cancelled["declaration_id"] != amended["declaration_id"]


def test_an_amendment_sent_twice_is_one_and_another_is_another() -> None:
    again = rows(read(sample("amendment")))[0]["declaration_id"]
    other = rows(read(sample("amendment", (">98<", ">97<"))))[0]["declaration_id"]
    assert again == rows(read(sample("amendment")))[0]["declaration_id"] != other


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("answer_accepted", "DMSACC"),
        ("answer_corrected", "DMSRES"),
        ("movement_departure", "inventoryLinkingMovementRequest EDL"),
        ("consolidation", "inventoryLinkingConsolidationRequest EAC"),
    ],
)
def test_what_declares_nothing_is_a_notice(name: str, kind: str) -> None:
    batch = read(sample(name))
    assert [each.kind for each in batch.notices] == [kind]
    assert not len(batch.table)


def test_both_declarations_of_an_answer_are_kept() -> None:
    (notice,) = read(sample("answer_corrected")).notices
    assert notice.fields["Declaration/ID"] == "26GB0AFOXX1234567A"
    assert notice.fields["Declaration[2]/GoodsShipment/Destination/CountryCode"] == "MX"


def test_another_version_is_read_with_a_warning() -> None:
    batch = read(sample("other_version"))
    assert {"wco_namespace_unknown", "wco_unknown"} <= warnings(batch)
    assert rows(batch)[0]["hs6"] == "010121"


ITEM = "<GovernmentAgencyGoodsItem>\n        <SequenceNumeric>1</SequenceNumeric>"
FUNCTION, COUNT = "<FunctionCode>9</FunctionCode>", "<GoodsItemQuantity>2</GoodsItemQuantity>"
SECOND = "<SequenceNumeric>2</SequenceNumeric>\n        <StatisticalValueAmount"
LRN = "<FunctionalReferenceID>AFO-EX-000117</FunctionalReferenceID>"
MASS = '<GrossMassMeasure unitCode="TNE">2.05</GrossMassMeasure>'
DEFECTS: dict[str, tuple[str, str, str]] = {
    "a required element is missing": (FUNCTION, "", "wco_missing"),
    "an item has no number": (ITEM, "<GovernmentAgencyGoodsItem>\n", "wco_missing"),
    "an element is unknown": (COUNT, COUNT + "<Colour>red</Colour>", "wco_unknown"),
    "a known element has another namespace": (
        "<DeclarationOfficeID>GBLBA001</DeclarationOfficeID>",
        "<md:DeclarationOfficeID>GBLBA001</md:DeclarationOfficeID>",
        "wco_namespace",
    ),
    "elements are out of order": (COUNT, "<DeclarationOfficeID>GB1</DeclarationOfficeID>" + COUNT, "wco_order"),
    "an element stands twice": (FUNCTION, FUNCTION + "<FunctionCode>9</FunctionCode>", "wco_repeated"),
    "a code is not of the list": (FUNCTION, "<FunctionCode>8</FunctionCode>", "wco_code"),
    "a value is empty": (LRN, "<FunctionalReferenceID> </FunctionalReferenceID>", "wco_blank"),
    "a value is too long": (LRN, LRN.replace("AFO", "A" * 30), "wco_too_long"),
    "a country has three letters": (
        "<RegistrationNationalityCode>GB<",
        "<RegistrationNationalityCode>GBR<",
        "wco_length",
    ),
    "a country has digits": (
        "<RegistrationNationalityCode>GB<",
        "<RegistrationNationalityCode>44<",
        "wco_letters_only",
    ),
    "a mode of transport is a letter": ("<ModeCode>3<", "<ModeCode>R<", "wco_digits_only"),
    "a mass is no number": (MASS, MASS.replace("2.05", "2,05"), "wco_number"),
    "a mass has too many places": (MASS, MASS.replace("2.05", "2.0500001"), "wco_digits"),
    "a mass is negative": (MASS, MASS.replace("2.05", "-2.05"), "wco_negative"),
    "a mass has an attribute of another": (MASS, MASS.replace("unitCode", "currencyID"), "wco_attribute_unknown"),
    "a currency is no currency": ('currencyID="USD">36250', 'currencyID="usd">36250', "wco_attribute"),
    "a date is no date": ("20260301083000-06", "2026-03-01", "wco_moment"),
    "a date has no format": (' formatCode="304"', "", "wco_attribute_missing"),
    "a text stands between elements": (COUNT, COUNT + "and", "wco_text_here"),
    "a value has elements": ("GBLBA001", "<ID>1</ID>", "wco_elements_here"),
    "a name has a line break": ("Northfield Castings", "Northfield\nCastings", "wco_line_break"),
    "the items are not as many as said": (COUNT, COUNT.replace("2", "3"), "wco_items_count"),
    "two items have one number": (
        ">2</SequenceNumeric>\n        <Stat",
        ">1</SequenceNumeric>\n        <Stat",
        "wco_item_twice",
    ),
    "the declaration has no type": ("<TypeCode>EXD</TypeCode>", "", "wco_type_missing"),
    "a commodity code has points": ("87083091", "8708.30.91", "wco_commodity"),
    "a commodity code is too short": ("87083091", "87083", "wco_commodity"),
}


#: Where what is missing is missing from.
PARENTS = {FUNCTION: "<Declaration>", "<TypeCode>EXD</TypeCode>": "<Declaration>"}


@pytest.mark.parametrize(("old", "new", "code"), DEFECTS.values(), ids=DEFECTS)
def test_one_defect_refuses_the_declaration_with_its_line(old: str, new: str, code: str) -> None:
    text = sample("export_truck").decode()
    anchor = PARENTS.get(old, old) if not new else old
    line = text.count("\n", 0, text.index(anchor)) + 1
    batch = read(sample("export_truck", (old, new)))
    assert not len(batch.table)
    assert code in [found for found, _ in refusals(batch)], refusals(batch)
    place = next(place for found, place in refusals(batch) if found == code)
    assert place.startswith(f"line {line}, "), place
    (record,) = batch.refused
    assert ("exporter_id", "GB555666777888") in record.identities


def test_a_refused_declaration_names_its_defect_alone() -> None:
    assert [code for code, _ in refusals(read(sample("export_truck", (COUNT, COUNT + "<Colour>x</Colour>"))))] == [
        "wco_unknown"
    ]


def test_the_reason_names_element_and_format() -> None:
    (problem,) = read(sample("export_truck", (LRN, LRN.replace("AFO", "A" * 30)))).refused[0].problems
    assert "FunctionalReferenceID (an..35)" in problem.reason.en


def test_a_declaration_without_items_is_refused() -> None:
    start, end = "<d:GovernmentAgencyGoodsItem>", "</d:GovernmentAgencyGoodsItem>"
    number = "<d:SequenceNumeric>1</d:SequenceNumeric>"
    bare = sample("import_minimal", (start, ""), (number, ""), (end, ""))
    assert [code for code, _ in refusals(read(bare))] == ["wco_items_missing"]


def test_a_declaration_without_a_reference_is_refused() -> None:
    element = "<d:FunctionalReferenceID>AFO-IM-1</d:FunctionalReferenceID>"
    assert [code for code, _ in refusals(read(sample("import_minimal", (element, ""))))] == ["field_missing"]


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("amendment", "<ID>26GB0AFOXX1234567A</ID>", "", "wco_reference_missing"),
        ("cancellation", "<ID>26GB0AFOXX1234567A</ID>", "", "wco_missing"),
        ("cancellation", "<ChangeReasonCode>1</ChangeReasonCode>", "", "wco_missing"),
        ("cancellation", "<StatementDescription>Order withdrawn</StatementDescription>", "", "wco_missing"),
        ("cancellation", "</Amendment>", "</Amendment><GoodsShipment/>", "wco_unknown"),
        ("answer_accepted", "<FunctionCode>01</FunctionCode>", "", "wco_missing"),
        ("answer_accepted", "<VersionID>1<", "<VersionID>1234567890<", "wco_too_long"),
        ("answer_accepted", ">20260301150000Z<", ">1 March<", "wco_moment"),
        ("movement_departure", ">EDL<", ">XYZ<", "wco_code"),
        ("movement_departure", ">6GB555666777888-AFO117<", ">AFO117<", "wco_ucr"),
        ("movement_departure", ">001A<", ">A001<", "wco_part"),
        ("movement_departure", "2026-03-01T15:46:50.050Z", "2026-03-01", "wco_instant"),
        ("movement_departure", "<inv:goodsLocation>GBAUDVRDVRDVR</inv:goodsLocation>", "", "wco_missing"),
        ("export_truck", "<md:WCOTypeName>DEC</md:WCOTypeName>", "<md:Note>x</md:Note>", "wco_unknown"),
        ("export_truck", "</md:MetaData>", "<Declaration/></md:MetaData>", "wco_several"),
    ],
)
def test_one_defect_of_the_other_messages(name: str, old: str, new: str, code: str) -> None:
    batch = read(sample(name, (old, new)))
    assert [found for found, _ in refusals(batch)][:1] == [code]
    assert not batch.notices
    assert len(batch.refused) == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("export_truck", ">3.6<", ">3.10<", "wco_version"),
        ("export_truck", ">DEC<", ">RES<", "wco_type_name"),
        ("export_truck", ">28<", ">29<", "wco_packages"),
        ("export_truck", ">EXD<", ">ABC<", "wco_type_unknown"),
        ("export_truck", '"TNE"', '"NMB"', "wco_unit"),
        ("export_truck", "87083091", "8708309", "wco_commodity_length"),
        ("amendment", ">COR<", ">GPN<", "wco_request_unknown"),
        ("consolidation", "ConsolidationRequest xmlns", "OtherRequest xmlns", "xml_tag_mismatch"),
    ],
)
def test_what_is_odd_is_a_warning(name: str, old: str, new: str, code: str) -> None:
    batch = read(sample(name, (old, new)))
    assert code in {each.code for each in batch.problems}
    assert code.startswith("xml") or not refusals(batch)


def test_other_kinds_of_inventory_linking_are_kept() -> None:
    text = sample("consolidation").decode().replace("ConsolidationRequest", "OtherRequest")
    batch = read(text.encode())
    assert warnings(batch) == {"wco_message_unknown"}
    assert batch.notices[0].fields["ucrBlock/ucr"] == "6GB555666777888-AFO117"


def test_a_wrapper_without_message_and_another_document_are_refused() -> None:
    assert refusals(read(b"<MetaData><WCOTypeName>DEC</WCOTypeName></MetaData>")) == [
        ("wco_no_message", "line 1, MetaData")
    ]
    assert refusals(read(b"<Letter xmlns='urn:wco:datamodel:x'/>")) == [("wco_root", "line 1, Letter")]
