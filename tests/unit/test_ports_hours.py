"""The hours of a bridge: whether it is open, when it opens next, since when it was open for how long."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aforo.domain.clock import microseconds
from aforo.ports.hours import Hours
from aforo.ports.schedule import DAYS, Window

ZONE = "America/Chicago"


def window(since: str, until: str, *days: str) -> Window:
    return Window(source="assumed", days=days or DAYS, since=since, until=until)  # type: ignore[arg-type]


#: From seven to ten in the evening; on Sundays not at all.
WEEK = Hours([window("07:00", "22:00", *DAYS[:6])], ZONE)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> int:
    """An instant of 2026 by the local clock; March 2 is a Monday."""
    return microseconds(datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ZONE)))


def test_a_closed_bridge_says_when_it_opens() -> None:
    assert WEEK.open(at(2, 7))
    assert not WEEK.open(at(2, 22))
    assert WEEK.opens(at(2, 12)) is None
    assert WEEK.opens(at(2, 22, 13)) == at(3, 7)
    assert WEEK.opens(at(2, 3)) == at(2, 7)
    # Over the Sunday on which clocks go forward.
    assert WEEK.opens(at(7, 23)) == at(9, 7)
    assert Hours([], ZONE).opens(at(2, 12)) is None


def test_what_was_open_is_counted_over_the_night() -> None:
    assert WEEK.since(at(2, 12), 120) == at(2, 10)
    assert WEEK.since(at(3, 8), 120) == at(2, 21)
    assert WEEK.since(at(4, 3), 60) == at(3, 21)
    always = Hours([window("00:00", "24:00")], ZONE)
    assert always.since(at(4, 3), 360) == at(3, 21)
