"""Who takes part in a crossing: importer, exporter, broker, carrier, driver; the tractor is remembered like them."""

from __future__ import annotations

from typing import Literal

import msgspec

EntityKind = Literal["importer", "exporter", "broker", "carrier", "driver", "tractor", "seal"]


class Trader(msgspec.Struct, frozen=True, omit_defaults=True):
    """A party by its keyed hash: the product remembers what it did without holding its identity in clear."""

    kind: EntityKind
    identity: int
    programme: str = "none"
