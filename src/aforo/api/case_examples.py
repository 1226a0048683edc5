"""Examples of what is answered about a crossing, a decision and a party, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from aforo.api.examples import ENTITY, SHOWN_CHALLENGE, SHOWN_HIT

_TEXT = {"en": "…", "es": "…"}
_AT = "2026-03-02T13:15:00Z"
TIMELINE: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071",
    "as_of": "2026-03-02T13:40:00Z",
    "origin": "live",
    "standing": {
        "instruction": "scan", "decision": "0199a1b2-…", "basis": "priced", "ordered_by": "0199a1b2-…",
        "left_to_do": False, "found": False, "whereabouts": "waiting", "port": "2304", "bridge": "world-trade",
        "held_for": None, "held_why": None, "finished": False, "order": None,
        "accepted": {"by": "Luz Rivera", "at": _AT},
    },
    "entries": [
        {
            "event_id": "0199a1b2-…",
            "type": "crossing.decided",
            "kind": "decision",
            "says": {"en": "Examination decided", "es": "Reconocimiento decidido"},
            "at": _AT,
            "recorded_at": _AT,
            "actor": "aforo",
            "origin": "live",
            "leaf": 4711,
            "late_s": None,
            "corrects": None,
            "corrected_by": None,
            "changed": [{"field": "examination", "was": "release", "now": "scan"}],
            "told": [],
            "data": {"examination": "scan", "basis": "priced", "value": 18.6, "price": 12.0},
        }
    ],
    "links": [{"kind": "tractor", "crossing_id": "ABCD-TRIP-0070"}],
    "left_out": 0,
    "beside_known": True,
    "zone": "America/Chicago",
}  # fmt: skip
EXPLAINED: dict[str, Any] = {
    "decision": "0199a1b2-…",
    "crossing_id": "ABCD-TRIP-0071",
    "decided_at": _AT,
    "examination": "scan",
    "basis": "priced",
    "kept": False,
    "mandatory": [],
    "control": False,
    "control_propensity": 0.005,
    "propensity": 1.0,
    "value": 18.6,
    "price": 12.0,
    "stage": "primary",
    "bridge": "world-trade",
    "log_odds": {"contraband": -3_440_000},
    "readable": True,
    "waterfalls": [
        {
            "declaration_id": "ABCD-2026-000071",
            "speaks": True,
            "threats": [
                {
                    "threat": "contraband",
                    "base": -4_100_000,
                    "terms": [
                        {
                            "source": "memory",
                            "code": "carrier",
                            "name": {"en": "memory: carrier", "es": "memoria: transportista"},
                            "micro": 660_000,
                            "says": None,
                        }
                    ],
                    "sum": -3_440_000,
                    "probability": 0.031,
                }
            ],
        }
    ],
    "options": [
        {
            "option": "scan", "name": {"en": "Scan", "es": "Inspección no intrusiva"}, "prevented": 18.6,
            "price": 12.0, "gain": 6.6, "chosen": True, "ordered": True, "why": _TEXT,
        }
    ],
    "before": {
        "decision": "0199a1b1-…",
        "examination": "release",
        "basis": None,
        "threats": [{"threat": "contraband", "was": -3_900_000, "now": -3_440_000}],
    },
}  # fmt: skip
HANDLE = "k5w2v7l3qk4d7y6jz3o2m4n5b6c7x2a3s4d5f6g7"
PARTIES: dict[str, Any] = {
    "parties": [{"kind": "carrier", "handle": HANDLE, "declarations": ["ABCD-2026-000071"]}],
}  # fmt: skip
ENTITY_PAGE: dict[str, Any] = {
    "handle": HANDLE,
    "kind": "carrier",
    "party": ENTITY["party"],
    "as_of": _AT,
    "memory": ENTITY["memory"],
    "posteriors": [
        {
            "threat": "contraband", "found": 0.4, "examined": 21.4, "prior_rate": 0.008, "prior_weight": 3.0,
            "rate": {"value": 0.017, "low": 0.0, "high": 0.08}, "shift": 0.79, "weighed": 120_000,
        }
    ],
    "half_life_days": 180.0,
    "first_seen": "2025-11-04T09:02:11Z",
    "last_seen": _AT,
    "crossings_seen": 37,
    "crossings": [
        {
            "crossing_id": "ABCD-TRIP-0071", "filed_at": _AT, "port": "2304", "bridge": "world-trade",
            "instruction": "scan", "basis": "priced", "whereabouts": "waiting", "found": None, "threat": None,
            "origin": "live", "seized": 0,
        }
    ],
    "companions": [
        {
            "kind": "driver", "handle": HANDLE, "party": "00c0ffee00c0ffee", "together": 3, "first": _AT, "last": _AT,
            "new": True,
        }
    ],
    "hits": [SHOWN_HIT],
    "challenges": [SHOWN_CHALLENGE],
    "names": {},
}  # fmt: skip
