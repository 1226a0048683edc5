"""An example of a handover, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from aforo.api.alert_examples import ALERT
from aforo.api.bridge_examples import BRIDGE, SCANNER_SHOWN
from aforo.api.examples import SHOWN_CHALLENGE
from aforo.api.road_response_examples import LIST
from aforo.api.scoreboard_examples import INCIDENT

_AT = "2026-03-02T13:15:00Z"
_TEXT = {"en": "…", "es": "…"}
_DIGEST = "5f2c…"
_TRUCKS: dict[str, Any] = {
    "held": [
        {
            "crossing_id": "ABCD-TRIP-0071", "bridge": "world-trade", "held_for": "people", "why": _TEXT, "since": _AT,
            "by": "aforo", "here": True,
        }
    ],
    "held_count": 1,
    "ordered": [
        {
            "crossing_id": "ABCD-TRIP-0072", "bridge": "world-trade", "examination": "secondary", "basis": "override",
            "since": _AT, "by": "Luz Rivera", "reason": "The seal differs from the manifest.", "here": True,
        }
    ],
    "ordered_count": 1,
    "expected": [{"examination": "scan", "count": 12}],
    "working": [
        {
            "crossing_id": "ABCD-TRIP-0073", "bridge": "world-trade", "resource": "dock", "unit": "dock 4",
            "since": _AT, "predicted_minutes": 60.0,
        }
    ],
    "working_count": 1,
    "waiting": [{"bridge": "world-trade", "resource": "scanner", "count": 7}],
    "found": [
        {
            "crossing_id": "ABCD-TRIP-0070", "bridge": "world-trade", "at": _AT, "threat": "contraband",
            "severity": None, "carried_out": "secondary", "by": "Ana Gil",
        }
    ],
    "found_count": 1,
    "examined": 41,
    "passed": 812,
    "left_out": 0,
    "seized": [
        {
            "crossing_id": "ABCD-TRIP-0070", "bridge": "world-trade", "at": _AT, "seizure": "ABCD-TRIP-0070/S1",
            "kind": "drugs", "threat": "contraband", "what": "Packages behind the wall", "amount": 12.5, "unit": "kg",
            "authority": "US", "case": "", "by": "Ana Gil",
        }
    ],
    "seized_count": 1,
}  # fmt: skip
HANDOVER: dict[str, Any] = {
    "place": "world-trade",
    "name": "World Trade Bridge",
    "port": "2304",
    "zone": "America/Chicago",
    "since": "2026-03-02T06:00:00Z",
    "at": _AT,
    "shift_ends": "2026-03-03T01:15:00Z",
    "bridges": [BRIDGE],
    "trucks": _TRUCKS,
    "alerts": [ALERT],
    "alerts_open": 1,
    "scanners_down": [SCANNER_SHOWN],
    "challenges": [SHOWN_CHALLENGE],
    "unusual": [{"bridge": "world-trade", "kind": "wait_above", "says": _TEXT, "since": None}],
    "synthetic": False,
    "incidents": [INCIDENT],
    "challenges_due": 1,
    "incidents_count": 1,
    "alerts_trucks": 1,
    "responses": LIST["responses"],
    "responses_open": 1,
}
SHOWN_HANDOVER: dict[str, Any] = {"digest": _DIGEST, "handover": HANDOVER}
SIGNING: dict[str, Any] = {"digest": _DIGEST, "to": "Ana Gil", "remarks": "Scanner LRD-2 is waited for at noon."}
SIGNED_HANDOVER: dict[str, Any] = {
    "handover_id": "0199a1b6-…",
    "place": "world-trade",
    "since": "2026-03-02T06:00:00Z",
    "shown_at": _AT,
    "signed_at": "2026-03-02T13:17:00Z",
    "by": "Luz Rivera",
    "to": "Ana Gil",
    "remarks": SIGNING["remarks"],
    "digest": _DIGEST,
}
OPENED_HANDOVER: dict[str, Any] = {"signed": SIGNED_HANDOVER, "handover": HANDOVER}
