"""Where a week of the planner begins unless somebody names a day: in the busiest month that was counted."""

from __future__ import annotations

from datetime import date

import pytest

from aforo.twin import volumes
from aforo.twin.working_days import Month


def test_it_is_the_first_monday_of_the_busiest_month_by_working_day(monkeypatch: pytest.MonkeyPatch) -> None:
    # February has fewer trucks than January, and more a working day.
    counts: dict[str, dict[Month, int]] = {"2304": {(2023, 1): 220_000, (2023, 2): 215_000, (2023, 12): 150_000}}
    monkeypatch.setattr(volumes, "shipped", lambda: counts)
    assert volumes.usual_start("2304") == date(2023, 2, 6)
    assert volumes.counted_days("2304") == (date(2023, 1, 1), date(2023, 12, 31))


def test_every_port_that_ships_begins_on_a_monday_that_was_counted() -> None:
    for port in volumes.shipped():
        first, (begins, ends) = volumes.usual_start(port), volumes.counted_days(port)
        assert first.weekday() == 0
        assert begins <= first <= ends
