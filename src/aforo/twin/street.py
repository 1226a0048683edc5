"""The queue in the street: trucks that stand before a bridge's approach, from the moves of a run."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.network import Network
from aforo.twin.state import BEGAN, ENTERED

#: The percentile of time that is told beside the mean.
_HIGH: Final = 0.95


class Street(msgspec.Struct, frozen=True):
    """Trucks beyond the approach over the time of a run: the mean, the 95th percentile of time, the most, and the share
    of the time in which there is any."""

    mean: float
    p95: float
    most: float
    over: float


class Moves:
    """Receives the moves of a run (`Run.trace`) and keeps those that change the queue in the street."""

    def __init__(self, network: Network) -> None:
        self._approach = network.station("approach")
        self._at: list[Int64Array] = []
        self._by: list[Int64Array] = []

    def __call__(self, rows: Int64Array) -> None:
        """Takes rows (instant, what, station, number)."""
        mine = rows[rows[:, 2] == self._approach]
        come, go = mine[:, 1] == ENTERED, mine[:, 1] == BEGAN
        self._at.append(mine[come | go, 0].copy())
        self._by.append(np.where(come, 1, -1)[come | go].astype(np.int64))

    def street(self, until: int, elsewhere: int = 0) -> Street:
        """The street from the start of the run until an instant, µs; the first `elsewhere` trucks wait in places
        outside town, called forward in turn, and not in the street."""
        if not self._at:
            return Street(0.0, 0.0, 0.0, 0.0)
        at, by = np.concatenate(self._at), np.concatenate(self._by)
        kept = at < until
        return _over_time(at[kept], np.maximum(np.cumsum(by[kept]) - elsewhere, 0), until)


def _over_time(at: Int64Array, waiting: Int64Array, until: int) -> Street:
    """The figures of a number that changes at these instants, 0 before the first."""
    lasts: Float64Array = np.diff(np.concatenate((at, [until]))).astype(np.float64)
    if not len(at):
        return Street(0.0, 0.0, 0.0, 0.0)
    mean = float((waiting * lasts).sum() / until)
    stood = np.bincount(waiting, weights=lasts)
    stood[0] += float(at[0])
    p95 = int(np.searchsorted(np.cumsum(stood), _HIGH * until * (1.0 - 1e-12)))
    return Street(mean, float(p95), float(waiting[lasts > 0].max(initial=0)), float(stood[1:].sum() / until))
