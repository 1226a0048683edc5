"""Who takes part in a crossing: importer, exporter, broker, carrier, driver; the tractor is remembered like them."""

from __future__ import annotations

from typing import Literal

from aforo.domain.checked import Checked

EntityKind = Literal["importer", "exporter", "broker", "carrier", "driver", "tractor", "seal"]
#: None, CTPAT tiers 1 to 3 (US), OEA (Mexico).
TradeProgramme = Literal["none", "ctpat1", "ctpat2", "ctpat3", "oea"]
_LARGEST_HASH = 2**64 - 1


class Trader(Checked, frozen=True, omit_defaults=True):
    """A party by its keyed hash (64 bits, never 0, which stands for nobody): the product remembers what it did without
    holding its identity in clear."""

    kind: EntityKind
    identity: int
    programme: TradeProgramme = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.identity <= _LARGEST_HASH:
            raise self.wrong("identity", "a keyed hash: a whole number from 1 to 2^64 - 1")
