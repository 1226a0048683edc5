"""What a bridge comes to in a few figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aforo.flow.board_shown import BridgeSummary, WorstLane, summary_of
from aforo.flow.board_truck import Seen, Truck
from aforo.flow.bridges_shown import BridgeShown, Figure, LaneShown, LostShown, ResourceShown, WaitNow

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


def test_scanners_that_nobody_mans_are_not_said_to_be_down() -> None:
    scanner = ResourceShown("scanner", Figure(5.0, "stated"), Figure(9.0, "log"), Figure(5.0, "stated"))
    portal = ResourceShown("portal", Figure(1.0, "document"), Figure(1.0, "document"))
    told = summary(resources=(scanner, portal))
    assert (told.scanners_up, told.scanners, told.scanners_down) == (6, 10, 0)
    told = summary(resources=(scanner,), lost=(LostShown("S-0", "scanner", "down", None, ()),))
    assert told.scanners_down == 1


def test_the_lanes_of_the_longest_wait_are_told_beside_the_wait_of_all() -> None:
    def wait(minutes: float) -> WaitNow:
        return WaitNow(minutes, None, None, "reads", NOW, 0.0)

    lanes = (
        LaneShown("all", wait_now=wait(14.0)),
        LaneShown("standard", wait_now=wait(0.0)),
        LaneShown("fast", wait_now=wait(99.0)),
        LaneShown("empty"),
    )
    assert summary(lanes=lanes).worst == WorstLane("fast", 99.0)
    assert summary().worst is None


def test_a_line_is_told_beside_who_is_here_by_name() -> None:
    told = summary(held(), lanes=(LaneShown("all", queue=132.6),))
    assert (told.here, told.in_line) == (1, 133)
    assert summary().in_line is None
