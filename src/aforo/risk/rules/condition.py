"""A rule's condition: a zen expression over the fields of one declaration, checked before it is compiled.

Only comparisons, arithmetic, `and`/`or`/`not`, `in [...]`, `??` and a few functions of one value pass. There are no
loops, no closures, no assignments, no clock and no random number, and length, nesting and the number of tokens are
bounded: a condition is a pure function that ends in microseconds, and a replay gets the same answer.

Absent values: a row that lacks a field of the condition does not fire, unless the condition asks for that absence
itself, with `field == null`, `field != null` or `field ?? default`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl
import zen

from aforo.domain.declaration import FREE_TEXT_FIELDS, PERSONAL_FIELDS
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.text import Text, catalogue
from aforo.risk.columns import local_times

PACKAGE = "aforo.risk.rules"

MOST_CHARACTERS = 1_000
MOST_TOKENS = 200
MOST_NESTING = 16
MOST_TEXT = 100

#: Columns that say nothing about a truck by themselves, or may hold anything (the truth included).
_NO_FIELDS = frozenset(
    {"record", "declaration_id", "filed_at", "filed_offset_minutes", "crossing_id", "amends", "action"}
) | frozenset(FREE_TEXT_FIELDS)
#: Made from the time of filing. By the port's clock: the hour (0–23) and the weekday (Monday is 1). By the filer's:
#: whether it is a day alone, which is recorded as its midnight, so that its hour says nothing.
DERIVED_FIELDS: dict[str, pl.DataType] = {
    "filed_hour": pl.Int64(),
    "filed_weekday": pl.Int64(),
    "filed_day_alone": pl.Boolean(),
}
#: What a condition may name.
FIELDS: dict[str, pl.DataType] = {
    name: kind
    for name, kind in {**DECLARATION_SCHEMA, **DERIVED_FIELDS}.items()
    if name not in PERSONAL_FIELDS and name not in _NO_FIELDS
}
FUNCTIONS = frozenset({"startsWith", "endsWith", "contains", "len", "abs", "floor", "round", "upper", "lower"})
_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?)(?![\w.])|(?P<word>[A-Za-z_]\w*)(?!\w)"
    r"|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<sign>==|!=|<=|>=|\?\?|[-+*/<>()\[\],]))"
)
#: A number that a condition computes with is a decimal of 28 digits; larger ones cannot be held.
_LARGEST = 7e27
_US_AN_HOUR = 3_600_000_000
#: Numbers are floats in the table and decimals in a condition: the filter leaves this much room, relatively.
_ROOM = 1e-9


class RuleError(ValueError):
    """A rule, or a step with one, is not allowed; `text` says why and what to do, in both languages."""

    def __init__(self, code: str, **fields: Any) -> None:
        self.code = code
        self.text: Text = catalogue(PACKAGE).say(code, **fields)
        super().__init__(self.text.en)


@dataclass(frozen=True)
class Token:
    """A piece of a condition; `kind` is number, word, text or sign."""

    kind: str
    text: str


@dataclass(frozen=True)
class Condition:
    """A compiled condition. `fields` are those it names, `may_lack` those whose absence it handles itself.

    `candidates` is a filter that holds wherever the condition does. `repeats`: its fields take few values, so that an
    answer is worth remembering within a batch.
    """

    source: str
    fields: tuple[str, ...]
    may_lack: frozenset[str]
    candidates: pl.Expr
    repeats: bool
    evaluate: Callable[[dict[str, Any]], Any]


def tokens(source: str) -> list[Token]:
    """The tokens of a condition. Raises RuleError for anything outside the grammar or its bounds."""
    if len(source) > MOST_CHARACTERS:
        raise RuleError("condition_too_long", length=len(source), most=MOST_CHARACTERS)
    found: list[Token] = []
    at, end = 0, len(source.rstrip())
    depth = 0
    while at < end:
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise RuleError("condition_not_understood", place=at + 1, near=source[at : at + 20].strip())
        token = Token(match.lastgroup, match[match.lastgroup])
        if token.kind == "text" and len(token.text) > MOST_TEXT + 2:
            raise RuleError("condition_text_too_long", most=MOST_TEXT)
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        found.append(token)
        if depth > MOST_NESTING or len(found) > MOST_TOKENS:
            raise RuleError("condition_too_complex", tokens=MOST_TOKENS, nesting=MOST_NESTING)
        at = match.end()
    if not found:
        raise RuleError("condition_empty")
    return found


def _fields(parts: list[Token]) -> tuple[str, ...]:
    """The fields that a condition names, each once, in order. Raises RuleError for a name that it may not use."""
    named: dict[str, None] = {}
    for place, token in enumerate(parts):
        if token.kind != "word" or token.text in _WORDS:
            continue
        called = place + 1 < len(parts) and parts[place + 1].text == "("
        if called and token.text in FUNCTIONS:
            continue
        if token.text in PERSONAL_FIELDS:
            raise RuleError("condition_personal", field=token.text)
        if token.text not in FIELDS:
            known = ", ".join(sorted(FUNCTIONS if called else FIELDS))
            raise RuleError("condition_unknown_name", name=token.text, known=known)
        named[token.text] = None
    if not named:
        raise RuleError("condition_no_field")
    return tuple(named)


def _may_lack(parts: list[Token]) -> frozenset[str]:
    texts = [token.text for token in parts]
    handled = {
        texts[i]
        for i in range(len(texts) - 1)
        if texts[i + 1] == "??" or (texts[i + 1] in ("==", "!=") and texts[i + 2 : i + 3] == ["null"])
    }
    handled |= {texts[i + 2] for i in range(len(texts) - 2) if texts[i] == "null" and texts[i + 1] in ("==", "!=")}
    return frozenset(handled & FIELDS.keys())


def _split(parts: list[Token], word: str) -> list[list[Token]]:
    """The pieces between the outermost occurrences of `and` or `or`."""
    made: list[list[Token]] = [[]]
    depth = 0
    for token in parts:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token == Token("word", word):
            made.append([])
        else:
            made[-1].append(token)
    return made


def _bare(parts: list[Token]) -> list[Token]:
    """The tokens without brackets that enclose them all."""
    while len(parts) > 2 and parts[0].text == "(":
        depths = accumulate((token.text == "(") - (token.text == ")") for token in parts[:-1])
        if parts[-1].text != ")" or 0 in depths:
            break
        parts = parts[1:-1]
    return parts


def _necessary(parts: list[Token]) -> pl.Expr | None:
    """A filter that holds wherever the condition holds; None where none is simple. (`and` binds closer than `or`.)"""
    parts = _bare(parts)
    depth = 0
    for token in parts:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token == Token("sign", "??"):
            return None
    alternatives = _split(parts, "or")
    if len(alternatives) > 1:
        each = [_necessary(alternative) for alternative in alternatives]
        known = [made for made in each if made is not None]
        return pl.any_horizontal(known) if len(known) == len(each) else None
    together = _split(parts, "and")
    if len(together) > 1:
        known = [made for conjunct in together if (made := _necessary(conjunct)) is not None]
        return pl.all_horizontal(known) if known else None
    return _comparison(parts)


def _literal(token: Token) -> str | float | bool | None:
    if token.kind == "number":
        return float(token.text)
    if token.kind == "text":
        return token.text[1:-1]
    return {"true": True, "false": False}.get(token.text)


def _comparison(conjunct: list[Token]) -> pl.Expr | None:
    """A filter that holds wherever a simple comparison (`field`, `field <op> literal`) does; None for any other."""
    if not conjunct or conjunct[0].text not in FIELDS:
        return None
    column = pl.col(conjunct[0].text)
    if len(conjunct) == 1:
        return column if FIELDS[conjunct[0].text] == pl.Boolean() else None
    if len(conjunct) != 3 or conjunct[1].kind != "sign":
        return None
    operator = conjunct[1].text
    if conjunct[2].text == "null" and conjunct[2].kind == "word":
        return {"==": column.is_null(), "!=": column.is_not_null()}.get(operator)
    value = _literal(conjunct[2])
    kind = FIELDS[conjunct[0].text]
    if isinstance(value, bool):
        return column == value if operator == "==" and kind == pl.Boolean() else None
    if isinstance(value, str):
        return column == value if operator == "==" and kind == pl.String() else None
    if value is None or not kind.is_numeric():
        return None
    room = abs(value) * _ROOM
    return {
        ">": column >= value - room,
        ">=": column >= value - room,
        "<": column <= value + room,
        "<=": column <= value + room,
        "==": column.is_between(value - room, value + room),
    }.get(operator)


def _probe(condition: Condition) -> None:
    """Try the condition on one plain row. Raises RuleError where it fails or answers neither yes nor no."""
    row = {
        name: True if FIELDS[name] == pl.Boolean() else "1" if FIELDS[name] == pl.String() else 1.0
        for name in condition.fields
    }
    try:
        answer = condition.evaluate(row)
    except RuntimeError as error:
        raise RuleError("condition_fails", why=engine_message(error)) from error
    if not isinstance(answer, bool):
        raise RuleError("condition_not_boolean", answer=repr(answer)[:40])


def engine_message(error: BaseException) -> str:
    """What the expression engine says, without its stack."""
    message = re.search(r'"source":"((?:[^"\\]|\\.)*)"', str(error))
    return message[1] if message else str(error).split("\n", 1)[0][:200]


def compile_condition(source: str) -> Condition:
    """The condition of an expression. Raises RuleError, which says what is wrong and what to do."""
    parts = tokens(source)
    fields = _fields(parts)
    may_lack = _may_lack(parts)
    try:
        compiled = zen.compile_expression(source)
    except RuntimeError as error:
        raise RuleError("condition_not_compiled", why=engine_message(error)) from error
    necessary = [pl.col(field).is_not_null() for field in fields if field not in may_lack]
    simple = _necessary(parts)
    necessary += [] if simple is None else [simple]
    candidates = pl.all_horizontal(necessary) if necessary else pl.lit(True)
    repeats = all(FIELDS[field] != pl.Float64() for field in fields)
    condition = Condition(source, fields, may_lack, candidates, repeats, compiled.evaluate)
    _probe(condition)
    return condition


def fields_frame(table: pl.DataFrame, fields: set[str]) -> pl.DataFrame:
    """The columns that conditions name, with the row's number in `row`; numbers that cannot be held count as absent."""
    columns = {"row": pl.Series(np.arange(table.height))}
    if fields & DERIVED_FIELDS.keys():
        local = local_times(table)
        columns["filed_hour"] = pl.Series(local // _US_AN_HOUR % 24)
        columns["filed_weekday"] = pl.Series((local // (24 * _US_AN_HOUR) + 3) % 7 + 1)  # 1970 began on a Thursday
        columns["filed_day_alone"] = _day_alone(table)
    columns |= {name: table[name] for name in sorted(fields - DERIVED_FIELDS.keys())}
    beyond = [name for name in fields if FIELDS[name] == pl.Float64() and _has_beyond(columns[name])]
    frame = pl.DataFrame(columns)
    if beyond:
        frame = frame.with_columns(pl.when(pl.col(name).abs() < _LARGEST).then(name).alias(name) for name in beyond)
    return frame


def _day_alone(table: pl.DataFrame) -> pl.Series:
    """Whether each row was filed at midnight to the microsecond by the filer's clock: intake records a day so."""
    minutes = table["filed_offset_minutes"].fill_null(0).cast(pl.Int64)
    return (table["filed_at"].cast(pl.Int64) + minutes * (_US_AN_HOUR // 60)) % (24 * _US_AN_HOUR) == 0


def _has_beyond(column: pl.Series) -> bool:
    values = column.to_numpy()  # NaN where absent
    return int((np.abs(values) < _LARGEST).sum()) < len(column) - column.null_count()
