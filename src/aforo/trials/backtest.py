"""The backtest: a labelled history replayed period by period, as if each decision had been made then.

For every period: judge its crossings with what was known before, draw every crossing's lot, examine what is mandatory,
what the lottery drew, and the best of the rest by value as far as the rate goes; then reveal what was examined
(`selective`) or everything (`full`), and let the learner take it in. What is revealed never reaches a judgement of the
same or an earlier period, and columns that the declaration table does not know reach none.

A crossing is decided once, in the period of its first filing and on what had been filed by the end of it. What comes
later to the same crossing, an amendment weeks after, draws no lot and changes no decision: the learner sees it in the
period in which it was filed, and what was found of it is revealed then, where its crossing had been examined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.codes import port_zone
from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB, Int64Array
from aforo.flow.arrival import arrival_days, lot_place
from aforo.flow.decided import NOBODY, speakers
from aforo.flow.judge import Judged
from aforo.flow.lines import Outcomes as Lines
from aforo.flow.lines import selection_lines
from aforo.flow.recorded import Identities
from aforo.measures.control import ControlPlan, PlanParameters, make_plan, strata_of
from aforo.risk import lottery
from aforo.risk.columns import crossing_keys
from aforo.risk.memory import Outcomes
from aforo.routing.decide import BASIS_OF_CODE, MANDATORY, RELEASED, Decisions, best_of
from aforo.routing.policy import Policy
from aforo.trials.history import History, identities_of
from aforo.trials.learner import Filed, Learner

Feedback = Literal["full", "selective"]
#: Takes the selection's lines of one period.
Writer = Callable[[Sequence[str]], None]
#: Called after each period with its number.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Setting:
    """What a run is asked for. `rate` is the share of crossings that is examined; `seed` keys lots and identities."""

    rate: float
    feedback: Feedback
    policy: Policy
    seed: int = 0

    def key(self, purpose: str) -> bytes:
        """A key that is the same in every run with this seed: a backtest protects nobody, it must be repeatable."""
        return hashlib.sha256(f"aforo backtest {purpose} {self.seed}".encode()).digest()


@dataclass
class Decided:
    """What was decided of every crossing of the history so far, in columns (zero or False for those to come).

    `passed` is False for what was cancelled. `chosen`: mandatory or by value, drawn as well or not. `probability_ppb`,
    `threat_ppb` [n, K] as judged beforehand. `pool` is an index into the plan's names.
    """

    passed: npt.NDArray[np.bool_]
    examined: npt.NDArray[np.bool_]
    chosen: npt.NDArray[np.bool_]
    control: npt.NDArray[np.bool_]
    control_ppb: Int64Array
    pool: Int64Array
    propensity: Int64Array
    probability_ppb: Int64Array
    threat_ppb: Int64Array

    @classmethod
    def empty(cls, crossings: int, threats: int) -> Decided:
        """Nothing decided yet."""
        no, zero = np.zeros(crossings, dtype=np.bool_), np.zeros(crossings, dtype=np.int64)
        return cls(
            no, no.copy(), no.copy(), no.copy(), zero, zero.copy(), zero.copy(), zero.copy(),
            np.zeros((crossings, threats), dtype=np.int64),
        )  # fmt: skip

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Lottery:
    """The control sample of a whole history: each crossing's lot, chance and pool, known before any judgement."""

    plan: ControlPlan
    lot: Int64Array
    control_ppb: Int64Array
    pool: Int64Array


def plan_of(history: History, setting: Setting, period_days: float) -> ControlPlan:
    """The control plan of the traffic that the first period saw, taken for a year's: what comes later has no say."""
    first = history.table[history.first_row[history.crossings[0]]]
    strata = strata_of(first["port"], first["lane"], first["trade_programme"], period_days / 365.25)
    return make_plan(strata, PlanParameters(setting.rate, setting.policy.control.floor_share.share))


def draw_lots(history: History, identities: Identities, setting: Setting, plan: ControlPlan, draws: bool) -> Lottery:
    """Draw every crossing's lot from its first declaration. Without `draws` nobody has a chance."""
    roots = history.table[history.first_row]
    days = arrival_days(roots, setting.policy, port_zone)
    ports: list[str | None] = roots["port"].to_list()
    place_of = {port: lot_place(port) for port in set(ports)}
    places = [place_of[port] for port in ports]
    tractors: list[int] = identities["tractor"][history.first_row].tolist()
    made: dict[tuple[int, str, date], int] = {}
    passages = []
    for tractor, place, day in zip(tractors, places, days, strict=True):
        before = made.get((tractor, place, day), 0) if tractor else 0
        made[tractor, place, day] = before + 1
        passages.append(before)
    subjects = [own or lottery.declaration_subject(name) for own, name in zip(tractors, history.names, strict=True)]
    master = setting.key("lottery")
    keys = {day: lottery.day_key(master, day) for day in set(days)}
    lot = lottery.draw_all([keys[day] for day in days], subjects, places, passages)
    stratum = (roots["port"], roots["lane"], roots["trade_programme"])
    chance = plan.propensity_ppb(*stratum) if draws else np.zeros(len(lot), dtype=np.int64)
    return Lottery(plan, lot, chance, plan.pools_of(*stratum))


class Backtest:
    """One run over a history: `step` decides the next period, in order; `decided` holds what came of it."""

    def __init__(self, history: History, learner: Learner, setting: Setting, period_days: float) -> None:
        self.history, self.learner, self.setting = history, learner, setting
        self.identities = identities_of(history.table, setting.key("identities"))
        self.crossing_key = crossing_keys(history.names)
        plan = plan_of(history, setting, period_days)
        self.lottery = draw_lots(history, self.identities, setting, plan, learner.draws)
        self.decided = Decided.empty(len(history.names), len(THREATS))
        self.done = 0

    def step(self, write: Writer | None = None) -> None:
        """Decide one period, hand its lines to `write`, reveal what the feedback allows, and let the learner learn."""
        history, p = self.history, self.done
        rows, crossings = history.rows[p], history.crossings[p]
        filed = Filed(
            history.table[rows],
            {kind: column[rows] for kind, column in self.identities.items()},
            _end_of(history.table["filed_at"][rows]),
            self.crossing_key[history.crossing[rows]],
        )
        judged = self.learner.judge(filed)
        count = crossings.stop - crossings.start
        crossing = history.crossing[rows]
        place, stands = crossing - crossings.start, history.stands[rows]
        counts = stands & (place >= 0)  # what comes to a crossing that was decided before decides nothing
        speaker = speakers(judged.probability_ppb, place, counts, count)
        value = np.where(speaker != NOBODY, judged.value[speaker], 0)
        made = self._decide(p, judged, speaker, value, place, counts)
        if write is not None:
            write(self._lines(p, judged, speaker, value, place, counts, made))
        shown = self.decided.passed if self.setting.feedback == "full" else self.decided.examined
        revealed = np.flatnonzero(shown[crossing] & stands)
        self.learner.learn(filed, self._revealed(rows.start + revealed), revealed)
        self.done += 1

    def _decide(
        self,
        p: int,
        judged: Judged,
        speaker: Int64Array,
        value: Int64Array,
        place: Int64Array,
        counts: npt.NDArray[np.bool_],
    ) -> Decisions:
        """The best of the period, with the lots drawn before; kept in `decided`. What was cancelled is released."""
        at = self.history.crossings[p]
        decided, live = self.decided, speaker != NOBODY
        mandatory = np.zeros(len(speaker), dtype=np.bool_)
        np.logical_or.at(mandatory, place[counts], judged.mandatory[counts])
        lot, chance = self.lottery.lot[at], self.lottery.control_ppb[at]
        # The rate is held over all periods so far, so that small periods are not rounded away.
        allowed = round(self.setting.rate * (int(decided.passed.sum()) + int(live.sum())))
        capacity = max(allowed - int(decided.examined.sum()), 0)
        best = best_of(value[live], mandatory[live], lot[live], chance[live], capacity)
        basis, propensity = np.full(len(speaker), RELEASED, dtype=np.int64), np.zeros(len(speaker), dtype=np.int64)
        price = np.full(len(speaker), best.after.price, dtype=np.int64)
        basis[live], propensity[live] = best.basis, best.propensity
        control = (lot < chance) & live
        decided.passed[at], decided.examined[at], decided.control[at] = live, basis != RELEASED, control
        decided.chosen[at] = (basis != RELEASED) & (propensity == PPB)
        decided.control_ppb[at], decided.pool[at] = np.where(live, chance, 0), self.lottery.pool[at]
        decided.propensity[at] = propensity
        decided.probability_ppb[at] = np.where(live, judged.probability_ppb[speaker], 0)
        decided.threat_ppb[at] = np.where(live[:, None], judged.threat_ppb[speaker], 0)
        return Decisions(basis, control, propensity, price, best.after)

    def _revealed(self, rows: Int64Array) -> Outcomes:
        truth = self.history.truth
        propensity = self.decided.propensity[self.history.crossing[rows]]
        chance = np.ones(len(rows)) if self.setting.feedback == "full" else propensity / PPB
        return Outcomes.of(truth.violation[rows], np.maximum(truth.threat[rows], 0), chance)

    def _lines(
        self,
        p: int,
        judged: Judged,
        speaker: Int64Array,
        value: Int64Array,
        place: Int64Array,
        counts: npt.NDArray[np.bool_],
        made: Decisions,
    ) -> list[str]:
        """The lines of the crossings decided in a period: one for each of their declarations, whenever it was filed."""
        history, at = self.history, self.history.crossings[p]
        examinations, grounds = self._examinations(judged, place, counts, made.basis)
        picked = np.flatnonzero(made.basis != RELEASED)
        terms = self.learner.evidence(speaker[picked].tolist())
        place_of = dict(zip(speaker[picked].tolist(), picked.tolist(), strict=True))
        own = np.flatnonzero((history.crossing >= at.start) & (history.crossing < at.stop))
        return selection_lines(
            history.table["declaration_id"][own].to_list(),
            history.crossing[own] - at.start,
            Lines(
                crossing=history.names[at],
                row=speaker,
                examination=examinations,
                basis=[BASIS_OF_CODE[code] for code in made.basis.tolist()],
                lot=self.lottery.lot[at],
                control_ppb=self.lottery.control_ppb[at],
                propensity=made.propensity,
                value=value,
                price=made.price,
                mandatory=grounds,
                decision=[""] * len(made.basis),
                terms={place_of[row]: own for row, own in terms.items()},
                why={},
                cancelled=frozenset(np.flatnonzero(speaker == NOBODY).tolist()),
            ),
            judged,
            history.periods[p],
        )

    def _examinations(
        self, judged: Judged, place: Int64Array, counts: npt.NDArray[np.bool_], basis: Int64Array
    ) -> tuple[list[Examination], dict[int, tuple[str, ...]]]:
        """The examination of each crossing, and the grounds where it is mandatory: the strictest of what is ordered."""
        policy = self.setting.policy
        usual: dict[int, Examination] = {RELEASED: "release"}
        examinations = [usual.get(code, policy.examination.chosen.option) for code in basis.tolist()]
        grounds: dict[int, tuple[str, ...]] = {}
        orders: dict[int, list[tuple[str, Examination]]] = {}
        for row in np.flatnonzero(judged.people & counts).tolist():
            orders.setdefault(int(place[row]), []).append(("people", policy.examination.people.option))
        for row, index in zip(judged.hits.mandatory.tolist(), judged.hits.mandatory_rule.tolist(), strict=True):
            rule = self.learner.rules.rules[index]
            if rule.examination is not None and counts[row]:
                orders.setdefault(int(place[row]), []).append((rule.code, rule.examination))
        for c, ordered in orders.items():
            if basis[c] == MANDATORY:
                examinations[c] = max((option for _, option in ordered), key=STRICTNESS.__getitem__)
                grounds[c] = tuple(dict.fromkeys(ground for ground, _ in ordered))
        return examinations, grounds


def _end_of(filed_at: pl.Series) -> datetime:
    return datetime.fromtimestamp(filed_at.to_physical().to_numpy().max() / 1e6, UTC)
