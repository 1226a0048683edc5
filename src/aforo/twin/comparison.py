"""Two scenarios on the same trucks: paired differences with their intervals, and how many replications more would take.

Replication n of both has the same seed, and every chance is drawn by truck and purpose, so what they share is the same
in both and cancels in the difference (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from aforo.measures.crossing_times import mean_interval, required
from aforo.measures.intervals import Interval
from aforo.twin.outcomes import FIGURES
from aforo.twin.replication import Replication

#: The half-width for which the replications that are needed are said, where none is asked for: this part of the
#: greater of both values.
_PART = 0.1


class Row(msgspec.Struct, frozen=True):
    """One figure: of the first scenario, of the second, and second less first. Intervals are of 95 per cent.

    Each side counts in the replications that have the figure there, the difference in those that have it in both; where
    none has, the interval has no value. So one side may be defined and the other, and the difference, not. `needed`
    replications give a difference known to `half_width` on each side; None where fewer than two have it.
    """

    figure: str
    first: Interval
    second: Interval
    difference: Interval
    half_width: float | None
    needed: int | None


class Comparison(msgspec.Struct, frozen=True):
    """All bridges together under `""`, then each bridge by `port/bridge`."""

    replications: int
    rows: dict[str, tuple[Row, ...]]


def compared(
    pairs: Sequence[tuple[Replication, Replication]], half_widths: Mapping[str, float] | None = None
) -> Comparison:
    """The comparison of replications in pairs; `half_widths` by figure say how well its difference is to be known."""
    asked = dict(half_widths or {})
    bridges = [name for name in pairs[0][0].bridges if all(name in each.bridges for pair in pairs for each in pair)]
    rows = {"": _rows([(one.whole, other.whole) for one, other in pairs], asked)}
    if len(bridges) > 1:
        for name in bridges:
            rows[name] = _rows([(one.bridges[name], other.bridges[name]) for one, other in pairs], asked)
    return Comparison(len(pairs), rows)


def _rows(
    pairs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], asked: Mapping[str, float]
) -> tuple[Row, ...]:
    made = []
    for figure in FIGURES:
        first = np.array([one[figure] for one, _ in pairs])
        second = np.array([other[figure] for _, other in pairs])
        both = ~np.isnan(first) & ~np.isnan(second)
        difference = (second - first)[both]
        half, needed = asked.get(figure), None
        if half is None and both.any():
            half = _PART * max(abs(float(first[both].mean())), abs(float(second[both].mean()))) or None
        if half is not None and len(difference) > 1:
            needed = required(difference, half)
        one, other, apart = (
            mean_interval(each) for each in (first[~np.isnan(first)], second[~np.isnan(second)], difference)
        )
        made.append(Row(figure, one, other, apart, half, needed))
    return tuple(made)
