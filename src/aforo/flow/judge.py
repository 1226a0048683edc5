"""From features to risk and value: the one function that screening, backtests and replay all use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.decision import Examination
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Int64Array, any_of_ppb, probability_ppb
from aforo.flow.stated import log_odds
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.assess import Assessment, assess
from aforo.risk.rules import RuleHits, RuleSet
from aforo.routing.decide import prevented_by_option, value_of
from aforo.routing.policy import Policy

_PEOPLE = THREATS.index("people")

#: The terms (source, code, threat index, micro-log-odds) that facts state of rows, by row.
Stated = Mapping[int, Sequence[tuple[str, str, int, int]]]


@dataclass(frozen=True)
class Judged:
    """The risk of n declarations: probabilities in ppb, value in truck-nanominutes, mandatory by rule or for lives.

    `stated` is what facts added, by row.
    """

    assessment: Assessment
    threat_ppb: Int64Array
    probability_ppb: Int64Array
    value: Int64Array
    people: npt.NDArray[np.bool_]
    mandatory: npt.NDArray[np.bool_]
    hits: RuleHits
    stated: Stated = field(default_factory=dict)


def judge(
    table: pl.DataFrame,
    features: npt.NDArray[np.float32],
    risk: RiskArtefacts,
    rules: RuleSet,
    policy: Policy,
    at: datetime,
    stated: Stated = MappingProxyType({}),
) -> Judged:
    """Judge n declarations from their feature rows and their fields that are not personal, and from what is stated.

    Rules see the score before them and before what is stated; what both add enters the log-odds as written. The
    value is Σ_k P_k · harm_k times the factor of the trade programme, plus the worth of exploring, which never enters a
    probability.
    """
    assessment = assess(features, risk)
    score = any_of_ppb(probability_ppb(assessment.log_odds))
    hits = rules.evaluate(table, score, at)
    said = np.unique(hits.hits.row)
    if stated:
        said = np.union1d(said, np.fromiter(stated, np.int64, len(stated)))
    if len(said):
        again = assess(features[said], risk, hits.log_odds()[said], log_odds(stated, said) if stated else None)
        assessment = _with(assessment, said, again)
    threat_ppb = probability_ppb(assessment.log_odds)
    value = worth(threat_ppb, assessment.exploration, table["trade_programme"], policy)
    people = for_lives(threat_ppb, policy)
    mandatory = people | hits.mandatory_rows()
    mandatory[list(ordered_by_facts(stated, policy))] = True
    return Judged(assessment, threat_ppb, any_of_ppb(threat_ppb), value, people, mandatory, hits, stated)


def ordered_by_facts(stated: Stated, policy: Policy) -> dict[int, list[tuple[str, Examination]]]:
    """What facts make mandatory, by row: `source/code`, and the examination that the policy orders for it."""
    orders = policy.stated_orders()
    if not orders:
        return {}
    found = {
        row: [(f"{source}/{code}", orders[source, code]) for source, code in facts if (source, code) in orders]
        for row, terms in stated.items()
        for facts in [dict.fromkeys((source, code) for source, code, _, _ in terms)]
    }
    return {row: ordered for row, ordered in found.items() if ordered}


def worth(
    threat_ppb: Int64Array, exploration: npt.NDArray[np.float64], trade_programme: pl.Series, policy: Policy
) -> Int64Array:
    """The value of n declarations in truck-nanominutes, from the chance of each threat int64[n, K] and what exploring
    is worth beyond it, as a probability float64[n].
    """
    harm, programme = policy.harm_minutes(), _programmes(trade_programme, policy)
    exploring = np.rint(exploration * PPB).astype(np.int64)
    return value_of(np.column_stack([threat_ppb, exploring]), np.append(harm, harm.max()), programme)


def prevented(
    threat_ppb: Int64Array, exploration: npt.NDArray[np.float64], trade_programme: pl.Series, policy: Policy
) -> Int64Array:
    """What each option is expected to prevent of n declarations, int64[n, options] in truck-nanominutes:
    Σ_k P_k · harm_k · detection_k,o times the factor of the programme, with what exploring is worth."""
    return prevented_by_option(
        threat_ppb,
        np.rint(exploration * PPB).astype(np.int64),
        policy.harm_minutes(),
        policy.detection_micro(),
        _programmes(trade_programme, policy),
    )


def alarm_chance(threat_ppb: Int64Array, policy: Policy) -> npt.NDArray[np.float64]:
    """The chance that a scan of each of n trucks alarms: for a threat that its image shows, or for nothing."""
    detection = policy.alarms_micro()
    quiet = np.full(len(threat_ppb), 1.0 - policy.scan.false_alarm.probability)
    for k, found in enumerate(detection.tolist()):
        quiet = quiet * (1.0 - threat_ppb[:, k] / PPB * (found / MICRO))
    return 1.0 - quiet


def after_alarm(threat_ppb: Int64Array, policy: Policy) -> Int64Array:
    """The chance of each threat once a scan alarmed, int64[n, K] in ppb (Bayes, with the scan's point on the ROC)."""
    detection = policy.alarms_micro() / MICRO
    there = threat_ppb * detection
    nothing = (PPB - threat_ppb) * policy.scan.false_alarm.probability
    share = np.divide(there, there + nothing, out=np.zeros_like(there), where=there > 0.0)
    made: Int64Array = np.rint(share * PPB).astype(np.int64)
    return made


def _programmes(trade_programme: pl.Series, policy: Policy) -> Int64Array:
    """The factors of trade programmes, int64[n] in millionths."""
    programmes = ["none" if name is None else name for name in trade_programme.to_list()]
    factors = {name: policy.programme_micro(name) for name in set(programmes)}
    return np.array([factors[name] for name in programmes], dtype=np.int64)


def for_lives(threat_ppb: Int64Array, policy: Policy) -> npt.NDArray[np.bool_]:
    """Whether people are so likely to be hidden, by row, that the policy holds the truck for their lives."""
    held: npt.NDArray[np.bool_] = threat_ppb[:, _PEOPLE] >= policy.people_hold_ppb()
    return held


def _with(plain: Assessment, rows: Int64Array, again: Assessment) -> Assessment:
    """The plain assessment with that of the rows of which rules or facts say something in its place."""
    for whole, part in (
        (plain.log_odds, again.log_odds),
        (plain.evidence, again.evidence),
        (plain.exploration, again.exploration),
    ):
        whole[rows] = part
    return plain
