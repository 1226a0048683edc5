"""A labelled history in memory, arranged for a replay: period by period, crossing by crossing.

What a learner may see (the declaration table, identities) is kept apart from what it may not (labels, and any column
that the table does not know, which is dropped but for the one named as the scheme).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.codes import port_zone
from aforo.domain.declaration import ENTITY_KINDS, identity_text
from aforo.domain.input_refusal import RefusedRows, RefusedTally
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.flow.crossings import name_crossings
from aforo.flow.earlier import standing
from aforo.flow.recorded import Identities
from aforo.intake import declarations
from aforo.intake.mapping import Mapping as ColumnMapping

Period = Literal["day", "week", "month"]
#: What is said of a history whose header lacks what a replay needs, by the code of intake's finding.
_LACKING = {"label_missing": "backtest_label_missing", "column_missing": "backtest_column_missing"}
UNKNOWN, CLEAN, VIOLATION = -1, 0, 1
#: A finding that names no threat of ours is taken for the one that a declaration by itself can be.
UNNAMED_THREAT = THREATS.index("misdeclaration")


class HistoryError(ValueError):
    """The history cannot be replayed; the message is a code of the catalogue and its fields."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


@dataclass(frozen=True)
class Truth:
    """What examinations would find, one value a row or a crossing; never seen by a learner before it is revealed.

    `violation` int8: VIOLATION, CLEAN, or UNKNOWN where the history does not say. `threat`: index in THREATS of what
    was found, −1 for nothing. `severity`: harm of the violation, 1 where the history does not say, 0 for none.
    `scheme`: index of the scheme that the violation belongs to, −1 for none.
    """

    violation: npt.NDArray[np.int8]
    threat: Int64Array
    severity: npt.NDArray[np.float64]
    scheme: Int64Array

    def of_groups(self, group: Int64Array, count: int) -> Truth:
        """One value a group: it violates if any of its rows does; threat, severity and scheme are of its worst row."""
        rank = self.violation.astype(np.float64) * 1e12 + np.minimum(self.severity, 1e11)
        order = np.lexsort((np.arange(len(group)), -rank, group))
        named, first = np.unique(group[order], return_index=True)
        worst = order[first]
        none = np.full(count, -1, dtype=np.int64)
        made = Truth(np.full(count, UNKNOWN, dtype=np.int8), none, np.zeros(count), none.copy())
        for mine, theirs in zip(made.columns(), self.columns(), strict=True):
            mine[named] = theirs[worst]
        return made

    def columns(self) -> tuple[npt.NDArray[np.generic], ...]:
        return self.violation, self.threat, self.severity, self.scheme


@dataclass(frozen=True)
class History:
    """A labelled history, its rows in order of the period in which they were filed and, within it, of filing.

    `table` has DECLARATION_SCHEMA without unknown columns; `crossing[row]` is the crossing of a row, numbered in
    order of their first rows; `stands` tells which rows were neither replaced nor cancelled by the end of their period.
    `period` and `first_row` belong to crossings: a crossing is decided in the period of its first filing. `rows[p]` and
    `crossings[p]` are the slices of period p: what was filed in it, of earlier crossings as well, and what is decided
    in it. `digest` names what was read.
    """

    table: pl.DataFrame
    truth: Truth
    schemes: tuple[str, ...]
    crossing: Int64Array
    names: list[str]
    stands: npt.NDArray[np.bool_]
    period: Int64Array
    first_row: Int64Array
    periods: tuple[str, ...]
    rows: tuple[slice, ...]
    crossings: tuple[slice, ...]
    digest: str
    #: Rows of the file that could not be read: they are in no figure.
    refused: int = 0
    refused_rows: tuple[RefusedRows, ...] = ()


def read_history(
    path: Path,
    *,
    label: str | None = None,
    scheme: str | None = None,
    mapping: ColumnMapping | None = None,
    period: Period = "week",
) -> History:
    """Read a labelled history. `label` names the outcome's column, `scheme` the one that names a row's scheme.

    Raises HistoryError where the header lacks a column that is needed, where the file has no good record, no label or
    no such scheme column, and OSError.
    """
    batches = list(declarations.read(path, mapping=mapping, label=label))
    lacking = next((each for batch in batches for each in batch.findings if each.code in _LACKING), None)
    if lacking is not None:
        raise HistoryError(_LACKING[lacking.code], column=lacking.column, why=lacking.text)
    tables = [batch.table for batch in batches if batch.table.height]
    if not tables:
        raise HistoryError("backtest_no_records")
    labels = [batch.labels for batch in batches if batch.table.height and batch.labels is not None]
    if len(labels) < len(tables):
        raise HistoryError("backtest_no_label", column=label or "outcome")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    table = pl.concat(tables)
    schemes = None
    if scheme is not None:
        schemes = table["extra"].str.json_path_match(f"$['{scheme}']")
        if schemes.null_count() == table.height:
            raise HistoryError("backtest_no_scheme", column=scheme)
    arranged = arrange(table, pl.concat(labels), schemes, period, digest)
    tally = RefusedTally("history", path.name)
    for batch in batches:
        tally.add(len(batch.refused), batch.refusal_reasons)
    return replace(arranged, refused=tally.rows, refused_rows=tally.refused)


def arrange(
    table: pl.DataFrame, labels: pl.DataFrame, schemes: pl.Series | None, period: Period, digest: str
) -> History:
    """Arrange rows of DECLARATION_SCHEMA with their LABEL_SCHEMA for a replay by `period` of the port's local time."""
    filed = table["filed_at"].to_physical().to_numpy()
    when = _starts(table, period)
    order = np.lexsort((np.arange(len(filed)), filed, when)).astype(np.int64)
    table, labels = table[order], labels[order]
    starts, period_of_row = np.unique(when[order], return_inverse=True)
    rows = _slices(period_of_row, len(starts))
    place: dict[str, int] = {}
    crossing = np.array([place.setdefault(name, len(place)) for name in _names(table, rows)], dtype=np.int64)
    first = np.unique(crossing, return_index=True)[1].astype(np.int64)
    # A crossing is decided once, in the period of its first filing.
    period_of = period_of_row[first].astype(np.int64)
    found = tuple(sorted(set(schemes.drop_nulls()))) if schemes is not None else ()
    return History(
        table.with_columns(pl.lit(None, DECLARATION_SCHEMA["extra"]).alias("extra")),
        _truth(labels, None if schemes is None else schemes[order], found),
        found,
        crossing,
        list(place),
        _stands(table, crossing, period_of_row),
        period_of,
        first,
        tuple(_period_name(date.fromordinal(719_163 + int(day)), period) for day in starts),
        rows,
        _slices(period_of, len(starts)),
        digest,
    )


def _starts(table: pl.DataFrame, period: Period) -> Int64Array:
    """The first day of each row's period, in days since 1970."""
    local = local_days(table)
    if period != "day":
        local = local.dt.truncate("1w" if period == "week" else "1mo")
    return local.to_physical().to_numpy().astype(np.int64)


def _slices(period_of: Int64Array, count: int) -> tuple[slice, ...]:
    """Where each of `count` periods lies in what is ordered by period."""
    edges = np.searchsorted(period_of, np.arange(count + 1))
    return tuple(slice(int(a), int(b)) for a, b in pairwise(edges))


def _names(table: pl.DataFrame, rows: Sequence[slice]) -> list[str]:
    """The crossing of each row, named period by period as a log would: what is filed later names nothing before it."""
    if table["amends"].null_count() == table.height:
        return name_crossings(table, _nothing_earlier)
    names: list[str] = []
    known: dict[str, str] = {}
    for own in rows:
        filings = table[own]
        named = name_crossings(filings, lambda ids: {each: known[each] for each in ids if each in known})
        known.update(zip(filings["declaration_id"].to_list(), named, strict=True))
        names += named
    return names


def _nothing_earlier(declaration_ids: list[str]) -> dict[str, str]:
    return {}


def local_days(table: pl.DataFrame) -> pl.Series:
    """The local date of filing at the row's port; where its zone is not known, by the offset that the filer wrote."""
    day = (pl.col("filed_at") + pl.duration(minutes=pl.col("filed_offset_minutes").cast(pl.Int64))).dt.date()
    for port in table["port"].unique().drop_nulls().to_list():
        zone = port_zone(port)
        if zone is not None:
            day = (
                pl.when(pl.col("port") == port)
                .then(pl.col("filed_at").dt.convert_time_zone(zone).dt.date())
                .otherwise(day)
            )
    return table.select(day.alias("day"))["day"]


def _period_name(start: date, period: Period) -> str:
    """2026-11-25, 2026-W48 (ISO 8601) or 2026-11."""
    if period == "day":
        return start.isoformat()
    if period == "month":
        return f"{start:%Y-%m}"
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02d}"


def _truth(labels: pl.DataFrame, schemes: pl.Series | None, found: tuple[str, ...]) -> Truth:
    # What was not examined has no outcome, whatever stands in its place.
    known = pl.col("outcome").is_not_null() & pl.col("examined").fill_null(True)
    violation = labels.select(pl.when(known).then("outcome").cast(pl.Int8).fill_null(UNKNOWN))["outcome"].to_numpy()
    violates = violation == VIOLATION
    index = {threat: k for k, threat in enumerate(THREATS)}
    threat = labels["threat"].replace_strict(index, default=UNNAMED_THREAT, return_dtype=pl.Int64).to_numpy()
    severity = labels["severity"].fill_null(1.0).to_numpy()
    scheme = np.full(labels.height, -1, dtype=np.int64)
    if schemes is not None:
        codes = {name: s for s, name in enumerate(found)}
        scheme = schemes.replace_strict(codes, default=-1, return_dtype=pl.Int64).to_numpy()
    return Truth(violation, np.where(violates, threat, -1), np.where(violates, severity, 0.0), scheme)


def _stands(table: pl.DataFrame, crossing: Int64Array, period: Int64Array) -> npt.NDArray[np.bool_]:
    """Which rows stand at the end of their own period: what is filed later does away with nothing before it."""
    stands = np.ones(table.height, dtype=np.bool_)
    amending = table["amends"].is_not_null().to_numpy()
    if not amending.any():
        return stands
    ids, amends, action = (table[name].to_list() for name in ("declaration_id", "amends", "action"))
    concerned = np.flatnonzero(np.isin(crossing, crossing[amending]))
    by_crossing = concerned[np.argsort(crossing[concerned], kind="stable")]
    for rows in np.split(by_crossing, np.flatnonzero(np.diff(crossing[by_crossing])) + 1):
        for end in np.unique(period[rows]).tolist():
            so_far = rows[period[rows] <= end]
            still = so_far[standing([(ids[row], amends[row], action[row]) for row in so_far.tolist()])]
            own = so_far[period[so_far] == end]
            stands[own] = np.isin(own, still)
    return stands


def identities_of(table: pl.DataFrame, key: bytes) -> Identities:
    """Keyed hashes of the identities, uint64 by ENTITY_KINDS, 0 where there is none: a node's, but repeatable."""
    return {kind: _hashes(table[f"{kind}_id"], kind, key) for kind in ENTITY_KINDS}


def _hashes(values: pl.Series, kind: str, key: bytes) -> npt.NDArray[np.uint64]:
    known = values.unique().drop_nulls()
    hashed = pl.DataFrame(
        {"value": known, "hash": list(_each_hash(known.to_list(), kind, key))},
        schema={"value": pl.String, "hash": pl.UInt64},
    )
    frame = pl.DataFrame({"value": values}, schema={"value": pl.String})
    joined = frame.join(hashed, on="value", how="left", maintain_order="left")
    return joined["hash"].fill_null(0).to_numpy().astype(np.uint64)


def _each_hash(values: Iterable[str], kind: str, key: bytes) -> Iterable[int]:
    for value in values:
        digest = hashlib.blake2b(f"{kind}:{identity_text(value)}".encode(), digest_size=8, key=key).digest()
        yield int.from_bytes(digest, "little") | 1
