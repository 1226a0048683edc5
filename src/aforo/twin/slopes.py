"""The least slopes of price tables: what a minute of work costs at the least, whatever the level and the list say.

A price is a difference of a table, V(t, w) − V(t, w + x), between two quarter hours and between two levels. It is not
less than x times the least slope, from w on, of the tables at both quarter hours and all levels. See `twin.worthless`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import CELLS, COARSE, FINE, LEVELS, QUARTERS, RESOURCES, STARTS, TOPS, WORKS

_COUNT: Final = len(RESOURCES)
#: In a row of slopes: where those of each resource start (0: it has no table), what rounding may make of a price, and
#: the slopes, float64[units + 1, QUARTERS − 1, WORKS − 1] flat.
SLACK: Final = _COUNT
_SLOPES: Final = _COUNT + 1
#: Rounding of a price, as a share of the greatest value of its tables: some thousand times what a few sums make of it.
_ROUNDING: Final = 1e-11


def slopes_of(books: Float64Array) -> Float64Array:
    """The least slopes, truck-minutes a minute, of each book: float64[books, …]; see `SLACK`."""
    rows: list[Float64Array] = []
    for place, book in enumerate(books):
        # Days of one class stand beside each other and have one book.
        same = place > 0 and np.array_equal(book, books[place - 1])
        rows.append(rows[-1] if same else _slopes_of(book))
    if not rows:
        return np.zeros((0, 0))
    longest = max(len(row) for row in rows)
    return np.stack([np.pad(row, (0, longest - len(row))) for row in rows])


def _slopes_of(book: Float64Array) -> Float64Array:
    header = np.zeros(_SLOPES)
    parts, start, greatest = [header], _SLOPES, 0.0
    widths = np.where(np.arange(WORKS - 1) < FINE, 1.0, COARSE)
    for resource in range(_COUNT if len(book) else 0):
        first, units = int(book[STARTS + resource]), int(book[TOPS + resource]) + 1
        if first <= 0:
            continue
        values = book[first : first + units * LEVELS * QUARTERS * WORKS].reshape(units, LEVELS, QUARTERS, WORKS)
        greatest = max(greatest, float(np.abs(values).max()))
        slopes = (values[..., :-1] - values[..., 1:]).min(axis=1) / (widths * book[CELLS + resource])
        slopes = np.minimum(slopes[:, :-1], slopes[:, 1:])
        slopes = np.minimum.accumulate(slopes[..., ::-1], axis=-1)[..., ::-1]
        header[resource] = start
        parts.append(slopes.ravel())
        start += slopes.size
    header[SLACK] = _ROUNDING * (1.0 + greatest)
    return np.concatenate(parts)
