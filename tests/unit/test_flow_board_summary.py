"""What a bridge comes to in a few figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aforo.flow.board_shown import BridgeSummary, summary_of
from aforo.flow.board_truck import Seen, Truck
from aforo.flow.bridges_shown import BridgeShown, LaneShown

NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


def summary(*trucks: Truck, **given: Any) -> BridgeSummary:
    """The summary of a bridge of which nothing else is known than what is given."""
    base: dict[str, Any] = {
        "bridge": "b", "name": "B", "port": "2304", "port_name": "P", "at": NOW, "local_time": "08:00",
        "arrivals": None, "lanes": (LaneShown("all"),), "resources": (),
    }  # fmt: skip
    return summary_of(BridgeShown(**(base | given)), "America/Chicago", trucks, None)


def held(people: bool = False, seen: Seen | None = None) -> Truck:
    return Truck("b", 0, 0, 0, decision="d", examination="hold", people=people, came="primary", seen=seen)


def test_holds_for_lives_are_told_apart_from_other_holds() -> None:
    found = Seen("hold", found=True, finished=False, order=None, people=True)
    load = Seen("hold", found=True, finished=False, order=None)
    told = summary(held(), held(), held(seen=load))
    assert (told.held, told.lives) == (3, 0), "what is held is not held for lives"
    told = summary(held(people=True), held(), held(seen=found))
    assert (told.held, told.lives) == (3, 2)
