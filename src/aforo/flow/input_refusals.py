"""Rows of input that were refused are recorded, and settled by a person: until then figures say that they lack them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Final

from aforo.domain.input_refusal import InputKind, InputRowsRefused, InputRowsSettled, RefusedRows
from aforo.domain.problem import Problem
from aforo.flow.telemetry import Statement
from aforo.intake.batch import printable
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.scoreboard.input_refusals import SCANNER_ROWS, InputRefusals, OpenRefusal

#: Refusals that are recorded of one day, one of each input: what sends bad rows all day does not fill the log.
MOST_A_DAY: Final = 1_000
_SETTLED: Final = "input-rows/settled"


def refusals_of(
    kind: InputKind,
    source: str,
    problems: Iterable[Problem],
    data: bytes,
    log: Log,
    *,
    instants: Sequence[datetime] = (),
    bridges: Collection[str] = (),
) -> list[Statement]:
    """What is to be recorded of the refused rows of an input; nothing where all were read. `instants` are those of the
    rows that could be read: the others are taken to be of the same days."""
    refused = RefusedRows.of(kind, printable(source), problems)
    days = [each.date() for each in instants]
    return [one for rows in refused for one in refusal_of(kind, rows, data, log, days=days, bridges=bridges)]


def refusal_of(
    kind: InputKind,
    rows: RefusedRows,
    data: bytes,
    log: Log,
    *,
    days: Sequence[date] = (),
    bridges: Collection[str] = (),
) -> list[Statement]:
    """What is to be recorded of refused rows that are counted, of these days or, without any, of any before; nothing
    where the day has too many refusals already."""
    at = log.clock()
    stream = f"input-rows/{at:%Y-%m-%d}"
    before = log.versions([stream]).get(stream, 0)
    if before > MOST_A_DAY:
        return []
    digest = blake2b(kind.encode() + data, digest_size=16, key=log.keys.secret("content")).hexdigest()
    refused = InputRowsRefused(
        f"{kind}-{digest[:8]}", kind, rows.source, rows.rows, rows.reasons, max(days, default=at.date()),
        min(days, default=None), tuple(sorted(bridges)), at_least=before == MOST_A_DAY,
    )  # fmt: skip
    return [Statement(refused, stream, at, f"input-rows:{digest}")]


def settled(refusal: str, reason: str, log: Log) -> Statement:
    """What is to be recorded where a person attests that the rows of a refusal are in the record, or owed to nobody."""
    at = log.clock()
    return Statement(InputRowsSettled(refusal, reason), _SETTLED, at, f"input-rows-settled:{refusal}:{at.isoformat()}")


def open_refusals(log: Log) -> list[OpenRefusal]:
    """The refusals of a log that nobody settled, the oldest first."""
    refusals = InputRefusals()
    Follower(log, refusals).look()
    return refusals.open()


def is_of_fleet(refusal: OpenRefusal) -> bool:
    """Whether `aforo fleet settle` settles it: rows of scanner logs have bounds of their own."""
    return refusal.refusal == SCANNER_ROWS
