"""The examples that the OpenAPI document gives of bridges and scanners; the names in them are invented."""

from __future__ import annotations

from typing import Any

READING: dict[str, Any] = {
    "reader": "world-trade-start",
    "at": "2026-03-02T07:05:11-06:00",
    "plate": "TAM 123-A",
    "tag": "0900ABCD12",
}
SCANNER_REPORT: dict[str, Any] = {
    "scanner_id": "LRD-1",
    "event": "down",
    "at": "2026-03-02T07:05:00-06:00",
    "cause": "parts",
    "reporter": "port",
    "port": "world-trade",
    "kind": "HE",
}
LANES_OPEN: dict[str, Any] = {"lanes": {"fast": 2, "standard": 8}, "at": "2026-03-02T07:00:00-06:00"}
STAFFED: dict[str, Any] = {"posts": {"scanner": 3, "dock": 2}, "at": "2026-03-02T07:00:00-06:00"}
WORK: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071",
    "resource": "scanner",
    "step": "started",
    "predicted_minutes": 8.5,
    "unit": "LRD-1",
    "at": "2026-03-02T07:20:00-06:00",
}
_QUANTITY: dict[str, Any] = {"value": 31.0, "low": 28.5, "high": 34.0}
_WAITS: dict[str, Any] = {
    "trucks": 118,
    "mean": 32.4,
    "p50": _QUANTITY,
    "p95": {"value": 51.0, "low": 46.5, "high": None},
    "buffer_time": 18.6,
    "buffer_index": 0.57,
}
_STATED: dict[str, Any] = {"value": 8.0, "source": "stated", "at": "2026-03-02T13:00:00Z", "age_minutes": 15.0}
BRIDGE: dict[str, Any] = {
    "bridge": "world-trade",
    "name": "World Trade Bridge",
    "port": "2304",
    "port_name": "Laredo",
    "at": "2026-03-02T13:15:00Z",
    "local_time": "07:15",
    "unplaced_scanners": 0,
    "arrivals": {"value": 240.0, "source": "reads", "at": "2026-03-02T13:14:20Z", "age_minutes": 0.7},
    "lanes": [
        {
            "lane": "standard",
            "open": _STATED,
            "queue": 61.0,
            "wait_now": {
                "minutes": 31.0,
                "low": 25.9,
                "high": 37.4,
                "source": "reads",
                "at": "2026-03-02T13:14:20Z",
                "age_minutes": 0.7,
                "at_least": False,
            },
            "waits": _WAITS,
            "crossings": None,
            "missing": None,
            "since": "bridge",
            "stalled_since": None,
        }
    ],
    "resources": [
        {
            "resource": "scanner",
            "up": {"value": 3.0, "source": "stated", "at": "2026-03-02T13:00:00Z", "age_minutes": 15.0},
            "stands": {"value": 4.0, "source": "log", "at": "2026-03-01T02:00:00Z", "age_minutes": 2115.0},
            "manned": {"value": 3.0, "source": "stated", "at": "2026-03-02T13:00:00Z", "age_minutes": 15.0},
            "waiting": 2,
            "serving": 3,
            "backlog_minutes": {"value": 27.5, "source": "log", "at": "2026-03-02T13:13:00Z", "age_minutes": 2.0},
            "unpredicted": 0,
            "room": {"value": 16.0, "source": "assumed", "at": None, "age_minutes": None},
            "without_room": 0,
        }
    ],
    "lost": [
        {
            "scanner_id": "LRD-1",
            "resource": "scanner",
            "status": "down",
            "since": "2026-03-02T13:05:00Z",
            "causes": ["parts"],
        }
    ],
}
SCANNER_SHOWN: dict[str, Any] = {
    "scanner_id": "LRD-1",
    "status": "down",
    "since": "2026-03-02T13:05:00Z",
    "stage": "commissioned",
    "port": "world-trade",
    "kind": "HE",
    "contract_id": "K-7",
    "commissioned": "2021-10-01T11:00:00Z",
    "causes": ["parts"],
    "planned": False,
    "disputed": None,
    "blocker": None,
    "heard": "2026-03-02T13:05:00Z",
    "bridge": "world-trade",
    "device": "scanner",
}
FORECAST: dict[str, Any] = {
    "port": "2304",
    "bridge": "world-trade",
    "basis": "monthly counts",
    "counts_until": "2025-02",
    "trucks_a_day": 8386.0,
    "level": 1.04,
    "coverage": 0.9,
    "dispersion": 3.0,
    "level_sd": 0.12,
    "hours": [{"hour": "2026-03-02T07:00:00-06:00", "mean": 421.6, "low": 352, "high": 496}],
    "hours_counted": 7,
    "filings": "told",
}
WAITS_TO_COME: dict[str, Any] = {
    "bridge": "world-trade",
    "at": "2026-03-02T13:15:00Z",
    "age_minutes": 0.2,
    "hours": 6,
    "every_minutes": 30,
    "coverage": 0.9,
    "lanes": [
        {
            "lane": "standard",
            "waits": [{"at": "2026-03-02T07:45:00-06:00", "minutes": 34.1, "low": 21.7, "high": 48.9, "closed": False}],
            "missing": None,
            "served_by": None,
        }
    ],
}
