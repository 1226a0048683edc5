"""The examples that the OpenAPI document gives of responses on the road; the names and numbers in them are invented."""

from __future__ import annotations

from typing import Any

from aforo.api.custody_examples import CAUSE

_ID = "1k2f0e9s8q7h3d5b9c00000"
_ROW: dict[str, Any] = {
    "response": _ID,
    "kind": "people",
    "trip": "trip-0001",
    "crossing": "ABCD-TRIP-0071",
    "carrier": "ABCD",
    "alerts": [_ID, "1k2f0e9s8q7h3d5b9c00001"],
    "started_at": "2026-03-02T13:15:00Z",
    "owner": "Luz Rivera",
    "next_stage": "scene",
    "next_due": "2026-03-02T13:35:00Z",
    "overdue": False,
    "late": [],
    "sealed_since": "2026-03-02T06:00:00Z",
    "discharged_at": None,
    "ended_at": None,
    "ending": None,
    "taken": True,
}
_TIMES: dict[str, Any] = {"known": 1, "missing": 0, "median_s": 60.0, "p90_s": 60.0}
LIST: dict[str, Any] = {
    "now": "2026-03-02T13:20:00Z",
    "total": 1,
    "responses": [_ROW],
    "times": [
        {
            "kind": "people",
            "responses": 1,
            "open": 1,
            "own": _TIMES,
            "contact": _TIMES,
            "scene": {"known": 0, "missing": 1, "median_s": None, "p90_s": None},
        }
    ],
}
_FIX: dict[str, Any] = {
    "latitude": 26.5,
    "longitude": -99.93,
    "at": "2026-03-02T13:12:00Z",
    "device": "seal-0001",
    "grade": "device",
}
_HEAT: dict[str, Any] = {"celsius": 43.5, "at": "2026-03-02T13:12:00Z", "device": "seal-0001", "grade": "device"}
RESPONSE: dict[str, Any] = {
    "now": "2026-03-02T13:20:00Z",
    "row": _ROW,
    "stages": [
        {"stage": "own", "due": "2026-03-02T13:16:00Z", "reached_at": "2026-03-02T13:15:30Z", "late": False},
        {"stage": "contact", "due": "2026-03-02T13:18:00Z", "reached_at": "2026-03-02T13:16:00Z", "late": False},
        {"stage": "scene", "due": "2026-03-02T13:35:00Z", "reached_at": None, "late": False},
    ],
    "steps": [
        {
            "code": "emergency",
            "say": {"en": "Call 911 now.", "es": "Llame ya al 911."},
            "source": None,
            "outcome": "done",
            "by": "Luz Rivera",
            "at": "2026-03-02T13:16:00Z",
        }
    ],
    "carrier_lines": [
        {
            "contact": "abcd-dispatch",
            "name": {"en": "Dispatch", "es": "Despacho"},
            "phone": "+52 81 5550 0199",
            "hours": None,
            "source": "assumed",
            "note": "",
        }
    ],
    "authority_lines": [
        {
            "contact": "emergency-911",
            "name": {"en": "Emergencies", "es": "Emergencias"},
            "phone": "911",
            "hours": None,
            "source": "us911",
            "note": "",
        }
    ],
    "yards": [
        {
            "contact": "sabinas",
            "name": "Sabinas Hidalgo",
            "latitude": 26.5,
            "longitude": -99.93,
            "metres": 8200,
            "named_by": "corridor",
            "phone": None,
        }
    ],
    "calls": [
        {
            "party": "authority",
            "contact": "emergency-911",
            "outcome": "reached",
            "by": "Luz Rivera",
            "at": "2026-03-02T13:16:00Z",
        }
    ],
    "fix": _FIX,
    "fix_then": _FIX,
    "heat": _HEAT,
    "hottest": _HEAT,
    "alerts": [
        {"alert_id": _ID, "kind": "people_signs", "phase": "acknowledged", "causes": [], "reports": []},
        {
            "alert_id": "1k2f0e9s8q7h3d5b9c00001",
            "kind": "custody_broken",
            "phase": "acknowledged",
            "causes": [
                CAUSE
                | {
                    "kind": "opened",
                    "what": {
                        "en": "the seal was opened outside of where it may be",
                        "es": "el candado se abrió fuera de donde puede abrirse",
                    },
                    "since": "2026-03-02T13:10:00Z",
                    "until": None,
                    "latitude": 26.5,
                    "longitude": -99.93,
                    "place": None,
                    "asks": True,
                }
            ],
            "reports": [],
        },
    ],
    "on_scene": "",
    "endings": ["people_alive", "people_dead", "nobody", "false", "handed_over"],
    "ended_by": None,
    "handed_to": "",
    "people": None,
    "dead": None,
    "plan": "5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9e8f7a6b5c4d3e2f1a0",
    "carta_porte": "CCCBCD94-870A-4332-A52A-A52AA52AA52A",
    "other_trips": [],
}
OWNED: dict[str, Any] = {"owner": "Luz Rivera", "taken_from": "Eva Luna"}
STEP: dict[str, Any] = {"code": "emergency", "outcome": "done"}
CALLED: dict[str, Any] = {"party": "authority", "contact": "emergency-911", "outcome": "reached"}
ARRIVED: dict[str, Any] = {"who": "Guardia Nacional"}
ENDED: dict[str, Any] = {"ending": "people_alive", "people": 12}
SIGNS: dict[str, Any] = {"signs": ["call", "heat"], "where": "km 80"}
THEFT: dict[str, Any] = {"told_by": "driver", "where": "km 80", "words": "Two cars forced the truck off the road."}
DOCUMENTS: dict[str, Any] = {
    "plan": {"name": "response", "version": "1", "lines": 0, "yards": 0, "steps": 16, "since": None, "by": None},
    "plan_hash": RESPONSE["plan"],
    "contacts": [{"name": "emergency", "version": "1", "lines": 2, "yards": 0, "steps": 0, "since": None, "by": None}],
}
_ANSWER: dict[str, Any] = {
    "owner": "Duty desk · Mesa de guardia",
    "contact_min": 3.0,
    "contact_source": "assumed",
    "contact_note": "",
    "scene_min": 20.0,
    "scene_source": "assumed",
    "scene_note": "",
    "steps": [{"code": "emergency", "say": {"en": "Call 911 now.", "es": "Llame ya al 911."}, "source": None}],
    "starts": [],
}
PLAN: dict[str, Any] = {
    "name": "response",
    "version": "1",
    "theft": _ANSWER | {"starts": [{"on": "custody_broken", "source": None}]},
    "people": _ANSWER,
    "sources": {},
}
CONTACTS: dict[str, Any] = {
    "contacts": [
        {
            "name": "norte",
            "version": "1",
            "carriers": [{"carrier": "ABCD", "lines": RESPONSE["carrier_lines"]}],
            "carriers_total": 1,
            "authorities": [
                {"line": each, "kinds": ["theft", "people"], "areas": []} for each in RESPONSE["authority_lines"]
            ],
            "yards": [
                {
                    "id": "sabinas",
                    "name": "Sabinas Hidalgo",
                    "latitude": 26.5,
                    "longitude": -99.93,
                    "radius_m": 500,
                    "phone": "+52 81 5550 0100",
                    "source": "assumed",
                    "note": "",
                }
            ],
            "sources": {},
        }
    ]
}
PUT_PLAN: dict[str, Any] = {"toml": 'name = "response"\nversion = "2"\n'}
PUT_CONTACTS: dict[str, Any] = {"toml": 'name = "norte"\nversion = "1"\n'}
