"""What a command of the fleet read of its files, and what is wrong with the rows that it could not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from aforo.domain.problem import Problem
from aforo.domain.scanner import ALL_COUNTED, SCANNER_EVENTS, RowsNotCounted, not_counted_kind
from aforo.intake.scanner_columns import ScannerColumns


class FileProblem(Problem, frozen=True, omit_defaults=True, kw_only=True):
    """What is wrong with a row of a file."""

    file: str


class Reading(msgspec.Struct, frozen=True):
    """What was read: rows, what they were, and what is wrong with the refused ones (`problems`, the first thousand of
    each file). `stray` are reports in the file of scans: they count nowhere. `several`: scans had a file of their own.
    `not_counted` are the rows that count nowhere, by what they would have said; `warnings` are of rows that count, and
    not as they are written.
    """

    records: int
    reports: int
    scans: int
    repeated: int
    late: int
    undated: int
    refused: int
    problems: tuple[FileProblem, ...]
    stray: int = 0
    several: bool = False
    not_counted: RowsNotCounted = ALL_COUNTED
    warnings: tuple[FileProblem, ...] = ()

    @classmethod
    def of(cls, log: ScannerColumns, scans: ScannerColumns | None, made: int, files: Sequence[Path | None]) -> Reading:
        """Of a log and the file of scans beside it; `made` are the scans of both, each once, `files` their paths."""
        both = [log] if scans is None else [log, scans]
        told = sum(len(each.scans["at"]) for each in both)
        return cls(
            sum(each.records for each in both),
            len(log.reports["at"]),
            made,
            sum(each.repeated for each in both) + told - made,
            log.late,
            log.undated,
            sum(each.counts.total() for each in both),
            _of_files((each.problems for each in both), files),
            0 if scans is None else len(scans.reports["at"]),
            scans is not None,
            sum((each.tally.not_counted for each in both), ALL_COUNTED if scans is None else _stray(scans)),
            _of_files((each.tally.warnings() for each in both), files),
        )


def _of_files(problems: Iterable[Iterable[Problem]], files: Sequence[Path | None]) -> tuple[FileProblem, ...]:
    """What is wrong with rows of files, with the file of each."""
    return tuple(
        FileProblem(one.record, one.place, one.code, one.reason, one.gravity, file=str(file))
        for own, file in zip(problems, files, strict=False)
        for one in own
    )


def _stray(scans: ScannerColumns) -> RowsNotCounted:
    """The reports that stand in a file of scans."""
    counts = np.bincount(scans.reports["event"], minlength=len(SCANNER_EVENTS)).tolist()
    kinds = Counter[str]()
    for event, count in zip(SCANNER_EVENTS, counts, strict=True):
        kinds[not_counted_kind(event, is_scan=False)] += count
    return RowsNotCounted(**{kind: count for kind, count in kinds.items() if count}, scanners=None)
