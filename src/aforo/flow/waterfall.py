"""The evidence of a decision as a waterfall: for each threat the base rate, every term with its name, and their sum.

All are whole micro-log-odds, as they were weighed: base and terms add up to the sum exactly, and the sum is what was
decided with. A released crossing's terms are told one by one too, for whoever asks: its decision is made again from
what the log holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from aforo.domain.text import Text
from aforo.domain.threat import THREATS, Threat
from aforo.domain.units import PPB
from aforo.flow.evidence import Term, terms_of
from aforo.flow.node import InForce
from aforo.flow.replay import Logged, remake
from aforo.flow.verdicts import fired_rules
from aforo.log.keys import KeyStore
from aforo.risk.naming import named


class WaterfallTerm(msgspec.Struct, frozen=True):
    """One signed contribution in micro-log-odds: where it comes from, and what it is called. Of a rule `says` is its
    own sentence for officers."""

    source: str
    code: str
    name: Text
    micro: int
    says: Text | None = None


class ThreatWaterfall(msgspec.Struct, frozen=True):
    """One threat: `base` and the `terms`, the largest first, add up to `sum`; `probability` is its logistic."""

    threat: Threat
    base: int
    terms: list[WaterfallTerm]
    sum: int
    probability: float


class Waterfall(msgspec.Struct, frozen=True):
    """One declaration's evidence; `speaks` marks that whose risk the crossing was decided by."""

    declaration_id: str
    speaks: bool
    threats: list[ThreatWaterfall]


def waterfalls(each: Logged, force: InForce, keys: KeyStore) -> list[Waterfall]:
    """The waterfall of each declaration that stood when a decision was made, by the documents of its artefact set;
    empty where nothing stood."""
    made = remake([each], force, keys)
    judged, batch = made.judged, made.batch
    rows = range(batch.table.height)
    terms = terms_of(rows, batch.features, judged, force.risk, fired_rules(judged, force))
    says = {rule.code: Text(rule.reason.en, rule.reason.es) for rule in force.rules.active}
    ids = batch.table["declaration_id"].to_list()
    base, log_odds = judged.assessment.base.tolist(), judged.assessment.log_odds.tolist()
    chances, speaker = judged.threat_ppb.tolist(), int(made.decisions.speaker[0])
    return [
        Waterfall(
            ids[row],
            row == speaker,
            [
                ThreatWaterfall(threat, base[k], _of(k, terms[row], says), log_odds[row][k], chances[row][k] / PPB)
                for k, threat in enumerate(THREATS)
            ],
        )
        for row in rows
    ]


def _of(threat: int, terms: list[Term], says: Mapping[str, Text]) -> list[WaterfallTerm]:
    own = [
        WaterfallTerm(source, code, named(source, code), micro, says.get(code) if source == "rule" else None)
        for source, code, k, micro in terms
        if k == threat and micro
    ]
    return sorted(own, key=lambda each: -abs(each.micro))
