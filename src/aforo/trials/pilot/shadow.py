"""The shadow: every night decided as the product would have, with the model as it was that morning.

A night's crossings are judged with what had come by the end of the night before. As many are examined as today's
selection examined of them (or as a rate says): what is mandatory, what the product's own lottery draws, and the best of
the rest by value. Only then do the outcomes that came with the night's extracts reach the memory. They are those of
today's examinations: a shadow examines nothing itself.

It starts cold, and then refits its model after every night on what became known, or from a model folder, whose trees
and weights stay as they are while the memory goes on, as in a live node.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from aforo.domain.threat import THREATS
from aforo.domain.units import PPB, Int64Array
from aforo.flow.decided import NOBODY, speakers
from aforo.flow.evidence import Term, terms_of
from aforo.flow.judge import Judged, judge
from aforo.flow.recorded import Identities
from aforo.measures.control import ControlPlan, PlanParameters, make_plan, strata_of
from aforo.risk.artefacts import ModelFolder, RiskArtefacts
from aforo.risk.columns import crossing_keys
from aforo.risk.features import FEATURES
from aforo.risk.learning import LearningSettings, fit
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.rules import RuleSet
from aforo.routing.decide import RELEASED, best_of
from aforo.trials.backtest import Decided, Lottery, Setting, draw_lots
from aforo.trials.pilot.ledger import Ledger

#: The rate of the control plan where the first night does not show one: the default of `aforo screen`.
FIRST_RATE = 0.05
_YEAR_DAYS = 365.25


@dataclass
class Chosen(Decided):
    """As a backtest's, with `value` in truck-nanominutes and `basis` as `routing.decide` codes it."""

    value: Int64Array
    basis: Int64Array

    @classmethod
    def nothing(cls, crossings: int) -> Chosen:
        """Nothing decided yet."""
        zero = np.zeros(crossings, dtype=np.int64)
        return cls(**Decided.empty(crossings, len(THREATS)).columns(), value=zero, basis=zero.copy())


class Shadow:
    """One run over the nights: `step` decides the next; `chosen` holds what came of it, by crossing.

    `rate` None: as many examinations as today's selection made. `identities` are hashed as the model's were.
    """

    def __init__(
        self,
        ledger: Ledger,
        identities: Identities,
        setting: Setting,
        *,
        rate: float | None = None,
        model: ModelFolder | None = None,
        learning: LearningSettings | None = None,
    ) -> None:
        history = ledger.history
        self.ledger, self.identities, self.setting, self.rate, self.model = ledger, identities, setting, rate, model
        self.rules = RuleSet.default()
        self.lottery: Lottery = draw_lots(history, identities, setting, self._plan(), True)
        self.chosen = Chosen.nothing(len(history.names))
        self.features = np.zeros((history.table.height, len(FEATURES)), np.float32)
        self.done = 0
        self._learning = learning
        self._keys = crossing_keys(history.names)[history.crossing]
        self._days = history.table["filed_at"].to_physical().to_numpy() / 86_400e6
        self._memory = model.memory() if model else Memory()
        self._known: dict[int, int] = {}  # row: its place among the outcomes that were learnt
        self._outcomes: list[tuple[int, int, int, float]] = []
        self._risk = model.artefacts if model else self._fitted()
        self.models = [self._risk.hash]

    @property
    def cold(self) -> bool:
        """Whether it began without a history."""
        return self.model is None

    def _plan(self) -> ControlPlan:
        """The control plan of the first night's traffic and rate, taken for a year's: what comes later has no say."""
        history, at = self.ledger.history, self.ledger.history.crossings[0]
        first = history.table[history.first_row[at]]
        share = float(self.ledger.examined[at].mean()) if len(first) else 0.0
        rate = self.rate or (share if 0.0 < share <= 1.0 else FIRST_RATE)
        strata = strata_of(first["port"], first["lane"], first["trade_programme"], 1.0 / _YEAR_DAYS)
        return make_plan(strata, PlanParameters(rate, self.setting.policy.control.floor_share.share))

    def step(self) -> None:
        """Decide one night, then take in what came with it."""
        history, p = self.ledger.history, self.done
        rows = history.rows[p]
        if rows.stop > rows.start:
            table = history.table[rows]
            own = {kind: column[rows] for kind, column in self.identities.items()}
            features = self._memory.features(table, own, self._keys[rows])
            self.features[rows] = features
            judged = judge(table, features, self._risk, self.rules, self.setting.policy, _end_of(table))
            self._decide(p, judged)
        self._learn(p)
        self.done += 1
        self.models.append(self._risk.hash)

    def _decide(self, p: int, judged: Judged) -> None:
        history, chosen = self.ledger.history, self.chosen
        at, rows = history.crossings[p], history.rows[p]
        count = at.stop - at.start
        place = history.crossing[rows] - at.start
        counts = history.stands[rows] & (place >= 0)  # what comes to a crossing that was decided before decides nothing
        speaker = speakers(judged.probability_ppb, place, counts, count)
        live = speaker != NOBODY
        said = np.where(live, speaker, 0)
        value = np.where(live, judged.value[said], 0)
        mandatory = np.zeros(count, dtype=np.bool_)
        np.logical_or.at(mandatory, place[counts], judged.mandatory[counts])
        lot, chance = self.lottery.lot[at], self.lottery.control_ppb[at]
        best = best_of(value[live], mandatory[live], lot[live], chance[live], self._capacity(p, int(live.sum())))
        basis, propensity = np.full(count, RELEASED, dtype=np.int64), np.zeros(count, dtype=np.int64)
        basis[live], propensity[live] = best.basis, best.propensity
        chosen.passed[at], chosen.examined[at] = live, basis != RELEASED
        chosen.control[at] = (lot < chance) & live
        chosen.chosen[at] = (basis != RELEASED) & (propensity == PPB)
        chosen.control_ppb[at], chosen.pool[at] = np.where(live, chance, 0), self.lottery.pool[at]
        chosen.propensity[at], chosen.value[at], chosen.basis[at] = propensity, value, basis
        chosen.probability_ppb[at] = np.where(live, judged.probability_ppb[said], 0)
        chosen.threat_ppb[at] = np.where(live[:, None], judged.threat_ppb[said], 0)

    def _capacity(self, p: int, live: int) -> int:
        """How many may be examined in night p: held over the nights so far, so that what is mandatory one night, or
        rounded, is made good the next."""
        done = int(self.chosen.examined.sum())
        if self.rate is not None:
            return max(round(self.rate * (int(self.chosen.passed.sum()) + live)) - done, 0)
        return max(int(self.ledger.examined[: self.ledger.history.crossings[p].stop].sum()) - done, 0)

    def _learn(self, p: int) -> None:
        """Take in the outcomes that came with night p: the memory at once, the model by a fit on all so far."""
        fresh = [own for own in self.ledger.learnt[p] if own.row not in self._known]
        for own in self.ledger.learnt[p]:
            label = (own.row, own.result, max(own.threat, 0), own.propensity)
            if own.row in self._known:  # mended: the next fit sees it, the memory keeps what it was told
                self._outcomes[self._known[own.row]] = label
            else:
                self._known[own.row] = len(self._outcomes)
                self._outcomes.append(label)
        if fresh:
            rows = np.array([own.row for own in fresh], dtype=np.int64)
            rows.sort()
            outcomes = self._of([self._outcomes[self._known[row]] for row in rows.tolist()])
            own_ids = {kind: column[rows] for kind, column in self.identities.items()}
            self._memory.learn(self.ledger.history.table[rows], own_ids, outcomes, self._keys[rows])
        if self.cold and self.ledger.learnt[p]:
            self._risk = self._fitted()

    @staticmethod
    def _of(labels: Sequence[tuple[int, int, int, float]]) -> Outcomes:
        return Outcomes.of(
            np.array([result for _, result, _, _ in labels], np.int8),
            np.array([threat for _, _, threat, _ in labels], np.int64),
            np.array([propensity for *_, propensity in labels], np.float64),
        )

    def _fitted(self) -> RiskArtefacts:
        labels = sorted(self._outcomes)
        rows = np.array([row for row, *_ in labels], dtype=np.int64)
        return fit(
            self.features[rows], self._of(labels), self._days[rows], self._learning,
            crossing=self._keys[rows], filings=self._memory.filings,
        )  # fmt: skip

    def reasons(self, crossings: Sequence[int]) -> dict[int, list[Term]]:
        """The terms of the log-odds of some crossings, judged anew from their logged features with the model of now."""
        history = self.ledger.history
        rows = history.first_row[np.array(crossings, dtype=np.int64)]
        table = history.table[rows]
        judged = judge(table, self.features[rows], self._risk, self.rules, self.setting.policy, _end_of(table))
        made = terms_of(range(len(rows)), self.features[rows], judged, self._risk, {})
        return {crossings[place]: terms for place, terms in made.items()}

    # Going on after a stop

    def dump(self) -> bytes:
        """All that the nights done have left, as text-free arrays."""
        buffer = io.BytesIO()
        rows = self.ledger.history.rows[self.done - 1].stop if self.done else 0
        stop = self.ledger.history.crossings[self.done - 1].stop if self.done else 0
        np.savez(
            buffer,
            allow_pickle=False,
            done=np.array([self.done], np.int64),
            memory=np.frombuffer(self._memory.dump(), np.uint8),
            features=self.features[:rows],
            models=np.array(self.models),
            known=np.array([(r, v, t) for r, v, t, _ in self._outcomes], np.int64).reshape(-1, 3),
            propensity=np.array([each[3] for each in self._outcomes], np.float64),
            **{f"chosen_{name}": column[:stop] for name, column in self.chosen.columns().items()},
        )
        return buffer.getvalue()

    def restore(self, dumped: bytes) -> None:
        """Go on from where `dump` was written; the nights done must be the same. Raises ValueError, KeyError."""
        with np.load(io.BytesIO(dumped), allow_pickle=False) as archive:
            state = {name: archive[name] for name in archive.files}
        self.done = int(state["done"][0])
        self._memory = Memory.load(state["memory"].tobytes())
        self.features[: len(state["features"])] = state["features"]
        self.models = [str(each) for each in state["models"]]
        self._outcomes = [
            (int(row), int(result), int(threat), float(chance))
            for (row, result, threat), chance in zip(state["known"], state["propensity"], strict=True)
        ]
        self._known = {row: place for place, (row, *_) in enumerate(self._outcomes)}
        for name, column in self.chosen.columns().items():
            saved = state[f"chosen_{name}"]
            column[: len(saved)] = saved
        if self.cold:
            self._risk = self._fitted()


def _end_of(table: pl.DataFrame) -> datetime:
    return datetime.fromtimestamp(table["filed_at"].to_physical().to_numpy().max() / 1e6, UTC)
