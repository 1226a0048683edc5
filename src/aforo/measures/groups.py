"""The groups by which unfairness is looked for: size of the carrier, age of the entity, nationality of plate or origin.

A group is given as indexes into its names. Size and age are as they were known when the crossing came (rows before it),
so that a group does not know the future either.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.measures.intervals import CONFIDENCE
from aforo.measures.selection import Crossings, Measure, false_selection

Int64Array = npt.NDArray[np.int64]

#: Crossings filed by a carrier before this one, half-open classes.
CARRIER_SIZES: tuple[tuple[str, int], ...] = (
    ("0-9 crossings", 10),
    ("10-99 crossings", 100),
    ("100-999 crossings", 1_000),
    ("1000+ crossings", np.iinfo(np.int64).max),
)
#: Days since an entity was first seen, half-open classes.
ENTITY_AGES: tuple[tuple[str, int], ...] = (
    ("under 30 days", 30),
    ("30-179 days", 180),
    ("180-364 days", 365),
    ("365+ days", np.iinfo(np.int64).max),
)


def seen_before(entity: npt.NDArray[np.generic]) -> Int64Array:
    """For each row, in time order, the number of earlier rows of the same entity."""
    order = np.argsort(entity, kind="stable")
    same = np.concatenate(([False], entity[order][1:] == entity[order][:-1]))
    position = np.arange(len(entity))
    starts = np.maximum.accumulate(np.where(same, 0, position))
    counts = np.empty(len(entity), dtype=np.int64)
    counts[order] = position - starts
    return counts


def days_known(entity: npt.NDArray[np.generic], day: Int64Array) -> Int64Array:
    """For each row, in time order, the days since the first row of the same entity; `day` is a day number."""
    _, first, index = np.unique(entity, return_index=True, return_inverse=True)
    known: Int64Array = day - day[first[index]]
    return known


def classes(values: Int64Array, bounds: Sequence[tuple[str, int]]) -> tuple[Int64Array, list[str]]:
    """(index into the names, names) of half-open classes given as (name, upper bound)."""
    edges = np.array([bound for _, bound in bounds[:-1]], dtype=np.int64)
    return np.searchsorted(edges, values, side="right").astype(np.int64), [name for name, _ in bounds]


def carrier_size(carrier: npt.NDArray[np.generic]) -> tuple[Int64Array, list[str]]:
    """The size class of the carrier of each row, in time order, by its earlier crossings."""
    return classes(seen_before(carrier), CARRIER_SIZES)


def entity_age(entity: npt.NDArray[np.generic], day: Int64Array) -> tuple[Int64Array, list[str]]:
    """The age class of the entity (importer, carrier, …) of each row, in time order."""
    return classes(days_known(entity, day), ENTITY_AGES)


def categories(values: Sequence[str | None], largest: int = 12, other: str = "other") -> tuple[Int64Array, list[str]]:
    """(index, names) of the `largest` values by number of rows (ties by name), the rest as `other`; None is −1."""
    column = np.array(["" if value is None else value for value in values], dtype=object)
    names, index, counts = np.unique(column.astype(str), return_inverse=True, return_counts=True)
    ranked = [i for i in np.lexsort((names, -counts)) if names[i] != ""]
    position = np.full(len(names), -1, dtype=np.int64)
    kept = [str(names[i]) for i in ranked[:largest]]
    for place, i in enumerate(ranked):
        position[i] = min(place, largest)
    return position[index], [*kept, other] if len(ranked) > largest else kept


#: The name of the group of rows of which no group is on record.
UNKNOWN_GROUP = "unknown"


def with_unknown(group: Int64Array, names: Sequence[str]) -> tuple[Int64Array, list[str]]:
    """The same groups, and last a group of the rows that are in none (−1), so that no figure hides them."""
    return np.where(group < 0, len(names), group).astype(np.int64), [*names, UNKNOWN_GROUP]


class GroupFalseSelection(msgspec.Struct, frozen=True):
    """The false selections of one group, and their ratio to the rate of all crossings (1 is even-handed)."""

    group: str
    crossings: int
    rate: Measure
    ratio: float | None


def false_selection_by(
    crossings: Crossings,
    group: Int64Array,
    names: Sequence[str],
    weight: npt.NDArray[np.float64] | None = None,
    confidence: float = CONFIDENCE,
) -> list[GroupFalseSelection]:
    """False-selection rates of the groups; `weight` as in `false_selection`. Groups without a crossing are left out."""
    overall = false_selection(crossings, weight, confidence).value
    rows_of = [(name, np.flatnonzero(group == code)) for code, name in enumerate(names)]
    made = []
    for name, rows in rows_of:
        if not len(rows):
            continue
        rate = false_selection(crossings.where(rows), None if weight is None else weight[rows], confidence)
        ratio = rate.value / overall if rate.value is not None and overall else None
        made.append(GroupFalseSelection(name, len(rows), rate, ratio))
    return made
