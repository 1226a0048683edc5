"""What closures of bridges bring to others: shares that add up, ranges, and no farther than the fit was tried."""

from __future__ import annotations

import pytest

from aforo.ports.shipped import directory
from aforo.twin import border
from aforo.twin.closures import closure, coming_to, reach_minutes, trucks_a_working_day

WHOLE = border.shipped()
NAMES = [bridge.id for port in WHOLE.ports.ports for bridge in port.bridges]


@pytest.mark.parametrize("name", NAMES)
def test_the_trucks_of_a_closed_bridge_go_somewhere_or_nowhere(name: str) -> None:
    made = closure(WHOLE, name)
    assert made.trucks is None or made.trucks > 0
    others = [each for each in made.to if each.bridge is not None]
    for each in made.to:
        assert made.trucks is not None
        assert 0.0 <= each.trucks.low <= (each.trucks.value or 0.0) <= each.trucks.high <= made.trucks
    if made.to:
        assert made.to[-1].bridge is None
        assert made.trucks == pytest.approx(sum(each.trucks.value or 0.0 for each in made.to), rel=0.35)
    assert name not in {each.bridge for each in others}
    assert all((each.added_minutes or 0.0) <= reach_minutes() for each in others)


def test_both_sides_tell_the_same() -> None:
    """What goes to a bridge when another closes is what comes to it from there."""
    told = {each.bridge: each.trucks for each in closure(WHOLE, "pharr").to}
    for bridge in ("progreso", "veterans"):
        assert dict(coming_to(WHOLE, [bridge]))["pharr"] == told[bridge]
    both = dict(coming_to(WHOLE, ["progreso", "veterans"]))
    assert (both["pharr"].value or 0.0) > max(told[each].value or 0.0 for each in ("progreso", "veterans"))
    assert "pharr" not in dict(coming_to(WHOLE, ["pharr", "progreso"]))
    assert [each for each, _ in coming_to(WHOLE, ["otay-mesa"])] == ["calexico-east", "tecate"]


def test_more_lanes_and_a_shorter_road_draw_more_trucks() -> None:
    told = {each.bridge: each.trucks.value or 0.0 for each in closure(WHOLE, "ysleta").to}
    assert told["bridge-of-the-americas"] > told["tornillo"] > told["columbus"]


def test_a_share_that_is_not_known_is_no_number() -> None:
    port, bridge = next((port, own) for port in directory().ports for own in port.bridges if own.id == "world-trade")
    assert trucks_a_working_day(port, bridge, {}) is None
    whole = trucks_a_working_day(port, bridge, {(2024, 1): 200_000}) or 0.0
    assert whole == pytest.approx(0.756 * 200_000 / 21.0, rel=0.25)
    with pytest.raises(KeyError):
        closure(WHOLE, "nowhere")
    with pytest.raises(KeyError):
        coming_to(WHOLE, ["nowhere"])
