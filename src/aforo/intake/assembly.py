"""From rows as read to a batch: each field checked, repeated and contradicting declarations told, the refused kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import polars as pl

from aforo.domain.problem import Gravity, Problem
from aforo.intake import few, validation
from aforo.intake.amendments import Chains
from aforo.intake.batch import (
    IDENTITY_COLUMNS,
    Findings,
    IntakeBatch,
    RefusedRecord,
    empty_table,
    identity,
    of_file,
)
from aforo.intake.limits import Limits
from aforo.intake.mapping import Plan
from aforo.intake.validation import BoolArray, Rows
from aforo.intake.window import Window


class Assembly:
    """Makes the batches of one file, keeping what concerns the whole of it: the count of records, identifiers,
    amendments, and what is to be said of the file once."""

    def __init__(
        self, plan: Plan, limits: Limits, file_findings: Sequence[Findings] = (), window: Window | None = None
    ) -> None:
        """`window` bounds the times of filing of what comes in live."""
        self._plan = plan
        self._window = window
        self._limits = limits
        self._file_findings = list(file_findings)
        self._chains = Chains()
        #: Records of the batches so far.
        self.records = 0
        self.started = False

    def of_nothing(self) -> IntakeBatch:
        """The batch of a file without a record."""
        return IntakeBatch(empty_table(), None, (*self._file_findings, of_file("no_records", "warning")), [], 0)

    def batch(
        self,
        rows: Rows,
        count: int,
        raw: Callable[[int], str],
        found_before: Sequence[Findings] = (),
        hollow: Sequence[int] = (),
    ) -> IntakeBatch:
        """The batch of rows that make up `count` records of the file (others of these may have no row).

        `raw` gives the text of a row's record; `found_before` is what the format itself found in the rows. `hollow` are
        records whose fields are not to be spoken of, since they have none.
        """
        checked = few.check(rows, self._plan, self._limits) or validation.check(rows, self._plan, self._limits)
        in_fields = [each.without(hollow) for each in checked.findings] if hollow else checked.findings
        findings = [*self._file_findings, *found_before, *in_fields]
        self._file_findings = []
        self.started = True
        self.records += count
        refused = checked.refused
        for each in found_before:
            if each.gravity == "refusal":
                refused |= np.isin(rows.records, each.records)
        if self._window is not None:
            named = self._plan.fields.get("filed_at")
            column = "filed_at" if named is None else named.column
            told = list(self._window.findings(rows, column, checked.table["filed_at"]))
            findings += told
            if far := [each.records for each in told if each.gravity == "refusal"]:
                refused |= np.isin(rows.records, np.concatenate(far))
        good = np.flatnonzero(~refused)
        table, labels = checked.table, checked.labels
        if len(good) < len(table):
            table = table[good]
            labels = None if labels is None else labels[good]
        same, contradicts, rings = self._chains.follow(table, labels)
        for code, target, gravity, mask in (
            ("declaration_repeated", "declaration_id", "warning", same),
            ("declaration_contradicts", "declaration_id", "refusal", contradicts),
            ("amends_ring", "amends", "refusal", rings),
        ):
            if mask.any():
                hit = good[mask]
                column = self._plan.fields[target].column if target in self._plan.fields else target
                findings.append(rows.found(code, column, cast(Gravity, gravity), hit))
                if gravity == "refusal":
                    refused[hit] = True
        kept = ~(same | contradicts | rings)
        if not kept.all():
            table = table.filter(pl.Series(kept))
            labels = None if labels is None else labels.filter(pl.Series(kept))
        kept_back = _refused(rows, checked.table, refused, findings, raw)
        fields = frozenset(self._plan.fields)
        return IntakeBatch(table, labels, tuple(findings), kept_back, count, int(same.sum()), fields)


def _refused(
    rows: Rows, table: pl.DataFrame, refused: BoolArray, findings: Sequence[Findings], raw: Callable[[int], str]
) -> list[RefusedRecord]:
    if not refused.any():
        return []
    problems: dict[int, list[Problem]] = {}
    for each in findings:
        if each.gravity == "refusal":
            for problem in each.problems():
                problems.setdefault(problem.record, []).append(problem)
    rows_refused = np.flatnonzero(refused)
    persons = table.select(IDENTITY_COLUMNS)[rows_refused].iter_rows()
    result = []
    for row, values in zip(rows_refused.tolist(), persons, strict=True):
        record = int(rows.records[row])
        named = ((target, identity(value)) for target, value in zip(IDENTITY_COLUMNS, values, strict=True) if value)
        identities = tuple((target, value) for target, value in named if value)
        result.append(RefusedRecord(record, rows.place(row), raw(row), identities, tuple(problems[record])))
    return result
