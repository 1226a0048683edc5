"""A draft rule tried on a history: its crossings judged with the rules in force, and with the draft among them.

Where scores come from is the caller's choice: a model judges as it judges live filings, log-odds that were recorded are
taken up where rules come in, and without either it can only be said where the draft fires.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.units import Int64Array, any_of_ppb, probability_ppb
from aforo.flow.crossings import name_crossings
from aforo.flow.earlier import standing
from aforo.flow.judge import for_lives, judge, worth
from aforo.measures.groups import categories
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.history import outcomes_of
from aforo.risk.rules import RuleDocument, RuleHits, RuleSet
from aforo.risk.rules.impact import History
from aforo.routing.policy import Policy

BoolArray = npt.NDArray[np.bool_]

#: A chance of examination is taken for no smaller than this, as in learning.
_LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class Side:
    """The n declarations of a history, judged with one set of rules: value int64[n] in truck-nanominutes, None where no
    scores are known, whether an examination is mandatory, and what the rules said.
    """

    value: Int64Array | None
    mandatory: BoolArray
    hits: RuleHits


#: From rules to the history judged with them.
Judge = Callable[[RuleSet], Side]


def by_model(table: pl.DataFrame, features: npt.NDArray[np.float32], risk: RiskArtefacts, policy: Policy) -> Judge:
    """Judge a history, in order of filing, as the model judges live filings; `features` are its own."""
    at = table["filed_at"][-1]

    def judged(rules: RuleSet) -> Side:
        made = judge(table, features, risk, rules, policy, at)
        return Side(made.value, made.mandatory, made.hits)

    return judged


def by_log_odds(table: pl.DataFrame, log_odds: Int64Array, policy: Policy) -> Judge:
    """Judge a history from log-odds without any rule, int64[n, K] in millionths.

    They do not tell what exploring was worth, so it counts for nothing here.
    """
    at, score = table["filed_at"][-1], any_of_ppb(probability_ppb(log_odds))
    exploration = np.zeros(table.height)

    def judged(rules: RuleSet) -> Side:
        hits = rules.evaluate(table, score, at)
        threat_ppb = probability_ppb(log_odds + hits.log_odds())
        value = worth(threat_ppb, exploration, table["trade_programme"], policy)
        return Side(value, for_lives(threat_ppb, policy) | hits.mandatory_rows(), hits)

    return judged


def unscored(table: pl.DataFrame) -> Judge:
    """What rules say of a history of which no scores are known."""
    at, score = table["filed_at"][-1], np.zeros(table.height, dtype=np.int64)

    def judged(rules: RuleSet) -> Side:
        hits = rules.evaluate(table, score, at)
        return Side(None, hits.mandatory_rows(), hits)

    return judged


def history_with(
    draft: RuleDocument,
    table: pl.DataFrame,
    labels: pl.DataFrame,
    rules: RuleSet,
    judged: Judge,
    at: datetime,
    crossings: Sequence[str] | None = None,
) -> History:
    """The crossings of a history (DECLARATION_SCHEMA, LABEL_SCHEMA, in order of filing) without a draft and with it.

    Beside it work the active ones of `rules` that hold at `at`, all of them as if they and the draft held at all times;
    the draft takes the place of another version of itself. Of a crossing those declarations count that stand in the
    end: its value is the highest of theirs. `crossings` names that of each row where the record tells more of it than
    the declarations do. What was found is the crossing's, whichever declaration bears it.
    """
    in_force = [_timeless(rule) for rule in rules.active if rule.holds_at(at)]
    draft = _timeless(draft)
    before = judged(RuleSet.compile(in_force))
    after = judged(RuleSet.compile([*(rule for rule in in_force if rule.id != draft.id), draft]))
    first: dict[str, int] = {}
    names = name_crossings(table, lambda _: {}) if crossings is None else crossings
    crossing = np.array([first.setdefault(name, len(first)) for name in names], dtype=np.int64)
    rows = np.flatnonzero(_stands(table, crossing))
    standing_crossings, of_row, place = np.unique(crossing[rows], return_index=True, return_inverse=True)
    count = len(standing_crossings)

    def any_of(flags: BoolArray) -> BoolArray:
        any_: BoolArray = np.bincount(place, flags[rows], count) > 0
        return any_

    def highest(value: Int64Array | None) -> Int64Array | None:
        if value is None:
            return None
        made = np.full(count, np.iinfo(np.int64).min, dtype=np.int64)
        np.maximum.at(made, place, value[rows])
        return made

    known, violation, weight = _found(labels, crossing, standing_crossings)
    failure = next((failure for failure in after.hits.failures if failure.rule == draft.code), None)
    speaks = table[rows[of_row]]
    return History(
        fired=any_of(_flags(table.height, after.hits.fired_rows[draft.code])),
        before=highest(before.value),
        after=highest(after.value),
        mandatory_before=any_of(before.mandatory),
        mandatory_after=any_of(after.mandatory),
        known=known,
        violation=violation,
        weight=weight,
        groups={
            "programme": _groups(speaks["trade_programme"]),
            "origin": _groups(speaks["origin"]),
        },
        failed=any_of(_flags(table.height, failure.rows if failure else rows[:0])),
        why=failure.why if failure else None,
    )


def _groups(values: pl.Series) -> tuple[Int64Array, list[str]]:
    """The groups of crossings by a column; those of which nothing is stated are the last one, without a name."""
    index, names = categories(values.to_list())
    return (np.where(index < 0, len(names), index), [*names, ""]) if (index < 0).any() else (index, names)


def _timeless(rule: RuleDocument) -> RuleDocument:
    return msgspec.structs.replace(rule, valid_from=None, valid_until=None)


def _flags(count: int, rows: Int64Array) -> BoolArray:
    made = np.zeros(count, dtype=np.bool_)
    made[rows] = True
    return made


def _stands(table: pl.DataFrame, crossing: Int64Array) -> BoolArray:
    """Which declarations stand when all have been filed."""
    stands = np.ones(table.height, dtype=np.bool_)
    amending = (table["amends"].is_not_null() | table["action"].is_not_null()).to_numpy()
    concerned = np.flatnonzero(np.isin(crossing, crossing[amending]))
    own: dict[int, list[int]] = {}
    for row in concerned.tolist():
        own.setdefault(int(crossing[row]), []).append(row)
    ids, amends, action = (table[name].to_list() for name in ("declaration_id", "amends", "action"))
    for rows in own.values():
        stands[rows] = False
        stands[[rows[at] for at in standing([(ids[row], amends[row], action[row]) for row in rows])]] = True
    return stands


def _found(
    labels: pl.DataFrame, crossing: Int64Array, crossings: Int64Array
) -> tuple[BoolArray, BoolArray, npt.NDArray[np.float64]]:
    """Of each of `crossings`: whether it is known what an examination found, whether that was a violation, and the
    inverse of the chance with which it was examined (1 where the history does not tell).
    """
    outcomes = outcomes_of(labels)
    bears = np.flatnonzero((outcomes.violation >= 0) & np.isin(crossing, crossings))
    place = np.searchsorted(crossings, crossing[bears])
    known: BoolArray = np.bincount(place, minlength=len(crossings)) > 0
    violation: BoolArray = np.bincount(place, outcomes.violation[bears] == 1, len(crossings)) > 0
    chance = np.ones(len(crossings))
    np.minimum.at(chance, place, outcomes.propensity[bears])
    return known, violation, 1.0 / np.maximum(chance, _LEAST_CHANCE)
