"""The examples that the OpenAPI document gives of documents of the roads."""

from __future__ import annotations

from typing import Any

PUT: dict[str, Any] = {"document": 'id = "monterrey-laredo"\nname = "Monterrey – World Trade Bridge"\n# …\n'}
_ROAD: dict[str, Any] = {
    "kind": "corridor",
    "name": "monterrey-laredo",
    "hash": "87e56564738b16691a5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9",
    "trips": 12,
    "version": "2026-11",
    "since": "2026-03-02T08:00:00Z",
    "by": "Luz Rivera",
}
ROAD: dict[str, Any] = _ROAD | PUT
ROADS: dict[str, Any] = {"documents": [_ROAD | {"document": None}]}
CORRIDOR: dict[str, Any] = {
    "id": "monterrey-laredo",
    "name": "Monterrey – World Trade Bridge",
    "version": "2026-11",
    "zone": "America/Monterrey",
    "length_km": 227.4,
    "half_width_m": 1500,
    "half_width_source": "assumed",
    "half_width_note": "",
    "line": [[25.7, -100.3], [27.597, -99.536]],
    "line_source": "assumed",
    "line_note": "",
    "dead_zones": [
        {
            "id": "mamulique",
            "from_km": 42.0,
            "until_km": 58.0,
            "heard": 0.3,
            "source": "assumed",
            "note": "a pass between mountains",
            "line": [[26.05, -100.16], [26.18, -100.11]],
        }
    ],
    "stops": [
        {
            "id": "sabinas",
            "name": "Sabinas Hidalgo",
            "latitude": 26.5,
            "longitude": -99.93,
            "radius_m": 500,
            "use": "yard",
            "longest_min": 720.0,
            "source": "assumed",
            "note": "",
        }
    ],
    "sources": {},
}
FENCES: dict[str, Any] = {
    "total": 1,
    "fences": [
        {
            "id": "scrapyard",
            "name": "Scrapyard by the road",
            "use": "forbidden",
            "document": "yards",
            "source": "police",
            "published": "A list of the state's police",
            "ring": [],
            "middle": [26.1, -100.1],
            "radius_m": 800,
        }
    ],
}
LIMITS: dict[str, Any] = {
    "name": "default",
    "version": "1",
    "since": None,
    "by": None,
    "figures": [
        {
            "place": "deviation.slack",
            "value": 150.0,
            "unit": "m",
            "source": "assumed",
            "note": "satellites between buildings and in passes",
            "halves_min": None,
        }
    ],
    "sources": {},
}
