"""The solver's plans against every plan there is, on small borders; its bounds; what more scanners do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from few_bridges import every_way, few_bridges, level_of, plain_world
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin import placing_programs
from aforo.twin.placing import Board
from aforo.twin.placing_figures import PlacingError
from aforo.twin.placing_game import SAVES, Game, fewest, hours_by_number
from aforo.twin.placing_programs import cheapest, cheapest_by_number, strongest
from aforo.twin.placing_rivals import greedy, levelled, proportional, water_level
from aforo.twin.placing_sites import ENDLESS, Sites

#: What the solver tells apart.
CLOSE = 2e-6


def tables_of(bridges: int) -> st.SearchStrategy[Float64Array]:
    """Levels of bridges with none to five scanners more; not concave, and flat in places."""
    row = st.lists(st.integers(0, 40), min_size=6, max_size=6).map(lambda row: sorted(each / 50 for each in row))
    return st.lists(row, min_size=bridges, max_size=bridges).map(np.array)


tables = st.integers(2, 4).flatmap(tables_of)
rooms = st.lists(st.sampled_from([0, 1, 2, ENDLESS]), min_size=4, max_size=4)
#: Trucks in an hour of each kind, and scanners that stand there, of two or three bridges.
borders = st.lists(
    st.tuples(st.integers(2, 60), st.integers(1, 30), st.integers(0, 10), st.integers(0, 2)),
    min_size=2,
    max_size=3,
).map(lambda rows: few_bridges([row[:3] for row in rows], [row[3] for row in rows]))


def room_of(levels: Float64Array, rooms: list[int]) -> Int64Array:
    return np.array(rooms[: len(levels)], dtype=np.int64)


@given(tables, rooms, st.integers(0, 5))
@settings(deadline=None, max_examples=120)
def test_no_plan_has_a_higher_least_level_than_the_solver_s(levels: Float64Array, rooms: list[int], count: int) -> None:
    room = room_of(levels, rooms)
    solved = strongest(levels[None], count, room)
    best = max(level_of(levels, units) for units in every_way(len(levels), count, room))
    assert level_of(levels, solved.units) == pytest.approx(best, abs=CLOSE)
    assert solved.bound >= best - CLOSE
    assert int(solved.units.sum()) <= count
    assert (solved.units <= room).all()


@given(tables, st.integers(0, 5))
@settings(deadline=None, max_examples=120)
def test_bisection_and_worst_port_first_come_to_the_same_where_only_scanners_are_short(
    levels: Float64Array, count: int
) -> None:
    room = np.full(len(levels), ENDLESS)
    units, level = levelled(levels, count)
    best = max(level_of(levels, each) for each in every_way(len(levels), count, room))
    assert level == level_of(levels, units) == best
    assert int(units.sum()) <= count
    # Worst port first gives each of its scanners to a bridge that every plan as good gives it to. Where several are
    # needed for the least level to rise at all, it gives them one after the other, and comes to the same.
    assert level_of(levels, greedy(levels, count, room)) == best


@given(
    st.lists(st.lists(st.one_of(st.integers(0, 30), st.none()), min_size=4, max_size=4), min_size=2, max_size=3),
    st.integers(0, 5),
)
@settings(deadline=None, max_examples=120)
def test_no_plan_that_is_allowed_costs_less_than_the_solver_s(rows: list[list[int | None]], count: int) -> None:
    costs = np.array([[np.inf if each is None else float(each) for each in row] for row in rows])
    known = {
        tuple(map(int, units)): float(costs[np.arange(len(costs)), units].sum())
        for units in every_way(len(costs), count, np.full(len(costs), 3))
    }
    least = min(known.values())
    solved = cheapest(costs, count)
    if solved is None:
        assert least == np.inf
    else:
        assert known[tuple(map(int, solved.units))] == pytest.approx(least)
        assert solved.bound <= least + CLOSE * max(1.0, least)
        units = cheapest_by_number(costs, count)
        assert known[tuple(map(int, units))] == least


def test_scanners_that_save_no_second_are_not_placed() -> None:
    sites = few_bridges([(40, 10, 5), (20, 5, 2)], [1, 0])
    board = Board(sites, plain_world(sites))
    few, many = Game(board, 8).best(), Game(board, 60).best()
    assert many.level >= few.level - CLOSE
    assert int(many.units.sum()) < 60
    costs = hours_by_number(board, board.levels(60), many.level, 60)
    assert costs is not None
    for row, units in zip(costs, many.units, strict=True):
        numbers = np.flatnonzero(np.isfinite(row))
        assert units in numbers
        assert (np.diff(row[numbers]) < -SAVES).all()


@given(borders, st.integers(0, 4), st.floats(-0.2, 1.2))
@settings(deadline=None, max_examples=20)
def test_under_a_ceiling_every_plan_is_at_or_below_the_bound(sites: Sites, count: int, part: float) -> None:
    board = Board(sites, plain_world(sites))
    game = Game(board, count)
    free = game.best()
    ceiling = max(part * board.hours_at(free.units, free.level), 0.0)
    best = game.best(ceiling)
    ways = every_way(sites.count, count, sites.room)
    highest = max(board.worst(units, ceiling) for units in ways)
    assert best.level <= best.proof.bound + CLOSE
    assert highest <= best.proof.bound + CLOSE
    assert best.level == pytest.approx(highest, abs=1e-3)
    assert board.hours_at(best.units, best.level) <= ceiling + 1e-6
    assert int(best.units.sum()) <= count
    assert best.level <= free.level + CLOSE


@given(borders)
@settings(deadline=None, max_examples=30)
def test_more_scanners_never_make_the_worst_case_worse_and_no_other_way_is_better(sites: Sites) -> None:
    board = Board(sites, plain_world(sites, believed=0.5))
    before = float(board.level_today().min())
    for count in (0, 1, 2, 4, 8):
        best = Game(board, count).best()
        assert best.level >= before - CLOSE
        before = best.level
        for other in (
            proportional(sites.trucks, count, sites.room),
            greedy(board.levels(count), count, sites.room),
            levelled(board.levels(count), count)[0],
        ):
            assert board.worst(other) <= best.level + CLOSE
        # Parted scanners are an upper bound, and rounding costs each bridge one scanner at most.
        water = water_level(board.levels(count), count)
        assert best.level <= water + CLOSE
        if count > sites.count:
            assert best.level >= water_level(board.levels(count), count - sites.count) - CLOSE


def test_worst_port_first_comes_to_less_where_truck_hours_are_short() -> None:
    # Two busy bridges and a small one: what the busy ones need most is not scans but a shorter queue for them.
    sites = few_bridges(((60.0, 40.0, 10.0), (50.0, 20.0, 0.0), (9.0, 9.0, 9.0)), (3, 3, 1))
    board = Board(sites, plain_world(sites, scanned_today=0.3))
    game = Game(board, 6)
    free = game.best()
    worst_first = greedy(game.levels, 6, sites.room)
    assert board.worst(worst_first) == pytest.approx(free.level, abs=CLOSE)
    found = []
    for part in (0.2, 0.4, 0.6, 0.8):
        ceiling = part * board.hours_at(free.units, free.level)
        found.append(game.best(ceiling).level - board.worst(worst_first, ceiling))
    assert min(found) >= -CLOSE
    assert max(found) > 1e-3


def test_the_frontier_rises_from_today_to_the_greatest_level_and_takes_more_hours_for_more() -> None:
    sites = few_bridges(((40.0, 20.0, 0.0), (8.0, 4.0, 2.0)), (1, 1))
    board = Board(sites, plain_world(sites))
    game = Game(board, 5)
    points = game.frontier(5)
    assert points[0].level == pytest.approx(float(board.level_today().min()))
    assert points[-1].level == pytest.approx(game.best().level)
    hours = [each.hours for each in points]
    assert hours == sorted(hours)
    for point in points:
        assert point.bound <= point.hours + 1e-6
        least = min(
            board.hours_at(units, point.level)
            for units in every_way(sites.count, 5, sites.room)
            if (units >= (fewest(game.levels, point.level))).all()
        )
        assert point.hours == pytest.approx(least, rel=1e-4, abs=1e-6)


def test_a_level_that_cannot_be_held_has_no_plan() -> None:
    levels = np.array([[0.1, 0.2], [0.3, 0.3]])
    assert fewest(levels, 0.25) is None
    assert list(fewest(levels, 0.2) if fewest(levels, 0.2) is not None else []) == [1, 0]
    assert cheapest(np.array([[np.inf, np.inf], [1.0, 1.0]]), 2) is None
    assert cheapest(np.array([[np.inf, 1.0], [np.inf, 1.0]]), 1) is None


@given(st.lists(tables_of(3), min_size=2, max_size=3), st.integers(0, 4))
@settings(deadline=None, max_examples=40)
def test_over_several_worlds_it_is_the_mean_of_the_least_levels_that_is_greatest(
    worlds: list[Float64Array], count: int
) -> None:
    levels, room = np.stack(worlds), np.full(3, ENDLESS)

    def mean(units: Int64Array) -> float:
        return float(np.mean([level_of(each, units) for each in worlds]))

    solved = strongest(levels, count, room)
    best = max(mean(units) for units in every_way(3, count, room))
    assert mean(solved.units) == pytest.approx(best, abs=CLOSE)
    assert solved.bound >= best - CLOSE


def test_a_solver_that_finds_nothing_in_its_time_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = few_bridges([(20, 10, 2), (30, 10, 2)], [0, 0])
    board = Board(sites, plain_world(sites))
    monkeypatch.setattr(placing_programs, "milp", lambda *_, **__: SimpleNamespace(x=None))
    with pytest.raises(PlacingError) as refused:
        Game(board, 2).best()
    assert refused.value.code == "placing_unsolved"
