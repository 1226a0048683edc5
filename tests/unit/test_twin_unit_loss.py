"""What the twin says of a bridge with a unit and without: the same trucks, and nothing lost where nothing is used."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from aforo.ports.shipped import directory
from aforo.twin import border
from aforo.twin.rosters import Held, Rosters, Units
from aforo.twin.trucks import Fates
from aforo.twin.unit_loss import Asked, UnitLoss, unit_loss, waits

ALL = (0.0, float("inf"))


def table(port: str, bridge: str, most: int, asked: Asked, place: str = "scanner") -> UnitLoss:
    at = directory().port_called(port)
    assert at is not None
    own = at.bridge(bridge)
    assert own is not None
    return unit_loss(at, own, place, most, dict(border.shipped().counts[at.code]), asked)


def test_with_units_down_fewer_are_examined_and_with_more_of_them_fewer_still() -> None:
    told = table("2304", "colombia", 9, Asked("clearance", 2))
    assert told.examinations.shape == told.waited.shape == (2, 4, 3, 24)
    assert told.stands == 4
    by_units = told.examinations[:, :, 0].sum(axis=2).mean(axis=0)
    assert (by_units > 0.0).all()
    assert (np.diff(by_units) > 0.0).all()
    assert told.assumed


def test_at_hours_at_which_no_scanner_is_manned_nothing_is_lost() -> None:
    told = table("2304", "colombia", 1, Asked("clearance", 2))
    assert (told.examinations[:, :, :, 0:5] == 0.0).all()


def test_the_same_question_has_the_same_answer_and_another_seed_another() -> None:
    one, again, other = (table("2304", "colombia", 1, Asked("clearance", 2, seed)) for seed in (1, 1, 2))
    assert (one.examinations == again.examinations).all()
    assert (one.examinations != other.examinations).any()


def test_a_place_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="portal"):
        table("2304", "colombia", 1, Asked("clearance", 2), "portal")


def test_units_that_are_held_are_up_or_down_and_the_others_break_as_they_would() -> None:
    fleet = [Units(2, 0.5), Units(1, 0.5)]
    standing = np.full(1, 3)

    def up(*held: Held) -> list[int]:
        rosters = Rosters(date(2024, 3, 4), 7, 1, 230400, held=held)
        rosters.add_fleet("scanner", np.repeat(standing, 10 * 1440), fleet)
        return rosters._up["scanner"].tolist()

    whole, lost = np.array(up(Held("scanner", 2))), np.array(up(Held("scanner", 2, ALL)))
    assert (whole - lost == 2).all()
    assert set(lost.tolist()) == {0, 1}
    assert up() != whole.tolist()
    part = whole - np.array(up(Held("scanner", 2, (60.0, 90.0))))
    assert np.flatnonzero(part).tolist() == list(range(60, 90))


def test_a_truck_waits_until_primary_and_behind_it_for_its_examination() -> None:
    minute = 60_000_000

    def fate(primary: int, primary_end: int, exam: int, exam_end: int, scan_end: int = -1, left: int = 100) -> float:
        ones = [np.array([value * minute if value >= 0 else -1]) for value in
                (1, 0, primary, primary_end, exam, exam_end, scan_end, left)]  # fmt: skip
        codes = [np.zeros(1, np.int8)] * 7
        return float(waits(Fates(*ones, np.zeros(1, np.int64), *codes), 1000 * minute)[0])

    assert fate(10, 12, -1, -1) == 10.0
    assert fate(10, 12, 20, 30) == 18.0
    # Scanned from 3 to 5 before it came to the booth: those two minutes it did not wait.
    assert fate(10, 12, 3, 5, scan_end=5) == 8.0
    # Who never comes to a booth, or never leaves the port, waits until the run ends at least.
    assert fate(-1, -1, -1, -1) == 1000.0
    assert fate(10, 12, -1, -1, left=-1) == 10.0 + 988.0
