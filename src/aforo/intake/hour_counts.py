"""Trucks by hour, counted or filed, as a plain table: an instant with its offset, and how many (one where not said)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from aforo.domain.clock import is_valid
from aforo.domain.problem import Problem
from aforo.intake.published import Found, rows, whole_number

#: No bridge sees as many trucks in an hour.
_MOST = 100_000


@dataclass(frozen=True)
class HourCounts:
    """`counts` by the beginning of the hour, UTC. An hour that is not there was not counted."""

    counts: dict[datetime, int]
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes, column: str, *, once: bool) -> HourCounts:
    """The counts of a table whose instants stand in `column`; `count` is optional. Never raises for what `data` holds.

    With `once` an hour has one row, and a second is refused; else the rows of an hour are added up.
    """
    found = Found()
    counts: dict[datetime, int] = {}
    for record, line, row in rows(data, (column,), found):
        place = f"line {line}"
        hour = _hour(row[column])
        count = whole_number(row.get("count") or "1", _MOST)
        if hour is None:
            found.add("hour_unreadable", record, place, value=row[column])
        elif count is None:
            found.add("hour_count", record, place, value=row["count"])
        elif once and hour in counts:
            found.add("hour_twice", record, place, value=row[column])
        else:
            counts[hour] = counts.get(hour, 0) + count
    return HourCounts(counts, tuple(found.problems), dict(found.counts))


def _hour(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not is_valid(at):
        return None
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
