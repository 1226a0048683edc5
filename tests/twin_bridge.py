"""A small bridge with its traffic and its policy, for the tests of the twin."""

from __future__ import annotations

import numpy as np

from aforo.routing.choice import CLEARANCE
from aforo.routing.parameters import parameters
from aforo.twin.network import LANES, MINUTE, Change, Network, Station, network_of
from aforo.twin.policy import Policy
from aforo.twin.traffic import Demand, Profile, Scheme, Times

HOURS = 72


def demand() -> Demand:
    hourly = 40.0 + 25.0 * np.sin(np.arange(HOURS) / 24.0 * 2.0 * np.pi)
    booth = {lane: Times(1.0 + 0.5 * place, 0.8) for place, lane in enumerate(LANES)}
    services = {
        "scanner": Times(4.0, 2.0),
        "portal": Times(0.75, 0.2),
        "dock": Times(60.0, 30.0),
        "approach": Times(0.4, 0.1),
    }
    lanes = {"fast": 0.2, "standard": 0.6, "empty": 0.15, "hazmat": 0.05}
    return Demand(7, hourly, lanes, booth, services, Profile(), Scheme(0.01, "people", 2.0))


SEES = (0.1, 0.8, 0.8, 0.5, 0.5)
_STATIONS = [
    Station("approach", 1, service="approach"),
    Station("booths", 3, 6, "booth", "booth", "primary"),
    Station("fast", 1, 3, "booth", "booth", "primary"),
    Station("scanner", 2, 3, "scanner", "scanner", "scanned", SEES, typical_minutes=4.0),
    Station("dock", 3, 4, "dock", "dock", None, (0.0, 0.9, 0.9, 0.9, 0.9), typical_minutes=60.0),
]


def portal_bridge() -> Network:
    """The same bridge with a portal before it, that has little room, breaks down and comes back."""
    onward = {"release": None, "scan": "scanner", "scan_then_decide": "scanner", "secondary": "dock"}
    stations = [
        Station(
            "portal", 1, 2, "portal", "portal", "scanned", SEES, "approach", 1.0, (0.0, 0.4, 0.4, 0.2, 0.2)
        ),
        *_STATIONS,
    ]  # fmt: skip
    return network_of(
        stations,
        {
            "portal": {"release": "approach", "secondary": "approach"},
            "approach": {"release": "booths", "fast": "fast"},
            "booths": onward,
            "fast": onward,
            "scanner": {"release": None, "secondary": "dock"},
            "dock": None,
        },
        dict.fromkeys(LANES, "approach") | {"scan": "portal", "scan_then_decide": "portal"},
        [Change(600 * MINUTE, "portal", 0, True), Change(900 * MINUTE, "portal", 1)],
        filed_options=("release", "scan", "scan_then_decide", "secondary"),
        expected=demand().hourly,
    )


def bridge() -> Network:
    onward = {"release": None, "scan_then_decide": "scanner", "secondary": "dock"}
    return network_of(
        _STATIONS,
        {
            "approach": {"release": "booths", "fast": "fast"},
            "booths": onward,
            "fast": onward,
            "scanner": {"release": None, "secondary": "dock"},
            "dock": None,
        },
        dict.fromkeys(LANES, "approach"),
        [Change(600 * MINUTE, "scanner", 1, True), Change(900 * MINUTE, "scanner", 2)],
        filed_options=("scan_then_decide",),
        expected=demand().hourly,
    )


def policy() -> Policy:
    params = parameters(
        per_minute=True,
        base={"scanner": 0.2, "portal": 1.0, "dock": 0.05},
        slope={"scanner": 0.01, "portal": 0.5, "dock": 0.001},
    )
    return Policy(CLEARANCE, params, None, True)
