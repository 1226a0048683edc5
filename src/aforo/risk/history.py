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
from aforo.risk.learning import LearningSettings, fit
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.trees import Float32Array


class Lesson(NamedTuple):
    """What a history gave: the memory after it, the artefacts, and every row's features in the order of `order`."""

    memory: Memory
    artefacts: RiskArtefacts
    features: Float32Array
    order: Int64Array


def outcomes_of(labels: pl.DataFrame) -> Outcomes:
    """The outcomes of a history's labels (LABEL_SCHEMA).

    A row that was not examined has none. Where the history does not say who was examined, every row with an outcome
    was; where it gives no propensity it is 1; a finding without a threat is taken for a misdeclaration, which is what a
    declaration by itself can be.
    """
    examined = labels["examined"].fill_null(True)
    violation = pl.select(pl.when(examined).then(labels["outcome"].cast(pl.Int8))).to_series().fill_null(-1)
    index = {threat: k for k, threat in enumerate(THREATS)}
    threat = labels["threat"].replace_strict(index, default=index["misdeclaration"], return_dtype=pl.Int64)
    return Outcomes.of(violation.to_numpy(), threat.to_numpy(), labels["propensity"].fill_null(1.0).to_numpy())


def learn_history(
    table: pl.DataFrame,
    identities: Mapping[str, npt.NDArray[np.uint64]],
    outcomes: Outcomes,
    settings: LearningSettings | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Lesson:
    """Learn from a history of n rows of DECLARATION_SCHEMA, in whatever order they come.

    Outcomes are taken to come back at the end of the day (UTC) of their filing: a history does not say when they did,
    and no row may know of its own. `progress` is told of rows done.
    """
    when = days(table)
    order = np.argsort(when, kind="stable").astype(np.int64)
    table, when = table[order], when[order]
    names = {kind: column[order] for kind, column in identities.items()}
    known = outcomes.at(order)
    memory = Memory()
    features = np.empty((table.height, len(FEATURES)), np.float32)
    _, starts = np.unique(np.floor(when), return_index=True)
    for start, end in pairwise([*starts.tolist(), table.height]):
        rows = slice(start, end)
        today = {kind: column[rows] for kind, column in names.items()}
        features[rows] = memory.features(table[rows], today)
        memory.learn(table[rows], today, known.at(rows))
        progress(end - start)
    artefacts = fit(features, known, when, settings, filings=table.height)
    return Lesson(memory, artefacts, features, order)
