"""The examples that the OpenAPI document gives of the fleet, its contracts and its targets."""

from __future__ import annotations

from typing import Any

from aforo.api.bridge_examples import SCANNER_SHOWN

_HASH = "87e56564738b16691a5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9"
_TEXT: dict[str, Any] = {"document": 'id = "K-7"\nversion = 2\nsupplier = "Example Imaging"\n# …\n'}
PUT: dict[str, Any] = {"kind": "contract"} | _TEXT
_DOCUMENT: dict[str, Any] = {
    "kind": "contract",
    "name": "K-7",
    "hash": _HASH,
    "version": 2,
    "at": "2026-01-15T16:20:00Z",
    "by": "Luz Rivera",
    "in_force": True,
    "holds_from": "2026-02-01",
    "holds_until": None,
}
DOCUMENT: dict[str, Any] = _DOCUMENT | _TEXT
DOCUMENTS: dict[str, Any] = {"documents": [_DOCUMENT | {"document": None}]}
_RULE: dict[str, Any] = {"version": 2, "document": _HASH}
#: One row said that a scanner went down, and could not be read.
_BOUNDS: dict[str, Any] = {
    "rows": {"begins": 1, "scanners": ["LRD-1"]},
    "downtime": "lower",
    "availability": "upper",
    "scans": "exact",
    "utilisation": "lower",
    "purchases": "exact",
}
_PERIOD: dict[str, Any] = {
    "start": "2025-03-02T06:00:00Z",
    "end": "2026-03-02T13:31:00Z",
    "zone": "America/Chicago",
}
_NOW: dict[str, Any] = {"now": "2026-03-02T13:30:10Z", "origin": "live"}
_LENGTHS = [1.0, 4.0, 8.0, 24.0, 72.0, 168.0, 720.0, 2160.0]
_OUTAGES: dict[str, Any] = {
    "scanners": 1,
    "ever_down": 1,
    "service": 8767.5,
    "down": 96.0,
    "hours": {"parts": 90.0, "unexplained": 6.0},
    "interruptions": 2,
    "failures": 2,
    "contested": 0,
    "merged": 1,
    "mtbf": 4335.7,
    "mttr": 48.0,
    "lengths": {"counts": [0, 0, 1, 0, 0, 1, 0, 0, 0], "median": 6.0, "p90": 90.0, "longest": 90.0, "lasting": 0},
    "silent": 3.0,
}
_GROUP: dict[str, Any] = {
    "name": "world-trade",
    "scanners": 1,
    "service": 8767.5,
    "down": 96.0,
    "unexplained": 6.0,
    "available": 0.989,
    "least": 0.989,
    "failures": 2,
    "repeats": 0,
    "parts": 1,
    "parts_hours": 90.0,
    "parts_a_year": 1.0,
}
FLEET: dict[str, Any] = _NOW | {
    "fleet": {
        "period": _PERIOD,
        "lengths": _LENGTHS,
        "classes": [{"device": "scanner", "all": _OUTAGES, "ports": [_GROUP], "kinds": [_GROUP | {"name": "HE"}]}],
        "devices": [
            {
                "now": SCANNER_SHOWN,
                "outages": {
                    "scanner": "LRD-1",
                    "port": "world-trade",
                    "service": 8767.5,
                    "down": 96.0,
                    "available": 0.989,
                    "interruptions": 2,
                    "failures": 2,
                    "unexplained": 6.0,
                    "mtbf": 4335.7,
                    "mttr": 48.0,
                    "silent": 3.0,
                },
            }
        ],
        "interruption_rule": _RULE,
        "bounds": _BOUNDS,
    }
}
PIPELINE: dict[str, Any] = _NOW | {
    "pipeline": {
        "period": _PERIOD,
        "unaccounted_after_days": 365,
        "waiting": [
            {
                "scanner_id": "LRD-9",
                "device": "scanner",
                "kind": "MEP",
                "port": "2304",
                "contract_id": "K-7",
                "stage": "delivered",
                "since": "2025-06-01T15:00:00Z",
                "days": 273.9,
                "blocker": "land lease",
                "ordered": "2024-11-02T15:00:00Z",
            }
        ],
        "bought": [{"device": "scanner", "stages": {"installed": 2, "delivered": 1}}],
    }
}
_MONTH: dict[str, Any] = {
    "scanner": "LRD-1",
    "month": "2026-01",
    "agreed": 744.0,
    "down": 90.0,
    "excluded": {"4.3": 8.0},
    "availability": 0.8898,
    "fee_cents": 1_200_000,
    "partial": False,
    "judged": True,
}
_LINE: dict[str, Any] = {
    "reason": "availability",
    "clause": "4.2b",
    "scanner": "LRD-1",
    "month": "2026-01",
    "cents": 180_000,
    "promised": 0.9,
    "reached": 0.8898,
    "reported": True,
    "events": [40_213],
    "interruptions": [{"start": "2026-01-04T10:00:00Z", "end": "2026-01-08T04:00:00Z", "cause": "parts"}],
}
CONTRACTS: dict[str, Any] = _NOW | {
    "period": _PERIOD,
    "contracts": [
        {
            "id": "K-7",
            "version": 2,
            "document": _HASH,
            "supplier": "Example Imaging",
            "currency": "USD",
            "scanners": 1,
            "minimum": 0.95,
            "short": 1,
            "partial": 0,
            "unjudged": False,
            "fees_cents": 1_200_000,
            "owed_cents": 180_000,
            "months": [_MONTH],
            "lines": [_LINE],
            "interruption_rule": _RULE,
            "rows_not_counted": 1,
            "availability_bound": "upper",
            "owed_bound": "lower",
        }
    ],
    "remarks": [{"what": "scanner", "document": "K-7", "word": "LRD-11"}],
    "undocumented": ["K-8"],
    "recommissioned": [],
}
USE: dict[str, Any] = _NOW | {
    "use": {
        "period": _PERIOD,
        "targets_version": 3,
        "utilisation": [
            {
                "port": "world-trade",
                "month": "2026-01",
                "scanners": 1,
                "hours": 654.0,
                "scans": 5_200,
                "unsaid": 12,
                "operator_hours": 310.5,
                "share": 0.4748,
                "target": 0.4,
            }
        ],
        "rates": [
            {
                "port": "world-trade",
                "month": "2026-01",
                "conveyance": None,
                "scans": 5_200,
                "eligible": 21_000,
                "share": 0.2476,
                "target": 0.27,
                "partial": False,
            }
        ],
        "bounds": _BOUNDS,
    }
}
LIFE: dict[str, Any] = _NOW | {
    "life": {
        "period": _PERIOD,
        "lengths": _LENGTHS,
        "now": SCANNER_SHOWN,
        "began": "2021-10-01T11:00:00Z",
        "retired": None,
        "more": 0,
        "happened": [
            {
                "row": 40_213,
                "at": "2026-01-04T10:00:00Z",
                "event": "down",
                "effect": "begins",
                "reporter": "port",
                "cause": "parts",
                "port": "world-trade",
                "planned": None,
                "blocker": None,
                "told": "2026-01-04T10:20:00Z",
                "late": False,
                "interruption": 0,
                "displaced": False,
            }
        ],
        "interruptions": [
            {
                "number": 0,
                "start": "2026-01-04T10:00:00Z",
                "end": "2026-01-08T04:00:00Z",
                "hours": 90.0,
                "cause": "parts",
                "causes": ["parts"],
                "contested": False,
                "planned": False,
                "responded": None,
                "rows": [40_213],
                "reporters": ["port"],
                "ended_by": "port",
                "overruled": 0,
                "clipped": False,
                "repeated": False,
            }
        ],
        "stays": [{"port": "world-trade", "since": None, "until": None}],
        "outages": _OUTAGES,
        "scans": [{"month": "2026-01", "scans": 5_200, "unsaid": 12, "operator_hours": 310.5}],
        "contracts": [
            {
                "contract": "K-7",
                "version": 2,
                "document": _HASH,
                "supplier": "Example Imaging",
                "currency": "USD",
                "owed_cents": 180_000,
                "months": [_MONTH],
                "lines": [_LINE],
            }
        ],
    }
}
