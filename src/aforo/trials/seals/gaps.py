"""How long a device is silent between two reports: the distribution of a real fleet's, as figures.

`SHARES` and `GAPS` are quantiles of the 1,517 gaps between the reports of each vehicle and trip of one bus route
(Liverpool, route 14, January 2026: Bus Open Data Service, Department for Transport, Open Government Licence v3.0), over
their median of 24 s. `scripts/seal_gaps.py FILE` prints them from the file; the file itself is not kept here. They are
buses in a city, not trucks: nothing public tells the same of trucks under seal.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]
#: The shares of gaps that are not longer, and how long those are, in medians.
SHARES: Final = (
    0.0, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
    0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0,
)  # fmt: skip
GAPS: Final = (
    0.042, 0.125, 0.167, 0.208, 0.292, 0.375, 0.458, 0.5, 0.583, 0.708, 0.792, 0.875, 1.0, 1.167, 1.292, 1.292,
    1.333, 1.375, 1.375, 1.375, 1.375, 1.417, 1.583, 1.695, 1.792, 3.344, 4.116, 8.667,
)  # fmt: skip
#: The resolution of the file, in medians: its instants are whole seconds.
RESOLUTION: Final = 1 / 24


def drawn(rng: np.random.Generator, count: int) -> Float64Array:
    """Gaps in medians, each more than 0."""
    found = np.interp(rng.random(count), SHARES, GAPS)
    return np.maximum(np.rint(found / RESOLUTION), 1.0) * RESOLUTION


def of_export(path: Path) -> Float64Array:
    """The gaps between reports of each vehicle and trip of an export (`timestamp`, `vehicle_id`, `trip_id`), over the
    median of all; what came twice at one instant has none between. Raises OSError, KeyError, ValueError."""
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seen[row["trip_id"], row["vehicle_id"]].append(datetime.fromisoformat(row["timestamp"]).timestamp())
    gaps = np.concatenate([np.diff(np.sort(each)) for each in seen.values()])
    gaps = gaps[gaps > 0]
    made: Float64Array = gaps / np.median(gaps)
    return made


def quantiles(gaps: Float64Array) -> tuple[float, ...]:
    """Gaps at `SHARES`, to three decimals."""
    return tuple(round(float(each), 3) for each in np.quantile(gaps, SHARES))
