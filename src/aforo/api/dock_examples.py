"""Examples of what docks are answered, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

BEGIN: dict[str, Any] = {
    "act": "begin",
    "examination": "secondary",
    "bridge": "world-trade",
    "dock": "3",
    "at": "2026-03-02T14:10:00Z",
}
_ENTRY: dict[str, Any] = {
    "entry": "0190c0de-0000-7000-8000-000000000002",
    "at": "2026-03-02T14:20:00Z",
    "recorded_at": "2026-03-02T14:20:00Z",
    "actor": "Luz",
    "version": 2,
    "withdrawn": "",
}
RECORD: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071",
    "name": "5f2c9a0b",
    "examination": "secondary",
    "bridge": "world-trade",
    "dock": "3",
    "checklist": "…",
    "present": [],
    "begun_at": "2026-03-02T14:10:00Z",
    "begun_by": "Luz",
    "ended_at": None,
    "version": 2,
    "checks": [{**_ENTRY, "item": "front_wall", "result": "finding", "note": ""}],
    "findings": [],
    "photos": [],
    "seals": [],
    "outcome": None,
    "declared_seals": ["UL1234567"],
    "mismatched_seals": [],
    "goods": [
        {
            "declaration_id": "D-1",
            "hs6": "870829",
            "packages": 20.0,
            "gross_mass_kg": 12000.0,
            "declared_empty": False,
        }
    ],
    "seizures": [],
}
ACTED: dict[str, Any] = {
    "event_id": _ENTRY["entry"],
    "again": False,
    "record": RECORD,
    "others": [],
    "warnings": [],
    "stripped": False,
}
CHECKLIST: dict[str, Any] = {
    "version": "truck-1",
    "hash": "…",
    "items": [
        {
            "code": "front_wall",
            "part": "front_wall",
            "examinations": ["secondary"],
            "threats": ["contraband"],
            "look": {"en": "Front wall: …", "es": "Pared frontal: …"},
            "source": "assumed",
        }
    ],
}
DOCKS: dict[str, Any] = {
    "bridge": "world-trade",
    "bridge_name": "World Trade Bridge",
    "zone": "America/Chicago",
    "at": "2026-03-02T14:20:00Z",
    "docks": ["1", "2", "3"],
    "joint_docks": ["J1"],
    "waiting": [
        {
            "crossing_id": "ABCD-TRIP-0072",
            "order": "secondary",
            "where": {"en": "To the dock: secondary inspection", "es": "Al andén: revisión secundaria"},
            "who": None,
            "since": "2026-03-02T14:12:00Z",
            "seals": ["UL1234568"],
            "goods": [],
            "stands": {"resource": "dock", "step": "queued", "unit": "", "since": "2026-03-02T14:15:00Z"},
        }
    ],
    "open": [RECORD],
    "referred": [],
    "checklist": CHECKLIST,
}
SLIP: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071",
    "at": "2026-03-02T14:00:00Z",
    "local_time": "2026-03-02 08:00",
    "zone": "America/Chicago",
    "bridge": "world-trade",
    "bridge_name": "World Trade Bridge",
    "port_name": "Laredo",
    "instruction": "secondary",
    "where": {"en": "To the dock: secondary inspection", "es": "Al andén: revisión secundaria"},
    "wait": {"minutes": 35, "trucks": 4, "units": 7, "at": "2026-03-02T14:00:00Z"},
    "waits": True,
    "ask": {"en": "Ask the officer there …", "es": "Pregunte al oficial del lugar …"},
    "reason": {"en": "To be examined. …", "es": "Por reconocer. …"},
    "qr": {"size": 33, "path": "M4 4h7v1h-7z"},
    "qr_text": "aforo:crossing:ABCD-TRIP-0071",
    "first": "es",
    "synthetic": False,
    "telephone": None,
}
