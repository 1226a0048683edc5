"""What scanners at bridges are worth and what they make trucks wait: coverage, levels, queues, today."""

from __future__ import annotations

import numpy as np
import pytest
from few_bridges import few_bridges, plain_world

from aforo.domain.units import Float64Array, Int64Array
from aforo.ports import shipped as ships
from aforo.routing.policy import default_document
from aforo.routing.policy import parse as policy_of
from aforo.twin import border
from aforo.twin.placing import Board, detection_of, stated, weakest
from aforo.twin.placing_figures import PlacingError, shipped
from aforo.twin.placing_sites import Sites, sites_of
from aforo.twin.scenario import called

TWO = ((40.0, 20.0, 0.0), (8.0, 4.0, 2.0))


def none(sites: Sites) -> Int64Array:
    return np.zeros(sites.count, np.int64)


def border_sites(kind: str = "secondary") -> Sites:
    own = shipped().kind(kind)
    assert own is not None
    return sites_of(called("all", ships.directory()), border.shipped().counts, shipped(), own)


def test_every_hour_is_covered_as_far_as_its_scanners_reach() -> None:
    sites = few_bridges(TWO, (1, 1))
    board = Board(sites, plain_world(sites))
    # 8.5 trucks an hour of each scanner: of 40 and of 20, where one stands.
    busy = (60 * 8.5 + 60 * 8.5) / (60 * 40 + 60 * 20)
    assert board.coverage(none(sites)) == pytest.approx([busy, 1.0])
    three = (60 * 34.0 + 60 * 20.0) / (60 * 40 + 60 * 20)
    assert board.coverage(np.array([3, 0])) == pytest.approx([three, 1.0])
    assert board.coverage(np.array([9, 9])) == pytest.approx([1.0, 1.0])


def test_a_scanner_more_works_in_the_hours_in_which_it_is_manned() -> None:
    sites = few_bridges([(40.0, 20.0, 10.0)], [0], manning=[(1.0, 0.5, 0.0)])
    covered = Board(sites, plain_world(sites, scanned_today=0.0)).coverage(np.array([2]))
    assert covered == pytest.approx([(60 * 17.0 + 60 * 8.5) / (60 * 40 + 60 * 20 + 48 * 10)])


def test_levels_rise_with_scanners_by_less_and_less_and_stop_at_the_room() -> None:
    sites = few_bridges(TWO, (1, 0), room=(4, 100))
    levels = Board(sites, plain_world(sites, believed=0.5)).levels(8)
    gains = np.diff(levels, axis=1)
    assert (gains >= -1e-12).all()
    assert (np.diff(gains, axis=1) <= 1e-9).all()
    assert levels[0, 4:] == pytest.approx(levels[0, 4])
    assert levels[1, 0] == 0.0
    assert levels[1, -1] == pytest.approx(0.6)


def test_ranking_finds_more_than_its_share_and_never_more_than_a_scan_of_all() -> None:
    sites = few_bridges(TWO, (1, 1))
    blind, ranked = plain_world(sites), plain_world(sites, believed=1.0)
    coverage = np.linspace(0.0, 1.0, 21)
    assert blind.finds(coverage) == pytest.approx(0.6 * coverage)
    assert (ranked.finds(coverage[1:-1]) > blind.finds(coverage[1:-1])).all()
    assert ranked.finds(coverage[[0, -1]]) == pytest.approx([0.0, 0.6])
    for world in (blind, ranked):
        assert world.covers(world.finds(coverage)) == pytest.approx(coverage)
        assert np.isinf(world.covers(np.array([0.61]))).all()


def test_what_going_there_costs_is_added_to_what_is_found() -> None:
    sites = few_bridges(TWO, (1, 1), diverting=(0.0, 0.2))
    board = Board(sites, plain_world(sites))
    assert board.level(none(sites)) == pytest.approx(0.6 * board.coverage(none(sites)) + [0.0, 0.2])
    # A level of .3 takes half the trucks where going costs nothing, and a sixth where it costs a fifth.
    held = board.held(0.3)
    assert held == pytest.approx(np.maximum([0.5, 1.0 / 6.0], board.today))


def test_today_scans_the_published_share_in_all_and_the_same_everywhere_as_far_as_it_goes() -> None:
    sites = few_bridges(((40.0, 20.0, 0.0), (8.0, 4.0, 2.0), (40.0, 20.0, 0.0)), (1, 1, 4))
    board = Board(sites, plain_world(sites, scanned_today=0.4))
    assert float(sites.trucks @ board.today / sites.trucks.sum()) == pytest.approx(0.4)
    assert board.today[1] == pytest.approx(board.today[2])
    assert board.today[0] < board.today[1]
    # More than can be scanned is not scanned.
    least = Board(sites, plain_world(sites, scanned_today=0.99))
    assert least.today == pytest.approx(least.coverage(none(sites)))


def test_the_hours_of_a_plan_are_those_of_an_m_g_m_queue() -> None:
    # One kind of hour all week: 10 of 20 trucks an hour by two scanners that take 20 together.
    sites = few_bridges([(20.0, 20.0, 20.0)], [2])
    board = Board(sites, plain_world(sites, scanned_today=0.0))
    added = board.added_hours(none(sites), np.array([0.5]))
    load, units, service = 10.0 / 20.0, 2.0, 0.1
    queue = 0.5 * 1.25 * load ** (np.sqrt(2 * (units + 1)) - 1) / (units * (1 - load)) * service
    assert added == pytest.approx([10.0 * (8.0 / 60.0 + queue) * 24.0])


def test_one_unit_without_variation_waits_as_pollaczek_and_khinchine_say() -> None:
    # For one unit the formula is exact: ρ·s·(1 + v) / (2(1 − ρ)).
    sites = few_bridges([(10.0, 10.0, 10.0)], [1])
    board = Board(sites, plain_world(sites, scanned_today=0.0))
    added = board.added_hours(none(sites), np.array([0.6]))
    assert added == pytest.approx([6.0 * (8.0 / 60.0 + 0.6 * 0.1 * 1.25 / (2.0 * 0.4)) * 24.0])


def test_more_scans_wait_longer_and_more_scanners_wait_less() -> None:
    sites = few_bridges(TWO, (1, 1))
    board = Board(sites, plain_world(sites))
    few, many = np.array([3, 1]), np.array([6, 3])
    levels = np.linspace(float(board.level_today().min()), float(board.level(few).min()), 8)
    hours = np.array([[board.hours_at(units, level) for level in levels] for units in (few, many)])
    assert (np.diff(hours, axis=1) > 0.0).all()
    assert (hours[1] < hours[0]).all()
    # At today's scans more scanners shorten the queues that there are.
    assert hours[1, 0] < 0.0
    assert board.hours_at(few, 0.59) == np.inf


def test_a_coverage_is_the_same_share_of_every_hour_as_far_as_its_scanners_reach() -> None:
    sites = few_bridges([(40.0, 20.0, 0.0)], [1])
    board = Board(sites, plain_world(sites, scanned_today=0.0))
    weeks = np.array([60.0, 60.0, 48.0])
    for aim in (0.1, 0.2, 0.3, 0.4):  # at .2125 the busy hours are full, at .425 the quiet ones too
        scans = np.minimum(aim * np.array([40.0, 20.0, 0.0]), 8.5)
        load = scans / 10.0
        taken = scans * (8.0 / 60.0 + load * 0.1 * 1.25 / (2.0 * (1.0 - load)))
        coverage = np.array([scans @ weeks / 3_600.0])
        assert board.added_hours(none(sites), coverage) == pytest.approx([taken @ weeks / 7.0])
    assert board.added_hours(none(sites), np.array([0.29])) == pytest.approx([np.inf])


def test_no_scanner_scans_nothing_and_is_not_said_to_take_no_time() -> None:
    sites = few_bridges([(10.0, 0.0, 0.0)], [0])
    board = Board(sites, plain_world(sites))
    assert board.coverage(none(sites)) == pytest.approx([0.0])
    assert board.added_hours(none(sites), np.array([0.2])) == pytest.approx([np.inf])


def test_the_worst_case_under_a_ceiling_is_the_highest_level_within_it() -> None:
    sites = few_bridges(TWO, (1, 1))
    board = Board(sites, plain_world(sites))
    units = np.array([4, 1])
    free = board.worst(units)
    assert free == pytest.approx(float(board.level(units).min()))
    ceiling = 0.5 * board.hours_at(units, free)
    bound = board.worst(units, ceiling)
    assert board.level_today().min() < bound < free
    assert board.hours_at(units, bound) <= ceiling < board.hours_at(units, bound + 1e-4)
    assert board.worst(units, 1e9) == pytest.approx(free)
    assert board.worst(none(sites), 0.0) == pytest.approx(float(board.level_today().min()))


def test_smugglers_who_do_not_move_meet_the_mean_and_who_all_move_the_least() -> None:
    sites = few_bridges(TWO, (1, 1))
    board = Board(sites, plain_world(sites))
    level = np.array([0.2, 0.5])
    assert board.met(level, 0.0) == pytest.approx(float(sites.trucks @ level / sites.trucks.sum()))
    met = [board.met(level, strength) for strength in (0.0, 5.0, 10.0, 1e6)]
    assert met == sorted(met, reverse=True)
    assert met[-1] == pytest.approx(0.2)
    assert list(weakest(sites, level)) == [0]


def test_what_it_costs_to_go_there_bears_on_where_smugglers_go_and_finds_nobody() -> None:
    sites = few_bridges(TWO, (1, 1), diverting=(0.0, 0.2))
    board = Board(sites, plain_world(sites))
    for strength in (0.0, 5.0, 1e6):
        assert board.met(np.array([0.3, 0.3]), strength) == pytest.approx(0.3)
    # Both levels are .3, so they go as the trucks do, and are found at .3 and .1.
    found = np.array([0.3, 0.1])
    assert board.met(found, 5.0) == pytest.approx(float(sites.trucks @ found / sites.trucks.sum()))
    # All go to the lower level, though less is found at the other.
    assert board.met(np.array([0.25, 0.1]), 1e6) == pytest.approx(0.25)


def test_as_much_is_scanned_today_at_some_bridges_as_among_all() -> None:
    sites = few_bridges(((40.0, 20.0, 0.0), (8.0, 4.0, 2.0), (40.0, 20.0, 0.0)), (1, 1, 4))
    board = Board(sites, plain_world(sites, scanned_today=0.4))
    some = np.array([2, 0])
    assert board.only(some).today == pytest.approx(board.today[some])
    assert board.only(some).coverage(np.array([1, 0])) == pytest.approx(board.coverage(np.array([0, 0, 1]))[some])
    assert board.only(some).sites.ids == ("2/bridge", "0/bridge")


def test_the_border_that_ships_scans_today_what_is_published() -> None:
    sites = border_sites()
    figures, policy = shipped(), policy_of(default_document())
    board = Board(sites, stated(sites, figures, policy))
    assert len(set(sites.ports)) == 22
    assert float(sites.trucks @ board.today / sites.trucks.sum()) == pytest.approx(figures.scanned_today.share)
    assert sites.hours.sum() == 168.0
    # Trucks of all hours of a year are those counted.
    assert sites.arrivals @ sites.hours * 365.25 / 7.0 == pytest.approx(sites.trucks)
    counted = {port: sum(months.values()) for port, months in border.shipped().counts.items()}
    assert float(sites.trucks.sum()) == pytest.approx(sum(counted.values()), rel=1e-6)
    assert detection_of(figures, policy) == pytest.approx(0.665)


def test_where_a_scan_finds_nothing_there_is_nothing_to_place_for() -> None:
    blind = default_document().replace(b"contraband = { probability = 0.665", b"contraband = { probability = 0.0")
    with pytest.raises(PlacingError, match="scan_then_decide") as refused:
        detection_of(shipped(), policy_of(blind))
    assert refused.value.code == "placing_finds_nothing"
    assert "contraband" in refused.value.text.es


def test_kinds_of_hours_stand_for_all_hours_of_the_week() -> None:
    sites = border_sites("portal")
    assert 24 <= len(sites.hours) < 168
    stands = sites.units[1] > 0
    assert stands.any()
    manned: Float64Array = sites.manned[1] @ sites.hours
    assert (manned[stands] > 0.0).all()
    assert (manned[~stands] == 0.0).all()
    assert sites.new_rate == pytest.approx(80 * 0.975)


def test_a_port_that_was_not_counted_for_a_year_is_refused_in_words() -> None:
    own = shipped().kind("secondary")
    assert own is not None
    bridges = called("Laredo", ships.directory())
    short = {"2304": dict(list(border.shipped().counts["2304"].items())[:11])}
    for counts in ({}, short):
        with pytest.raises(PlacingError, match="Laredo: its last twelve months") as refused:
            sites_of(bridges, counts, shipped(), own)
        assert refused.value.code == "placing_no_count"
