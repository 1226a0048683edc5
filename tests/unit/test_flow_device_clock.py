"""What is believed of the clock of a device that was cut off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aforo.flow.booth import ToldOffline
from aforo.flow.device_clock import TOLERATED, Happened, happened

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("said", "least", "expected"),
    [
        (None, None, Happened(NOW)),
        (NOW - timedelta(days=3), None, Happened(NOW - timedelta(days=3))),
        (NOW + TOLERATED, None, Happened(NOW)),
        (NOW + TOLERATED + SECOND, None, Happened(NOW, NOW + TOLERATED + SECOND)),
        (NOW - TOLERATED, NOW, Happened(NOW - TOLERATED)),
        (NOW - TOLERATED - SECOND, NOW, Happened(NOW - TOLERATED - SECOND, NOW - TOLERATED - SECOND)),
    ],
)
def test_nothing_happens_after_it_is_heard_of_and_what_is_too_early_is_kept_and_doubted(
    said: datetime | None, least: datetime | None, expected: Happened
) -> None:
    assert happened(said, NOW, least) == expected


def test_a_list_from_the_future_was_made_by_now_and_doubts_the_clock_that_names_it() -> None:
    told = ToldOffline(NOW - 5 * SECOND, "release", NOW + timedelta(hours=3))
    assert told.believed(NOW) == ToldOffline(NOW - 5 * SECOND, "release", NOW, NOW - 5 * SECOND)
