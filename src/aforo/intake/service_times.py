"""Service times that a port measured, as a plain table: `bridge,place,minutes`, one row a truck.

`place` is the figure as a port document names it within its bridge, such as `lanes.standard.primary`. A row that cannot
be read is refused and told; no time is taken for zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from aforo.domain.problem import Problem
from aforo.intake.published import Found, rows

_COLUMNS: Final = ("bridge", "place", "minutes")
#: No truck is served as long: a week.
_MOST_MINUTES: Final = 10_080.0
_NAME: Final = 200


@dataclass(frozen=True)
class ServiceTimes:
    """The times of a table in minutes by bridge and place as the table names them, and what could not be read."""

    minutes: dict[tuple[str, str], list[float]]
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes) -> ServiceTimes:
    """The times of a table. Never raises for what `data` holds."""
    found, times = Found(), dict[tuple[str, str], list[float]]()
    for record, line, row in rows(data, _COLUMNS, found):
        at = f"line {line}"
        bridge, place, minutes = row["bridge"], row["place"], _minutes(row["minutes"])
        if not _is_name(bridge):
            found.add("measured_bridge", record, at, value=bridge)
        elif not _is_name(place):
            found.add("service_place", record, at, value=place)
        elif minutes is None:
            found.add("service_minutes", record, at, value=row["minutes"])
        else:
            times.setdefault((bridge, place), []).append(minutes)
    return ServiceTimes(times, tuple(found.problems), dict(found.counts))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _NAME and text.isprintable()


def _minutes(text: str) -> float | None:
    try:
        minutes = float(text)
    except ValueError:
        return None
    return minutes if math.isfinite(minutes) and 0.0 < minutes <= _MOST_MINUTES else None
