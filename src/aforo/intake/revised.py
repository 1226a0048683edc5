"""What one edition of published figures has otherwise than another: rows that came, that are gone, other figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
import polars as pl

#: Rows of each kind that are told one by one.
_MOST: Final = 5
#: What the columns of the newer edition have behind their names.
_NEWER: Final = " in the newer edition"


class Row(msgspec.Struct, frozen=True):
    """A row that two editions do not have alike: what it is `of`, by column, and its figures in the older and in the
    newer one, null where that does not have it."""

    of: dict[str, str]
    before: dict[str, int] | None
    after: dict[str, int] | None


class Changes(msgspec.Struct, frozen=True):
    """How many rows came, are gone, and have other figures; `rows` are the first of each: those with other figures,
    those that are gone, those that came."""

    added: int
    gone: int
    changed: int
    rows: tuple[Row, ...]


def changes(older: pl.DataFrame, newer: pl.DataFrame, figures: Sequence[str]) -> Changes:
    """What the newer edition has otherwise. The columns that are no `figures`, which are never null, say what a row is
    of; rows of the same are added up."""
    key = [name for name in newer.columns if name not in figures]
    was, stands = (each.group_by(key).agg(pl.col(figures).sum()) for each in (older, newer))
    both = was.join(stands, on=key, how="full", suffix=_NEWER, coalesce=True, nulls_equal=True).sort(key)
    before, after = pl.col(figures[0]).is_not_null(), pl.col(figures[0] + _NEWER).is_not_null()
    other = pl.any_horizontal([pl.col(name) != pl.col(name + _NEWER) for name in figures])
    changed, gone, added = (both.filter(each) for each in (before & after & other, before & ~after, ~before & after))
    rows = tuple(
        _row(row, key, figures) for own in (changed, gone, added) for row in own.head(_MOST).iter_rows(named=True)
    )
    return Changes(len(added), len(gone), len(changed), rows)


def _row(row: Mapping[str, Any], key: Sequence[str], figures: Sequence[str]) -> Row:
    of = {name: _told(row[name]) for name in key if row[name] is not None}
    return Row(of, _figures(row, figures, ""), _figures(row, figures, _NEWER))


def _told(value: date | str) -> str:
    return value if isinstance(value, str) else f"{value:%Y-%m}"


def _figures(row: Mapping[str, Any], figures: Sequence[str], edition: str) -> dict[str, int] | None:
    if row[figures[0] + edition] is None:
        return None
    return {name: row[name + edition] for name in figures}
