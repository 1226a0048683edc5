"""The examples that the OpenAPI document gives of a town's page."""

from __future__ import annotations

from typing import Any

_SAID: dict[str, str] = {"en": "SIMULATED.", "es": "SIMULADO."}
_STREET: dict[str, Any] = {"at": "2026-03-12T18:00:00Z", "trucks": 410, "beyond": 35, "metres": [700, 940]}
_HOURS: dict[str, Any] = {"value": 5210.0, "low": 5090.0, "high": 5330.0}
TOWN: dict[str, Any] = {
    "now": "2026-03-12T18:00:00Z",
    "origin": "synthetic",
    "bridges": [
        {
            "bridge": "world-trade",
            "name": "World Trade Bridge",
            "port": "2304",
            "port_name": "Laredo",
            "zone": "America/Chicago",
            "closed": False,
            "room": 375,
            "assumed": True,
            "begins": "",
            "minutes": 43,
            "now": _STREET,
            "day": [_STREET],
            "coming": [
                {
                    "at": "2026-03-12T12:30:00-06:00",
                    "minutes": 46.0,
                    "low": 30.0,
                    "high": 66.0,
                    "trucks": 438,
                    "trucks_low": 286,
                    "trucks_high": 629,
                }
            ],
            "missing": None,
        }
    ],
    "days": [
        {
            "day": "2026-03-11",
            "bridges": [
                {"bridge": "world-trade", "trucks": 7_410, "measured": 6_980, "hours": _HOURS, "missing": None}
            ],
            "measured": 1,
            "hours": _HOURS,
            "provisional": True,
        }
    ],
    "hours": _HOURS,
    "known": {"days": 1, "of_days": 1, "bridges": 1, "of_bridges": 1, "bridge_days": 1, "of_bridge_days": 1},
    "cost": None,
    "work": None,
    "metres_a_truck": [20.0, 27.0],
    "said": [_SAID],
}
_TRUCKS: dict[str, Any] = {"value": 5_700, "low": 2_220, "high": 7_340}
CLOSURES: dict[str, Any] = {
    "simulated": True,
    "days": 7,
    "reach_minutes": 203,
    "nearest_minutes": 19,
    "most": 4,
    "fitted_on": ["eagle_pass_2023"],
    "closes": [
        {
            "bridge": "world-trade",
            "name": "World Trade Bridge",
            "trucks": 7_990,
            "to": [
                {
                    "bridge": "colombia",
                    "name": "Colombia Solidarity Bridge",
                    "added_minutes": 30,
                    "trucks": _TRUCKS,
                },
                {"bridge": None, "name": None, "added_minutes": None, "trucks": _TRUCKS},
            ],
        }
    ],
    "comes": [{"bridge": "camino-real", "name": "Camino Real International Bridge", "trucks": _TRUCKS}],
    "said": [_SAID],
}
