"""A declaration: what a filer says about goods on one truck. The columns of the declaration table are defined here."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Literal, get_args

from aforo.domain.checked import Checked, Identifier, Instant, Quantity
from aforo.domain.codes import CountryCode, HsCode, countries, hs6_codes, schedule_d
from aforo.domain.trader import EntityKind, TradeProgramme

Lane = Literal["standard", "fast", "empty"]
Action = Literal["replace", "cancel"]
TRADE_PROGRAMMES: tuple[TradeProgramme, ...] = get_args(TradeProgramme)
LANES: tuple[Lane, ...] = get_args(Lane)

#: Kinds of identity whose memory the product keeps, in the order of the packed keyed hashes of an event.
ENTITY_KINDS: tuple[str, ...] = get_args(EntityKind)

#: Fields that name or trace a person. They are sealed under that person's key and never stored or logged in clear.
#: The value tells whose key: the entity kind that the field belongs to.
PERSONAL_FIELDS: dict[str, str] = {
    "driver_id": "driver",
    "driver_name": "driver",
    "tractor_id": "tractor",
    "carrier_name": "carrier",
    "importer_name": "importer",
    "exporter_name": "exporter",
}

#: Fields of free text, which may hold anything: they are sealed under every person that their declaration names.
FREE_TEXT_FIELDS: tuple[str, ...] = ("description", "extra")

#: What `identity_text` leaves out.
NOT_IDENTIFYING = r"[^\p{L}\p{M}\p{N}&]"
_ASCII_NOT_IDENTIFYING = {code: None for code in range(128) if not (chr(code).isalnum() or chr(code) == "&")}


def identity_text(value: str) -> str:
    """An identifier or a name as it is compared: letters, digits and `&` alone (an RFC may have one), NFKC, upper case.

    So that no spelling of a plate is another truck. What has none of these stands as it is.
    """
    if value.isascii():
        text = value.upper().translate(_ASCII_NOT_IDENTIFYING)
    else:
        upper = unicodedata.normalize("NFKC", value).upper()
        kept = "".join(each for each in upper if unicodedata.category(each)[0] in "LMN" or each == "&")
        text = unicodedata.normalize("NFKC", kept)
    return text or value


#: Identifiers of traders that are a person's own, by the form of their `identity_text`; they are sealed like names: a
#: Mexican RFC of 13 characters (a company's has 12; SAT), a CURP (18; RENAPO), nine digits as a US social security
#: number has them, with or without the two characters that CBP appends (Form 5106).
PRIVATE_IDENTIFIER = (
    r"^(?:[A-ZÑ&]{4}[0-9]{6}[A-Z0-9]{3}"
    r"|[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]"
    r"|[0-9]{9}(?:[A-Z]|[A-Z0-9]{2})?)$"
)
#: Of those, as they are written, what is not a person's: an employer's number with its hyphen (NN-NNNNNNN), and an
#: importer's number that CBP assigned (YYDDPP-NNNNN).
NOT_PRIVATE_AS_WRITTEN = r"^(?:[0-9]{2}-[0-9]{7}[A-Za-z0-9]{0,2}|[0-9]{6}-[0-9]{5})$"
#: The columns that may hold such an identifier, each with the kind of entity whose person it is.
PRIVATE_FIELDS: dict[str, str] = {
    "importer_id": "importer",
    "exporter_id": "exporter",
    "broker_id": "broker",
    "carrier_id": "carrier",
}


class Declaration(Checked, frozen=True, omit_defaults=True):
    """One line of the declaration table. Units are in the names; an absent value is None, never zero.

    `shipment_id` names the shipment that it speaks of, as others name it too (a shipment control number, a bill).
    `filed_at` carries its offset. `duty_rate` is a fraction. `amends` names the declaration that this one replaces or
    cancels. `extra` holds columns that the table does not know, as they came.

    A code of the Harmonized System or of ISO 3166 has its form. Whether it is in the list is another matter, as it is
    with ports (a foreign customs office has codes of its own), lanes and programmes: `unknown_codes` tells.
    """

    declaration_id: Identifier
    filed_at: Instant
    port: Identifier | None = None
    bridge: Identifier | None = None
    crossing_id: Identifier | None = None
    carrier_id: Identifier | None = None
    driver_id: Identifier | None = None
    tractor_id: Identifier | None = None
    importer_id: Identifier | None = None
    exporter_id: Identifier | None = None
    broker_id: Identifier | None = None
    hs6: HsCode | None = None
    description: str | None = None
    origin: CountryCode | None = None
    departure: CountryCode | None = None
    gross_mass_kg: Quantity | None = None
    value_usd: Quantity | None = None
    duty_rate: Quantity | None = None
    packages: Quantity | None = None
    declared_empty: bool | None = None
    trade_programme: Identifier | None = None
    lane: Identifier | None = None
    seal_id: Identifier | None = None
    importer_name: Identifier | None = None
    exporter_name: Identifier | None = None
    carrier_name: Identifier | None = None
    driver_name: Identifier | None = None
    amends: Identifier | None = None
    action: Action | None = None
    extra: dict[str, str] | None = None
    shipment_id: Identifier | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.amends == self.declaration_id:
            raise self.wrong("amends", "another declaration")
        if (self.amends is None) != (self.action is None):
            raise self.wrong("action", "given with amends, and only then: replace or cancel")


@cache
def listed_codes(field: str) -> Collection[str]:
    """The codes that a field's list knows. Raises KeyError for a field that has no list."""
    lists: dict[str, Collection[str]] = {
        "hs6": hs6_codes(),
        "origin": countries(),
        "departure": countries(),
        "port": schedule_d().keys(),
        "lane": LANES,
        "trade_programme": TRADE_PROGRAMMES,
    }
    return lists[field]


#: Fields with a code that a list defines.
LISTED_FIELDS: tuple[str, ...] = ("hs6", "origin", "departure", "port", "lane", "trade_programme")


def unknown_codes(declaration: Declaration) -> tuple[str, ...]:
    """The fields whose code its list does not know. It is kept as it is: another edition or another office may."""
    given = {field: getattr(declaration, field) for field in LISTED_FIELDS}
    return tuple(field for field, code in given.items() if code is not None and code not in listed_codes(field))
