"""What a backtest reports: the figures of `measures` on the crossings that were replayed, overall and by group.

Crossings whose outcome the history does not know are counted and left out: nothing can be said of them. The control
sample's estimate is made as a live border would make it, from the draws alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.input_refusal import RefusedRows
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB, Int64Array
from aforo.measures.control_estimate import ControlEstimate, control_estimate, count_cells
from aforo.measures.groups import (
    GroupFalseSelection,
    carrier_size,
    categories,
    entity_age,
    false_selection_by,
    with_unknown,
)
from aforo.measures.selection import Crossings, Figures, figures
from aforo.trials.backtest import Backtest
from aforo.trials.history import UNKNOWN, VIOLATION, local_days

#: Ports, programmes and origins that are shown by name; the others together.
MOST_GROUPS = 12


class Group(msgspec.Struct, frozen=True):
    """The figures of one group of crossings and what the control sample alone says of it."""

    figures: Figures
    control: ControlEstimate


class SchemeRecall(msgspec.Struct, frozen=True):
    """How many of one scheme's violating crossings were examined."""

    scheme: str
    violations: int
    examined: int


class Report(msgspec.Struct, frozen=True):
    """A backtest's report. `unknown` counts crossings whose outcome the history does not say, `refused` rows that could
    not be read: figures lack both. `refused_rows` has the latter by file and reason."""

    learner: str
    feedback: str
    rate: float
    seed: int
    history: str
    periods: int
    first_period: str
    last_period: str
    crossings: int
    unknown: int
    cancelled: int
    refused: int
    overall: Group
    by_port: dict[str, Group]
    by_threat: dict[str, Group]
    by_programme: dict[str, Group]
    false_selection_by_carrier_size: list[GroupFalseSelection]
    false_selection_by_importer_age: list[GroupFalseSelection]
    false_selection_by_carrier_age: list[GroupFalseSelection]
    false_selection_by_origin: list[GroupFalseSelection]
    schemes: list[SchemeRecall]
    refused_rows: tuple[RefusedRows, ...] = ()


def report(run: Backtest) -> Report:
    """The report of all periods done."""
    history, decided = run.history, run.decided
    truth = history.truth.of_groups(history.crossing, len(history.names))
    done = np.arange(len(history.names)) < (history.crossings[run.done - 1].stop if run.done else 0)
    passed = done & decided.passed
    rows = np.flatnonzero(passed & (truth.violation != UNKNOWN))
    crossings = Crossings(
        examined=decided.examined,
        violation=truth.violation == VIOLATION,
        chosen=decided.chosen,
        control=decided.control,
        control_propensity=decided.control_ppb / PPB,
        severity=truth.severity,
        scheme=truth.scheme if history.schemes else None,
        probability=decided.probability_ppb / PPB,
        period=history.period,
    ).where(rows)
    draws = _Draws(decided.pool[rows], decided.control_ppb[rows], run.lottery.plan.names)
    roots = history.table[history.first_row[rows]]
    everything = np.arange(len(rows))
    threat = truth.threat[rows]
    day = local_days(roots).to_physical().to_numpy().astype(np.int64)
    carrier = run.identities["carrier"][history.first_row[rows]]
    importer = run.identities["importer"][history.first_row[rows]]
    return Report(
        learner=run.learner.name,
        feedback=run.setting.feedback,
        rate=run.setting.rate,
        seed=run.setting.seed,
        history=history.digest,
        periods=run.done,
        first_period=history.periods[0] if run.done else "",
        last_period=history.periods[run.done - 1] if run.done else "",
        crossings=int(passed.sum()),
        unknown=int(passed.sum()) - len(rows),
        cancelled=int((done & ~decided.passed).sum()),
        refused=history.refused,
        refused_rows=history.refused_rows,
        overall=draws.group(crossings, everything),
        by_port=draws.groups(crossings, *with_unknown(*categories(roots["port"].to_list(), MOST_GROUPS))),
        by_threat={
            name: draws.group(
                replace(
                    crossings,
                    violation=crossings.violation & (threat == k),
                    severity=np.where(threat == k, truth.severity[rows], 0.0),
                    probability=decided.threat_ppb[rows, k] / PPB,
                ),
                everything,
            )
            for k, name in enumerate(THREATS)
        },
        by_programme=draws.groups(
            crossings, *with_unknown(*categories(roots["trade_programme"].to_list(), MOST_GROUPS))
        ),
        false_selection_by_carrier_size=false_selection_by(crossings, *_of_named(carrier, *carrier_size(carrier))),
        false_selection_by_importer_age=false_selection_by(crossings, *_of_named(importer, *entity_age(importer, day))),
        false_selection_by_carrier_age=false_selection_by(crossings, *_of_named(carrier, *entity_age(carrier, day))),
        false_selection_by_origin=_by_origin(crossings, roots),
        schemes=_schemes(history.schemes, crossings),
    )


def _of_named(entity: npt.NDArray[np.generic], group: Int64Array, names: Sequence[str]) -> tuple[Int64Array, list[str]]:
    """Groups of the rows that name an entity; those that name none (the hash 0) are unknown."""
    return with_unknown(np.where(entity != 0, group, -1).astype(np.int64), names)


def _by_origin(crossings: Crossings, roots: pl.DataFrame) -> list[GroupFalseSelection]:
    return false_selection_by(crossings, *with_unknown(*categories(roots["origin"].to_list(), MOST_GROUPS)))


def _schemes(names: Sequence[str], crossings: Crossings) -> list[SchemeRecall]:
    if crossings.scheme is None:
        return []
    made = []
    for s, name in enumerate(names):
        own = crossings.violation & (crossings.scheme == s)
        made.append(SchemeRecall(name, int(own.sum()), int((own & crossings.examined).sum())))
    return made


class _Draws:
    """The pools and chances of the lottery, for the control sample's own estimates."""

    def __init__(self, pool: Int64Array, control_ppb: Int64Array, names: Sequence[str]) -> None:
        self._pool, self._ppb, self._names = pool, control_ppb, names

    def group(self, crossings: Crossings, rows: Int64Array) -> Group:
        """The figures and the estimate of some rows of the columns."""
        own = crossings.where(rows)
        assert own.control is not None
        cells = count_cells(self._pool[rows], self._ppb[rows], own.control, own.examined, own.violation)
        return Group(figures(own), control_estimate(cells, self._names))

    def groups(self, crossings: Crossings, group: Int64Array, names: Sequence[str]) -> dict[str, Group]:
        """By name; groups without a crossing are left out."""
        return {
            name: self.group(crossings, rows)
            for code, name in enumerate(names)
            if (rows := np.flatnonzero(group == code)).size
        }
