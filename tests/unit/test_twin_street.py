"""The queue in the street from the moves of a run."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.twin.network import LANES, MINUTE, Station, network_of
from aforo.twin.state import BEGAN, ENTERED
from aforo.twin.street import Moves

NETWORK = network_of(
    [Station("approach", 2, -1), Station("booth", 1, 1, service="booth")],
    {"approach": "booth", "booth": None},
    dict.fromkeys(LANES, "approach"),
)


def moves(*rows: tuple[float, int]) -> Moves:
    """Moves at the approach, by minute: 1 comes, −1 is taken into it."""
    made = Moves(NETWORK)
    at = [(int(minute * MINUTE), ENTERED if by > 0 else BEGAN, 0, n) for n, (minute, by) in enumerate(rows)]
    made(np.array([*at, (0, ENTERED, 1, 99)], dtype=np.int64))
    return made


def test_the_queue_is_what_came_and_was_not_taken_in() -> None:
    street = moves((1, 1), (2, 1), (4, -1), (8, -1)).street(10 * MINUTE)
    # One truck for a minute, two for two, one for four.
    assert street.mean == pytest.approx((1 + 2 * 2 + 4) / 10)
    assert (street.most, street.over) == (2.0, pytest.approx(0.7))
    assert street.p95 == 2.0


def test_who_comes_and_is_taken_in_at_one_instant_never_stood_there() -> None:
    assert moves((3, 1), (3, -1)).street(10 * MINUTE).most == 0.0
    assert Moves(NETWORK).street(10 * MINUTE).over == 0.0


def test_places_outside_town_take_the_first() -> None:
    street = moves((0, 1), (0, 1), (0, 1), (5, -1), (5, -1)).street(10 * MINUTE, elsewhere=2)
    assert (street.most, street.mean, street.over) == (1.0, pytest.approx(0.5), pytest.approx(0.5))


def test_what_comes_later_than_asked_is_left_out() -> None:
    assert moves((1, 1), (20, 1)).street(10 * MINUTE).most == 1.0
