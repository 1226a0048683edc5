"""Waits that a port measured, as a plain table: `bridge,lane,at,wait_minutes`.

`at` is ISO 8601: with an offset an instant, without one the port's clock. `lane` is `standard` (or `general`) or
`fast`. A row that cannot be read is refused and told; it never counts as no wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aforo.domain.clock import is_valid
from aforo.domain.problem import Problem
from aforo.domain.wait import PublishedLane
from aforo.intake.mapping import fold
from aforo.intake.published import Found, rows

_COLUMNS: Final = ("bridge", "lane", "at", "wait_minutes")
_LANES: Final[dict[str, PublishedLane]] = {"standard": "standard", "general": "standard", "fast": "fast"}
#: No wait is as long.
_MOST_MINUTES: Final = 5_000.0
_NAME: Final = 200


@dataclass(frozen=True)
class MeasuredWait:
    """One measured wait: the bridge as the table names it, the lane, when (without an offset: the port's clock)."""

    bridge: str
    lane: PublishedLane
    at: datetime
    minutes: float


@dataclass(frozen=True)
class MeasuredWaits:
    """The waits of a table in its order, and what could not be read."""

    waits: tuple[MeasuredWait, ...]
    problems: tuple[Problem, ...]
    found: dict[str, int]


def is_measured(data: bytes) -> bool:
    """Whether a file is such a table, by its header."""
    header = data[:2_000].splitlines()[0].decode("utf-8-sig", "replace") if data.strip() else ""
    return "wait minutes" in fold(header.replace("_", " ").replace(",", " ").replace(";", " "))


def read(data: bytes) -> MeasuredWaits:
    """The waits of a table. Never raises for what `data` holds."""
    found, waits = Found(), list[MeasuredWait]()
    for record, line, row in rows(data, _COLUMNS, found):
        place = f"line {line}"
        bridge, lane = row["bridge"], _LANES.get(row["lane"].casefold())
        at, minutes = _moment(row["at"]), _minutes(row["wait_minutes"])
        if not bridge or len(bridge) > _NAME or not bridge.isprintable():
            found.add("measured_bridge", record, place, value=bridge)
        elif lane is None:
            found.add("measured_lane", record, place, value=row["lane"])
        elif at is None:
            found.add("measured_at", record, place, value=row["at"])
        elif minutes is None:
            found.add("measured_minutes", record, place, value=row["wait_minutes"])
        else:
            waits.append(MeasuredWait(bridge, lane, at, minutes))
    return MeasuredWaits(tuple(waits), tuple(found.problems), dict(found.counts))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if is_valid(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) else None


def _minutes(text: str) -> float | None:
    try:
        minutes = float(text)
    except ValueError:
        return None
    return minutes if math.isfinite(minutes) and 0.0 <= minutes <= _MOST_MINUTES else None
