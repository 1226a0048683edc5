"""The example that the OpenAPI document gives of the coverage of bridges."""

from __future__ import annotations

from typing import Any

_MINDED = "US Customs and Border Protection, border wait times, snapshot of 30 June 2022"
_SCANNERS: dict[str, Any] = {
    "name": "in_service",
    "value": 8,
    "sources": ["log"],
    "assumed": False,
    "notes": [],
    "low": None,
    "high": None,
    "part": None,
    "whole": None,
    "sources_said": [{"en": "log", "es": "log"}],
}
_OPEN: dict[str, Any] = {
    **_SCANNERS,
    "name": "open_hours",
    "value": 119.0,
    "sources": [_MINDED],
    "sources_said": [
        {
            "en": _MINDED,
            "es": "US Customs and Border Protection, tiempos de espera en la frontera, captura del 30 de junio de 2022",
        }
    ],
    "notes": [{"en": "hours of the crossing", "es": "horas del cruce"}],
}
_SEALED: dict[str, Any] = {
    **_SCANNERS,
    "name": "sealed",
    "value": 0.03,
    "low": 0.026,
    "high": 0.035,
    "part": 180,
    "whole": 6000,
}
_LARGE: dict[str, Any] = {
    "size": "large",
    "bridges": 7,
    "stated": 7,
    "assumed": 1,
    "value": 117.0,
    "least": 115.5,
    "most": 120.2,
}
COVERAGE: dict[str, Any] = {
    "now": "2026-03-12T18:00:00Z",
    "official": True,
    "origin": "synthetic",
    "since": "2026-02-13",
    "until": "2026-03-13",
    "counts": ["2024-01", "2024-12"],
    "mid": 100.0,
    "large": 1000.0,
    "bridges": [
        {
            "bridge": "world-trade",
            "name": "World Trade Bridge",
            "port": "2304",
            "port_name": "Laredo",
            "trucks": 6251.7,
            "share_assumed": False,
            "known": [_SCANNERS, _OPEN, _SEALED],
        }
    ],
    "gaps": [
        {
            "name": "open_hours",
            "classes": [
                _LARGE,
                {**_LARGE, "size": "mid", "bridges": 11, "stated": 11, "assumed": 5, "value": 98.0},
                {**_LARGE, "size": "small", "bridges": 6, "stated": 6, "assumed": 3, "value": 85.2},
            ],
            "difference": -19.0,
            "least": -22.2,
            "most": -16.2,
            "refused": None,
        }
    ],
    "moves": {
        "days": 7,
        "farthest": 202.7,
        "nearest": 19.4,
        "most": 4,
        "fitted_on": ["officers_2019_el_paso"],
        "closed": [
            {
                "bridge": "world-trade",
                "name": "World Trade Bridge",
                "taken": [
                    {
                        "bridge": "colombia",
                        "name": "Colombia Solidarity Bridge",
                        "minutes": 30.0,
                        "share": 0.79,
                        "low": 0.35,
                        "high": 0.97,
                        "lanes_assumed": False,
                    }
                ],
                "nowhere": 0.21,
                "nowhere_low": 0.03,
                "nowhere_high": 0.65,
            }
        ],
        "held": [
            {
                "name": "Santa Teresa",
                "month": "2023-10",
                "counted": 0.5,
                "share": 0.38,
                "low": 0.13,
                "high": 0.56,
                "within": True,
            }
        ],
        "months": ["2023-09", "2023-10"],
        "counted": [{"name": "Santa Teresa", "trucks": [20032, 26046]}],
    },
    "unplaced": 2,
}
