"""A crossing: one truck's passage over a bridge, the unit of assessment, lottery and decision."""

from __future__ import annotations

from datetime import date

from aforo.domain.checked import Checked, Identifier


class Crossing(Checked, frozen=True, omit_defaults=True):
    """One passage and the declarations that describe it, at least one.

    Without an identifier from the filer, the root declaration (the first of a chain of amendments) names the crossing.
    `arrival_day` is the bridge's local day.
    """

    crossing_id: Identifier
    bridge: Identifier | None
    arrival_day: date
    declaration_ids: tuple[Identifier, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.declaration_ids:
            raise self.wrong("declaration_ids", "at least one declaration")


class Shipment(Checked, frozen=True, omit_defaults=True):
    """Goods under one bill; a crossing carries one or several."""

    shipment_id: Identifier
    crossing_id: Identifier | None = None
    declaration_ids: tuple[Identifier, ...] = ()
