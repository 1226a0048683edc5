"""Examples of policy documents, of their impact, and of rules in shadow, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

_HASH = "5f2c…"
_STEPS: list[dict[str, Any]] = [
    {"stage": "draft", "at": "2026-03-01T09:00:00Z", "by": "Luz Rivera", "position": 4001, "reason": ""},
    {"stage": "shadow", "at": "2026-03-01T11:00:00Z", "by": "Ana Gil", "position": 4100, "reason": ""},
]
_POLICY: dict[str, Any] = {
    "policy": "default@6", "stage": "shadow", "hash": _HASH, "author": "Luz Rivera", "installed": False,
    "steps": _STEPS,
}  # fmt: skip
SHOWN_POLICIES: dict[str, Any] = {"policies": [_POLICY], "in_force": "default@5"}
SHOWN_POLICY: dict[str, Any] = {
    "version": _POLICY,
    "document": 'name = "default"\nversion = "6"\n…',
    "figures": [
        {
            "path": "harm.contraband",
            "value": 900,
            "source": "Accord of 12 February 2026, article 3",
            "assumed": False,
            "version": "default@6",
            "set_by": "Luz Rivera",
            "approved_by": None,
            "since": None,
        }
    ],
}
_DIFFERENT: list[dict[str, Any]] = [
    {
        "path": "harm.contraband",
        "before": 600,
        "after": 900,
        "source_before": "assumed",
        "source_after": "Accord of 12 February 2026, article 3",
    }
]
POLICY_DIFFERENCE: dict[str, Any] = {"policy": "default@6", "against": "default@5", "figures": _DIFFERENT}
POLICY_PROPOSED: dict[str, Any] = {
    "based_on": "default@5",
    "version": "6",
    "figures": [{"path": "harm.contraband", "value": 900, "source": "Accord of 12 February 2026, article 3"}],
    "targets": [
        {
            "kind": "wait_ceiling",
            "resource": "scanner",
            "port": "default",
            "value": 30,
            "source": "Accord of 12 February 2026, article 7",
        }
    ],
}
CHECKED_POLICY: dict[str, Any] = {
    "policy": "default@6", "document": 'name = "default"\nversion = "6"\n…', "figures": _DIFFERENT,
}  # fmt: skip
POLICY_STEP: dict[str, Any] = {"to": "rolled_back", "reason": "Queues at the docks doubled within an hour."}
POLICY_IMPACT: dict[str, Any] = {
    "policy": "default@6",
    "against": "default@5",
    "crossings": 500,
    "first": "2026-03-01T13:15:00Z",
    "last": "2026-03-02T13:15:00Z",
    "changed": {"value": 0.05, "low": 0.033, "high": 0.073},
    "options": [{"before": "release", "after": "scan", "crossings": 25}],
    "bridges": [
        {
            "group": "world-trade", "crossings": 500, "changed": 25, "scans_before": 40, "scans_after": 65,
            "finds_before": 0.4, "finds_after": 0.5,
        }
    ],
    "threats": [],
    "scans_before": 40,
    "scans_after": 65,
    "by_hand_before": 3,
    "by_hand_after": 3,
    "dock_minutes_before": 210.0,
    "dock_minutes_after": 214.5,
    "routed": 500,
    "unreplayable": 0,
    "not_tried": [],
    "words": [{"en": "…", "es": "…"}],
    "examples": [
        {
            "decision": "0199a1b2-…",
            "crossing_id": "ABCD-TRIP-0071",
            "decided_at": "2026-03-02T13:15:00Z",
            "bridge": "world-trade",
            "before": "release",
            "after": "scan",
            "basis_before": None,
            "basis_after": "priced",
        }
    ],
}  # fmt: skip
POLICY_SHADOW: dict[str, Any] = {"since": "2026-03-01T11:00:00Z", "until": None, "impact": POLICY_IMPACT}
_INTERVAL: dict[str, Any] = {"value": 0.02, "low": 0.01, "high": 0.04}
RULE_SHADOW: dict[str, Any] = {
    "shadow": {
        "rule": "fresh-importer-electronics@1",
        "since": "2026-03-01T11:00:00Z",
        "until": None,
        "crossings": 500,
        "fired": _INTERVAL,
        "fired_on": 10,
        "examined": 3,
        "found": 1,
        "hit_rate": {"value": 0.33, "low": 0.01, "high": 0.91},
        "base_rate": _INTERVAL,
        "known": 41,
        "violations": 2,
        "mandatory": 0,
        "failed": 0,
        "shown": [
            {
                "crossing_id": "ABCD-TRIP-0071",
                "decision": "0199a1b2-…",
                "decided_at": "2026-03-02T13:15:00Z",
                "examination": "scan",
                "log_odds": {"misdeclaration": 0.4},
                "mandatory": False,
                "examined": True,
                "violation": True,
                "threat": "misdeclaration",
            }
        ],
    },
    "impact": None,
}
