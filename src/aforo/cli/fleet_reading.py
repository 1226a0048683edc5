"""What a command of the fleet read of its files, and what is wrong with the rows that it could not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from aforo.domain.problem import Problem
from aforo.intake.scanner_columns import ScannerColumns


class FileProblem(Problem, frozen=True, omit_defaults=True, kw_only=True):
    """What is wrong with a row of a file."""

    file: str


class Reading(msgspec.Struct, frozen=True):
    """What was read: rows, what they were, and what is wrong with the refused ones (`problems`, the first thousand of
    each file). `stray` are reports in the file of scans: they count nowhere. `several`: scans had a file of their own.
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
            tuple(
                FileProblem(one.record, one.place, one.code, one.reason, one.gravity, file=str(file))
                for each, file in zip(both, files, strict=False)
                for one in each.problems
            ),
            0 if scans is None else len(scans.reports["at"]),
            scans is not None,
        )
