"""The declaration table in columns: what intake gives and what risk computes on, one polars frame a batch.

Batches travel through the product in columns; a single message is a batch of one. The columns are those of
`Declaration`, with two changes that columns need: `record` (the row's number within its file, from 1) comes first, and
`filed_at` is an instant in UTC with the filer's offset beside it in `filed_offset_minutes`.
"""

from __future__ import annotations

import polars as pl

#: Up to so many rows, values one by one are faster than a query over columns; what does both gives the same for both.
FEW = 384

#: Instants are microseconds in UTC; the offset they came with is kept beside them.
DECLARATION_SCHEMA: dict[str, pl.DataType] = {
    "record": pl.Int64(),
    "declaration_id": pl.String(),
    "filed_at": pl.Datetime("us", "UTC"),
    "filed_offset_minutes": pl.Int16(),
    "port": pl.String(),
    "bridge": pl.String(),
    "crossing_id": pl.String(),
    "carrier_id": pl.String(),
    "driver_id": pl.String(),
    "tractor_id": pl.String(),
    "importer_id": pl.String(),
    "exporter_id": pl.String(),
    "broker_id": pl.String(),
    "hs6": pl.String(),
    "description": pl.String(),
    "origin": pl.String(),
    "departure": pl.String(),
    "gross_mass_kg": pl.Float64(),
    "value_usd": pl.Float64(),
    "duty_rate": pl.Float64(),
    "packages": pl.Float64(),
    "declared_empty": pl.Boolean(),
    "trade_programme": pl.String(),
    "lane": pl.String(),
    "seal_id": pl.String(),
    "importer_name": pl.String(),
    "exporter_name": pl.String(),
    "carrier_name": pl.String(),
    "driver_name": pl.String(),
    "shipment_id": pl.String(),
    "amends": pl.String(),
    "action": pl.String(),
    "extra": pl.String(),  # the unknown columns as one JSON object, or null
}

#: What a history knows after the event. Never a feature.
LABEL_SCHEMA: dict[str, pl.DataType] = {
    "examined": pl.Boolean(),
    "propensity": pl.Float64(),
    "outcome": pl.Boolean(),
    "threat": pl.String(),
    "severity": pl.Float64(),
    "override": pl.Boolean(),  # an officer chose the examination against the product
}
