"""The use of a place: its definition, and what is missing."""

from __future__ import annotations

import pytest

from aforo.measures.capacity import use


def test_use_is_of_the_time_that_units_are_up() -> None:
    told = use(200.0, 150.0, 20.0)
    assert (told.utilisation, told.blocked) == (0.75, 0.1)
    assert use(0.0, 0.0, 0.0).utilisation is None
    with pytest.raises(ValueError, match="below zero"):
        use(1.0, -1.0, 0.0)
