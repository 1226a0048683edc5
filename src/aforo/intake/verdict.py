"""A verdict on a file: accepted, partly or refused, with what was found in it and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from aforo.domain.problem import Gravity
from aforo.domain.text import Text
from aforo.intake.batch import Findings, IntakeBatch, Summary, refusal
from aforo.intake.declarations import read as read_declarations
from aforo.intake.mapping import Mapping
from aforo.intake.registry import recognise

Judgement = Literal["accepted", "partly", "refused"]


class Listed(msgspec.Struct, frozen=True):
    """One problem as a machine reads it; every field is always there."""

    record: int
    place: str
    code: str
    gravity: Gravity
    reason: Text


class Verdict(msgspec.Struct, frozen=True):
    """What `aforo check --json` says of one file.

    `records` are its data records, `good` those that are taken (a declaration that is there twice counts twice), `bad`
    those refused. `problems` are the refusals, then the warnings, each in the order of the file; `unlisted` says how
    many more of each code there are than are listed. `format` is None where no format knows the file.
    """

    file: str
    format: str | None
    verdict: Judgement
    records: int
    good: int
    bad: int
    problems: list[Listed]
    unlisted: dict[str, int]


@dataclass
class _Ledger:
    """The first problems of each kind, up to a limit; the rest is counted."""

    limit: int
    problems: list[Listed] = field(default_factory=list)
    listed: dict[tuple[str, str], int] = field(default_factory=dict)
    unlisted: dict[str, int] = field(default_factory=dict)

    def add(self, findings: Findings) -> None:
        key = (findings.code, findings.column)
        room = self.limit - self.listed.get(key, 0)
        taken = min(room, len(findings.records))
        self.listed[key] = self.listed.get(key, 0) + taken
        self.problems += (
            Listed(each.record, each.place, each.code, each.gravity, each.reason) for each in findings.problems(taken)
        )
        left = len(findings.records) - taken
        if left:
            self.unlisted[findings.code] = self.unlisted.get(findings.code, 0) + left


def check(
    path: Path, *, mapping: Mapping | None = None, limit: int = 1_000, progress: Callable[[int], None] | None = None
) -> tuple[Verdict, Summary]:
    """The verdict on a file, and its findings counted by kind.

    `limit` bounds how many problems of one kind are listed; `progress` is told the number of records of each batch.
    With a `mapping` the file is read as declarations. Raises OSError.
    """
    batches: Iterator[IntakeBatch]
    if mapping is not None:
        name: str | None = "declarations"
        batches = read_declarations(path, mapping=mapping)
    else:
        known = recognise(path)
        name = None if known is None else known.NAME
        batches = iter([_unknown(path)]) if known is None else known.read(path)
    summary, listed = Summary(), _Ledger(limit)
    records = bad = 0
    stopped = False
    for batch in batches:
        records += batch.records
        bad += len(batch.refused)
        stopped |= batch.stopped
        summary.add(batch.findings)
        for each in batch.findings:
            listed.add(each)
        if progress is not None:
            progress(batch.records)
    good = records - bad
    if not (bad or stopped):
        judgement: Judgement = "accepted"
    else:
        judgement = "partly" if good else "refused"
    problems = sorted(listed.problems, key=lambda problem: (problem.gravity != "refusal", problem.record))
    return Verdict(str(path), name, judgement, records, good, bad, problems, listed.unlisted), summary


def _unknown(path: Path) -> IntakeBatch:
    """The refusal of a file of no known format; where it is plain what keeps it from being a table, for that reason."""
    first = next(read_declarations(path))
    plain = {"file_empty", "not_text", "header_too_long", "columns_too_many"}
    return first if plain & {each.code for each in first.findings} else refusal("format_unknown")
