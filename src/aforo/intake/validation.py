"""Checking the fields of declarations, column by column.

A finding is a refusal where the value cannot be what its column means, so that using it would be using something else;
it is a warning where the value is kept as it came: a code that a list does not know, or something expected that is
missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.codes import countries, hs6_codes, schedule_d
from aforo.domain.declaration import LANES, TRADE_PROGRAMMES
from aforo.domain.problem import Gravity
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.intake import extra, instants
from aforo.intake.batch import Findings, Int64Array, found
from aforo.intake.mapping import ColumnRule, Plan, Source

BoolArray = npt.NDArray[np.bool_]

#: What no declaration exceeds, whatever its unit: beyond it the number is damage. Units in the names.
UPPER_BOUNDS: dict[str, float] = {
    "gross_mass_kg": 1e9,
    "value_usd": 1e12,
    "duty_rate": 10.0,
    "packages": 1e9,
    "severity": 1e12,
    "propensity": 1.0,
}
#: A duty rate above one is rare enough to ask whether it is a percentage.
USUAL_DUTY_RATE = 1.0
TRUE_WORDS, FALSE_WORDS = ("1", "true"), ("0", "false")
ACTIONS = ("replace", "cancel")
#: Expected of a declaration of goods; a declaration of an empty trailer may lack them.
EXPECTED_OF_GOODS: tuple[str, ...] = ("importer_id", "exporter_id", "broker_id", "hs6")
CODE_LISTS: dict[str, str] = {
    "hs6": "hs6_unknown",
    "origin": "country_unknown",
    "departure": "country_unknown",
    "port": "port_unknown",
    "lane": "lane_unknown",
    "trade_programme": "programme_unknown",
}


@dataclass(frozen=True)
class Rows:
    """Rows as read, every column text: `frame` in the file's columns; `records` and `lines` say where they stood."""

    frame: pl.DataFrame
    records: Int64Array
    lines: Int64Array
    unit: str = "line"


@dataclass(frozen=True)
class Checked:
    """The rows in the table's columns, the refused still among them, and what was found."""

    table: pl.DataFrame
    labels: pl.DataFrame | None
    findings: list[Findings]
    refused: BoolArray


@dataclass(frozen=True)
class _Check:
    code: str
    target: str
    gravity: Gravity
    mask: pl.Series


@cache
def known_codes(column: str) -> pl.Series:
    """The codes of a listed column's list."""
    values: dict[str, list[str]] = {
        "hs6": sorted(hs6_codes()),
        "origin": sorted(countries()),
        "departure": sorted(countries()),
        "port": sorted(schedule_d()),
        "lane": list(LANES),
        "trade_programme": list(TRADE_PROGRAMMES),
    }
    return pl.Series([values[column]])


def check(rows: Rows, plan: Plan, field_chars: int | None = None) -> Checked:
    """The rows in columns of the declaration table, each field checked; its length too where `field_chars` is given."""
    text = _texts(rows, plan.fields, plan)
    own_extra = text["extra"] if "extra" in text.columns else None
    checks: list[_Check] = []
    columns: dict[str, pl.Series] = {"record": pl.Series("record", rows.records, dtype=pl.Int64)}
    columns |= _instant_columns(text, plan, checks)
    for target, kind in DECLARATION_SCHEMA.items():
        if target in columns or target == "extra":
            continue
        scale = plan.fields[target].rule.scale if target in plan.fields else 1.0
        columns[target] = _typed(text, target, kind, checks, "refusal", scale)
    columns["extra"] = extra.column(rows.frame, plan.extra, own_extra)
    table = pl.DataFrame([columns[name].alias(name) for name in DECLARATION_SCHEMA])
    checks += _required(table, text)
    checks += _formats(table, plan)
    checks += _amendment_fields(table)
    labels = None
    if plan.labels:
        labels = _labels(_texts(rows, plan.labels, plan), plan, checks)
    if field_chars is not None:
        checks += _sizes(rows.frame, field_chars)
    refused = np.zeros(len(table), dtype=np.bool_)
    findings: list[Findings] = []
    sources = {**plan.fields, **plan.labels}
    for each in checks:
        mask = each.mask.fill_null(False).to_numpy()
        if mask.any():
            column = sources[each.target].column if each.target in sources else each.target
            findings.append(
                found(each.code, column, each.gravity, rows.records[mask], rows.lines[mask], unit=rows.unit)
            )
            if each.gravity == "refusal":
                refused |= mask
    return Checked(table, labels, findings, refused)


def _texts(rows: Rows, sources: dict[str, Source], plan: Plan) -> pl.DataFrame:
    """The columns named in `sources`, by target: trimmed, empty ones null, values translated, constants added."""
    trimmed = rows.frame.select(
        pl.col(source.column).str.strip_chars().alias(target) for target, source in sources.items()
    )
    hollow = trimmed.select((pl.all() == "").any()).row(0) if len(trimmed) else (False,) * trimmed.width
    columns: list[pl.Expr] = []
    for (target, source), empties in zip(sources.items(), hollow, strict=True):
        value = pl.col(target)
        if empties:
            value = pl.when(value != "").then(value)
        if source.rule.values:
            value = value.replace(source.rule.values)
        if source.rule.pad:
            # Spreadsheets drop leading zeros and may add a decimal: 71080.0 is 071080.
            value = value.str.strip_suffix(".0").str.zfill(source.rule.pad)
        if DECLARATION_SCHEMA.get(target, LABEL_SCHEMA.get(target)) == pl.Float64() and plan.mapping.decimal == ",":
            value = value.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        columns.append(value.alias(target))
    labels = sources is plan.labels
    for target, constant in plan.mapping.constants.items():
        if (target in LABEL_SCHEMA) == labels and target not in sources:
            columns.append(pl.lit(constant).alias(target))
    return trimmed.select(columns)


def _typed(
    text: pl.DataFrame, target: str, kind: pl.DataType, checks: list[_Check], gravity: Gravity, scale: float = 1.0
) -> pl.Series:
    """One column in its type, with the checks that the type itself asks for."""
    if target not in text.columns:
        return pl.Series(target, [None], dtype=kind).new_from_index(0, len(text))
    value = text[target]
    if kind == pl.Boolean():
        lower = value.str.to_lowercase()
        typed = pl.select(
            pl.when(lower.is_in(TRUE_WORDS)).then(True).when(lower.is_in(FALSE_WORDS)).then(False).alias(target)
        ).to_series()
        checks.append(_Check("boolean_format", target, gravity, value.is_not_null() & typed.is_null()))
        return typed
    if kind == pl.Float64():
        number = value.cast(pl.Float64, strict=False)
        if scale != 1.0:
            # 0.01 divides by 100: the quotient is the nearest double to the decimal that was meant.
            whole = round(1 / scale)
            number = number / whole if whole > 1 and abs(whole * scale - 1) < 1e-12 else number * scale
        readable = number.is_not_null() & number.is_finite()
        checks.append(_Check("number_format", target, gravity, value.is_not_null() & ~readable.fill_null(False)))
        checks.append(
            _Check("number_range", target, gravity, readable & ((number < 0) | (number > UPPER_BOUNDS[target])))
        )
        # A minus sign before zero says nothing; it would only make equal records unequal.
        return number + 0.0
    return value


def _instant_columns(text: pl.DataFrame, plan: Plan, checks: list[_Check]) -> dict[str, pl.Series]:
    rule = plan.fields["filed_at"].rule if "filed_at" in plan.fields else ColumnRule("filed_at")
    port = (
        text["port"]
        if "port" in text.columns
        else pl.Series("port", [None], dtype=pl.String).new_from_index(0, len(text))
    )
    read = instants.read(text["filed_at"], port, rule, plan.mapping.zone)
    checks += [
        _Check("time_format", "filed_at", "refusal", read.bad),
        _Check("time_range", "filed_at", "refusal", read.out_of_range & ~read.bad),
        _Check("day_only", "filed_at", "warning", read.day_only),
        _Check("zone_assumed", "filed_at", "warning", read.zone_assumed),
        _Check("time_skipped", "filed_at", "warning", read.skipped),
    ]
    offset = read.offset
    if "filed_offset_minutes" in text.columns:
        given = text["filed_offset_minutes"].cast(pl.Int16, strict=False)
        given = given.set(given.abs() > instants.FURTHEST_OFFSET_MINUTES, None)
        checks.append(
            _Check(
                "offset_format",
                "filed_offset_minutes",
                "refusal",
                text["filed_offset_minutes"].is_not_null() & given.is_null(),
            )
        )
        offset = pl.select(pl.coalesce(given, offset)).to_series()
    return {"filed_at": read.at, "filed_offset_minutes": offset}


def _required(table: pl.DataFrame, text: pl.DataFrame) -> Iterator[_Check]:
    for target in ("declaration_id", "filed_at"):
        yield _Check("field_missing", target, "refusal", text[target].is_null())
    empty = (table["declared_empty"].fill_null(False)) | (table["lane"] == "empty").fill_null(False)
    exempt = empty | (table["action"] == "cancel").fill_null(False)
    for target in EXPECTED_OF_GOODS:
        if target in text.columns:
            yield _Check("party_missing", target, "warning", table[target].is_null() & ~exempt)


def _formats(table: pl.DataFrame, plan: Plan) -> Iterator[_Check]:
    six_digits = table["hs6"].str.contains("^[0-9]{6}$")
    yield _Check("hs6_format", "hs6", "refusal", ~six_digits)
    for target, code in CODE_LISTS.items():
        source = plan.fields.get(target)
        if source is not None and not source.rule.listed:
            continue
        if table[target].null_count() == len(table):
            continue
        unknown = ~table[target].is_in(known_codes(target))
        yield _Check(code, target, "warning", unknown & six_digits if target == "hs6" else unknown)
    yield _Check("duty_rate_high", "duty_rate", "warning", table["duty_rate"] > USUAL_DUTY_RATE)


def _amendment_fields(table: pl.DataFrame) -> Iterator[_Check]:
    amends, action = table["amends"], table["action"]
    if amends.null_count() == len(table) and action.null_count() == len(table):
        return
    known = action.is_in(ACTIONS)
    yield _Check("action_unknown", "action", "refusal", ~known)
    yield _Check("action_without_amends", "action", "refusal", known & amends.is_null())
    yield _Check("amends_without_action", "amends", "refusal", amends.is_not_null() & action.is_null())
    yield _Check("amends_itself", "amends", "refusal", amends == table["declaration_id"])


def _labels(text: pl.DataFrame, plan: Plan, checks: list[_Check]) -> pl.DataFrame:
    """The label columns. A label that cannot be read is left out with a warning: the declaration itself is good."""
    unreadable: list[_Check] = []
    columns: dict[str, pl.Series] = {}
    for target, kind in LABEL_SCHEMA.items():
        scale = plan.labels[target].rule.scale if target in plan.labels else 1.0
        if target == "outcome" and target in text.columns:
            # 0 and 1, or a grade of which anything above zero is a violation.
            number = text[target].cast(pl.Float64, strict=False)
            graded = pl.select(
                pl.when(number > 0).then(pl.lit("1")).when(number == 0).then(pl.lit("0")).otherwise(text[target])
            ).to_series()
            columns[target] = _typed(pl.DataFrame({target: graded}), target, kind, unreadable, "warning")
        else:
            columns[target] = _typed(text, target, kind, unreadable, "warning", scale)
    for each in unreadable:
        columns[each.target] = columns[each.target].set(each.mask.fill_null(False), None)
    checks += [_Check("label_unreadable", each.target, "warning", each.mask) for each in unreadable]
    stranger = ~columns["threat"].is_in(THREATS)
    checks.append(_Check("threat_unknown", "threat", "warning", stranger))
    columns["threat"] = columns["threat"].set(stranger.fill_null(False), None)
    if plan.mapping.threat:
        named = pl.when(columns["outcome"]).then(pl.lit(plan.mapping.threat))
        columns["threat"] = pl.select(pl.coalesce(columns["threat"], named)).to_series()
    return pl.DataFrame([columns[name].alias(name) for name in LABEL_SCHEMA])


def _sizes(frame: pl.DataFrame, field_chars: int) -> Iterator[_Check]:
    lengths = frame.select(pl.all().str.len_chars().max())
    for name, longest in zip(lengths.columns, lengths.row(0), strict=True):
        if longest is not None and longest > field_chars:
            yield _Check("field_too_long", name, "refusal", frame[name].str.len_chars() > field_chars)
