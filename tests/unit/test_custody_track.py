"""The way of a trip on the ground: thinned within a tolerance, by state and grade, with gaps and breaches."""

from __future__ import annotations

import numpy as np
from sealed import MINUTE, SEALING, START, arriving, case, drive, in_blocks, opened

from aforo.custody.case import NEVER
from aforo.custody.ground import metres
from aforo.custody.track import MOST_POINTS, Track, track
from aforo.domain.reading import Readings

END = START + 600 * MINUTE


def wound(count: int) -> Readings:
    """A drive on a winding road."""
    made = drive(count)
    made["longitude"] += (20_000 * np.sin(np.arange(count) / 3)).astype(np.int32)
    return made


def way(readings: Readings, tolerance_m: float = 50.0, **blocks: object) -> Track:
    parts = in_blocks(readings, **blocks)  # type: ignore[arg-type]
    last = int(readings["at"].max())
    return track(case(parts), last + MINUTE, tolerance_m)


def test_what_is_left_out_lies_within_the_tolerance() -> None:
    readings = wound(120)
    for tolerance in (10.0, 100.0, 1_000.0):
        (piece,) = way(readings, tolerance).pieces
        marks = np.array([(each.latitude, each.longitude) for each in piece.points])
        at = np.array([each.at for each in piece.points])
        assert set(at) <= set(readings["at"].tolist())
        assert (at[0], at[-1]) == (readings["at"][0], readings["at"][-1])
        # The nearest of many points on the drawn line.
        fine = np.linspace(at[0], at[-1], 20_000)
        north, east = (np.interp(fine, at, marks[:, column]) for column in (0, 1))
        for each in readings:
            apart = metres(north.astype(np.int32), east.astype(np.int32), each["latitude"], each["longitude"])
            assert apart.min() <= tolerance * 1.05 + 15
    assert len(way(readings, 1_000.0).pieces[0].points) < len(way(readings, 10.0).pieces[0].points) < len(readings)


def test_nothing_is_drawn_where_nothing_was_heard() -> None:
    readings = drive(60)
    found = way(readings[[*range(20), *range(35, 60)]])
    (hole,) = found.holes
    assert (hole.last.at, hole.next.at) == (readings["at"][19], readings["at"][35])
    first, second = (each.points for each in found.pieces)
    assert (first[-1].at, second[0].at) == (hole.last.at, hole.next.at)


def test_pieces_of_other_states_meet_and_a_breach_lies_between_two_fixes() -> None:
    readings = opened(drive(60), 45, 46)
    found = way(readings)
    assert [each.state for each in found.pieces] == ["intact", "broken"]
    assert found.pieces[0].points[-1] == found.pieces[1].points[0]
    (stretch,) = found.stretches
    assert (stretch.earliest, stretch.latest) == (readings["at"][44], readings["at"][45])
    assert [(each.at, each.latitude) for each in stretch.points] == [
        (readings["at"][44], readings["latitude"][44]),
        (readings["at"][45], readings["latitude"][45]),
    ]


def test_what_nobody_signed_is_a_piece_of_its_own() -> None:
    readings = drive(40)
    parts = [*in_blocks(readings[:20]), *in_blocks(readings[20:], grade="unsigned")]
    found = track(case(parts), int(readings["at"][-1]) + MINUTE, 50.0)
    assert [each.grade for each in found.pieces] == ["device", "unsigned"]


def test_a_fix_that_cannot_be_right_is_counted_and_not_drawn() -> None:
    readings = drive(40)
    readings["latitude"][20] += 3_000_000
    found = way(readings, 0.0)
    assert (found.fixes, found.doubted) == (39, 1)
    assert readings["at"][20] not in [mark.at for each in found.pieces for mark in each.points]


def test_what_had_not_come_is_not_drawn() -> None:
    readings = drive(40)
    first, *rest = in_blocks(readings, 20)
    parts = [first, *(arriving(each, END) for each in rest)]
    assert track(case(parts), END - MINUTE, 0.0).fixes == 20


def test_a_long_way_is_thinned_until_it_is_short_enough() -> None:
    count = 20_000
    readings = drive(count, every=1_000_000)
    rng = np.random.default_rng(7)
    readings["latitude"] += rng.integers(-600, 600, count).astype(np.int32)
    found = way(readings, 0.0, size=1_000)
    assert sum(len(each.points) for each in found.pieces) <= MOST_POINTS
    assert found.tolerance_m > 0.0


def test_without_a_fix_there_is_nothing_to_draw() -> None:
    readings = drive(10, fix=False)
    found = way(readings)
    assert (found.pieces, found.holes, found.fixes) == ((), (), 0)
    assert SEALING.until == NEVER
