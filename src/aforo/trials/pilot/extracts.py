"""The folder of nightly extracts: which files it has, of what kind, of which night, and what is in each.

A file is one night's declarations (any table or message that intake knows), or outcomes that came by themselves (a
table of `declaration_id` or `crossing_id` with `examined`, `outcome`, `threat`, `severity`, `at`, and no `filed_at`).
Its night is the date in its name; where a file of declarations has none, all are ordered by the latest filing in them.
Files are only read.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl

from aforo.domain.input_refusal import RefusedRows, RefusedTally
from aforo.domain.table import LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.intake import declarations
from aforo.intake.batch import empty_table
from aforo.intake.mapping import Mapping as ColumnMapping
from aforo.intake.registry import recognise
from aforo.trials.history import HistoryError, local_days
from aforo.trials.pilot import rows

Order = Literal["name", "filed_at"]
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
#: What nobody needs here: names of persons, and columns that the table does not know.
_LEFT_OUT = ("importer_name", "exporter_name", "carrier_name", "driver_name", "extra")
#: What the identifiers of `aforo world` look like.
_SYNTHETIC = r"^SYN\d+D\d+$"


@dataclass(frozen=True)
class Report:
    """One outcome that came by itself; `result` None where the examination ended without one."""

    declaration_id: str | None
    crossing_id: str | None
    examined: bool
    result: bool | None
    threat: str | None
    severity: float | None
    at: date | None


@dataclass(frozen=True)
class Extract:
    """One file. `day` is its night. `table` and `labels` are of the good rows of a file of declarations, `reports` of
    one of outcomes; `examined_given` tells whether the file has a column of its own that says who was examined.
    """

    name: str
    digest: str
    day: date
    table: pl.DataFrame
    labels: pl.DataFrame
    examined_given: bool
    reports: tuple[Report, ...]
    records: int
    refused: int
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """All files in their order. `order` says by what; `unread` are those that nothing could be made of."""

    extracts: tuple[Extract, ...]
    order: Order
    unread: tuple[str, ...]
    synthetic: bool

    @property
    def refused_rows(self) -> tuple[RefusedRows, ...]:
        """The rows of files that could not be read, by file and reason, and the files of which nothing could."""
        rows = [
            one
            for each in self.extracts
            for one in RefusedTally("history", each.name, each.refused, Counter(each.reasons)).refused
        ]
        return (*rows, *(RefusedRows("history", name, 0, {"file_unreadable": 1}) for name in self.unread))


def read_folder(
    folder: Path, mapping: ColumnMapping | None = None, advance: Callable[[int], None] = lambda files: None
) -> Folder:
    """Read every file of a folder, hidden ones apart. Raises HistoryError where no file holds declarations; OSError."""
    made: list[Extract] = []
    unread: list[str] = []
    by_name = True
    for path in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        named = date_in(path.name)
        extract = _outcomes(path, mapping, named) if _holds_outcomes(path, mapping) else _night(path, mapping, named)
        if extract is None:
            unread.append(path.name)
        else:
            by_name = by_name and (named is not None or not extract.table.height)
            made.append(extract)
        advance(1)
    if not any(each.table.height for each in made):
        raise HistoryError("no_declarations", folder=folder)
    if not by_name:  # dates of names and of filings are not mixed
        made = [replace(each, day=_last_filed(each.table)) if each.table.height else each for each in made]
    made.sort(key=lambda each: (each.day, each.name))
    ids = pl.concat([each.table["declaration_id"] for each in made if each.table.height])
    synthetic = bool(ids.str.contains(_SYNTHETIC).all())
    return Folder(tuple(made), "name" if by_name else "filed_at", tuple(unread), synthetic)


def date_in(name: str) -> date | None:
    """The last date in a file's name, as 2026-11-25 or 20261125; None where there is none."""
    for year, month, day in reversed(_DATE.findall(name)):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def _holds_outcomes(path: Path, mapping: ColumnMapping | None) -> bool:
    columns = rows.columns_of(path, mapping)
    return (
        "filed_at" not in columns
        and not columns.isdisjoint(("declaration_id", "crossing_id"))
        and not columns.isdisjoint(("examined", "outcome"))
    )


def _last_filed(table: pl.DataFrame) -> date:
    last = local_days(table).max()
    assert isinstance(last, date), "a table with rows has a last day"
    return last


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _night(path: Path, mapping: ColumnMapping | None, named: date | None) -> Extract | None:
    """A file of declarations, without the names of persons; None where it has no good row and none that is refused."""
    form = None if mapping else recognise(path)
    if form is None or form.NAME == declarations.NAME:
        batches = declarations.read(path, mapping=mapping)
    else:
        batches = form.read(path)
    tables: list[pl.DataFrame] = []
    labels: list[pl.DataFrame] = []
    records = 0
    tally = RefusedTally("history", path.name)
    for batch in batches:
        records += batch.records
        tally.add(len(batch.refused), batch.refusal_reasons)
        if batch.table.height:
            personal = [pl.lit(None, pl.String).alias(column) for column in _LEFT_OUT]
            tables.append(batch.table.with_columns(personal))
            labels.append(_labels(batch.labels, batch.table.height))
    if not tables and (not tally.rows or named is None):
        return None
    table = pl.concat(tables) if tables else empty_table()
    told = pl.concat(labels) if labels else pl.DataFrame(schema=LABEL_SCHEMA)
    day = named or _last_filed(table)
    given = bool(told["examined"].is_not_null().any())
    return Extract(path.name, _digest(path), day, table, told, given, (), records, tally.rows, tally.reasons)


def _labels(labels: pl.DataFrame | None, height: int) -> pl.DataFrame:
    if labels is not None:
        return labels
    return pl.DataFrame({name: pl.Series([None] * height, dtype=kind) for name, kind in LABEL_SCHEMA.items()})


def _outcomes(path: Path, mapping: ColumnMapping | None, named: date | None) -> Extract | None:
    """A file of outcomes; without a date in its name it came after the last of the examinations that it tells of."""
    made: list[Report] = []
    refused = records = 0
    try:
        for _, cells in rows.read(path, mapping):
            records += 1
            report = None if cells is None else _report(cells)
            if report is None:
                refused += 1
            else:
                made.append(report)
    except rows.UnreadableError:
        return None
    # A row that gives no time came at the end, whenever that is: what is not dated is never known too early.
    days = [each.at or date.max for each in made]
    day = named or max(days, default=date.max)
    return Extract(
        path.name, _digest(path), day, empty_table(), pl.DataFrame(schema=LABEL_SCHEMA), True, tuple(made), records,
        refused, {"row_unreadable": refused} if refused else {},
    )  # fmt: skip


def _report(cells: dict[str, str]) -> Report | None:
    """The outcome of a row; None where it cannot be understood."""
    declaration, crossing = cells.get("declaration_id"), cells.get("crossing_id")
    flags: list[bool | None] = []
    for name in ("examined", "outcome"):
        text = cells.get(name, "").lower()
        if text and text not in rows.FLAGS:
            return None
        flags.append(rows.FLAGS[text] if text else None)
    examined, result = flags
    threat = cells.get("threat")
    try:
        severity = float(cells["severity"]) if "severity" in cells else None
        at = datetime.fromisoformat(cells["at"]).date() if "at" in cells else None
    except ValueError:
        return None
    if (declaration is None and crossing is None) or (threat is not None and threat not in THREATS):
        return None
    if examined is False and result is not None:
        return None
    return Report(declaration, crossing, examined is not False, result, threat, severity, at)


#: Row, examined, result, threat, severity, propensity.
Label = tuple[int, bool | None, bool | None, str | None, float | None, float | None]


def labels_of(labels: pl.DataFrame) -> Iterator[Label]:
    """What the rows of a file of declarations say of an examination, where they say any of it."""
    said = labels.with_row_index("row").filter(pl.col("examined").is_not_null() | pl.col("outcome").is_not_null())
    yield from said.select("row", "examined", "outcome", "threat", "severity", "propensity").iter_rows()
