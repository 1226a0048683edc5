"""The nights of a pilot in their order: what was new in each, what came again, and which outcomes came with it.

A declaration is of the night in whose extract it first stands, and its crossing is decided then. The same one in a
later extract repeats it, or amends it where its content differs; neither decides again. Outcomes are known from the
end of the night in which they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.threat import THREATS
from aforo.flow.crossings import name_crossings
from aforo.intake.batch import empty_table
from aforo.trials.history import CLEAN, UNNAMED_THREAT, VIOLATION, local_days
from aforo.trials.pilot.extracts import Extract, Folder, Report, labels_of
from aforo.trials.pilot.ledger import Ledger, NightQuality, Outcome, Reading, ledger_of
from aforo.trials.pilot.today import Today


def arrange(folder: Folder, today: Today) -> Ledger:
    """Put a folder's extracts in order and hold today's selection beside them."""
    reading = Reading()
    rows: list[slice] = []
    quality: list[NightQuality] = []
    learnt: list[list[Outcome]] = []
    pending: list[Report] = []
    ends: list[date] = []
    for day, files in _nights(folder.extracts):
        own = list(files)
        made, outcomes, waiting = _night(day, own, pending, reading, today, ends)
        pending = waiting
        ends.append(day)
        start = rows[-1].stop if rows else 0
        rows.append(slice(start, start + made.new))
        quality.append(made)
        learnt.append(outcomes)
    return ledger_of(reading, rows, quality, learnt, ends, today)


def _nights(extracts: Sequence[Extract]) -> Iterator[tuple[date, Sequence[Extract]]]:
    """The files of each night. Outcomes belong to the first night on or after their day, else the last."""
    days = sorted({each.day for each in extracts if not each.reports})
    if not days:
        return

    def night(each: Extract) -> date:
        return next((day for day in days if day >= each.day), days[-1]) if each.reports else each.day

    for day, own in groupby(sorted(extracts, key=lambda each: (night(each), bool(each.reports), each.name)), key=night):
        yield day, list(own)


def _night(
    day: date,
    files: Sequence[Extract],
    pending: Sequence[Report],
    reading: Reading,
    today: Today,
    ends: Sequence[date],
) -> tuple[NightQuality, list[Outcome], list[Report]]:
    """Take in one night: its counts, the outcomes that became known with it, and those that wait for a declaration."""
    fresh: list[pl.DataFrame] = []
    repeated = amended = 0
    labelled: list[tuple[int, Extract, tuple[bool | None, bool | None, str | None, float | None, float | None]]] = []
    for each in files:
        keep: list[int] = []
        contents = each.table.drop("record").hash_rows(7).to_list() if each.table.height else []
        ids = each.table["declaration_id"].to_list()
        for row, (own, content) in enumerate(zip(ids, contents, strict=True)):
            at = reading.place.get(own)
            if at is None:
                reading.place[own] = len(reading.content)
                reading.content.append(content)
                keep.append(row)
            elif reading.content[at] == content:
                repeated += 1
            else:
                amended += 1
                reading.content[at] = content
        fresh.append(each.table[keep])
        labelled += [(reading.place[ids[label[0]]], each, label[1:]) for label in labels_of(each.labels)]
    start = len(reading.names)
    table = pl.concat(fresh) if fresh else empty_table()
    order = np.argsort(table["filed_at"].to_physical().to_numpy(), kind="stable")
    _reorder(reading, table["declaration_id"].to_list(), order, start)
    moved = {start + int(old): start + new for new, old in enumerate(order.tolist())}
    table = table[order]
    names = name_crossings(
        table, lambda ids: {own: reading.crossing_of[own] for own in ids if own in reading.crossing_of}
    )
    reading.crossing_of.update(zip(table["declaration_id"].to_list(), names, strict=True))
    new_crossings = len({name for name in names if name not in reading.rows_of})
    for row, name in enumerate(names, start):
        reading.rows_of.setdefault(name, []).append(row)
    reading.names += names
    reading.tables.append(table)
    late = int((local_days(table) <= ends[-1]).sum()) if ends and table.height else 0
    known = _Known(reading, today)
    for row, extract, (examined, result, threat, severity, propensity) in labelled:
        known.take([moved.get(row, row)], examined, result, threat, severity, propensity, given=extract.examined_given)
    waiting: list[Report] = []
    for report in (*pending, *(own for each in files for own in each.reports)):
        rows_ = _rows_of(report, reading)
        if rows_ is None:
            waiting.append(report)
        else:
            known.take(rows_, report.examined, report.result, report.threat, report.severity, None, given=True)
    return (
        NightQuality(
            day.isoformat(),
            tuple(each.name for each in files),
            tuple(each.digest for each in files),
            sum(each.records for each in files),
            table.height,
            repeated,
            amended,
            sum(each.refused for each in files),
            late,
            new_crossings,
            0,
            len(known.made),
            len(waiting),
            known.unexamined,
        ),
        known.made,
        waiting,
    )


def _reorder(reading: Reading, ids: list[str], order: npt.NDArray[np.int64], start: int) -> None:
    """Number the new rows of a night in order of filing."""
    contents = [reading.content[start + int(old)] for old in order.tolist()]
    reading.content[start:] = contents
    for new, old in enumerate(order.tolist()):
        reading.place[ids[old]] = start + new


def _rows_of(report: Report, reading: Reading) -> list[int] | None:
    """The rows that a report is of: those of its crossing, or its declaration's; None where none has come."""
    if report.crossing_id is not None and report.crossing_id in reading.rows_of:
        return reading.rows_of[report.crossing_id]
    at = reading.place.get(report.declaration_id) if report.declaration_id is not None else None
    return None if at is None else [at]


class _Known:
    """The outcomes of one night, row by row; what is said again changes nothing, and what is mended counts anew."""

    def __init__(self, reading: Reading, today: Today) -> None:
        self._reading, self._today = reading, today
        self.made: list[Outcome] = []
        self.unexamined = 0
        self._by_row: dict[int, str] | None = None

    def take(
        self,
        rows: Sequence[int],
        examined: bool | None,
        result: bool | None,
        threat: str | None,
        severity: float | None,
        propensity: float | None,
        *,
        given: bool,
    ) -> None:
        reading = self._reading
        if examined is False:
            return
        for row in rows:
            if examined is None and (given or not self._chosen(row)):
                # Many systems write 0 where nothing was looked at: an outcome alone is no examination.
                self.unexamined += result is not None
                continue
            reading.examined.add(row)
            if propensity is not None:
                reading.propensity[row] = propensity
            if result is None:
                continue
            found = VIOLATION if result else CLEAN
            index = THREATS.index(threat) if threat in THREATS else UNNAMED_THREAT
            own = Outcome(
                row, found, index if result else -1, (1.0 if severity is None else severity) if result else 0.0,
                1.0 if propensity is None else max(propensity, 1e-6),
            )  # fmt: skip
            if reading.result.get(row) != own:
                reading.result[row] = own
                self.made.append(own)

    def _chosen(self, row: int) -> bool:
        name = self._reading.names[row]
        choice = self._today.by_crossing.get(name) or self._today.by_declaration.get(name)
        if choice is None:
            own = self._ids().get(row)
            choice = self._today.by_declaration.get(own) if own else None
        return choice is not None and bool(choice.examined if choice.examined is not None else choice.selected)

    def _ids(self) -> dict[int, str]:
        if self._by_row is None:
            self._by_row = {row: own for own, row in self._reading.place.items()}
        return self._by_row
