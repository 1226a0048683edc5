"""Sums are made of whole months: what a damaged row and two editions of one month mean for the figures of both.

The rows of TransBorder and of drug seizures add up to a month's figure, and nothing says how many there should be. So a
month in which a row could not be read has no figure, rather than a smaller one; nor has a month that two files tell
differently, since nobody can say which of them is the revised one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from aforo.intake.published import Found

#: How often a month is named in one sentence; a file of many years that is spoilt as a whole is told in few words.
_MOST_NAMED = 6


def named(months: Sequence[date]) -> str:
    """Months in order as `2024-01, 2024-03–2024-05`: those that follow each other as one span."""
    spans: list[list[date]] = []
    for month in sorted(set(months)):
        if spans and _next(spans[-1][-1]) == month:
            spans[-1].append(month)
        else:
            spans.append([month])
    told = [f"{own[0]:%Y-%m}" if len(own) == 1 else f"{own[0]:%Y-%m}–{own[-1]:%Y-%m}" for own in spans]
    return ", ".join(told[:_MOST_NAMED]) + (" …" if len(told) > _MOST_NAMED else "")


def undamaged(frame: pl.DataFrame, damaged: set[date], lost: bool, found: Found) -> pl.DataFrame:
    """A frame with a column `month` without its `damaged` months; without any, where a row is `lost` whose month is
    not known. The months that this costs are added to `found`."""
    months = set(frame["month"].to_list())
    if spoilt := damaged | months if lost else damaged:
        found.add("months_damaged", 0, "file", months=named(sorted(spoilt)))
    return frame.filter(~pl.col("month").is_in(sorted(spoilt)))


def joined(frames: Sequence[pl.DataFrame], apart: Sequence[str], found: Found) -> pl.DataFrame:
    """The frames of several files as one, in which no month is counted twice.

    `apart` are the columns that say whose month it is, `month` among them. A month that two files tell alike is taken
    once; one that they tell differently is left out, and added to `found`.
    """
    editions: dict[tuple[object, ...], list[pl.DataFrame]] = {}
    for frame in frames:
        for key, own in frame.group_by(apart, maintain_order=True):
            editions.setdefault(key, []).append(own.sort(pl.all()))
    whole = [frames[0].clear()]
    for first, *others in editions.values():
        months = named(first["month"].to_list())
        if not all(first.equals(other) for other in others):
            found.add("months_contradict", 0, "file", months=months)
            continue
        whole.append(first)
        if others:
            found.add("months_twice", 0, "file", gravity="warning", months=months)
    return pl.concat(whole)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
