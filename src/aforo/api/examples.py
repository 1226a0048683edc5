"""The examples that the OpenAPI document gives; the names in them are invented."""

from __future__ import annotations

from typing import Any

DECLARATION: dict[str, Any] = {
    "declaration_id": "ABCD-2026-000071",
    "filed_at": "2026-03-02T07:15:00-06:00",
    "crossing_id": "ABCD-TRIP-0071",
    "port": "2304",
    "bridge": "World Trade",
    "carrier_id": "ABCD",
    "driver_id": "DRV-0007",
    "tractor_id": "TX 12-AB",
    "importer_id": "12-3456789",
    "exporter_id": "EJE010203AB1",
    "broker_id": "BR-9",
    "hs6": "870829",
    "description": "steel brackets",
    "origin": "MX",
    "departure": "MX",
    "gross_mass_kg": 18250.5,
    "value_usd": 50000,
    "packages": 42,
    "declared_empty": False,
    "trade_programme": "none",
    "lane": "standard",
    "seal_id": "UL0001",
}
FILING_ANSWERS: dict[str, Any] = {
    "verdict": "accepted",
    "records": 1,
    "filings": [
        {
            "declaration_id": "ABCD-2026-000071",
            "crossing_id": "ABCD-TRIP-0071",
            "status": "proceed",
            "public_reason": {
                "en": "Cleared to proceed: no examination is ordered.",
                "es": "Puede continuar: no se ordena reconocimiento.",
            },
            "record": 1,
            "repeated": False,
        }
    ],
    "problems": [],
}
OVERRIDE: dict[str, Any] = {"examination": "secondary", "reason": "The seal number differs from the manifest."}
OUTCOME: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071", "examined": 1, "outcome": 0, "at": "2026-03-02T09:40:00-06:00",
}  # fmt: skip
