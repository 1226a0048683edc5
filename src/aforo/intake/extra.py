"""Columns that the table does not know: kept as they came, one JSON object a row, so that nothing is lost."""

from __future__ import annotations

import msgspec
import polars as pl


def column(frame: pl.DataFrame, names: tuple[str, ...], given: pl.Series | None) -> pl.Series:
    """The `extra` column: of each row the values of `names` that are not empty, and what its own `extra` holds.

    `given` is the file's own `extra` column, as the product writes it (one JSON object); where it is anything else it
    is kept as text under its name. Null where a row has nothing.
    """
    built = _objects(frame, names) if names else None
    if given is None:
        return built if built is not None else pl.Series("extra", [None], dtype=pl.String).new_from_index(0, len(frame))
    ours = built.to_list() if built is not None else [None] * len(frame)
    return pl.Series("extra", [_merged(a, b) for a, b in zip(given.to_list(), ours, strict=True)], dtype=pl.String)


def kept(given: str | None) -> str | None:
    """What is kept of a row's own `extra`: see `column`."""
    return given and _merged(given, None)


def _objects(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    encode = msgspec.json.encode
    keys = [encode(name).decode() + ":" for name in names]
    values = frame.select(names)
    plain = values.select(~pl.all().str.contains(r'["\\\x00-\x1f\x7f]').any().fill_null(False)).row(0)
    parts: list[pl.Expr] = []
    for name, key, simple in zip(names, keys, plain, strict=True):
        text = pl.col(name)
        if simple:
            quoted = pl.concat_str(pl.lit(key + '"'), text, pl.lit('"'))
        else:
            texts = [None if value is None else key + encode(value).decode() for value in values[name].to_list()]
            quoted = pl.lit(pl.Series(texts, dtype=pl.String))
        parts.append(pl.when(text != "").then(quoted))
    body = pl.concat_str(parts, separator=",", ignore_nulls=True)
    some = pl.any_horizontal(pl.col(name).is_not_null() & (pl.col(name) != "") for name in names)
    return values.select(pl.when(some).then(pl.concat_str(pl.lit("{"), body, pl.lit("}"))).alias("extra")).to_series()


def _merged(given: str | None, built: str | None) -> str | None:
    if given is None:
        return built
    try:
        known: dict[str, str] = msgspec.json.decode(given, type=dict[str, str])
    except (msgspec.DecodeError, msgspec.ValidationError):
        known = {"extra": given}
    if built is not None:
        known |= msgspec.json.decode(built, type=dict[str, str])
    return msgspec.json.encode(known).decode()
