"""A whole history taken in: the memory reads it in order of filing, and the artefacts are fitted on the examined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.columns import days
from aforo.risk.features import FEATURES
from aforo.risk.hashtable import Float64Array
from aforo.risk.learning import LearningSettings, fit_sample, training_rows
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.trees import Float32Array

#: The columns of DECLARATION_SCHEMA that the memory reads: a history may come without the others.
HISTORY_COLUMNS = (
    "filed_at",
    "filed_offset_minutes",
    "port",
    "bridge",
    "hs6",
    "origin",
    "departure",
    "lane",
    "trade_programme",
    "seal_id",
    "value_usd",
    "gross_mass_kg",
    "duty_rate",
    "packages",
    "declared_empty",
    "amends",
)
#: Of so many rows, the latest, the features are given back: enough for a quantile at any rate.
LATEST_ROWS = 50_000


class Lesson(NamedTuple):
    """What a history gave: the memory after it, the artefacts, and the features of its latest rows (at most
    LATEST_ROWS), in the order of filing."""

    memory: Memory
    artefacts: RiskArtefacts
    features: Float32Array


def outcomes_of(labels: pl.DataFrame) -> Outcomes:
    """The outcomes of a history's labels (LABEL_SCHEMA).

    A row that was not examined has none. Where the history does not say who was examined, every row with an outcome
    was; where it gives no propensity it is 1; a finding without a threat is taken for a misdeclaration, which is what a
    declaration by itself can be. What is not marked as an officer's override is none.
    """
    examined = labels["examined"].fill_null(True)
    violation = pl.select(pl.when(examined).then(labels["outcome"].cast(pl.Int8))).to_series().fill_null(-1)
    index = {threat: k for k, threat in enumerate(THREATS)}
    threat = labels["threat"].replace_strict(index, default=index["misdeclaration"], return_dtype=pl.Int64)
    return Outcomes.of(
        violation.to_numpy(),
        threat.to_numpy(),
        labels["propensity"].fill_null(1.0).to_numpy(),
        labels["override"].fill_null(False).to_numpy(),
    )


def learn_history(
    table: pl.DataFrame,
    identities: Mapping[str, npt.NDArray[np.uint64]],
    outcomes: Outcomes,
    settings: LearningSettings | None = None,
    progress: Callable[[int], None] = lambda rows: None,
    crossing: npt.NDArray[np.uint64] | None = None,
) -> Lesson:
    """Learn from a history of n rows of HISTORY_COLUMNS, in whatever order they come; `crossing` as the memory's.

    Outcomes are taken to come back at the end of the day (UTC) of their filing, those of a crossing together, after its
    last declaration: a history does not say when they did, and no row may know of its own. `progress` is told of rows
    done.
    """
    settings = settings or LearningSettings()
    when = days(table)
    order = np.argsort(when, kind="stable").astype(np.int64)
    when = when[order]
    names = {kind: column[order] for kind, column in identities.items()}
    known = outcomes.at(order)
    crossing = np.zeros(table.height, np.uint64) if crossing is None else crossing[order]
    told = _told(np.floor(when), crossing)
    by_day = np.argsort(told, kind="stable").astype(np.int64)
    memory = Memory()
    # Features are large: only those are kept that the artefacts are fitted on, and the latest.
    rows, stands_for = training_rows(known.violation, settings.largest_clean)
    training = _Sample(rows)
    latest = _Sample(np.arange(max(0, table.height - LATEST_ROWS), table.height))
    days_filed, starts = np.unique(np.floor(when), return_index=True)
    ends = np.searchsorted(told[by_day], days_filed, side="right").tolist()
    learnt = 0
    for (start, end), last in zip(pairwise([*starts.tolist(), table.height]), ends, strict=True):
        filed, due = slice(start, end), by_day[learnt:last]
        features = memory.features(table[order[filed]], _of(names, filed), crossing[filed])
        training.take(features, start)
        latest.take(features, start)
        memory.learn(table[order[due]], _of(names, due), known.at(due), crossing[due])
        learnt = last
        progress(end - start)
    artefacts = fit_sample(
        training.features, known.at(rows), when[rows], stands_for, settings, crossing=crossing[rows], filings=len(when)
    )
    return Lesson(memory, artefacts, latest.features)


class _Sample:
    """The features of some rows of a history, ascending, gathered while it is gone through in order."""

    def __init__(self, rows: Int64Array) -> None:
        self._rows = rows
        self.features = np.empty((len(rows), len(FEATURES)), np.float32)

    def take(self, features: Float32Array, start: int) -> None:
        """The features of the rows from `start` on."""
        first, last = np.searchsorted(self._rows, [start, start + len(features)]).tolist()
        self.features[first:last] = features[self._rows[first:last] - start]


def _told(day: Float64Array, crossing: npt.NDArray[np.uint64]) -> Float64Array:
    """The day on which each row's outcome comes back: the last one of its crossing, or its own where that is 0."""
    _, place = np.unique(crossing, return_inverse=True)
    last = np.full(place.max(initial=-1) + 1, -np.inf)
    np.maximum.at(last, place, day)
    return np.where(crossing == 0, day, last[place])


def _of(names: Mapping[str, npt.NDArray[np.uint64]], rows: slice | Int64Array) -> dict[str, npt.NDArray[np.uint64]]:
    return {kind: column[rows] for kind, column in names.items()}
