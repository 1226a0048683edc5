"""Recorded decisions of a run: what the policy was shown, and what it chose, to be decided again by the live path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import RESOURCES

_OPTIONS, _RESOURCES = len(EXAMINATIONS), len(RESOURCES)
_Book = TypeVar("_Book")


@dataclass(frozen=True)
class Recorded:
    """One decision. Figures as `choice.choose` takes them; `day` of the run, `at` in µs; `cost` as it was answered."""

    number: int
    stage: int
    allowed: int
    lane: int
    draw: float
    alarm: float
    now: float
    level: float
    day: int
    option: int
    cost: float
    at: int
    prevented: Float64Array
    minutes: Float64Array
    backlog: Float64Array
    up: Int64Array
    listed: Float64Array

    def book_of(self, books: Sequence[_Book], day_class: Int64Array) -> _Book:
        """The book of prices of its day."""
        return books[int(day_class[self.day])]

    def arguments(self, policy: int, params: Any, book: Any, *, plain: bool = False) -> tuple[Any, ...]:
        """The arguments of `choose`: arrays for the compiled function, lists for the plain one."""
        arrays = (self.prevented, self.minutes, self.backlog, self.up, self.listed)
        prevented, minutes, backlog, up, listed = (each.tolist() for each in arrays) if plain else arrays
        return (
            policy, params, self.stage, self.allowed, self.lane, self.draw, prevented, minutes, self.alarm, self.now,
            backlog, up, self.level, listed, book,
        )  # fmt: skip


def recorded(row: Float64Array) -> Recorded:
    """A row of a run's records (`Run`, `records`), float64[RECORD]."""
    at = 13
    prevented, at = row[at : at + _OPTIONS], at + _OPTIONS
    parts = [row[at + k * _RESOURCES : at + (k + 1) * _RESOURCES] for k in range(3)]
    at += 3 * _RESOURCES
    return Recorded(
        number=int(row[0]),
        stage=int(row[1]),
        allowed=int(row[2]),
        lane=int(row[3]),
        draw=float(row[4]),
        alarm=float(row[5]),
        now=float(row[6]),
        level=float(row[7]),
        day=int(row[8]),
        option=int(row[9]),
        cost=float(row[10]),
        at=int(row[12]),
        prevented=prevented,
        minutes=parts[0],
        backlog=parts[1],
        up=parts[2].astype("int64"),
        listed=row[at : at + int(row[11])],
    )
