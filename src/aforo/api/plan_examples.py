"""Examples of scenarios and plans, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

_TITLE: dict[str, Any] = {"en": "One more booth at World Trade", "es": "Una caseta más en World Trade"}
_TOML = 'name = "one-more-booth"\nports = ["Laredo/world-trade"]\n…'
_SCENARIO: dict[str, Any] = {
    "name": "one-more-booth",
    "title": _TITLE,
    "ports": ["Laredo/world-trade"],
    "first": "2024-10-07",
    "days": 7,
    "seed": 1,
    "replications": 10,
    "policy": "clearance",
    "change": [{"kind": "booths_added", "lane": "standard", "number": 1}],
}
_SIZE: dict[str, Any] = {"bridges": 1, "days": 7, "replications": 10, "trucks": 900_000}
SCENARIOS: dict[str, Any] = {
    "scenarios": [
        {
            "name": "one-more-booth", "title": _TITLE, "ports": ["Laredo/world-trade"], "days": 7, "replications": 10,
            "changes": 1,
        }
    ]
}  # fmt: skip
SCENARIO: dict[str, Any] = {"name": "one-more-booth", "toml": _TOML, "scenario": _SCENARIO}
SCENARIO_SENT: dict[str, Any] = {"scenario": _SCENARIO}
CHECKED_SCENARIO: dict[str, Any] = {"problems": [], "toml": _TOML, "scenario": _SCENARIO, "size": _SIZE}
PLAN_ASKED: dict[str, Any] = {"scenario": _SCENARIO, "note": "For the meeting of the bridge committee"}
KEPT: dict[str, Any] = {"kept": True, "note": "As shown to the committee"}
_ROW: dict[str, Any] = {
    "plan": "9f3c61d27a80b415",
    "title": _TITLE,
    "by": "Luz Rivera",
    "asked_at": "2026-03-02T13:15:00Z",
    "state": "done",
    "inputs": "5f2c…",
    "size": _SIZE,
    "code": "0.1.0",
    "kept": True,
    "note": "",
    "done": 10,
    "of": 10,
    "started_at": "2026-03-02T13:15:01Z",
    "ended_at": "2026-03-02T13:15:04Z",
    "why": None,
}
_LEVEL: dict[str, Any] = {"value": 13.5, "low": 12.0, "high": 15.0}
OUTCOME: dict[str, Any] = {
    "synthetic": True,
    "title": _TITLE,
    "headline": {"en": "base → one-more-booth: 7 days …", "es": "base → one-more-booth: 7 días …"},
    "heads": [{"en": "base", "es": "base"}, {"en": "scenario", "es": "escenario"}],
    "start": "2024-10-07",
    "days": 7,
    "seed": 1,
    "replications": 10,
    "policy": "clearance",
    "rows": {"": [{"figure": "wait_mean", "first": _LEVEL, "second": _LEVEL, "difference": _LEVEL, "needed": 8}]},
    "bridges": {"2304/world-trade": "World Trade Bridge"},
    "hours": {"": {"first": [None] * 24, "second": [None] * 24}},
    "labels": {"wait_mean": {"en": "wait, mean (min)", "es": "espera, media (min)"}},
    "held": [],
    "sentences": [{"en": "Assumed throughout, …", "es": "Supuesto en todo, …"}],
    "assumptions": [],
    "assumed": ["2304/world-trade: approach"],
    "assumed_count": 1,
    "documents": [{"port": "2304", "name": "Laredo", "version": "2026-11", "sha256": "c41f…"}],
}
PLANS: dict[str, Any] = {"plans": [_ROW]}
SHOWN_PLAN: dict[str, Any] = {"row": _ROW, "first": _TOML, "second": _TOML, "outcome": OUTCOME}
STANDING: dict[str, Any] = {
    "bridges": [
        {
            "bridge": "2304/world-trade",
            "name": "World Trade Bridge",
            "port": "Laredo",
            "zone": "America/Chicago",
            "standing": {
                "booths": {"fast": 4, "standard": 11, "empty": 0, "hazmat": 0}, "scanners": 9, "docks": 7,
                "opens": "07:00", "closes": "24:00", "portals": 1,
            },
            "first": "2024-10-07",
            "counted_from": "2024-01-01",
            "counted_until": "2024-12-31",
        }
    ]
}  # fmt: skip
WHAT_IF_ASKED: dict[str, Any] = {
    "bridge": "2304/world-trade", "plan": {"kind": "plan", "booths": {"standard": 12}}, "traffic": 1.25, "days": 7,
}  # fmt: skip
WHAT_IF: dict[str, Any] = {"outcome": OUTCOME, "seconds": 0.4}
