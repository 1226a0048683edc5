"""Mapping documents: how another schema's columns become those of the declaration table.

A mapping is a TOML file. Built-in mappings (`mappings/*.toml`) have the same form and are recognised by their header.

    name = "mine"
    zone = "America/Monterrey"            # of times without an offset
    decimal = ","                         # of numbers, if not the point
    threat = "contraband"                 # of outcomes that name none
    declaration_id = { from = "digest", of = ["Fecha", "Factura"] }   # where the file has none; or { from = "row" }
    [columns]
    "Folio" = "declaration_id"
    "Peso (t)" = { to = "gross_mass_kg", scale = 1000 }
    "Fecha" = { to = "filed_at", format = ["%d/%m/%Y %H:%M", "excel"], zone = "America/Mexico_City" }
    "Carril" = { to = "lane", values = { "1" = "standard", "2" = "fast" } }
    [constants]
    port = "2304"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.intake.batch import IDENTITY_COLUMNS, Findings, of_file, printable
from aforo.intake.columns import label_text, missing_text

#: A time by which zones and patterns are tried, and the offset that it is given where a pattern has one.
PROBE = datetime(2026, 11, 22, 13, 14, 15)  # noqa: DTZ001 - local by intent
PROBE_OFFSET = timezone(timedelta(hours=-6))
#: The format of a spreadsheet's serial numbers: days since the end of 1899, the time of day as their fraction.
EXCEL = "excel"
#: A directive of a strptime pattern, and those of offsets: -0600, -06:00, and either of them, -06 or Z.
DIRECTIVE = re.compile(r"%(?:[-_0.]?\d*|[:#])[A-Za-z%]")
OFFSET_DIRECTIVES = ("%z", "%:z", "%#z")

#: What a file's column may become.
FIELDS: tuple[str, ...] = tuple(name for name in DECLARATION_SCHEMA if name not in ("record", "extra"))
LABELS: tuple[str, ...] = tuple(LABEL_SCHEMA)
#: What a file may call its columns so that no mapping is needed; `extra` is how the product itself writes them.
OWN: tuple[str, ...] = (*FIELDS, "extra", *LABELS)


class MappingError(ValueError):
    """A mapping document that cannot be used; `text` says what is wrong and where, in both languages."""

    def __init__(self, code: str, source: str, **fields: str | Text) -> None:
        shown = {
            name: Text(printable(value.en), printable(value.es)) if isinstance(value, Text) else printable(value)
            for name, value in fields.items()
        }
        self.text = catalogue("aforo.intake").say(code, source=printable(source), **shown)
        super().__init__(self.text.en)


class ColumnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one column.

    `scale` multiplies numbers (units); `pad` restores leading zeros up to that width; `format` is a strptime pattern,
    with an offset or without, or `excel` for the serial numbers of spreadsheets, or a list of these, of which the first
    that fits reads a value; `zone` is the IANA zone of times without an offset; `values` translates values; `listed`
    says whether the product's code list applies.
    """

    to: str
    scale: float = 1.0
    pad: int = 0
    format: str | tuple[str, ...] = ""
    zone: str = ""
    values: dict[str, str] = {}
    listed: bool = True

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of its dates, in the order in which they are tried; empty for ISO 8601."""
        return tuple(filter(None, (self.format,) if isinstance(self.format, str) else self.format))


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """How `declaration_id` is made for a file that has none.

    From the `row`: `prefix` and the record's number, unique in its file alone. From a `digest`: a hash of the values of
    the columns `of`, the same in every file; rows that agree in all of these are one declaration.
    """

    source: Literal["row", "digest"]
    prefix: str = ""
    of: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A warning that every file of this schema carries once, about one column."""

    code: str
    column: str
    en: str
    es: str


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping document; see the module's text. `recognise` lists the columns by which a built-in one is known."""

    name: str
    columns: dict[str, str | ColumnRule] = {}
    constants: dict[str, str] = {}
    recognise: tuple[str, ...] = ()
    zone: str = ""
    decimal: str = "."
    threat: str = ""
    notes: tuple[Note, ...] = ()
    declaration_id: Identifier | None = None

    def rules(self) -> dict[str, ColumnRule]:
        """The rule of each column by its folded name."""
        return {fold(name): ColumnRule(rule) if isinstance(rule, str) else rule for name, rule in self.columns.items()}


def fold(name: str) -> str:
    """A column's name as it is compared: without surrounding space, in lower case."""
    return name.strip().casefold()


def parse(text: str, source: str, also: Collection[str] = ()) -> Mapping:
    """The mapping of a TOML document; `also` are targets beyond the table's own, for tables of another kind. Raises
    MappingError.
    """
    try:
        table = tomllib.loads(text)
        mapping = msgspec.convert(table, Mapping)
    except tomllib.TOMLDecodeError as error:
        raise MappingError("mapping_unreadable", source, detail=not_toml(error)) from error
    except msgspec.ValidationError as error:
        detail = placed(*fault_of(error, Mapping, table))
        raise MappingError("mapping_unreadable", source, detail=detail) from error
    rules = mapping.rules()
    targets = [rule.to for rule in rules.values()] + list(mapping.constants)
    for target in targets:
        if target not in FIELDS and target not in LABELS and target not in also:
            raise MappingError("mapping_target", source, value=target)
        if targets.count(target) > 1:
            raise MappingError("mapping_twice", source, value=target)
    if "declaration_id" in mapping.constants:
        raise MappingError("mapping_constant", source, value="declaration_id")
    if mapping.declaration_id is not None:
        _check_identifier(mapping, mapping.declaration_id, rules, source)
    for zone in filter(None, (mapping.zone, *(rule.zone for rule in rules.values()))):
        try:
            pl.select(pl.lit(PROBE).dt.replace_time_zone(zone))
        except pl.exceptions.ComputeError as error:
            raise MappingError("mapping_zone", source, value=zone) from error
    for form in (form for rule in rules.values() for form in rule.formats):
        if form != EXCEL and not _reads_back(form):
            raise MappingError("mapping_format", source, value=form)
    if mapping.decimal not in (".", ","):
        raise MappingError("mapping_decimal", source)
    if mapping.threat and mapping.threat not in THREATS:
        raise MappingError("mapping_threat", source)
    return mapping


def _check_identifier(mapping: Mapping, made: Identifier, rules: dict[str, ColumnRule], source: str) -> None:
    """Raises MappingError where an identifier is made in two ways, of nothing, or of what traces a person."""
    if any(rule.to == "declaration_id" for rule in rules.values()):
        raise MappingError("mapping_twice", source, value="declaration_id")
    if made.source == "digest" and not made.of:
        raise MappingError("mapping_digest_of", source)
    if (made.source == "digest" and made.prefix) or (made.source == "row" and made.of):
        raise MappingError("mapping_identifier", source)
    for name in made.of:
        rule = rules.get(fold(name), ColumnRule(fold(name)))
        # The log keeps identifiers in clear: whoever guesses the person could test the guess, erased or not.
        if rule.to in IDENTITY_COLUMNS:
            raise MappingError("mapping_digest_personal", source, value=name)


def with_offset(form: str) -> bool:
    """Whether a strptime pattern reads an offset."""
    return any(directive in OFFSET_DIRECTIVES for directive in DIRECTIVE.findall(form))


def has_clock(form: str) -> bool:
    """Whether a strptime pattern reads a time of day."""
    return any(mark in form for mark in ("%H", "%I", "%T", "%R", "%c", "%s", "%X"))


def _reads_back(form: str) -> bool:
    """Whether a strptime pattern gives back the day of what was written with it; with an offset, the hour too."""
    try:
        return _reads_day_back(form)
    except pl.exceptions.ComputeError:  # an hour without its minute, for one
        return False


def _reads_day_back(form: str) -> bool:
    if not with_offset(form):
        written = pl.Series([PROBE.strftime(form)])
        if has_clock(form) and written.str.to_datetime(form, time_unit="us", strict=False).item() is None:
            return False
        return bool(written.str.to_date(form, strict=False).item() == PROBE.date())
    plain = DIRECTIVE.sub(lambda each: "%z" if each[0] in OFFSET_DIRECTIVES else each[0], form)
    text = PROBE.replace(tzinfo=PROBE_OFFSET).strftime(plain)
    read = pl.Series([text]).str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False).item()
    return read is not None and read.astimezone(PROBE_OFFSET).strftime("%F %H") == PROBE.strftime("%F %H")


def load(path: Path, also: Collection[str] = ()) -> Mapping:
    """The mapping document at `path`; `also` as in `parse`. Raises MappingError, OSError."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name, also)
    except UnicodeDecodeError as error:
        raise MappingError("mapping_not_utf8", path.name) from error


@cache
def built_in() -> tuple[Mapping, ...]:
    """The mappings that the product ships."""
    folder = resources.files("aforo.intake") / "mappings"
    return tuple(
        parse(item.read_text(encoding="utf-8"), item.name)
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".toml")
    )


#: For files in the product's own columns.
CANONICAL = Mapping("declarations")


def recognised(header: list[str]) -> Mapping | None:
    """The mapping for a header: the product's own where it has its key column, else a built-in one, else None."""
    names = {fold(name) for name in header}
    if "declaration_id" in names:
        return CANONICAL
    for mapping in built_in():
        if all(fold(name) in names for name in mapping.recognise):
            return mapping
    return None


@dataclass(frozen=True)
class Source:
    """Where a column of the table comes from: a column of the file and its rule."""

    column: str
    rule: ColumnRule


@dataclass(frozen=True)
class Plan:
    """What becomes of every column of one file; made once from its header.

    `fields` and `labels` by target; `extra` are the columns that the table does not know; `hidden` are label columns
    that another one replaced, kept out of the table. `findings` are warnings about the file. `refused` is set where the
    header lacks what the table needs. `identified_by` are the columns that `declaration_id` is a digest of.
    """

    fields: dict[str, Source]
    labels: dict[str, Source]
    extra: tuple[str, ...]
    hidden: tuple[str, ...]
    mapping: Mapping
    findings: tuple[Findings, ...]
    refused: Findings | None = None
    identified_by: tuple[str, ...] = ()


def plan(header: list[str], mapping: Mapping, label: str | None = None) -> Plan:
    """The plan for a file with these columns (unique names). `label` names the column that is the outcome."""
    rules = mapping.rules()
    fields: dict[str, Source] = {}
    labels: dict[str, Source] = {}
    extra: list[str] = []
    findings: list[Findings] = []
    label_column = next((name for name in header if label is not None and fold(name) == fold(label)), None)
    mapped = [(name, rules[fold(name)]) for name in header if fold(name) in rules]
    own = [(name, ColumnRule(fold(name))) for name in header if fold(name) not in rules and fold(name) in OWN]
    taken = {name for name, _ in mapped + own}
    hidden: list[str] = []
    for name, rule in mapped + own:
        place = labels if rule.to in LABELS else fields
        if rule.to == "declaration_id" and mapping.declaration_id is not None:
            # The mapping says how it is made: the file's own stays beside it.
            extra.append(name)
            findings.append(of_file("column_shadowed", "warning", name))
        elif rule.to in place:
            (hidden if rule.to in LABELS else extra).append(name)
            findings.append(of_file("column_shadowed", "warning", name))
        elif name == label_column and rule.to in FIELDS:
            continue
        else:
            place[rule.to] = Source(name, rule)
    extra += [name for name in header if name not in taken and name != label_column]
    if label_column is not None:
        previous = labels.get("outcome")
        if previous is not None and previous.column != label_column:
            hidden.append(previous.column)
            findings.append(of_file("label_replaced", "warning", previous.column))
        labels["outcome"] = Source(label_column, ColumnRule("outcome"))
    for note in mapping.notes:
        if any(fold(note.column) == fold(name) for name in header):
            findings.append(of_file(note.code, "warning", note.column, Text(note.en, note.es)))
    made_of, absent = _identified_by(mapping.declaration_id, header)
    missing = [
        need
        for need in ("declaration_id", "filed_at")
        if need not in fields and need not in mapping.constants
        if need != "declaration_id" or mapping.declaration_id is None
    ] + absent
    refused: Findings | None = None
    if missing:
        refused = of_file("column_missing", "refusal", missing[0], missing_text(missing, header))
    if label is not None and label_column is None:
        refused = of_file("label_missing", "refusal", label, label_text(label, header))
    if mapping.declaration_id is not None and mapping.declaration_id.source == "row":
        findings.append(of_file("declaration_id_by_row", "warning"))
    for expected in ("importer_id", "exporter_id", "broker_id", "hs6"):
        if expected not in fields and expected not in mapping.constants:
            findings.append(of_file("column_absent", "warning", expected))
    order = {name: position for position, name in enumerate(header)}
    return Plan(
        fields,
        labels,
        tuple(sorted(set(extra), key=order.__getitem__)),
        tuple(hidden),
        mapping,
        tuple(findings),
        refused,
        made_of,
    )


def _identified_by(made: Identifier | None, header: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The columns of the header that an identifier is a digest of, and the names of those that the header lacks."""
    if made is None:
        return (), []
    named = {fold(name): name for name in header}
    return tuple(named[fold(each)] for each in made.of if fold(each) in named), [
        each for each in made.of if fold(each) not in named
    ]
