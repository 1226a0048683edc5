"""A declaration: what a filer says about goods on one truck. The columns of the declaration table are defined here."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

import msgspec

TradeProgramme = Literal["none", "ctpat1", "ctpat2", "ctpat3", "oea"]
Lane = Literal["standard", "fast", "empty"]
Action = Literal["replace", "cancel"]
TRADE_PROGRAMMES: tuple[TradeProgramme, ...] = get_args(TradeProgramme)
LANES: tuple[Lane, ...] = get_args(Lane)

#: Kinds of identity whose memory the product keeps, in the order of the packed keyed hashes of an event.
ENTITY_KINDS: tuple[str, ...] = ("importer", "exporter", "broker", "carrier", "driver", "tractor", "seal")

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

#: Identifiers of traders that are a person's own, by their form; they are sealed like names: a Mexican RFC of 13
#: characters (a company's has 12; SAT), a CURP (18; RENAPO), a US social security number as importer number
#: (NNN-NN-NNNN, CBP Form 5106).
PRIVATE_IDENTIFIER = (
    r"^(?:[A-ZÑ&]{4}[0-9]{6}[A-Z0-9]{3}"
    r"|[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]"
    r"|[0-9]{3}-[0-9]{2}-[0-9]{4}[A-Z0-9]{0,2})$"
)
#: The columns that may hold such an identifier, each with the kind of entity whose person it is.
PRIVATE_FIELDS: dict[str, str] = {
    "importer_id": "importer",
    "exporter_id": "exporter",
    "broker_id": "broker",
    "carrier_id": "carrier",
}


class Declaration(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the declaration table. Units are in the names; an absent value is None, never zero.

    `filed_at` carries its offset. `duty_rate` is a fraction. `amends` names the declaration that this one replaces or
    cancels. `extra` holds columns that the table does not know, as they came.
    """

    declaration_id: str
    filed_at: datetime
    port: str | None = None
    bridge: str | None = None
    crossing_id: str | None = None
    carrier_id: str | None = None
    driver_id: str | None = None
    tractor_id: str | None = None
    importer_id: str | None = None
    exporter_id: str | None = None
    broker_id: str | None = None
    hs6: str | None = None
    description: str | None = None
    origin: str | None = None
    departure: str | None = None
    gross_mass_kg: float | None = None
    value_usd: float | None = None
    duty_rate: float | None = None
    packages: float | None = None
    declared_empty: bool | None = None
    trade_programme: str | None = None
    lane: str | None = None
    seal_id: str | None = None
    importer_name: str | None = None
    exporter_name: str | None = None
    carrier_name: str | None = None
    driver_name: str | None = None
    amends: str | None = None
    action: Action | None = None
    extra: dict[str, str] | None = None
