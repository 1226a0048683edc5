"""Networks as they are written down: what becomes columns, and what is refused."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from twin_bridge import bridge, demand

from aforo.twin.compiled import sources_of
from aforo.twin.network import EXIT, LANES, Change, NetworkError, Station, network_of
from aforo.twin.trucks import TrucksError

ENTRY = dict.fromkeys(LANES, "approach")
STATIONS = [Station("approach", 1), Station("booths", 2, 3, "booth", "booth", "primary"), Station("dock", 1, 0)]
ROUTES: dict[str, Any] = {
    "approach": "booths",
    "booths": {"release": None, "secondary": "dock", "secondary/fast": None, "hazmat": "dock"},
    "dock": None,
}


def test_the_more_exact_route_holds_and_options_without_one_are_released() -> None:
    network = network_of(STATIONS, ROUTES, ENTRY)
    booths, dock = network.station("booths"), network.station("dock")
    fast, standard, hazmat = (LANES.index(lane) for lane in ("fast", "standard", "hazmat"))
    assert network.onward[booths, 4].tolist()[fast] == EXIT
    assert network.onward[booths, 4, standard] == dock
    assert network.onward[booths, 0, hazmat] == dock
    assert network.onward[booths, 3, standard] == EXIT
    assert network.onward[booths, 3, hazmat] == dock
    assert network.options[booths] == 0b10001
    with pytest.raises(NetworkError, match="no station 'elsewhere'"):
        network.station("elsewhere")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"stations": [*STATIONS, STATIONS[1]]}, "same name"),
        ({"stations": [Station("approach", -1), *STATIONS[1:]]}, "servers is 0 to"),
        ({"stations": [Station("approach", 1, -2), *STATIONS[1:]]}, "buffer is"),
        ({"stations": [Station("approach", 1, 5), *STATIONS[1:]]}, "where trucks come in"),
        ({"stations": [*STATIONS[:2], Station("dock", 1, 0, "pier")]}, "service is one of"),
        ({"stations": [*STATIONS[:2], Station("dock", 1, detection=(0.1, 1.2, 0.0, 0.0, 0.0))]}, "chances from 0 to 1"),
        ({"routes": {**ROUTES, "approach": "nowhere"}}, "which is no station"),
        ({"routes": {**ROUTES, "approach": "approach"}}, "cannot go on to where they are"),
        ({"routes": {**ROUTES, "booths": {"secondary": "dock"}}}, "has no way on"),
        ({"routes": {**ROUTES, "booths": {"release": None, "wave": None}}}, "neither an option nor a lane class"),
        ({"entry": {**ENTRY, "fast": "gate"}}, "entry of class fast"),
        ({"changes": [Change(9, "dock", 1), Change(8, "dock", 2)]}, "order of time"),
        ({"changes": [Change(9, "pier", 1)]}, "no station 'pier'"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(changed: dict[str, Any], message: str) -> None:
    given = {"stations": STATIONS, "routes": ROUTES, "entry": ENTRY, "changes": [], **changed}
    with pytest.raises(NetworkError, match=message):
        network_of(given["stations"], given["routes"], given["entry"], given["changes"])


def test_trucks_out_of_order_or_range_are_refused() -> None:
    from twin_bridge import policy

    from aforo.twin.run import run
    from aforo.twin.traffic import trucks_of

    trucks = trucks_of(demand(), 1)
    trucks.check()
    with pytest.raises(TrucksError, match="order of arrival"):
        run(bridge(), trucks.rows(np.arange(len(trucks))[::-1]), policy())
    trucks.prevented[3, 1] = np.inf
    with pytest.raises(TrucksError, match="prevented"):
        trucks.check()


def test_sources_change_with_a_constant_and_with_a_function() -> None:
    module = ModuleType("module")
    exec("LIMIT = 3\ndef over(x):\n    return x > LIMIT\n", module.__dict__)
    first = sources_of(module)
    assert sources_of(module) == first
    module.__dict__["LIMIT"] = 4
    second = sources_of(module)
    exec("def over(x):\n    return x >= LIMIT\n", module.__dict__)
    assert len({first, second, sources_of(module)}) == 3
