"""Examples of what booths are answered, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

STANDS: dict[str, Any] = {"bridge": "world-trade", "plate": "12-AB-3C"}
INSTRUCTION: dict[str, Any] = {
    "act": "0190c0de-0000-7000-8000-000000000001",
    "bridge": "world-trade",
    "at": "2026-03-02T14:00:00Z",
    "recorded_at": "2026-03-02T14:00:00Z",
    "late": False,
    "again": False,
    "repeated": False,
    "known": True,
    "crossing_id": "ABCD-TRIP-0071",
    "candidates": [],
    "instruction": "scan",
    "hold": False,
    "where": {"en": "To the scanner", "es": "Al escáner"},
    "reason": {"en": "Scan: …", "es": "Escaneo: …"},
    "who": None,
    "list_at": None,
    "would": None,
    "contradiction": None,
    "alerted": False,
    "effects": [],
}
DONE_AT_BOOTH: dict[str, Any] = {
    "act": "0190c0de-0000-7000-8000-000000000001",
    "at": "2026-03-02T14:00:00Z",
    "recorded_at": "2026-03-02T14:12:00Z",
    "actor": "Luz",
    "instruction": "release",
    "crossing_id": "ABCD-TRIP-0071",
    "late": True,
    "would": "hold",
    "mistaken": "",
}
_TOLD: dict[str, Any] = {
    "where": {"en": "To the scanner", "es": "Al escáner"},
    "reason": {"en": "Scan: …", "es": "Escaneo: …"},
    "who": None,
}
BOOTH_LIST: dict[str, Any] = {
    "bridge": "world-trade",
    "bridge_name": "World Trade Bridge",
    "zone": "America/Chicago",
    "made_at": "2026-03-02T14:00:00Z",
    "good_until": "2026-03-02T16:00:00Z",
    "salt": "…",
    "trucks": [["ABCD-TRIP-0071", "scan", False, ["3q2+7w=="]]],
    "left_out": 0,
    "words": {"scan": _TOLD},
    "unknown": _TOLD,
    "slip": {
        "port_name": "Laredo",
        "ask": {"en": "Ask the officer there …", "es": "Pregunte al oficial del lugar …"},
        "telephone": None,
        "reasons": {"scan": {"en": "The truck is to be examined. …", "es": "El camión será reconocido. …"}},
        "waits": {"scan": {"minutes": 12, "trucks": 4, "units": 2, "at": "2026-03-02T13:58:00Z"}},
        "synthetic": False,
    },
    "refer_to": "secondary",
}
