"""JSON texts made in columns, since a corridor has more of them than Python has time for.

`Texts` is a column: the JSON text of a member's value by row, None where the row leaves the member out. Objects of few
rows are put together in Python, since a query over columns costs more than such a batch; those of many in one query.
The text is the same.
Expressions (`json_text`, `number`) are for whoever builds a line of his own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.table import FEW


class Unwritten(NamedTuple):
    """Values of many rows, and how each becomes a JSON text: by an expression over the column."""

    values: pl.Series
    text: Callable[[pl.Expr], pl.Expr]


#: Texts by row; None where a row has none.
Column = Sequence[str | None] | pl.Series
#: A column of JSON texts.
Texts = Column | Unwritten
#: How JSON escapes what a string may not hold as it is (RFC 8259, section 7).
_ESCAPES = {chr(code): f"\\u{code:04x}" for code in range(32)} | {'"': '\\"', "\\": "\\\\"}
_ESCAPED = re.compile(r'[\x00-\x1f"\\]')


def json_text(column: str) -> pl.Expr:
    """A column of texts as JSON strings; null stays null."""
    return _escaped(pl.col(column))


def number(column: str) -> pl.Expr:
    """A column of integers or truth values."""
    return pl.col(column).cast(pl.String)


def constant(value: object) -> str:
    """One value for every row."""
    return msgspec.json.encode(value).decode()


def column_of(frame: pl.DataFrame, text: pl.Expr) -> pl.Series:
    """The texts that an expression gives over a frame."""
    return frame.select(text.alias("text"))["text"]


def strings(values: Column) -> Texts:
    """Texts as JSON strings."""
    if len(values) > FEW:
        return Unwritten(_series(values), _escaped)
    return [None if value is None else f'"{_ESCAPED.sub(_escape, value)}"' for value in _listed(values)]


def nested(values: Column) -> Texts:
    """As `strings`, for texts that are JSON: without a line's end or any other control character."""
    if len(values) > FEW:
        return Unwritten(_series(values), _escaped_marks)
    return strings(values)


def plain(values: Column) -> Texts:
    """As `strings`, for texts of ours that have nothing to escape."""
    if len(values) > FEW:
        return Unwritten(_series(values), _quoted)
    return [None if value is None else f'"{value}"' for value in _listed(values)]


def numbers(values: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Texts:
    """Integers or truth values."""
    if len(values) > FEW:
        return Unwritten(pl.Series(values), _cast)
    if values.dtype == np.bool_:
        return ["true" if value else "false" for value in values.tolist()]
    return [str(value) for value in values.tolist()]


def number_lists(values: npt.NDArray[np.int64]) -> Texts:
    """Rows of integers, int64[n, k], as JSON arrays."""
    if len(values) <= FEW:
        return [f"[{','.join(map(str, row))}]" for row in values.tolist()]
    parts = pl.concat_str(pl.all().cast(pl.String), separator=",")
    return column_of(pl.DataFrame(values), pl.lit("[") + parts + pl.lit("]"))


def written(column: pl.Series) -> Texts:
    """The values of a column of a table, as they are recorded: texts as strings, instants in quotes, numbers as they
    are."""
    if column.dtype == pl.String:
        return strings(column)
    if len(column) > FEW:
        return Unwritten(column, _cast_and_quoted if column.dtype.is_temporal() else _cast)
    text = column.cast(pl.String)
    return plain(text) if column.dtype.is_temporal() else text


def _escaped(text: pl.Expr) -> pl.Expr:
    return pl.lit('"') + text.str.replace_many(_ESCAPES) + pl.lit('"')


def _escaped_marks(text: pl.Expr) -> pl.Expr:
    """Faster than to look for all that may have to be escaped."""
    return _quoted(text.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True))


def _quoted(text: pl.Expr) -> pl.Expr:
    return pl.lit('"') + text + pl.lit('"')


def _cast(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String)


def _cast_and_quoted(value: pl.Expr) -> pl.Expr:
    return _quoted(_cast(value))


def column(values: Sequence[str | None]) -> Column:
    """Texts in the form that suits their number."""
    return _series(values) if len(values) > FEW else values


def taken(values: Column, places: npt.NDArray[np.int64]) -> Column:
    """The texts at some places of a column."""
    if isinstance(values, pl.Series):
        return values.gather(places)
    return [values[place] for place in places.tolist()]


def base64_of(packed: Sequence[bytes]) -> Column:
    """Bytes as base64."""
    if len(packed) > FEW:
        return pl.Series(packed, dtype=pl.Binary).bin.encode("base64")
    return [base64.b64encode(each).decode() for each in packed]


def each_once(values: Sequence[object]) -> list[str | None]:
    """The JSON text of each value, made once for the values that are equal."""
    texts = {value: constant(value) for value in dict.fromkeys(values)}
    return [texts[value] for value in values]


def sparse(values: Mapping[int, object], count: int) -> Texts:
    """A column of `count` rows that holds the JSON text of `values` by row, and None elsewhere."""
    texts: list[str | None] = [None] * count
    for row, value in values.items():
        texts[row] = constant(value)
    return texts


def where(mask: npt.NDArray[np.bool_], texts: Texts) -> Texts:
    """The texts of the rows of a mask."""
    if isinstance(texts, Unwritten):
        return Unwritten(_where(mask, texts.values), texts.text)
    if isinstance(texts, pl.Series):
        return _where(mask, texts)
    return [text if kept else None for kept, text in zip(mask.tolist(), texts, strict=True)]


def _where(mask: npt.NDArray[np.bool_], values: pl.Series) -> pl.Series:
    nothing = pl.Series([None], dtype=values.dtype).new_from_index(0, len(values))
    return values.zip_with(pl.Series(mask), nothing)


def objects(named: Mapping[str, Texts | str], count: int) -> Column:
    """The text of an object by row with these members, in their order; without the members that the row has not.

    A text stands for every one of the `count` rows.
    """
    if count > FEW:
        return _objects_in_columns(named, count)
    columns: list[list[str]] = []
    before = ""  # what every row has before the next member that a row may lack
    for name, value in named.items():
        member = f',"{name}":'
        if isinstance(value, str):
            before += member + value
        else:
            assert not isinstance(value, Unwritten), "few values are written at once"
            columns.append([before if text is None else before + member + text for text in _listed(value)])
            before = ""
    inside = ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * count
    return [f"{{{(text + before)[1:]}}}" for text in inside]


def _objects_in_columns(named: Mapping[str, Texts | str], count: int) -> pl.Series:
    columns: dict[str, pl.Series] = {}
    parts: list[pl.Expr] = []
    for name, value in named.items():
        member = f',"{name}":'
        if isinstance(value, str):
            parts.append(pl.lit(member + value))
            continue
        text = pl.col(name)
        if isinstance(value, Unwritten):
            columns[name], text = value.values, value.text(text)
        else:
            columns[name] = _series(value)
        parts.append(pl.lit(member) + text)
    if not columns:
        whole = "".join(f',"{name}":{value}' for name, value in named.items())
        return pl.Series([f"{{{whole[1:]}}}"], dtype=pl.String).new_from_index(0, count)
    inside = pl.concat_str(parts, ignore_nulls=True).str.slice(1)
    return column_of(pl.DataFrame(columns), pl.lit("{") + inside + pl.lit("}"))


def _listed(values: Column) -> Sequence[str | None]:
    return values.to_list() if isinstance(values, pl.Series) else values


def _series(values: Column) -> pl.Series:
    return values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
