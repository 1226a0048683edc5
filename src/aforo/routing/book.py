"""The book of prices of one bridge and day: all that `choice.choose` reads of price tables, in one flat array.

Header by resource (where its tables start, units installed, width of a cell of work, mean service), what the list of
filed trucks is expected to say, the rosters, then the tables; `choice` names the places. One array, because it is
handed to a call that takes tens of nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import (
    CELLS,
    CLASSES,
    EXPECTED,
    LEVELS,
    MEANS,
    QUARTERS,
    RESIDUALS,
    RESOURCES,
    STARTS,
    TABLES,
    TOPS,
    WORKS,
)

#: For a bridge without any table: the priced policy then runs the clearance rule.
NO_BOOK: Float64Array = np.empty(0, dtype=np.float64)


@dataclass(frozen=True)
class ResourceTables:
    """The price tables of one resource.

    `values` float64[units + 1, LEVELS, QUARTERS, WORKS], V(t, w) in truck-minutes with that many units up; `cell` the
    width of a fine cell of work, `mean` the mean service of an examined truck and `residual` what is left of one in
    service on average, in minutes; `manned` float64[96] the units on the roster in each quarter hour (None: all,
    always).
    """

    values: Float64Array
    cell: float
    mean: float
    residual: float
    manned: Float64Array | None = None


def book_of(tables: dict[str, ResourceTables], forecast: Float64Array, unseen: Float64Array) -> Float64Array:
    """The book of a bridge: tables by name of the resource, and the work that is forecast.

    `forecast` float64[QUARTERS, CLASSES]: minutes of work a minute over the list's horizon from each quarter hour on,
    by `choice.class_of(value ÷ minutes)`; `unseen` likewise, the part of it that files too late to be on the list.
    Raises ValueError on shapes and numbers that do not fit.
    """
    roster = np.zeros((len(RESOURCES), QUARTERS), dtype=np.float64)
    header = np.zeros(EXPECTED, dtype=np.float64)
    header[CELLS : CELLS + len(RESOURCES)] = 1.0
    header[MEANS : MEANS + len(RESOURCES)] = 1.0
    parts: list[Float64Array] = []
    start = TABLES
    for name, table in tables.items():
        resource = RESOURCES.index(name)
        if table.values.shape[1:] != (LEVELS, QUARTERS, WORKS) or not np.isfinite(table.values).all():
            raise ValueError(f"the price tables of {name} are not finite or not of the shape of this version")
        manned = np.full(QUARTERS - 1, table.values.shape[0] - 1.0) if table.manned is None else table.manned
        if manned.shape != (QUARTERS - 1,) or not np.isfinite(manned).all():
            raise ValueError(f"the roster of {name} is not of 96 quarter hours, or not finite")
        if not (table.cell > 0.0 and table.mean > 0.0):
            raise ValueError(f"the price tables of {name} have no width of a cell or no mean service")
        header[STARTS + resource] = start
        header[TOPS + resource] = table.values.shape[0] - 1
        header[CELLS + resource] = table.cell
        header[MEANS + resource] = table.mean
        header[RESIDUALS + resource] = table.residual
        roster[resource, :-1], roster[resource, -1] = manned, manned[-1]
        parts.append(np.ascontiguousarray(table.values, dtype=np.float64).ravel())
        start += table.values.size
    if forecast.shape != (QUARTERS, CLASSES) or unseen.shape != (QUARTERS, CLASSES):
        raise ValueError("the forecast of the list is by quarter hour and class")
    above = np.stack([_suffix(forecast), _suffix(unseen)], axis=1)
    return np.concatenate([header, above.ravel(), roster.ravel(), *parts])


def _suffix(by_class: Float64Array) -> Float64Array:
    """In each class the sum of it and those above."""
    sums: Float64Array = np.cumsum(by_class[:, ::-1], axis=1)[:, ::-1]
    return sums
