"""Declarations of the WCO Data Model as rows of the declaration table: one for each goods item.

Where each column comes from is told in the guide (`docs/guide/messages.md`). The rules beyond the schema are those of
the UK's Customs Declaration Service (its tariff, volume 3; data elements are named DE n/m), in whose messages they were
found: an original has a type (DE 1/1), goods items, and as many as it says (DE 1/9); an additional message names the
declaration that it amends by its MRN.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from aforo.intake import xml
from aforo.intake.message import Fault, Said, amendment_name
from aforo.intake.wco.conformity import Part, Reading

ITEMS = "GoodsShipment/GovernmentAgencyGoodsItem"
#: UN/EDIFACT 1225: what the message is for.
ORIGINAL, REQUEST, ADVANCE = "9", "13", "14"
AMENDMENT, CANCELLATION = "COR", "INV"
#: DE 1/1: export, import, and trade with territories that have a fiscal border of their own.
DIRECTIONS = ("EX", "IM", "CO")
#: Kilograms of a unit (UN/ECE recommendation 20). DE 6/5 is in kilograms where it names no unit.
KILOGRAMS = {
    "KGM": Decimal(1),
    "GRM": Decimal("0.001"),
    "TNE": Decimal(1000),
    "LBR": Decimal("0.45359237"),
    "ONZ": Decimal("0.028349523125"),
}
MASS = "Commodity/GoodsMeasure/GrossMassMeasure"
#: DE 7/7, 7/9, 7/14: registration number of a road vehicle; mode of transport by road.
ROAD_VEHICLE, ROAD = "30", "3"
#: Where a party, an office or a vehicle is looked for: the first that is there.
IMPORTERS = ("GoodsShipment/Importer", "GoodsShipment/Consignee")
EXPORTERS = ("Exporter", "GoodsShipment/Consignor", "Consignment/Consignor")
CARRIERS = ("Consignment/Carrier",)
OFFICES = ("ExitOffice/ID", "DeclarationOfficeID", "PresentationOffice/ID")
VEHICLES = (
    "BorderTransportMeans",
    "GoodsShipment/Consignment/ArrivalTransportMeans",
    "GoodsShipment/Consignment/DepartureTransportMeans",
)
EQUIPMENT = "GoodsShipment/Consignment/TransportEquipment"
#: The identifier of a refused message that has none.
NAMELESS = "-"
VALUES = ("StatisticalValueAmount", "CustomsValueAmount", "Commodity/InvoiceLine/ItemChargeAmount")


def rules(reading: Reading) -> list[Fault]:
    """What is wrong with a declaration that its structure allows."""
    head, values = reading.head, reading.head.values
    function, kind = values.get("FunctionCode"), values.get("TypeCode")
    faults: list[Fault] = []
    if function == REQUEST:
        if not values.get("ID"):
            faults.append(Fault("wco_reference_missing", head.place("ID"), "refusal", "ID"))
        if kind == AMENDMENT and not any(path.startswith("Amendment") for path in values):
            faults.append(Fault("wco_amendment_missing", head.place("Amendment"), "refusal", "Amendment"))
        elif kind not in (AMENDMENT, CANCELLATION):
            faults.append(Fault("wco_request_unknown", head.place("TypeCode"), "warning", "TypeCode"))
    elif function == ORIGINAL:
        if not kind:
            faults.append(Fault("wco_type_missing", head.place("TypeCode"), "refusal", "TypeCode"))
        elif not kind.startswith(DIRECTIONS):
            faults.append(Fault("wco_type_unknown", head.place("TypeCode"), "warning", "TypeCode"))
        if not reading.items:
            faults.append(Fault("wco_items_missing", head.place(ITEMS), "refusal", "GovernmentAgencyGoodsItem"))
        elif (said := _number(values.get("GoodsItemQuantity"))) is not None and said != len(reading.items):
            faults.append(Fault("wco_items_count", head.place("GoodsItemQuantity"), "refusal", "GoodsItemQuantity"))
        faults += _packages(reading)
    seen: set[str] = set()
    for item in reading.items:
        number = _sequence(item)
        if number in seen:
            faults.append(Fault("wco_item_twice", item.place("SequenceNumeric"), "refusal", "SequenceNumeric"))
        seen.add(number)
        faults += _item(item)
    return faults


def _packages(reading: Reading) -> list[Fault]:
    """DE 6/18 against the sum of DE 6/10."""
    said = _number(reading.head.values.get("TotalPackageQuantity"))
    counted = sum(_count(item) for item in reading.items)
    if said is None or not counted or said == counted:
        return []
    return [Fault("wco_packages", reading.head.place("TotalPackageQuantity"), "warning", "TotalPackageQuantity")]


def _item(item: Part) -> list[Fault]:
    faults = []
    path = _commodity(item)
    code = item.values.get(path, "")
    if code and not (code.isascii() and code[:6].isdigit() and len(code) >= 6):
        faults.append(Fault("wco_commodity", item.place(path), "refusal", "Classification/ID"))
    elif code and len(code) not in (6, 8, 10):
        faults.append(Fault("wco_commodity_length", item.place(path), "warning", "Classification/ID"))
    for name in (MASS, "Commodity/GoodsMeasure/NetNetWeightMeasure"):
        if name in item.values and item.values[name].startswith("-"):
            faults.append(Fault("wco_negative", item.place(name), "refusal", name.rpartition("/")[2]))
    if MASS in item.values and item.values.get(MASS + "@unitCode", "KGM") not in KILOGRAMS:
        faults.append(Fault("wco_unit", item.place(MASS), "warning", "GrossMassMeasure@unitCode"))
    return faults


def rows(reading: Reading, raw: str, received: datetime) -> list[Said]:
    """The rows of a declaration without faults."""
    head = reading.head
    function, kind = head.values.get("FunctionCode"), head.values.get("TypeCode")
    request = function == REQUEST
    base = head.values.get("ID" if request else "FunctionalReferenceID") or head.values.get("ID", "")
    if request and kind not in (AMENDMENT, CANCELLATION):
        return [notice(reading, f"Declaration {kind or function}", raw, received)]
    if function == ADVANCE and not reading.items:
        return [notice(reading, f"Declaration {kind or function}", raw, received)]
    parts = reading.items or [Part(head.element, head.path)]
    made = []
    left = dict(head.values)
    common = _common(head, left, received)
    for number, part in enumerate(parts):
        said = Said(part.place(""), raw if len(parts) == 1 else xml.text(part.element))
        said.fields, said.places = dict(common.fields), dict(common.places)
        said.undated = common.undated
        _goods(part, said, head, alone=len(parts) == 1)
        sequence = _sequence(part)
        identifier = f"{base}/{sequence}" if base and sequence not in ("", "1") else base
        place = head.place("ID" if request else "FunctionalReferenceID")
        if request:
            said.put("amends", identifier, place)
            said.put("action", "cancel" if kind == CANCELLATION else "replace", head.place("TypeCode"))
            identifier = amendment_name(identifier, said.fields["filed_at"], f"{sequence} {raw}") if identifier else ""
        else:
            said.put("crossing_id", base, place)
        said.put("declaration_id", identifier, place)
        if number == 0:
            # What is said of the whole declaration is kept once, with its first item.
            said.extra = {**left, **said.extra}
            if request and kind == AMENDMENT:
                said.faults.append(Fault("wco_amendment_partial", head.place("TypeCode"), "warning", "TypeCode"))
        made.append(said)
    return made


def refused(reading: Reading, raw: str, received: datetime) -> Said:
    """The record of a declaration that is refused whole, with the persons that it names."""
    said = _common(reading.head, dict(reading.head.values), None)
    said.raw, said.place, said.faults = raw, reading.head.place(""), list(reading.faults)
    return _identified(said, reading, received)


def notice(reading: Reading, kind: str, raw: str, received: datetime) -> Said:
    """The record of a message that declares nothing."""
    extra = dict(reading.head.values)
    for item in reading.items:
        prefix = item.path.removeprefix(reading.head.path + "/")
        extra.update({f"{prefix}/{path}": text for path, text in item.values.items()})
    said = Said(reading.head.place(""), raw, extra=extra, faults=list(reading.faults), notice=kind)
    return _identified(said, reading, received) if said.refused else said


def _identified(said: Said, reading: Reading, received: datetime) -> Said:
    """A refused record with what any record must have, so that its own faults are all that is said of it."""
    values = reading.head.values
    identifiers = (values.get(name) for name in ("FunctionalReferenceID", "ID", "movementReference"))
    said.put("declaration_id", next((each for each in identifiers if each), NAMELESS), said.place)
    said.filed_when_received(received)
    return said


def _common(head: Part, left: dict[str, str], received: datetime | None) -> Said:
    """The columns that all items of a declaration share. What is taken into a column as it stands leaves `left`."""
    said = Said("", "")

    def take(column: str, path: str) -> None:
        said.put(column, left.pop(path, None), head.place(path))

    for column, parties in (("importer", IMPORTERS), ("exporter", EXPORTERS), ("carrier", CARRIERS)):
        party = next((each for each in parties if f"{each}/ID" in left or f"{each}/Name" in left), "")
        take(f"{column}_id", f"{party}/ID")
        take(f"{column}_name", f"{party}/Name")
    if "Agent/ID" in left:
        take("broker_id", "Agent/ID")
    elif any(path.startswith("Agent/") for path in left) and "Declarant/ID" in left:
        # DE 3/21 without 3/20: the declarant is the representative; so it is where it is neither party.
        take("broker_id", "Declarant/ID")
    elif left.get("Declarant/ID") not in (said.fields.get("importer_id"), said.fields.get("exporter_id")):
        take("broker_id", "Declarant/ID")
    office = next((each for each in OFFICES if each in left), "")
    take("port", office)
    take("departure", "GoodsShipment/ExportCountry/ID")
    _vehicle(head, left, said)
    seal = next((path for path in left if path.startswith(EQUIPMENT) and path.endswith("/ID") and "/Seal" in path), "")
    take("seal_id", seal)
    if received is not None:
        _filed(head, said, received)
    return said


def _filed(head: Part, said: Said, received: datetime) -> None:
    for path in ("IssueDateTime/DateTimeString", "AcceptanceDateTime/DateTimeString"):
        if text := head.values.get(path):
            said.put("filed_at", moment(text), head.place(path))
            return
    said.filed_when_received(received)


def moment(text: str) -> str:
    """A moment of UN/EDIFACT 2379 (102 or 304) in ISO 8601."""
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    if len(text) == 8:
        return day
    zone = text[14:] if text.endswith("Z") else f"{text[14:]}:00"
    return f"{day}T{text[8:10]}:{text[10:12]}:{text[12:14]}{zone}"


def _vehicle(head: Part, left: dict[str, str], said: Said) -> None:
    """The road vehicle, by its plate and the country of it, where one is named."""
    for path in VEHICLES:
        plate = left.get(f"{path}/ID")
        kind, mode = left.get(f"{path}/IdentificationTypeCode"), left.get(f"{path}/ModeCode")
        if plate and (kind == ROAD_VEHICLE or (kind is None and mode == ROAD)):
            country = left.get(f"{path}/RegistrationNationalityCode", "")
            said.put("tractor_id", f"{country}-{plate}" if country else plate, head.place(f"{path}/ID"))
            return


def _goods(item: Part, said: Said, head: Part, *, alone: bool) -> None:
    """The columns of one goods item."""
    left = dict(item.values)

    def take(column: str, *paths: str) -> None:
        path = next((each for each in paths if each in left), "")
        said.put(column, left.pop(path, None), item.place(path))

    if (path := _commodity(item)) in left:
        code = left[path]
        said.put("hs6", code[:6], item.place(path))
        if len(code) == 6:
            del left[path]
    take("description", "Commodity/Description")
    origin = next(
        (
            each
            for each in item.each("Origin")
            if left.get(f"{each}/TypeCode", "1") == "1" and f"{each}/CountryCode" in left
        ),
        "",
    )
    take("origin", f"{origin}/CountryCode", "Origin/CountryCode")
    if "ExportCountry/ID" in left:
        take("departure", "ExportCountry/ID")
    for column, parties in (("importer", ("Consignee",)), ("exporter", ("Consignor",))):
        if f"{column}_id" not in said.fields and f"{column}_name" not in said.fields:
            take(f"{column}_id", *(f"{each}/ID" for each in parties))
            take(f"{column}_name", *(f"{each}/Name" for each in parties))
    _mass(item, left, said)
    _value(item, left, said, head, alone=alone)
    packages = [each for each in item.each("Packaging") if f"{each}/QuantityQuantity" in left]
    if packages:
        said.put("packages", str(_count(item)), item.place(f"{packages[0]}/QuantityQuantity"))
        if len(packages) == 1:
            del left[f"{packages[0]}/QuantityQuantity"]
    said.extra.update(left)


def _mass(item: Part, left: dict[str, str], said: Said) -> None:
    """DE 6/5 in kilograms; in a unit of no known weight it stays in `extra`."""
    unit = KILOGRAMS.get(left.get(MASS + "@unitCode", "KGM"))
    mass = _number(left.get(MASS))
    if unit is None or mass is None:
        return
    said.put("gross_mass_kg", _plain(mass * unit), item.place(MASS))
    if unit == 1:
        del left[MASS]


def _value(item: Part, left: dict[str, str], said: Said, head: Part, *, alone: bool) -> None:
    """The first of the item's values that is in US dollars; that of the invoice, where the item is the only one."""
    for path in VALUES:
        if left.get(path + "@currencyID") == "USD" and path in left:
            said.put("value_usd", left.pop(path), item.place(path))
            return
    if alone and head.values.get("InvoiceAmount@currencyID") == "USD":
        said.put("value_usd", head.values.get("InvoiceAmount"), head.place("InvoiceAmount"))


def _commodity(item: Part) -> str:
    """The path of the commodity code: the classification of the tariff (TSP, DE 6/14), else one without type."""
    found = item.each("Commodity/Classification")
    for kinds in (("TSP",), ("HS", None)):
        for each in found:
            if item.values.get(f"{each}/IdentificationTypeCode") in kinds:
                return f"{each}/ID"
    return ""


def _sequence(item: Part) -> str:
    """The item's number, without zeros before it; empty for what is no item."""
    number = _number(item.values.get("SequenceNumeric"))
    return "" if number is None else _plain(number)


def _count(item: Part) -> Decimal:
    numbers = (_number(item.values.get(f"{each}/QuantityQuantity")) for each in item.each("Packaging"))
    return sum((each for each in numbers if each is not None), Decimal(0))


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
