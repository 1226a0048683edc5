"""From a trip or a shipment as BorderConnect's messages have it to records: one a line of goods.

A trip's shipments stand each for itself: what is wrong with one refuses its own lines. What is wrong with the trip
refuses all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from aforo.intake.borderconnect import codes, manual
from aforo.intake.borderconnect.contract import Check, number_of
from aforo.intake.borderconnect.conveyance import CONTENT_BYTES, OF_THE_SENDING, Conveyance
from aforo.intake.borderconnect.flat import entries, keep, leaves, part, text_of
from aforo.intake.borderconnect.reading import Number, Read, encoded
from aforo.intake.message import Fault, Said, amendment_name

#: Operations of which each has an identifier of its own.
AMENDING = ("UPDATE", "DELETE")
#: The international avoirdupois pound, by definition (24 FR 5348, 1959).
KG_OF_A_POUND = 0.45359237


@dataclass(frozen=True)
class _Above:
    """What stands above a shipment: its message, the trip where there is one, and what is wrong with them.

    `first` says that the shipment's first line is the one that speaks for the message: it has the trip's own values and
    faults, which are said once.
    """

    read: Read
    filed: str
    trip: Conveyance | None
    faults: tuple[Fault, ...]
    operation: object = None
    first: bool = True
    several: bool = False


def trip(read: Read, value: dict[str, object], filed: str) -> Iterator[Said]:
    """The records of an ACE_TRIP: one a line of goods, or one for the trip where it has no shipment."""
    check = Check(read.place)
    deleted = value.get("operation") == "DELETE"
    check.members(value, manual.DELETED_TRIP if deleted else manual.TRIP, "")
    conveyance = Conveyance(read.place, value)
    conveyance.check(check, deleted)
    faults = (*read.faults, *check.faults)
    shipments = entries(value.get("shipments"))
    alone = deleted or not shipments
    if alone:
        yield _of_trip(read, conveyance, filed, faults, value.get("operation"))
    for number, each in enumerate(shipments):
        first = number == 0 and not alone
        several = deleted or len(shipments) > 1
        above = _Above(read, filed, conveyance, faults, value.get("operation"), first, several)
        yield from _shipment(above, each, f"shipments[{number}]")


def shipment(read: Read, value: dict[str, object], filed: str) -> Iterator[Said]:
    """The records of an ACE_SHIPMENT that stands for itself."""
    return _shipment(_Above(read, filed, None, tuple(read.faults)), value, "")


def _of_trip(read: Read, trip: Conveyance, filed: str, faults: tuple[Fault, ...], operation: object) -> Said:
    """A trip without goods, which is an empty truck; or the cancellation of a trip."""
    raw = encoded(trip.value).decode() if operation == "DELETE" else read.raw
    said = Said(read.place, raw, extra=trip.rest, faults=list(faults))
    trip.fill(said, None)
    said.put("filed_at", filed, read.place)
    said.undated = True  # the form has no time of filing
    if operation != "DELETE":
        said.put("declared_empty", "true", f"{read.place}, shipments")
    content = trip.content if operation in AMENDING else b""
    _identify(said, trip.number, operation, content, f"{read.place}, tripNumber")
    return said


def _shipment(above: _Above, value: object, path: str) -> Iterator[Said]:
    """The lines of a shipment; one line for it where none of its goods are given."""
    place = above.read.place
    check = Check(place)
    is_object = isinstance(value, dict)
    value = value if isinstance(value, dict) else {}
    operation = value.get("operation") or above.operation
    if is_object:
        check.members(value, manual.DELETED_SHIPMENT if operation == "DELETE" else manual.SHIPMENT, path)
    else:
        check.say("bc_type_object", path, "shipments")
    dot = f"{path}." if path else ""
    in_bond = codes.shipment_type(text_of(value.get("type"))) in codes.IN_BOND_TYPES
    if in_bond and not any("bond" in name.lower() for name in value):
        check.say("bc_in_bond", f"{dot}type", "type", "warning")
    goods = entries(value.get("commodities"))
    lines = [(each, f"{dot}commodities[{number}]") for number, each in enumerate(goods)] or [(None, path)]
    checks = [_commodity(above, each, at) for each, at in lines]
    head = {name: each for name, each in value.items() if name != "commodities"}
    rest = leaves(head)
    for name in ("shipmentControlNumber", "consignee.name", "shipper.name"):
        rest.pop(name, None)
    content = _content(above, head) if operation in AMENDING else None
    refused = any(fault.gravity == "refusal" for each in (check, *checks) for fault in each.faults)
    for number, ((line, at), own) in enumerate(zip(lines, checks, strict=True)):
        said = Said(f"{place}, {at}" if at else place, above.read.raw)
        if above.several or len(lines) > 1:
            said.raw = _part(above, value, line, number)
        _fill(said, above, value, line if isinstance(line, dict) else {}, (dot, f"{place}, {at}"))
        identifier = text_of(value.get("shipmentControlNumber"))
        _identify(
            said,
            f"{identifier}/{number + 1}" if identifier and number else identifier,
            operation,
            _of_line(content, line) if content else b"",
            f"{place}, {dot}shipmentControlNumber",
        )
        if number == 0:
            said.extra.update(_named(rest, "shipment."))
            said.faults += check.faults
            if above.first:
                said.faults[:0] = above.faults
                for name, each in above.trip.rest.items() if above.trip else ():
                    keep(said.extra, name, each)
        said.faults += own.faults
        if not said.refused:
            if any(fault.gravity == "refusal" for fault in above.faults):
                said.faults.append(Fault("bc_message_refused", said.place))
            elif refused:
                said.faults.append(Fault("bc_shipment_refused", said.place))
        yield said


def _content(above: _Above, head: dict[str, object]) -> blake2b:
    """The digest of what a shipment declares, before its lines."""
    content = above.trip.digest.copy() if above.trip else blake2b(digest_size=CONTENT_BYTES)
    content.update(encoded({name: each for name, each in head.items() if name not in OF_THE_SENDING}))
    return content


def _of_line(content: blake2b, line: object) -> bytes:
    own = content.copy()
    own.update(encoded(line))
    return own.digest()


def _commodity(above: _Above, goods: object, path: str) -> Check:
    """The check of one line of goods; None is a shipment without any, of which it is said elsewhere."""
    check = Check(above.read.place)
    if goods is None:
        return check
    if not isinstance(goods, dict):
        check.say("bc_type_object", path, "commodities")
        return check
    check.members(goods, manual.COMMODITY, path)
    for name in ("quantity", "weight"):
        given = goods.get(name)
        number = number_of(given.text) if isinstance(given, Number) else None
        if number == 0:
            check.say("bc_zero", f"{path}.{name}", name, "warning")
        elif number is not None and name == "quantity" and number % 1:
            check.say("bc_not_whole", f"{path}.{name}", name, "warning")
    if above.trip is not None:
        above.trip.check_loaded(check, goods.get("loadedOn"), path)
    return check


def _part(above: _Above, value: dict[str, object], goods: object, number: int) -> str:
    """The text of one line of several, with what the message says once where this is the line to say it."""
    shown = value if number == 0 else {"shipmentControlNumber": value.get("shipmentControlNumber")}
    one = {**shown, "commodities": [goods]} if goods is not None else shown
    if above.trip is None:
        return encoded(one).decode()
    lead = above.trip.value if above.first and number == 0 else {"tripNumber": above.trip.value.get("tripNumber")}
    return encoded({**lead, "shipments": [one]}).decode()


def _fill(
    said: Said, above: _Above, value: dict[str, object], goods: dict[str, object], paths: tuple[str, str]
) -> None:
    """The columns of one line, and in `extra` what of its goods has none."""
    (dot, at), place = paths, above.read.place
    said.put("filed_at", above.filed, place)
    said.undated = True
    said.put("shipment_id", text_of(value.get("shipmentControlNumber")), f"{place}, {dot}shipmentControlNumber")
    if above.trip is not None:
        above.trip.fill(said, part(goods, "loadedOn"))
    else:
        trip_number = text_of(value.get("tripNumber"))
        control_number = text_of(value.get("shipmentControlNumber"))
        # Until a trip lists it, its lines are together by its own number.
        said.put("crossing_id", trip_number or control_number, f"{place}, tripNumber")
        said.put("carrier_id", (trip_number or control_number)[:4], f"{place}, shipmentControlNumber")
    shipper, consignee = part(value, "shipper"), part(value, "consignee")
    said.put("importer_name", text_of(consignee.get("name")), f"{place}, {dot}consignee.name")
    said.put("exporter_name", text_of(shipper.get("name")), f"{place}, {dot}shipper.name")
    if text_of(value.get("provinceOfLoading")) in codes.PROVINCES:
        said.put("departure", "CA", f"{place}, {dot}provinceOfLoading")
    else:
        country = text_of(part(shipper, "address").get("country"))
        said.put("departure", country, f"{place}, {dot}shipper.address.country")
    if not goods:
        return
    rest = leaves(goods)
    said.put("declared_empty", "false", at)
    said.put("description", rest.pop("description", None), f"{at}.description")
    said.put("origin", rest.pop("countryOfOrigin", None), f"{at}.countryOfOrigin")
    for column, name in (("packages", "quantity"), ("value_usd", "value")):
        number = number_of(rest.get(name, ""))
        if number is not None:
            said.put(column, plain(number), f"{at}.{name}")
            del rest[name]
    code = rest.get("harmonizedCode", "")
    if manual.HARMONIZED_CODE.fullmatch(code):
        said.put("hs6", code[:6], f"{at}.harmonizedCode")
        if len(code) == 6:
            del rest["harmonizedCode"]
    weight, unit = number_of(rest.get("weight", "")), rest.get("weightUnit", "")
    if weight is not None and unit[:1] in ("L", "K"):
        kilograms = weight * KG_OF_A_POUND if unit[0] == "L" else weight
        said.put("gross_mass_kg", plain(round(kilograms, 6)), f"{at}.weight")
        if unit[0] == "K":
            del rest["weight"]
    said.extra = _named(rest, "commodity.")


def plain(number: float) -> str:
    """A number in digits, as short as it can be."""
    return str(int(number)) if number.is_integer() else repr(number)


def _named(rest: dict[str, str], prefix: str) -> dict[str, str]:
    return {prefix + name: each for name, each in rest.items()}


def _identify(said: Said, identifier: str, operation: object, content: bytes, where: str) -> None:
    """The record's identifier. A change or a cancellation has one of its own."""
    if not identifier or operation not in AMENDING:
        said.put("declaration_id", identifier, where)
        return
    said.put("declaration_id", amendment_name(identifier, said.fields["filed_at"], content), where)
    said.put("amends", identifier, where)
    said.put("action", "replace" if operation == "UPDATE" else "cancel", where)
