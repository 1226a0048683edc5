"""JSON texts made in columns, since a corridor has more of them than Python has time for.

An expression here is the JSON text of a member's value by row; null means that the row leaves the member out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import polars as pl

#: How JSON escapes what a string may not hold as it is (RFC 8259, section 7).
_ESCAPES = {chr(code): f"\\u{code:04x}" for code in range(32)} | {'"': '\\"', "\\": "\\\\"}


def json_text(column: str) -> pl.Expr:
    """A column of texts as JSON strings; null stays null."""
    return pl.lit('"') + pl.col(column).str.replace_many(_ESCAPES) + pl.lit('"')


def plain_text(column: str) -> pl.Expr:
    """As `json_text`, for texts of ours that have nothing to escape."""
    return pl.lit('"') + pl.col(column) + pl.lit('"')


def number(column: str) -> pl.Expr:
    """A column of integers or truth values."""
    return pl.col(column).cast(pl.String)


def constant(value: object) -> str:
    """One value for every row."""
    return msgspec.json.encode(value).decode()


def json_object(named: Mapping[str, pl.Expr | str]) -> pl.Expr:
    """The text of an object with these members.

    The first member is one that every row has. A text stands for every row, an expression for a row each; where the
    expression is null, so is all of the member.
    """
    parts: list[pl.Expr] = []
    for name, value in named.items():
        start = f'{"," if parts else "{"}"{name}":'
        parts.append(pl.lit(start + value) if isinstance(value, str) else pl.lit(start) + value)
    return pl.concat_str([*parts, pl.lit("}")], ignore_nulls=True)


def each_once(values: Sequence[object]) -> list[str]:
    """The JSON text of each value, made once for the values that are equal."""
    texts = {value: constant(value) for value in dict.fromkeys(values)}
    return [texts[value] for value in values]


def sparse(values: Mapping[int, object], count: int) -> pl.Series:
    """A column of `count` rows that holds the JSON text of `values` by row, and null elsewhere."""
    texts: list[str | None] = [None] * count
    for row, value in values.items():
        texts[row] = constant(value)
    return pl.Series(texts, dtype=pl.String)


def column_of(frame: pl.DataFrame, text: pl.Expr) -> pl.Series:
    """The texts that an expression gives over a frame."""
    return frame.select(text.alias("text"))["text"]


def joined(texts: Iterable[pl.Expr]) -> pl.Expr:
    """Members that any row may lack, separated by commas; empty where a row has none."""
    return pl.concat_str([pl.lit(",") + text for text in texts], ignore_nulls=True).str.slice(1)
