"""The nights of a pilot in their order: what was new in each, what came again, and which outcomes came with it.

A declaration is of the night in whose extract it first stands, and its crossing is decided then. The same declaration in
a later extract repeats it, or amends it where its content differs; neither decides again. Outcomes are known from the
end of the night in which they came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.flow.crossings import name_crossings
from aforo.flow.earlier import standing
from aforo.intake.batch import empty_table
from aforo.trials.history import CLEAN, UNKNOWN, UNNAMED_THREAT, VIOLATION, History, Truth, local_days
from aforo.trials.pilot.extracts import Extract, Folder, Report, labels_of
from aforo.trials.pilot.today import Today


class NightQuality(msgspec.Struct, frozen=True):
    """What an administration wants to know of one night's extracts.

    `late`: filed on a day of a night that had been decided before. `unmatched` outcomes are of no declaration that came
    so far; `unexamined` say what was found, and neither the extract nor today's selection that anything was examined.
    """

    night: str
    files: tuple[str, ...]
    digests: tuple[str, ...]
    records: int
    new: int
    repeated: int
    amended: int
    refused: int
    late: int
    crossings: int
    cancelled: int
    outcomes: int
    unmatched: int
    unexamined: int


class Outcome(msgspec.Struct, frozen=True):
    """What became known of one row: `result` as Truth has it."""

    row: int
    result: int
    threat: int
    severity: float
    propensity: float


@dataclass
class Ledger:
    """Everything that came, arranged as a history whose periods are the nights; its truth is what became known.

    `learnt[p]` are the outcomes that came with night p. By crossing: `theirs` 1 chosen by today's selection, 0 not, −1
    not known; `control` it was drawn at random, with `control_propensity` (NaN where it is not given); `examined`;
    `listed` by today's selection. `unlisted` were examined without being on its list.
    """

    history: History
    quality: list[NightQuality]
    missing: tuple[str, ...]
    learnt: list[list[Outcome]]
    theirs: npt.NDArray[np.int8]
    control: npt.NDArray[np.bool_]
    control_propensity: npt.NDArray[np.float64]
    examined: npt.NDArray[np.bool_]
    listed: npt.NDArray[np.bool_]
    unlisted: int

    def until(self, night: int) -> str:
        """A digest of all that had come by the end of a night and of what today's selection examined in it."""
        whole = hashlib.sha256()
        for p in range(night + 1):
            at = self.history.crossings[p]
            quality = self.quality[p]
            whole.update(msgspec.json.encode([quality.night, quality.digests, self.learnt[p]]))
            whole.update(self.examined[at].tobytes())
        return whole.hexdigest()


@dataclass
class _Reading:
    """What is gathered while the nights are gone through."""

    place: dict[str, int] = field(default_factory=dict)
    content: list[int] = field(default_factory=list)
    crossing_of: dict[str, str] = field(default_factory=dict)
    rows_of: dict[str, list[int]] = field(default_factory=dict)
    tables: list[pl.DataFrame] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    result: dict[int, Outcome] = field(default_factory=dict)
    examined: set[int] = field(default_factory=set)
    propensity: dict[int, float] = field(default_factory=dict)


def arrange(folder: Folder, today: Today) -> Ledger:
    """Put a folder's extracts in order and hold today's selection beside them."""
    reading = _Reading()
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
    return _ledger(reading, rows, quality, learnt, ends, today)


def _nights(extracts: Sequence[Extract]) -> Iterator[tuple[date, Sequence[Extract]]]:
    """The files of each night. Outcomes belong to the first night of declarations on or after their day, else the last."""
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
    reading: _Reading,
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
        labelled += [(reading.place[ids[row]], each, tuple(said)) for row, *said in labels_of(each.labels)]  # type: ignore[misc]
    start = len(reading.names)
    table = pl.concat(fresh) if fresh else empty_table()
    order = np.argsort(table["filed_at"].to_physical().to_numpy(), kind="stable")
    _reorder(reading, table["declaration_id"].to_list(), order, start)
    moved = {start + int(old): start + new for new, old in enumerate(order.tolist())}
    table = table[order]
    names = name_crossings(table, lambda ids: {own: reading.crossing_of[own] for own in ids if own in reading.crossing_of})
    reading.crossing_of.update(zip(table["declaration_id"].to_list(), names, strict=True))
    new_crossings = len({name for name in names if name not in reading.rows_of})
    for row, name in enumerate(names, start):
        reading.rows_of.setdefault(name, []).append(row)
    reading.names += names
    reading.tables.append(table)
    late = int((local_days(table) <= ends[-1]).sum()) if ends and table.height else 0
    known = _Known(reading, today)
    for row, extract, (examined, result, threat, severity, propensity) in labelled:
        known.take(
            [moved.get(row, row)], examined, result, threat, severity, propensity, given=extract.examined_given
        )
    waiting: list[Report] = []
    for report in (*pending, *(own for each in files for own in each.reports)):
        rows_ = _rows_of(report, reading)
        if rows_ is None:
            waiting.append(report)
        else:
            known.take(
                rows_, report.examined, report.result, report.threat, report.severity, None, given=True
            )
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


def _reorder(reading: _Reading, ids: list[str], order: npt.NDArray[np.int64], start: int) -> None:
    """Number the new rows of a night in order of filing."""
    contents = [reading.content[start + int(old)] for old in order.tolist()]
    reading.content[start:] = contents
    for new, old in enumerate(order.tolist()):
        reading.place[ids[old]] = start + new


def _rows_of(report: Report, reading: _Reading) -> list[int] | None:
    """The rows that a report is of: those of its crossing, or its declaration's; None where none has come."""
    if report.crossing_id is not None and report.crossing_id in reading.rows_of:
        return reading.rows_of[report.crossing_id]
    at = reading.place.get(report.declaration_id) if report.declaration_id is not None else None
    return None if at is None else [at]


class _Known:
    """The outcomes of one night, row by row; what is said again changes nothing, and what is mended counts anew."""

    def __init__(self, reading: _Reading, today: Today) -> None:
        self._reading, self._today = reading, today
        self.made: list[Outcome] = []
        self.unexamined = 0

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
        if not hasattr(self, "_by_row"):
            self._by_row = {row: own for own, row in self._reading.place.items()}
        return self._by_row


def _ledger(
    reading: _Reading,
    rows: Sequence[slice],
    quality: list[NightQuality],
    learnt: list[list[Outcome]],
    ends: Sequence[date],
    today: Today,
) -> Ledger:
    table = pl.concat(reading.tables)
    names = list(reading.rows_of)
    number = {name: c for c, name in enumerate(names)}
    crossing = np.array([number[name] for name in reading.names], dtype=np.int64)
    first = np.array([own[0] for own in reading.rows_of.values()], dtype=np.int64)
    edges = np.array([each.stop for each in rows])
    night_of_row = np.searchsorted(edges, np.arange(table.height), side="right")
    period = night_of_row[first].astype(np.int64)
    bounds = np.searchsorted(period, np.arange(len(rows) + 1)).tolist()
    stands = _stands(table, crossing, night_of_row)
    live = np.zeros(len(names), dtype=np.bool_)
    at_first = night_of_row == period[crossing]
    np.logical_or.at(live, crossing[at_first], stands[at_first])
    cancelled = np.bincount(period[~live], minlength=len(rows)).tolist()
    truth = _truth(reading, table.height)
    history = History(
        table, truth, (), crossing, names, stands, period, first, tuple(each.night for each in quality), tuple(rows),
        tuple(slice(a, b) for a, b in zip(bounds, bounds[1:], strict=False)),
        hashlib.sha256("".join(d for each in quality for d in each.digests).encode()).hexdigest(),
    )  # fmt: skip
    ids: list[str] = table["declaration_id"].to_list()
    theirs = np.full(len(names), 0 if today.complete else -1, dtype=np.int8)
    control = np.zeros(len(names), dtype=np.bool_)
    chance = np.full(len(names), np.nan)
    examined, listed = np.zeros(len(names), dtype=np.bool_), np.zeros(len(names), dtype=np.bool_)
    unlisted = 0
    for c, (name, own) in enumerate(reading.rows_of.items()):
        looked = any(row in reading.examined for row in own)
        choice = today.of(name, [ids[row] for row in own])
        drawn = [p for row in own if (p := reading.propensity.get(row)) is not None and p < 1.0]
        if choice is not None:
            listed[c] = True
            chosen = choice.selected if choice.selected is not None else bool(choice.examined)
            examined[c] = looked or (choice.examined if choice.examined is not None else chosen)
            control[c] = choice.control
            if choice.control and choice.propensity is not None:
                chance[c] = choice.propensity
            theirs[c] = chosen or choice.control
        elif looked:
            # It was examined, so today's system sent it, whether its list says so or not.
            unlisted += 1
            theirs[c], examined[c] = 1, True
        if drawn and examined[c] and (choice is None or (choice.control and choice.propensity is None)):
            control[c], chance[c] = True, min(drawn)
    return Ledger(
        history,
        [msgspec.structs.replace(each, cancelled=int(gone)) for each, gone in zip(quality, cancelled, strict=True)],
        _missing(ends),
        learnt,
        theirs,
        control,
        chance,
        examined,
        listed,
        unlisted,
    )


def _truth(reading: _Reading, height: int) -> Truth:
    """What is known of every row at the end."""
    made = Truth(
        np.full(height, UNKNOWN, np.int8), np.full(height, -1, np.int64), np.zeros(height), np.full(height, -1, np.int64)
    )
    for row, own in reading.result.items():
        made.violation[row], made.threat[row], made.severity[row] = own.result, own.threat, own.severity
    return made


def _stands(table: pl.DataFrame, crossing: Int64Array, night: Int64Array) -> npt.NDArray[np.bool_]:
    """Which rows stand at the end of their own night."""
    stands = np.ones(table.height, dtype=np.bool_)
    amending = table["amends"].is_not_null().to_numpy()
    if not amending.any():
        return stands
    ids, amends, action = (table[name].to_list() for name in ("declaration_id", "amends", "action"))
    for c in np.unique(crossing[amending]).tolist():
        rows = np.flatnonzero(crossing == c)
        for end in np.unique(night[rows]).tolist():
            so_far = rows[night[rows] <= end]
            still = so_far[standing([(ids[row], amends[row], action[row]) for row in so_far.tolist()])]
            own = so_far[night[so_far] == end]
            stands[own] = np.isin(own, still)
    return stands


def _missing(ends: Sequence[date]) -> tuple[str, ...]:
    """The days between the first night and the last that have no extract."""
    have = set(ends)
    if not have:
        return ()
    span = (max(have) - min(have)).days
    days = (min(have) + timedelta(days=d) for d in range(span))
    return tuple(day.isoformat() for day in days if day not in have)
