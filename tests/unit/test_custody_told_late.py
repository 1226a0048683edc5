"""What devices told of loads before is kept until it is asked for, and what came long before anybody asks is not."""

from __future__ import annotations

from aforo.custody.told_late import ToldLate

HOUR = 3_600_000_000
DAY = 24 * HOUR


def every(told: ToldLate) -> list[tuple[str, int]]:
    """What is told, device by device, until none waits."""
    found: list[tuple[str, int]] = []
    while (each := told.next()) is not None:
        found.append(each)
        told.done(*each)
    return found


def anew(told: ToldLate) -> ToldLate:
    return ToldLate(*told.every())


def test_what_came_long_before_anybody_asked_is_not_told() -> None:
    """A seal that changes loads each day would be told with the earliest of years."""
    told = ToldLate.unasked()
    for day in range(400):
        told.spoke("daily", day * DAY - HOUR, day * DAY)
        told.passed(day * DAY)
    told.spoke("lately", 398 * DAY, 399 * DAY)
    told.spoke("idle", 300 * DAY, 301 * DAY)
    told = anew(told)
    told.passed(399 * DAY + 5 * HOUR)
    assert dict(every(told)) == {"daily": 397 * DAY - HOUR, "lately": 398 * DAY}


def test_once_somebody_asked_all_is_kept_until_it_is_told() -> None:
    """As where no watch runs for a week."""
    told = ToldLate.unasked()
    assert told.next() is None
    told = anew(told)
    told.spoke("one", 5, DAY)
    told.spoke("one", 7, 2 * DAY)
    told.passed(30 * DAY)
    assert every(anew(told)) == every(told) == [("one", 5)]


def test_one_of_which_nothing_is_found_out_keeps_no_other_waiting_and_is_not_lost() -> None:
    told = ToldLate.unasked()
    told.spoke("one", 5, DAY)
    told.spoke("two", 6, DAY)
    assert [told.next(), told.next(), told.next()] == [("one", 5), ("two", 6), ("one", 5)]
    told.spoke("one", 4, DAY)
    told.done("one", 5)
    assert every(told) == [("two", 6), ("one", 4)]
