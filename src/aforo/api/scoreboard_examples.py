"""The examples that the OpenAPI document gives of the scoreboard and of incidents."""

from __future__ import annotations

from typing import Any

_HASH = "5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9e8f7a6b5c4d3e2f1a0"
_WHY: dict[str, Any] = {
    "code": "no_reads",
    "text": {
        "en": "No gate was read: nothing is known of the time.",
        "es": "No se leyó ninguna puerta: nada se sabe del tiempo.",
    },
}
FIGURE: dict[str, Any] = {
    "measure": "scan-rate",
    "version": 1,
    "document": _HASH,
    "estimates": [{"name": "share", "value": 0.27, "low": 0.26, "high": 0.281}],
    "part": 1620,
    "whole": 6000,
    "left_out": 0,
    "told": "estimate",
    "missing": None,
    "portions": [],
    "accepted": None,
    "covered": None,
}
UNKNOWN: dict[str, Any] = {
    "measure": "wait-to-primary",
    "version": 1,
    "document": _HASH,
    "estimates": [],
    "part": None,
    "whole": None,
    "left_out": 0,
    "told": "estimate",
    "missing": _WHY,
    "portions": [],
    "accepted": None,
    "covered": None,
}
COMPARED: dict[str, Any] = {
    "what": "wait",
    "unit": "minutes",
    "told": [
        {
            "source": "readings", "value": 31.2, "low": 30.1, "high": 32.3, "count": 5210, "at": None, "less": None,
            "apart": None,
        },
        {
            "source": "cbp-bwt", "value": 44.0, "low": None, "high": None, "count": 160, "at": "2026-03-11T23:00:00Z",
            "less": 12.8, "apart": True,
        },
    ],
    "words": {
        "en": "Readings: mean wait of the trucks that were found again at primary on these days. …",
        "es": "Lecturas: espera media de los camiones que se encontraron de nuevo en la primera inspección. …",
    },
    "bridge_days": 7,
}  # fmt: skip
SCOREBOARD: dict[str, Any] = {
    "now": "2026-03-12T18:00:00Z",
    "origin": "synthetic",
    "first": "2026-03-05",
    "last": "2026-03-11",
    "by": ["bridge"],
    "kept_days": 120,
    "unplaced": 0,
    "rows": [
        {
            "bridge": "world-trade",
            "bridge_name": "World Trade Bridge",
            "day": None,
            "lane": None,
            "programme": None,
            "provisional": False,
            "figures": [FIGURE, UNKNOWN],
            "compared": [COMPARED],
            "port": None,
            "port_name": None,
        }
    ],
    "refused": [
        {
            "refusal": "readings-1f2e3d4c", "kind": "readings", "source": "POST /v1/readings", "rows": 12,
            "reasons": {"read_reader": 12}, "first": "2026-03-09", "last": "2026-03-09", "bridges": ["world-trade"],
            "at_least": False, "measures": ["wait-to-primary"],
            "words": {
                "en": "Readings of gates refused: … Waits and crossing times may be too low; …",
                "es": "Lecturas de puertas rechazadas: … Los tiempos pueden ser demasiado bajos; …",
            },
        }
    ],
}  # fmt: skip
_TEXT = {"en": "Scan rate", "es": "Tasa de escaneo"}
MEASURE: dict[str, Any] = {
    "measure": "scan-rate",
    "version": 1,
    "document": _HASH,
    "in_use": True,
    "kind": "share",
    "unit": "share",
    "interval": "clopper_pearson",
    "public": "border_quarter",
    "name": _TEXT,
    "definition": _TEXT,
    "numerator": _TEXT,
    "denominator": _TEXT,
    "exclusions": _TEXT,
    "standard": _TEXT,
    "events": ["crossing.arrived", "crossing.examined"],
    "stage": "adopted",
    "waits_for": [],
    "steps": [
        {
            "stage": "proposed", "at": "2026-03-01T16:00:00Z", "by": "", "side": "us", "since": "2026-03-01",
            "reason": "",
        },
        {
            "stage": "adopted", "at": "2026-03-02T16:00:00Z", "by": "", "side": "mx", "since": "2026-04-01",
            "reason": "Agreed at the forum of March.",
        },
    ],
}  # fmt: skip
MEASURE_PROPOSED: dict[str, Any] = {
    "document": 'id = "scan-rate"\nversion = 2\n…', "side": "us", "sides": ["us", "mx"],
    "reason": "As agreed in March.",
}  # fmt: skip
MEASURE_STEP: dict[str, Any] = {
    "to": "adopted", "side": "mx", "since": "2026-04-01", "reason": "Agreed at the forum of March.",
}  # fmt: skip
BEHIND: dict[str, Any] = {
    "measure": "scan-rate",
    "version": 1,
    "document": _HASH,
    "behind": [
        {
            "bridge": "world-trade",
            "day": "2026-03-05",
            "events": [
                {"event_id": "0d1j2k3l4m5n6o7p8q00000", "type": "crossing.arrived", "at": "2026-03-05T15:00:00Z"}
            ],
            "crossing_id": "ABCD-TRIP-0071",
            "counted_in": "numerator",
            "lane": "fast",
            "programme": "ctpat2",
            "place": None,
            "readings": None,
            "incident_id": None,
            "response_id": None,
            "trip_id": None,
            "scanner_id": None,
        }
    ],
    "next": 5120,
}
_PUBLISHED: dict[str, Any] = {
    "period": "2026-W10",
    "first": "2026-03-02",
    "last": "2026-03-08",
    "published_at": "2026-03-10T08:00:04Z",
    "revision": 1,
    "reason": "",
    "form": 3,
    "figures": [
        {
            "bridge": "world-trade",
            "measure": "wait-to-primary",
            "version": 1,
            "document": _HASH,
            "part": None,
            "whole": 41870,
            "estimates": [{"name": "p95", "value": 81.0, "low": 80.0, "high": 83.0}],
            "missing": None,
            "days": 7,
            "bridges": None,
        }
    ],
    "incidents": [
        {"bridge": "world-trade", "kind": "closure", "started": "2026-03-04", "ended": "2026-03-04", "severity": 4}
    ],
}
PUBLIC: dict[str, Any] = {
    "now": "2026-03-12T18:00:00Z",
    "origin": "synthetic",
    "until": "2026-03-08",
    "next": {"period": "2026-W11", "first": "2026-03-09", "last": "2026-03-15", "at": "2026-03-17T07:00:00Z"},
    "places": [
        {
            "bridge": "world-trade",
            "name": "World Trade Bridge",
            "port": "2304",
            "port_name": "Laredo",
            "zone": "America/Chicago",
            "waits": [
                {"lane": "standard", "minutes": 31, "source": "reads", "at": "2026-03-12T18:00:00Z", "missing": None}
            ],
        }
    ],
    "weeks": [_PUBLISHED],
    "quarters": [],
}
REPORTED: dict[str, Any] = {
    "kind": "closure",
    "place": "world-trade",
    "started_at": "2026-03-12T14:00:00Z",
    "source": "port",
    "severity": 4,
    "note": "The gates do not open.",
}
CLOSED: dict[str, Any] = {"ended_at": "2026-03-12T16:30:00Z", "note": "Open again."}
CORRECTED: dict[str, Any] = {**REPORTED, "severity": 3, "reason": "One lane of three stayed open."}
INCIDENT: dict[str, Any] = {
    "incident_id": "0d1j2k3l4m5n6o7p8q00000",
    "state": "open",
    "kind": "closure",
    "place": "world-trade",
    "place_name": "World Trade Bridge",
    "source": "port",
    "severity": 4,
    "note": "The gates do not open.",
    "started_at": "2026-03-12T14:00:00Z",
    "ended_at": None,
    "reported_at": "2026-03-12T14:03:10Z",
    "reported_by": "Luz Rivera",
    "closing": "",
    "closed_by": "",
    "corrected": 0,
    "reason": "",
}
