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


class HistoryLabel(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a history knows of one declaration after the event; never a feature."""

    examined: bool | None = None
    propensity: float | None = None
    outcome: bool | None = None
    threat: str | None = None
    severity: float | None = None
