"""The examples that the OpenAPI document gives of the public feed."""

from __future__ import annotations

from typing import Any

_HASH = "5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9e8f7a6b5c4d3e2f1a0"
_OF_WEEK: dict[str, Any] = {
    "measured_from": "2026-03-02T06:00:00Z",
    "measured_until": "2026-03-09T05:00:00Z",
    "published_at": "2026-03-10T08:00:04Z",
    "seconds": 306_000,
}
_WEEK: dict[str, Any] = {
    "period": "2026-W10",
    "first": "2026-03-02",
    "last": "2026-03-08",
    "record": "scoreboard/2026-W10",
    "revision": 1,
    "reason": "",
    "form": 3,
    "values": [
        {
            "bridge": "world-trade",
            "measure": "wait-to-primary",
            "version": 1,
            "document": _HASH,
            "unit": "minutes",
            "source": "gate_reads",
            "part": None,
            "whole": 41_870,
            "estimates": [{"name": "p95", "unit": "minutes", "value": 81.0, "low": 80.0, "high": 83.0}],
            "days": 7,
            "bridges": None,
            "missing": None,
            "age": _OF_WEEK,
        }
    ],
    "incidents": [
        {
            "bridge": "world-trade",
            "kind": "closure",
            "started": "2026-03-04",
            "ended": "2026-03-04",
            "severity": 4,
            "source": "incident_reports",
            "age": _OF_WEEK,
        }
    ],
}
_UNKNOWN = {"en": "No wait is known here now.", "es": "No se conoce ahora ninguna espera aquí."}
FEED: dict[str, Any] = {
    "format": "aforo-public-feed",
    "version": 1,
    "schema": "/v1/feed/schema",
    "answered_at": "2026-03-12T17:59:00Z",
    "origin": "synthetic",
    "bridges": [
        {
            "bridge": "world-trade",
            "name": "World Trade Bridge",
            "port": "2304",
            "port_name": "Laredo",
            "zone": "America/Chicago",
        }
    ],
    "measures": [
        {
            "measure": "wait-to-primary",
            "version": 1,
            "document": _HASH,
            "name": {"en": "Wait to primary", "es": "Espera hasta la primera inspección"},
            "kind": "times",
            "interval": "order_statistics",
        }
    ],
    "waits_now": [
        {
            "bridge": "world-trade",
            "lane": "standard",
            "unit": "minutes",
            "value": 31,
            "source": "reads",
            "missing": None,
            "age": {
                "measured_from": "2026-03-12T16:55:00Z",
                "measured_until": "2026-03-12T17:55:00Z",
                "published_at": "2026-03-12T17:59:00Z",
                "seconds": 240,
            },
        },
        {
            "bridge": "world-trade",
            "lane": "fast",
            "unit": "minutes",
            "value": None,
            "source": None,
            "missing": {"code": "not_known", "text": _UNKNOWN},
            "age": {
                "measured_from": None,
                "measured_until": None,
                "published_at": "2026-03-12T17:59:00Z",
                "seconds": None,
            },
        },
    ],
    "weeks": [_WEEK],
    "quarters": [],
    "next": {"period": "2026-W11", "first": "2026-03-09", "last": "2026-03-15", "at": "2026-03-17T07:00:00Z"},
    "withheld": [{"en": "Numbers under ten.", "es": "Los números menores de diez."}],
    "synthetic": True,
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:aforo-public-feed:1",
    "title": "aforo-public-feed, version 1",
    "$defs": {},
}
