"""Checking the fields of declarations, column by column.

A finding is a refusal where the value cannot be what its column means, so that using it would be using something else;
it is a warning where the value is kept as it came: a code that a list does not know, or something expected that is
missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.codes import countries, hs6_codes, schedule_d
from aforo.domain.declaration import LANES, TRADE_PROGRAMMES
from aforo.domain.problem import Gravity
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.text import Text
from aforo.domain.threat import THREATS
from aforo.intake import extra, identifiers, instants, sentences
from aforo.intake.batch import Findings, Int64Array, found
from aforo.intake.limits import Limits
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
#: Prefix of the columns that checks see beside the table's own: the text that a column was made from.
TEXT = "text of "
_TIME_COLUMNS = ("filed_at", "filed_offset_minutes")
#: Expected of a declaration of goods; a declaration of an empty trailer may lack them.
EXPECTED_OF_GOODS: tuple[str, ...] = ("importer_id", "exporter_id", "broker_id", "hs6")
#: What becomes part of keys, streams and look-ups: visible characters, and not many of them.
KEYS: tuple[str, ...] = (
    *("declaration_id", "amends", "crossing_id", "shipment_id", "carrier_id", "driver_id", "tractor_id"),
    *("importer_id", "exporter_id", "broker_id", "seal_id"),
    *("port", "bridge", "origin", "departure", "trade_programme", "lane"),
)
NUL = r"\x00"
#: A NUL is said of the whole record, in whichever field it stands.
CONTROL = r"[\p{Cc}&&[^\x00]]"
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
    """Rows as read, every column text: `texts` by the file's columns; `records` and `lines` say where they stood.

    `too_long` marks, by column, fields that are over the limit, where that was not seen to before. `place_of` says,
    where the format has no lines, where a row stands (for the empty name), or where one of its columns was read.
    `extra` is the table's column of that name, where the format has made it itself.
    """

    texts: pl.DataFrame | Mapping[str, Sequence[str | None]]
    records: Int64Array
    lines: Int64Array
    unit: str = "line"
    too_long: dict[str, pl.Series] = field(default_factory=dict)
    place_of: Callable[[int, str], str] | None = None
    extra: pl.Series | None = None

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows in columns."""
        if isinstance(self.texts, pl.DataFrame):
            return self.texts
        return pl.DataFrame([pl.Series(name, values, dtype=pl.String) for name, values in self.texts.items()])

    @property
    def names(self) -> Sequence[str]:
        """The file's columns."""
        return self.texts.columns if isinstance(self.texts, pl.DataFrame) else list(self.texts)

    def values(self, name: str) -> Sequence[str | None]:
        """A column's texts."""
        texts = self.texts[name]
        return texts.to_list() if isinstance(texts, pl.Series) else texts

    def found(
        self,
        code: str,
        column: str,
        gravity: Gravity,
        which: BoolArray | Int64Array,
        text: Text | None = None,
        value_text: Callable[[str], Text] | None = None,
    ) -> Findings:
        """Findings of one kind about some of the rows, with the sentence of its code unless `text` is given, or
        `value_text`, which makes that of a row's own value."""
        at = np.flatnonzero(which) if which.dtype == np.bool_ else which
        where = tuple(self.place(row, column) for row in at.tolist()) if self.place_of else ()
        values: tuple[str, ...] = ()
        if value_text is not None and column in self.names:
            texts = self.texts[column]
            given = texts.gather(at) if isinstance(texts, pl.Series) else [texts[row] for row in at.tolist()]
            values = tuple((value or "").strip() for value in given)
            text = value_text(values[0]) if values else None
        said = found(code, column, gravity, self.records[at], self.lines[at], unit=self.unit, text=text, places=where)
        return replace(said, values=values, value_text=value_text) if values else said

    def place(self, row: int, column: str = "") -> str:
        """Where a row, or one of its columns, stands."""
        return self.place_of(row, column) if self.place_of else f"{self.unit} {int(self.lines[row])}"


@dataclass(frozen=True)
class Checked:
    """The rows in the table's columns, the refused still among them, and what was found."""

    table: pl.DataFrame
    labels: pl.DataFrame | None
    findings: list[Findings]
    refused: BoolArray


@dataclass(frozen=True)
class _Check:
    """A finding by an expression that is true where a row has it, over the columns that `check` puts together.

    `column` is the file's own where the check is of the text as it came, and no column of the table is meant.
    """

    code: str
    target: str
    gravity: Gravity
    where: pl.Expr
    column: str = ""


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


def check(rows: Rows, plan: Plan, limits: Limits) -> Checked:
    """The rows in columns of the declaration table, each field checked.

    All checks are evaluated together, over the table, its labels, and the text that both were made from.
    """
    text = _texts(rows, plan.fields, plan)
    times = _times(text, plan)
    columns = [pl.Series("record", rows.records, dtype=pl.Int64), times["filed_at"]]
    more = rows.extra
    if more is None:
        more = extra.column(rows.frame, plan.extra, text["extra"] if "extra" in text.columns else None)
    columns.append(more.alias("extra"))
    table = (
        text.select(
            _typed(target, kind, text, plan.fields)
            for target, kind in DECLARATION_SCHEMA.items()
            if target not in ("record", "filed_at", "filed_offset_minutes", "extra")
        )
        .hstack([*columns, times["filed_offset_minutes"]])
        .select(list(DECLARATION_SCHEMA))
    )
    checks = [*_text_checks(rows), *_key_checks(text, limits)]
    checks += [*_time_checks(text), *_required(text), *_field_checks(text, table, plan)]
    labels = None
    together = table.hstack(text.select(pl.all().name.prefix(TEXT))).hstack(times.drop(_TIME_COLUMNS))
    if plan.labels:
        words = _texts(rows, plan.labels, plan)
        labels = words.select(_typed(target, kind, words, plan.labels) for target, kind in LABEL_SCHEMA.items())
        together = together.hstack(labels).hstack(words.select(pl.all().name.prefix(TEXT)))
        checks += _label_checks(words)
    marks = together.select(each.where.fill_null(False).alias(str(number)) for number, each in enumerate(checks))
    hits = marks.select(pl.all().any()).row(0) if len(marks) else ()
    refused = np.zeros(len(table), dtype=np.bool_)
    findings: list[Findings] = []
    sources = {**plan.fields, **plan.labels}
    unreadable: list[pl.Expr] = []
    for number, (each, hit) in enumerate(zip(checks, hits, strict=False)):
        if hit:
            mask = marks[str(number)].to_numpy()
            column = each.column or (sources[each.target].column if each.target in sources else each.target)
            whole, of_value = sentences.texts(each.code, each.target, column, plan, table=rows.place_of is None)
            for kind, part in sentences.kinds(each.code, rows.frame[column] if of_value else None, mask):
                said = rows.found(each.code, column, each.gravity, part, whole, of_value)
                findings.append(replace(said, kind=kind) if kind else said)
            if each.gravity == "refusal":
                refused |= mask
            if each.code in ("label_unreadable", "threat_unknown"):
                unreadable.append(pl.when(~marks[str(number)]).then(pl.col(each.target)).alias(each.target))
    if labels is not None:
        for without in unreadable:
            labels = labels.with_columns(without)
        labels = _named_threats(labels, plan.mapping.threat)
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
    if not labels and plan.mapping.declaration_id is not None:
        made = identifiers.column(plan.mapping.declaration_id, plan.identified_by, rows.frame, rows.records)
        columns.append(pl.lit(made).alias("declaration_id"))
    return trimmed.select(columns)


def _given(target: str) -> pl.Expr:
    """The text that a column was made from."""
    return pl.col(TEXT + target)


def _typed(target: str, kind: pl.DataType, text: pl.DataFrame, sources: dict[str, Source]) -> pl.Expr:
    """A column in its type, null where its text cannot be read."""
    if target not in text.columns:
        return pl.lit(None, kind).alias(target)
    value = pl.col(target)
    if kind == pl.Boolean():
        lower = value.str.to_lowercase()
        flag: pl.Expr = pl.when(lower.is_in(TRUE_WORDS)).then(True).when(lower.is_in(FALSE_WORDS)).then(False)
        if target == "outcome":
            # Some histories grade it: anything above zero is a violation.
            grade = value.cast(pl.Float64, strict=False)
            graded = pl.when(grade.is_finite() & (grade > 0)).then(True).when(grade == 0).then(False)
            flag = pl.coalesce(flag, graded)
        return flag.alias(target)
    if kind == pl.Float64():
        number = value.cast(pl.Float64, strict=False)
        scale = sources[target].rule.scale if target in sources else 1.0
        if scale != 1.0:
            # 0.01 has no exact double: dividing by 100 rounds once, multiplying twice.
            whole = round(1 / scale)
            number = number / whole if whole > 1 and abs(whole * scale - 1) < 1e-12 else number * scale
        # A minus sign before zero says nothing; it would only make equal records unequal.
        return (number + 0.0).alias(target)
    return value.alias(target)


def _type_checks(target: str, kind: pl.DataType, gravity: Gravity, code: str = "") -> Iterator[_Check]:
    """What the type itself asks of a column; under one `code` where it is given."""
    value = pl.col(target)
    if kind == pl.Boolean():
        yield _Check(code or "boolean_format", target, gravity, _given(target).is_not_null() & value.is_null())
    elif kind == pl.Float64():
        readable = value.is_finite().fill_null(False)
        beyond = readable & ((value < 0) | (value > UPPER_BOUNDS[target]))
        yield _Check(code or "number_format", target, gravity, _given(target).is_not_null() & ~readable)
        yield _Check(code or "number_range", target, gravity, beyond)


def _times(text: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """When declarations were filed, in the table's columns, with a mark for each thing that is to be said of it."""
    rule = plan.fields["filed_at"].rule if "filed_at" in plan.fields else ColumnRule("filed_at")
    port = text["port"] if "port" in text.columns else pl.Series("port", [None], pl.String).new_from_index(0, len(text))
    times = instants.read(text["filed_at"], port, rule, plan.mapping.zone)
    if "filed_offset_minutes" in text.columns:
        given = text["filed_offset_minutes"].cast(pl.Int16, strict=False)
        minutes = pl.when(given.abs() <= instants.FURTHEST_OFFSET_MINUTES).then(given)
        times = times.with_columns(
            offset=pl.coalesce(minutes, pl.col("offset")),
            bad_offset=pl.lit(text["filed_offset_minutes"].is_not_null()) & minutes.is_null(),
        )
    return times.rename({"at": "filed_at", "offset": "filed_offset_minutes"})


def _time_checks(text: pl.DataFrame) -> Iterator[_Check]:
    yield _Check("time_format", "filed_at", "refusal", pl.col("bad"))
    yield _Check("time_range", "filed_at", "refusal", pl.col("out_of_range") & ~pl.col("bad"))
    yield _Check("day_only", "filed_at", "warning", pl.col("day_only"))
    yield _Check("zone_assumed", "filed_at", "warning", pl.col("zone_assumed"))
    yield _Check("offset_assumed", "filed_at", "warning", pl.col("offset_assumed"))
    yield _Check("time_skipped", "filed_at", "warning", pl.col("skipped"))
    if "filed_offset_minutes" in text.columns:
        yield _Check("offset_format", "filed_offset_minutes", "refusal", pl.col("bad_offset"))


def _holding(frame: pl.DataFrame, pattern: str) -> list[str]:
    """The columns in which a pattern of one character occurs. Asked of whole columns, since hardly any has it."""
    if not len(frame):
        return []
    joined = frame.select(pl.all().str.join("").str.contains(pattern))
    return [name for name, holds in zip(frame.columns, joined.row(0), strict=True) if holds]


def _text_checks(rows: Rows) -> Iterator[_Check]:
    """Of every field as it came, in whichever column: no store of text takes a NUL, and none should take all."""
    for name in _holding(rows.frame, NUL):
        yield _Check("nul_byte", "", "refusal", pl.lit(rows.frame[name].str.contains(NUL)), name)
    for name, mark in rows.too_long.items():
        yield _Check("field_too_long", "", "refusal", pl.lit(mark), name)


def _key_checks(text: pl.DataFrame, limits: Limits) -> Iterator[_Check]:
    keys = text.select(name for name in KEYS if name in text.columns)
    for target in _holding(keys, CONTROL):
        yield _Check("control_character", target, "refusal", _given(target).str.contains(CONTROL))
    longest = keys.select(pl.all().str.len_bytes().max()).row(0)
    for target, length in zip(keys.columns, longest, strict=True):
        if length is not None and length > limits.identifier_bytes:
            yield _Check("key_too_long", target, "refusal", _given(target).str.len_bytes() > limits.identifier_bytes)


def _required(text: pl.DataFrame) -> Iterator[_Check]:
    for target in ("declaration_id", "filed_at"):
        yield _Check("field_missing", target, "refusal", _given(target).is_null())
    empty = pl.col("declared_empty").fill_null(False) | (pl.col("lane") == "empty").fill_null(False)
    exempt = empty | (pl.col("action") == "cancel").fill_null(False)
    for target in EXPECTED_OF_GOODS:
        if target in text.columns:
            yield _Check("party_missing", target, "warning", pl.col(target).is_null() & ~exempt)


def _field_checks(text: pl.DataFrame, table: pl.DataFrame, plan: Plan) -> Iterator[_Check]:
    """Types, formats, code lists and amendments, for the columns that hold anything."""
    filled = [target for target in text.columns if target in table.columns and text[target].null_count() < len(text)]
    for target in filled:
        if target != "filed_at":
            yield from _type_checks(target, DECLARATION_SCHEMA[target], "refusal")
    six_digits = pl.col("hs6").str.contains("^[0-9]{6}$")
    if "hs6" in filled:
        yield _Check("hs6_format", "hs6", "refusal", ~six_digits)
    for target, code in CODE_LISTS.items():
        source = plan.fields.get(target)
        if target in filled and (source is None or source.rule.listed):
            unknown = ~pl.col(target).is_in(known_codes(target))
            yield _Check(code, target, "warning", unknown & six_digits if target == "hs6" else unknown)
    yield _Check("duty_rate_high", "duty_rate", "warning", pl.col("duty_rate") > USUAL_DUTY_RATE)
    if "amends" in filled or "action" in filled:
        amends, action = pl.col("amends"), pl.col("action")
        known = action.is_in(ACTIONS)
        yield _Check("action_unknown", "action", "refusal", ~known)
        yield _Check("action_without_amends", "action", "refusal", known & amends.is_null())
        yield _Check("amends_without_action", "amends", "refusal", amends.is_not_null() & action.is_null())
        yield _Check("amends_itself", "amends", "refusal", amends == pl.col("declaration_id"))


def _label_checks(words: pl.DataFrame) -> Iterator[_Check]:
    """A label that cannot be read is left out with a warning: the declaration itself is good."""
    for target in words.columns:
        yield from _type_checks(target, LABEL_SCHEMA[target], "warning", "label_unreadable")
    yield _Check("threat_unknown", "threat", "warning", ~pl.col("threat").is_in(THREATS))


def _named_threats(labels: pl.DataFrame, threat: str) -> pl.DataFrame:
    """The labels with the mapping's threat where a violation names none."""
    if not threat:
        return labels
    named = pl.when(pl.col("outcome")).then(pl.lit(threat))
    return labels.with_columns(threat=pl.coalesce(pl.col("threat"), named))
