"""Checking few rows: what `validation.check` finds in columns, found value by value.

A query over columns costs more than a message has rows, and a message is answered alone. What is found, and its order,
are the same; a test holds both side by side. What is rare in messages is left to the columns: see `check`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

from aforo.domain.declaration import listed_codes
from aforo.domain.problem import Gravity
from aforo.domain.table import DECLARATION_SCHEMA, FEW
from aforo.intake import extra, sentences
from aforo.intake.batch import Findings
from aforo.intake.limits import Limits
from aforo.intake.mapping import CANONICAL, Plan
from aforo.intake.validation import (
    ACTIONS,
    CODE_LISTS,
    EXPECTED_OF_GOODS,
    FALSE_WORDS,
    KEYS,
    TRUE_WORDS,
    UPPER_BOUNDS,
    USUAL_DUTY_RATE,
    Checked,
    Rows,
)

#: What is not seen at the ends of a text (Unicode's White_Space).
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f]")
_SIX_DIGITS = re.compile(r"[0-9]{6}")
#: Instants as nearly every message writes them; the year is in range whatever the offset.
_INSTANT = re.compile(
    r"(?:200[1-9]|20[1-8][0-9]|209[0-8])-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\.[0-9]{6})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TEXTS = tuple(name for name, kind in DECLARATION_SCHEMA.items() if kind == pl.String() and name != "extra")
_NUMBERS = tuple(name for name, kind in DECLARATION_SCHEMA.items() if kind == pl.Float64())
_FLAGS = tuple(name for name, kind in DECLARATION_SCHEMA.items() if kind == pl.Boolean())

Column = list[str | None]


def check(rows: Rows, plan: Plan, limits: Limits) -> Checked | None:
    """As `validation.check`; None where that has to do it: many rows, a mapping or labels, and instants that need a
    zone or are out of range."""
    count = len(rows.records)
    if not 0 < count <= FEW or plan.mapping is not CANONICAL or plan.labels or plan.extra:
        return None
    if len(plan.fields.keys() - {"extra"}) < len(_TEXTS) + len(_NUMBERS) + len(_FLAGS) + 2:
        return None  # a table that lacks columns: what is missing in all rows is told once
    nothing: Column = [None] * count
    raw = {target: column for target, column in _columns(rows, plan) if any(column)}
    text: dict[str, Column] = dict.fromkeys(plan.fields, nothing)
    text |= {target: list(map(_trimmed, column)) for target, column in raw.items()}
    filled = [target for target in raw if any(text[target])]
    if "filed_offset_minutes" in filled:
        return None
    instants = _instants(text["filed_at"])
    if instants is None:
        return None
    found = _Found(rows, plan)
    _as_they_came(raw, rows, plan, found)
    _keys(text, limits, found)
    numbers = {
        name: (pl.Series(text[name], dtype=pl.String).cast(pl.Float64, strict=False) + 0.0).to_list()
        for name in _NUMBERS
        if name in filled
    }
    flags = {name: list(map(_flag, text[name])) for name in _FLAGS if name in filled}
    _required(text, flags, found)
    for target in filled:
        if target in flags:
            given = zip(text[target], flags[target], strict=True)
            found.add("boolean_format", target, "refusal", [said is not None and flag is None for said, flag in given])
        elif target in numbers:
            _number(target, text[target], numbers[target], found)
    _codes(text, filled, plan, numbers, found)
    _amendments(text, filled, found)
    return Checked(_table(rows, text, numbers, flags, instants), None, found.findings, found.refused)


class _Found:
    """What is found, in its order."""

    def __init__(self, rows: Rows, plan: Plan) -> None:
        self._rows, self._plan = rows, plan
        self.findings: list[Findings] = []
        self.refused = np.zeros(len(rows.records), dtype=np.bool_)

    def add(self, code: str, target: str, gravity: Gravity, marks: Sequence[bool], column: str = "") -> None:
        """A finding about the rows of `marks`, if there are any."""
        if True not in marks:
            return
        mask = np.array(marks, dtype=np.bool_)
        fields = self._plan.fields
        own = column or (fields[target].column if target in fields else target)
        text, of_value = sentences.texts(code, target, own, self._plan, table=self._rows.place_of is None)
        self.findings.append(self._rows.found(code, own, gravity, mask, text, of_value))
        if gravity == "refusal":
            self.refused |= mask


def _columns(rows: Rows, plan: Plan) -> Iterator[tuple[str, Sequence[str | None]]]:
    return ((target, rows.values(source.column)) for target, source in plan.fields.items())


def _trimmed(value: str | None) -> str | None:
    return (value and value.strip(_SPACE)) or None


def _instants(column: Column) -> list[tuple[int, int] | None] | None:
    """Microseconds since 1970 and the offset in minutes of each; None where one is in another form."""
    made: list[tuple[int, int] | None] = []
    for value in column:
        if value is None:
            made.append(None)
            continue
        if _INSTANT.fullmatch(value) is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        offset = at.utcoffset()
        assert offset is not None, "the form has an offset"
        since = at - _EPOCH
        made.append(
            ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, int(offset.total_seconds()) // 60)
        )
    return made


def _as_they_came(raw: Mapping[str, Sequence[str | None]], rows: Rows, plan: Plan, found: _Found) -> None:
    for target, column in raw.items():
        marks = [value is not None and "\0" in value for value in column]
        found.add("nul_byte", "", "refusal", marks, plan.fields[target].column)
    for name, mark in rows.too_long.items():
        found.add("field_too_long", "", "refusal", mark.fill_null(False).to_list(), name)


def _keys(text: dict[str, Column], limits: Limits, found: _Found) -> None:
    keys = [target for target in KEYS if target in text]
    for target in keys:
        marks = [value is not None and _CONTROL.search(value) is not None for value in text[target]]
        found.add("control_character", target, "refusal", marks)
    for target in keys:
        marks = [value is not None and len(value.encode()) > limits.identifier_bytes for value in text[target]]
        found.add("key_too_long", target, "refusal", marks)


def _required(text: dict[str, Column], flags: dict[str, list[bool | None]], found: _Found) -> None:
    for target in ("declaration_id", "filed_at"):
        found.add("field_missing", target, "refusal", [value is None for value in text[target]])
    count = len(text["lane"])
    declared = flags.get("declared_empty", [None] * count)
    exempt = [
        bool(flag) or lane == "empty" or action == "cancel"
        for flag, lane, action in zip(declared, text["lane"], text["action"], strict=True)
    ]
    for target in EXPECTED_OF_GOODS:
        marks = [value is None and not free for value, free in zip(text[target], exempt, strict=True)]
        found.add("party_missing", target, "warning", marks)


def _flag(value: str | None) -> bool | None:
    lower = value.lower() if value else value
    return True if lower in TRUE_WORDS else False if lower in FALSE_WORDS else None


def _number(target: str, text: Column, numbers: list[float | None], found: _Found) -> None:
    readable = [number is not None and math.isfinite(number) for number in numbers]
    marks = [said is not None and not good for said, good in zip(text, readable, strict=True)]
    found.add("number_format", target, "refusal", marks)
    bound = UPPER_BOUNDS[target]
    beyond = [number is not None and math.isfinite(number) and not 0 <= number <= bound for number in numbers]
    found.add("number_range", target, "refusal", beyond)


def _codes(
    text: dict[str, Column], filled: list[str], plan: Plan, numbers: dict[str, list[float | None]], found: _Found
) -> None:
    def six(value: str | None) -> bool:
        return value is not None and _SIX_DIGITS.fullmatch(value) is not None

    if "hs6" in filled:
        found.add("hs6_format", "hs6", "refusal", [value is not None and not six(value) for value in text["hs6"]])
    for target, code in CODE_LISTS.items():
        if target in filled and plan.fields[target].rule.listed:
            known = listed_codes(target)
            marks = [value is not None and value not in known for value in text[target]]
            if target == "hs6":
                marks = [mark and six(value) for mark, value in zip(marks, text[target], strict=True)]
            found.add(code, target, "warning", marks)
    rates = numbers.get("duty_rate", ())
    # As columns compare: what is no number is above every number.
    high = [rate is not None and (math.isnan(rate) or rate > USUAL_DUTY_RATE) for rate in rates]
    found.add("duty_rate_high", "duty_rate", "warning", high)


def _amendments(text: dict[str, Column], filled: list[str], found: _Found) -> None:
    if "amends" not in filled and "action" not in filled:
        return
    pairs = list(zip(text["amends"], text["action"], strict=True))
    found.add("action_unknown", "action", "refusal", [act is not None and act not in ACTIONS for _, act in pairs])
    found.add("action_without_amends", "action", "refusal", [act in ACTIONS and old is None for old, act in pairs])
    found.add("amends_without_action", "amends", "refusal", [old is not None and act is None for old, act in pairs])
    own = [old is not None and old == name for (old, _), name in zip(pairs, text["declaration_id"], strict=True)]
    found.add("amends_itself", "amends", "refusal", own)


def _table(
    rows: Rows,
    text: dict[str, Column],
    numbers: dict[str, list[float | None]],
    flags: dict[str, list[bool | None]],
    instants: list[tuple[int, int] | None],
) -> pl.DataFrame:
    nothing = [None] * len(rows.records)
    more = rows.extra
    if more is None:
        more = pl.Series(list(map(extra.kept, text.get("extra", nothing))), dtype=pl.String)
    at = pl.Series("filed_at", [each and each[0] for each in instants], dtype=pl.Int64)
    minutes = [each and each[1] for each in instants]
    columns: dict[str, pl.Series] = {
        "record": pl.Series("record", rows.records, dtype=pl.Int64),
        "filed_at": at.cast(pl.Datetime("us", "UTC")),
        "filed_offset_minutes": pl.Series("filed_offset_minutes", minutes, dtype=pl.Int16),
        "extra": more.alias("extra"),
        **{name: pl.Series(name, text.get(name, nothing), dtype=pl.String) for name in _TEXTS},
        **{name: pl.Series(name, numbers.get(name, nothing), dtype=pl.Float64) for name in _NUMBERS},
        **{name: pl.Series(name, flags.get(name, nothing), dtype=pl.Boolean) for name in _FLAGS},
    }
    return pl.DataFrame([columns[name] for name in DECLARATION_SCHEMA])
