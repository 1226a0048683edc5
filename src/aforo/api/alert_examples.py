"""The examples that the OpenAPI document gives of alerts; the names in them are invented."""

from __future__ import annotations

from typing import Any

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
    "to_do": None,
    "left": None,
    "settled": None,
    "trips": None,
    "trip": None,
}
PEOPLE_FOUND: dict[str, Any] = {
    "place": "world-trade",
    "zone": "America/Chicago",
    "now": "2026-03-02T13:20:00Z",
    "total": 1,
    "found": [
        {
            "crossing_id": "ABCD-TRIP-0071",
            "alert": ALERT
            | {
                "kind": "people_found",
                "what": {
                    "en": "People were found in the load.",
                    "es": "Se encontraron personas en la carga.",
                },
                "to_do": {
                    "en": "Get them out and call for medical help at once.",
                    "es": "Sáquelas y pida auxilio médico de inmediato.",
                },
            },
            "found_at": "2026-03-02T13:14:20Z",
            "dock": "3",
            "stands": {"resource": "dock", "step": "started", "unit": "3", "since": "2026-03-02T12:58:00Z"},
            "held": False,
            "noted": [
                {
                    "at": "2026-03-02T13:14:20Z",
                    "by": "Luz Rivera",
                    "part": "load",
                    "what": "Two people behind the pallets",
                    "amount": 2,
                    "unit": "persons",
                }
            ],
        }
    ],
}
ALERTS: dict[str, Any] = {
    "now": "2026-03-02T13:20:00Z", "total": 1, "trucks": [{"truck": "9f3c61d27a80b415", "alerts": [ALERT]}],
    "never_put_off": ["people_found", "life_safety_hold"],
    "asking": [{"bridge": "world-trade", "trucks": 1}],
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
