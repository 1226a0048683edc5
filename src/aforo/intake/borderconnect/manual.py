"""The fields of ACE_TRIP and ACE_SHIPMENT, as the ACE eManifest JSON Reference Manual 1.0.7 of BorderConnect has them.

Names, types, lengths, patterns and what is required are the manual's, as far as public sources quote it: its first
pages, and a carrier system's table of its contract with the sections' lengths and patterns. The vendor's own sample
departs from it in two points, which are therefore taken: one `licensePlate` in place of `licensePlates`, and a vehicle
identification number that is shorter than 17. Fields that these sources do not describe (hazardous goods, in-bond
details, e-mail addresses, …) are kept and not checked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from aforo.domain.codes import countries
from aforo.intake.borderconnect import codes
from aforo.intake.borderconnect.contract import Fields, Rule, must, only


def _date(value: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and date.fromisoformat(value).year >= 1900
    except ValueError:
        return False


def _instant(value: str) -> bool:
    try:
        return bool(
            re.fullmatch(r"[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ \t][0-9]{2}:[0-9]{2}:[0-9]{2}", value)
            and datetime.fromisoformat(value.replace("\t", " "))
        )
    except ValueError:
        return False


def _amount(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,9}|[0-9]{0,8}\.[0-9]{1,8}|[0-9]{1,8}\.", value))


def _operation(value: str) -> bool:
    return value in ("CREATE", "UPDATE", "DELETE")


def _in(values: frozenset[str] | set[str], code: str) -> Rule:
    return Rule(fits=values.__contains__, code=code)


def _of(pattern: str, code: str) -> Rule:
    return Rule(fits=re.compile(pattern).fullmatch, code=code)


def _object(**fields: Rule) -> Rule:
    return Rule("object", fields=Fields(fields))


def _list(item: Rule, most: int = 0) -> Rule:
    return Rule("list", item=item, most=most)


def _text(most: int, least: int = 1) -> Rule:
    return Rule(least=least, most=most)


ANY, FLAG = Rule(), Rule("flag")
_STATE = _of("[A-Z0-9]{2,3}", "bc_state")
_COUNTRY = replace(_of("[A-Z]{2}", "bc_country"), odd=lambda code: code in countries(), odd_code="bc_country_unknown")
_PORT = _of("[0-9]{4}", "bc_port")
_DATE = Rule(fits=_date, code="bc_date")
_OPERATION = Rule(fits=_operation, code="bc_operation")
_GENDER = _in({"M", "F"}, "bc_gender")
#: The pattern that carriers' systems hold card numbers to: 4270, eight digits, and 01 or 02.
_FAST = _of("4270[0-9]{8}0[12]", "bc_fast")
TRIP_NUMBER = _of("[A-Z]{4}[A-Z0-9]{4,21}", "bc_trip_number")
CONTROL_NUMBER = _of("[A-Z]{4}[A-Z0-9]{4,12}", "bc_control_number")
_VIN = Rule(
    most=17,
    fits=re.compile("[A-Z0-9]+").fullmatch,
    code="bc_vin",
    odd=re.compile("[A-HJ-NPR-Z0-9]{17}").fullmatch,
    odd_code="bc_vin_odd",
)
_UNIT = _text(17)
HARMONIZED_CODE = re.compile("[0-9]{6,10}")

_PLATE = _object(number=must(_text(10)), stateProvince=must(_STATE), country=_COUNTRY)
_SEALS = _list(must(_text(15)), 50)
_INSURANCE = _object(
    insuranceCompanyName=_text(60),
    policyNumber=_text(30),
    issuedDate=_DATE,
    policyAmount=Rule("number"),
)
_TRUCK = _object(
    number=must(_UNIT),
    type=must(_of("[A-Z0-9]{2}", "bc_truck_type")),
    vinNumber=must(_VIN),
    licensePlate=_PLATE,
    licensePlates=_list(_PLATE, 10),
    sealNumbers=_SEALS,
    dotNumber=_text(8),
    insurancePolicy=_INSURANCE,
)
_TRAILER = _object(
    number=must(_UNIT),
    type=must(_in(codes.TRAILER_TYPES, "bc_trailer_type")),
    licensePlate=_PLATE,
    licensePlates=_list(_PLATE, 10),
    sealNumbers=_SEALS,
)
_DOCUMENT = _object(
    type=must(_in(codes.DOCUMENTS, "bc_document_type")),
    number=must(_text(30)),
    country=_COUNTRY,
    stateProvince=_STATE,
)
_DRIVER = _object(
    driverNumber=_text(30),
    firstName=must(_text(30)),
    lastName=must(_text(30)),
    middleName=_text(30),
    gender=_GENDER,
    dateOfBirth=_DATE,
    citizenshipCountry=_COUNTRY,
    fastCardNumber=_FAST,
    travelDocuments=_list(_DOCUMENT, 50),
)
_PASSENGER = _object(
    firstName=must(_text(30)),
    lastName=must(_text(30)),
    middleName=_text(30),
    gender=must(_GENDER),
    dateOfBirth=must(_DATE),
    citizenshipCountry=must(_COUNTRY),
    fastCardNumber=_FAST,
    travelDocuments=must(_list(_DOCUMENT, 50)),
)
_PARTY = _object(
    name=must(_text(60)),
    address=must(
        _object(
            addressLine=must(_text(110)),
            city=must(_text(30, 2)),
            postalCode=must(_text(10)),
            stateProvince=_STATE,
            country=_COUNTRY,
        )
    ),
)

#: What both kinds have for the way of the message. The manual gives the company's key at most 30 characters, and the
#: vendor gives out longer ones.
_SENDING = {"data": ANY, "sendId": _text(68), "companyKey": ANY, "operation": _OPERATION, "autoSend": FLAG}

#: Shipments and goods are checked one by one, as SHIPMENT and COMMODITY have them.
TRIP = Fields(
    {
        **_SENDING,
        "tripNumber": must(TRIP_NUMBER),
        "estimatedArrivalDateTime": must(Rule(fits=_instant, code="bc_instant")),
        "estimatedArrivalTimeZone": _in(codes.TIME_ZONES, "bc_time_zone"),
        "usPortOfArrival": must(_PORT),
        "instrumentsOfInternationalTrafficBond": _object(type=must(_in({"CARRIER", "IMPORTER"}, "bc_bond"))),
        "truck": must(_TRUCK),
        "trailers": _list(_TRAILER, 50),
        "drivers": must(_list(_DRIVER, 50)),
        "passengers": _list(_PASSENGER, 200),
        "shipments": Rule("list", most=9_999),
    }
)
SHIPMENT = Fields(
    {
        **_SENDING,
        "data": _in({codes.SHIPMENT}, "bc_kind"),
        "tripNumber": TRIP_NUMBER,
        "shipmentControlNumber": must(CONTROL_NUMBER),
        "type": must(
            Rule(
                least=4,
                most=15,
                fits=lambda value: codes.shipment_type(value) in codes.SHIPMENT_TYPES,
                code="bc_shipment_type",
            )
        ),
        "provinceOfLoading": must(_of("[A-Z0-9]{2,5}", "bc_province")),
        "shipper": must(_PARTY),
        "consignee": must(_PARTY),
        "commodities": must(Rule("list", most=9_999)),
    }
)
COMMODITY = Fields(
    {
        "loadedOn": _object(type=must(_in({"TRUCK", "TRAILER"}, "bc_loaded_on")), number=must(_UNIT)),
        "description": must(_text(512)),
        "quantity": must(Rule("number")),
        "packagingUnit": must(_in(codes.PACKAGING_UNITS, "bc_packaging")),
        "weight": must(Rule("number")),
        "weightUnit": must(_of("[LK][BG]?[SRM]?", "bc_weight_unit")),
        "marksAndNumbers": _list(must(_text(45)), 999),
        "harmonizedCode": Rule(fits=HARMONIZED_CODE.fullmatch, code="bc_hs"),
        "value": Rule("amount", most=9, fits=_amount, code="bc_value"),
        "countryOfOrigin": _COUNTRY,
    }
)
#: What must be there of a trip or a shipment that is deleted, and of a request to send one.
DELETED_TRIP = only(TRIP, "tripNumber")
DELETED_SHIPMENT = only(SHIPMENT, "shipmentControlNumber")
SEND_REQUEST = Fields(
    {
        **_SENDING,
        "type": must(_text(40)),
        "tripNumber": TRIP_NUMBER,
        "shipmentControlNumber": CONTROL_NUMBER,
    }
)
