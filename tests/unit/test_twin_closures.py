"""What closures of bridges bring to others: shares that add up, ranges, and no farther than the fit was tried."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from aforo.flow.coverage import coverage
from aforo.flow.town_closures import closures
from aforo.ports.shipped import directory
from aforo.twin import border
from aforo.twin.closures import MOST, closure, coming_to, nearest_minutes, reach_minutes, trucks_a_working_day, turned
from aforo.twin.diversion import FITTED, Alternative, drawn_shares

NOW = datetime(2026, 3, 1, tzinfo=UTC)
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
        # In every draw each truck goes somewhere or nowhere; the middles of draws need not add up.
        shares = turned(WHOLE.ports.ports, name).shares
        assert (shares >= 0.0).all()
        assert (shares.sum(axis=1) <= 1.0 + 1e-9).all()
        middles = np.median(made.trucks * np.column_stack((shares, 1.0 - shares.sum(axis=1))), axis=0)
        assert sorted(each.trucks.value or 0.0 for each in made.to) == pytest.approx(sorted(middles))
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


def test_two_bridges_at_one_place_are_as_far_apart_as_the_nearest_that_the_fit_was_tried_on() -> None:
    made = turned(WHOLE.ports.ports, "veterans")
    (beside,) = [each for each in made.options if each.minutes is None]
    assert beside.bridge == "los-indios"
    told = {each.bridge: each for each in closure(WHOLE, "veterans").to}
    assert told["los-indios"].added_minutes is None
    shares = dict(zip((each.bridge for each in made.options), made.shares.mean(axis=0), strict=True))
    far, none = ([Alternative("los-indios", beside.lanes, road)] for road in (nearest_minutes(), 0.0))
    alone, at_once = (drawn_shares(FITTED, each, [3.5], 2_000, 1).mean() for each in (far, none))
    assert shares["los-indios"] < alone < at_once


@pytest.mark.parametrize("name", NAMES)
def test_the_town_and_the_coverage_tell_one_story_and_drop_no_bridge(name: str) -> None:
    (covered,) = [each for each in coverage(WHOLE.ports.ports, WHOLE.counts, NOW).moves.closed if each.bridge == name]
    town = closures(WHOLE.ports, [name]).closes[0]
    to = {each.bridge: each for each in town.to if each.bridge is not None}
    if town.trucks is not None:
        assert set(to) == {each.bridge for each in covered.taken}
    assert len({each.minutes for each in covered.taken}) <= MOST
    assert town.farther == covered.farther
    for each in covered.taken:
        if town.trucks:
            assert to[each.bridge].trucks.value == pytest.approx(each.share * town.trucks, abs=12)
            assert (to[each.bridge].added_minutes is None) == (each.minutes is None)
    assert len({*(each.name for each in covered.taken), *covered.farther}) == len(covered.taken) + len(covered.farther)


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
