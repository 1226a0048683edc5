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
_GROUND: dict[str, Any] = {
    "citation": "19 CFR 123.92",
    "text": {
        "en": "Information on cargo that arrives by truck must reach customs electronically before it arrives.",
        "es": "La información sobre la carga que llega por camión debe llegar a la aduana por vía electrónica antes"
        " que la carga.",
    },
    "confirmed": True,
}
_ACCEPTED: dict[str, Any] = {"en": "Your filing is accepted.", "es": "Su presentación queda aceptada."}
#: What the filer of one declaration is told; an answer to a message has one of `filings` for each that was taken.
FILING_ANSWER: dict[str, Any] = {
    "id": "ans_k3v5mzq2a7wdy4xb",
    "status": "accepted",
    "at": "2026-03-02T13:15:00.250000Z",
    "reference": {
        "declarations": ["ABCD-2026-000071"], "unlisted": 0, "crossing": "ABCD-TRIP-0071", "message": None, "x12": None,
    },
    "says": _ACCEPTED,
    "stated": [],
    "law": "US 1",
    "grounds": [_GROUND],
    "mend": [],
    "unlisted": 0,
    "go": None,
    "records": 0,
    "filings": [
        {
            "declaration_id": "ABCD-2026-000071",
            "crossing_id": "ABCD-TRIP-0071",
            "status": "accepted",
            "public_reason": _ACCEPTED,
            "record": 0,
            "repeated": False,
        }
    ],
}  # fmt: skip
FILING_ANSWERS: dict[str, Any] = {
    **FILING_ANSWER, "records": 1, "filings": [{**FILING_ANSWER["filings"][0], "record": 1}],
}  # fmt: skip
OVERRIDE: dict[str, Any] = {"examination": "secondary", "reason": "The seal number differs from the manifest."}
OUTCOME: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071", "examined": 1, "outcome": 0, "at": "2026-03-02T09:40:00-06:00",
}  # fmt: skip
WANTED: dict[str, Any] = {"webhook": "https://hooks.carrier.example/aforo"}
SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_01k9f3m8q20a1b2c3d00000", "way": "webhook", "to": "hooks.carrier.example",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}  # fmt: skip
ALERT: dict[str, Any] = {
    "alert_id": "1k2f0e9s8q7h3d5b9c00000",
    "kind": "life_safety_hold",
    "what": {
        "en": "A person may be hidden in the truck: it is held.",
        "es": "Puede haber una persona oculta en el camión: está retenido.",
    },
    "phase": "acknowledged",
    "subject": "crossing/ABCD-TRIP-0071",
    "crossing_id": "ABCD-TRIP-0071",
    "role": "officer",
    "owner": "Luz Rivera",
    "level": 0,
    "raised_at": "2026-03-02T13:15:00Z",
    "due": "2026-03-02T13:31:00Z",
    "acknowledged_at": "2026-03-02T13:16:00Z",
    "snoozed_until": None,
    "closed_at": None,
    "closed_by": None,
    "ending": None,
    "reason": "",
    "about": ["1k2f0e9s8q7h3d5b9b00002"],
}
ALERTS: dict[str, Any] = {
    "now": "2026-03-02T13:20:00Z", "total": 1, "trucks": [{"truck": "9f3c61d27a80b415", "alerts": [ALERT]}],
}  # fmt: skip
MEASURE: dict[str, Any] = {
    "kind": "life_safety_hold",
    "alerts": 12,
    "open": 1,
    "overdue": 0,
    "escalated": 2,
    "acknowledge": {"known": 11, "missing": 1, "median_s": 48.0, "p90_s": 119.0},
    "respond": {"known": 11, "missing": 1, "median_s": 540.0, "p90_s": 861.0},
}
