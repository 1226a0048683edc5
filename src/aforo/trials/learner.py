"""What a backtest tries: something that judges the crossings of a period, and learns from what was revealed of it.

The product's own learner is here, put together from the same memory, model and judgement that live decisions use. Peers
are in `peers`. A learner can be saved between two periods and goes on as if nothing had happened.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.units import Int64Array
from aforo.flow.evidence import Term, terms_of
from aforo.flow.judge import Judged, judge
from aforo.flow.recorded import Identities
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.features import FEATURES
from aforo.risk.learning import LearningSettings, fit
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.rules import RuleSet
from aforo.routing.policy import Policy


@dataclass(frozen=True)
class Filed:
    """The declarations of one period in order of filing: all that a learner sees of them. `at` is the period's end,
    `crossing` each row's crossing as `crossing_keys` makes it; without it every row is a crossing of its own."""

    table: pl.DataFrame
    identities: Identities
    at: datetime
    crossing: npt.NDArray[np.uint64] | None = None

    def where(self, rows: Int64Array) -> Filed:
        """Some of the rows, by index."""
        crossing = None if self.crossing is None else self.crossing[rows]
        own = {kind: column[rows] for kind, column in self.identities.items()}
        return Filed(self.table[rows], own, self.at, crossing)


class Learner(Protocol):
    """A way to select. `name` is how it is chosen; `draws` whether part of its capacity goes by the lottery."""

    name: str
    draws: bool
    rules: RuleSet

    def judge(self, filed: Filed) -> Judged:
        """Judge the declarations of a period; called once a period, in order."""

    def evidence(self, rows: Sequence[int]) -> dict[int, list[Term]]:
        """The terms of the last judgement's log-odds for some of its rows, where the learner has any."""

    def learn(self, filed: Filed, outcomes: Outcomes, rows: Int64Array) -> None:
        """Take in what was revealed of some rows of the period that was judged last; `rows` are their places in it."""

    def dump(self) -> bytes:
        """All that the learner has learnt."""

    def restore(self, dumped: bytes) -> None:
        """Go on from where `dump` was written."""


class Product:
    """The product's own learner: memory, model, rules and judgement of live decisions, refitted after each period."""

    name = "aforo"
    draws = True

    def __init__(self, policy: Policy, rules: RuleSet | None = None, settings: LearningSettings | None = None) -> None:
        self.rules = rules or RuleSet.default()
        self._policy, self._settings = policy, settings
        self._memory = Memory()
        self._features = [np.empty((0, len(FEATURES)), np.float32)]
        self._outcomes = [Outcomes.of(np.empty(0, np.int8))]
        self._times = [np.empty(0)]
        self._crossings = [np.empty(0, np.uint64)]
        self._risk = self._fitted()
        self._last: tuple[npt.NDArray[np.float32], Judged] | None = None

    def judge(self, filed: Filed) -> Judged:
        features = self._memory.features(filed.table, filed.identities, filed.crossing)
        judged = judge(filed.table, features, self._risk, self.rules, self._policy, filed.at)
        self._last = features, judged
        return judged

    def evidence(self, rows: Sequence[int]) -> dict[int, list[Term]]:
        assert self._last is not None, "judge comes first"
        features, judged = self._last
        fired: dict[int, list[tuple[str, int, int]]] = {}
        hits = judged.hits.hits
        for row, rule, threat, micro in zip(
            hits.row.tolist(), hits.rule.tolist(), hits.threat.tolist(), hits.micro.tolist(), strict=True
        ):
            fired.setdefault(row, []).append((self.rules.rules[rule].code, threat, micro))
        return terms_of(rows, features, judged, self._risk, fired)

    def learn(self, filed: Filed, outcomes: Outcomes, rows: Int64Array) -> None:
        assert self._last is not None, "judge comes first"
        shown = filed.where(rows)
        self._memory.learn(shown.table, shown.identities, outcomes, shown.crossing)
        self._features.append(self._last[0][rows])
        self._outcomes.append(outcomes)
        self._times.append(shown.table["filed_at"].to_physical().to_numpy() / 86_400e6)
        self._crossings.append(np.zeros(len(rows), np.uint64) if shown.crossing is None else shown.crossing)
        self._risk = self._fitted()

    def _fitted(self) -> RiskArtefacts:
        self._features = [np.concatenate(self._features)]
        self._outcomes = [Outcomes(*(np.concatenate(column) for column in zip(*self._outcomes, strict=True)))]
        self._times = [np.concatenate(self._times)]
        self._crossings = [np.concatenate(self._crossings)]
        return fit(
            self._features[0],
            self._outcomes[0],
            self._times[0],
            self._settings,
            crossing=self._crossings[0],
            filings=self._memory.filings,
        )

    def dump(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            memory=np.frombuffer(self._memory.dump(), np.uint8),
            features=self._features[0],
            times=self._times[0],
            crossings=self._crossings[0],
            **{f"outcome_{name}": column for name, column in self._outcomes[0]._asdict().items()},
        )
        return buffer.getvalue()

    def restore(self, dumped: bytes) -> None:
        with np.load(io.BytesIO(dumped), allow_pickle=False) as archive:
            self._memory = Memory.load(archive["memory"].tobytes())
            self._features, self._times = [archive["features"]], [archive["times"]]
            self._crossings = [archive["crossings"]]
            self._outcomes = [Outcomes(*(archive[f"outcome_{name}"] for name in Outcomes._fields))]
        self._risk = self._fitted()
