"""A crossing: one truck's passage over a bridge, the unit of assessment, lottery and decision."""

from __future__ import annotations

from datetime import date

import msgspec


class Crossing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One passage and the declarations that describe it.

    Without an identifier from the filer, the root declaration (the first of a chain of amendments) names the crossing.
    `arrival_day` is the bridge's local day.
    """

    crossing_id: str
    bridge: str | None
    arrival_day: date
    declaration_ids: tuple[str, ...]


class Shipment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods under one bill; a crossing carries one or several."""

    shipment_id: str
    crossing_id: str | None = None
    declaration_ids: tuple[str, ...] = ()
