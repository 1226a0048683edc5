"""A mapping applied to small tables that are read row by row: reports of what examinations found.

The rules are those of declarations: names, values, scales, decimal marks, formats of dates. A value that its rule
cannot read stays as it came, so that the reader of the row says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from aforo.intake import identifiers, instants
from aforo.intake.mapping import ColumnRule, fold
from aforo.intake.mapping import Mapping as ColumnMapping
from aforo.intake.rows import Row, cell


def renamed(rows: Iterable[Row], mapping: ColumnMapping, dates: Collection[str], numbers: Collection[str]) -> list[Row]:
    """The rows with the mapping's targets for columns; `dates` and `numbers` are the targets that hold these."""
    rules = mapping.rules()
    made: list[Row] = [
        (number, line, _row(row, mapping, rules, numbers) if isinstance(row, Mapping) else row)
        for number, line, row in rows
    ]
    for target in dates:
        rule = next((rule for rule in rules.values() if rule.to == target), None)
        if rule is not None:
            _dates([row for _, _, row in made if isinstance(row, dict)], target, rule, mapping.zone)
    return made


def date_rule(mapping: ColumnMapping | None, target: str) -> ColumnRule:
    """The rule of the column that becomes `target`, that of ISO 8601 where the mapping has none."""
    rules = () if mapping is None else mapping.rules().values()
    return next((rule for rule in rules if rule.to == target), ColumnRule(target))


def column_of(mapping: ColumnMapping | None, target: str) -> str:
    """The file's own name of the column that becomes `target`."""
    columns = {} if mapping is None else mapping.columns
    rules = ((name, rule if isinstance(rule, str) else rule.to) for name, rule in columns.items())
    return next((name for name, to in rules if to == target), target)


def _row(
    row: Mapping[str, Any], mapping: ColumnMapping, rules: Mapping[str, ColumnRule], numbers: Collection[str]
) -> dict[str, Any]:
    made: dict[str, Any] = dict(mapping.constants)
    for name in row:
        rule = rules.get(fold(name))
        if rule is None:
            made.setdefault(fold(name), row[name])
            continue
        value = cell(row, name)
        if value is not None:
            value = rule.values.get(value, value)
            value = value.removesuffix(".0").zfill(rule.pad) if rule.pad else value
            if rule.to in numbers:
                value = _number(value, rule.scale, comma=mapping.decimal == ",")
        made[rule.to] = value
    own = mapping.declaration_id
    if own is not None and own.source == "digest":
        named = {fold(name): name for name in row}
        if all(fold(each) in named for each in own.of):
            made["declaration_id"] = identifiers.digest([cell(row, named[fold(each)]) for each in own.of])
    if mapping.threat and made.get("outcome") in ("1", 1, True) and not made.get("threat"):
        made["threat"] = mapping.threat
    return made


def _number(value: str, scale: float, *, comma: bool) -> str:
    text = value.replace(".", "").replace(",", ".") if comma else value
    if scale == 1.0:
        return text
    try:
        return repr(float(text) * scale)
    except ValueError:
        return value


def _dates(rows: Sequence[dict[str, Any]], target: str, rule: ColumnRule, zone: str) -> None:
    """Write the dates of a column that its rule reads in ISO 8601, with their offsets where these are known."""
    if not rule.formats and not (rule.zone or zone):
        return
    text = pl.Series([cell(row, target) for row in rows], dtype=pl.String)
    nowhere = pl.Series([None] * len(text), dtype=pl.String)
    read = instants.read(text, nowhere, rule, zone)
    for row, (at, offset, assumed) in zip(rows, read.select("at", "offset", "zone_assumed").iter_rows(), strict=True):
        if at is not None:
            local = at.replace(tzinfo=None) if assumed else at.astimezone(instants.zone_of(offset))
            row[target] = local.isoformat()
