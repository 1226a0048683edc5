"""Rows that devices send, of gates and scanners alike: each is understood by itself, and a bad one stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.intake import rows

#: How far another's clock may be ahead of the node's.
AHEAD = timedelta(minutes=5)

T = TypeVar("T")
#: What is wrong with a row: the code, and the column.
Wrong = tuple[str, str]


@dataclass
class Telemetry:
    """What is wrong with rows of a file, how many rows it had, and how many said what an earlier one said."""

    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    repeated: int = 0


def understood(
    data: bytes,
    most: int,
    understand: Callable[[Mapping[str, Any]], T | Wrong],
    told: Telemetry,
    lose: Callable[[Mapping[str, Any] | None], object] = lambda _: None,
) -> Iterator[T]:
    """What rows of a file say, in its order and each once; the rest is told in `told`. At most `most` rows are read.
    `lose` is given each row that is refused, None of one of which nothing can be read."""
    say = catalogue("aforo.intake").say
    seen: set[T] = set()
    for record, line, row in rows.read(data):
        if record > most:
            told.problems.append(Problem(0, "file", "rows_too_many", say("rows_too_many", most=f"{most:,}")))
            lose(None)
            break
        told.records += bool(record)
        if isinstance(row, rows.Damage):
            told.problems.append(Problem(record, f"line {line}" if line else "file", row.code, row.reason))
            lose(None)
            continue
        one = understand(row)
        if isinstance(one, tuple):
            told.problems.append(problem_of(record, line, *one))
            lose(row)
        elif one in seen:
            told.repeated += 1
        else:
            seen.add(one)
            yield one
    if not told.records and not told.problems:
        told.problems.append(Problem(0, "file", "rows_none", say("rows_none")))


def problem_of(record: int, line: int, code: str, column: str) -> Problem:
    """The problem of a row that stands at a line: what is wrong with it, and in which column."""
    fields = {"minutes": int(AHEAD.total_seconds() // 60)} if code == "row_ahead" else {}
    reason = catalogue("aforo.intake").say(code, column=column, **fields)
    return Problem(record, f"line {line}, column {column}", code, reason)


def absent(row: Mapping[str, Any], column: str) -> Wrong:
    """What is wrong with a row that says nothing in a column: whether the column is there tells what to mend."""
    return "row_absent" if column in row else "row_column_absent", column


def texts_of(row: Mapping[str, Any], longest: Mapping[str, int]) -> dict[str, str | None] | Wrong:
    """The texts of a row in the columns of `longest`, which says how long each may be; None where a cell is empty."""
    said: dict[str, str | None] = {}
    for column, most in longest.items():
        value = said[column] = rows.cell(row, column)
        if value is not None and len(value) > most:
            return "row_too_long", column
        if value is not None and not rows.DAMAGED_TEXT.isdisjoint(value):
            return "row_damaged", column
    return said
