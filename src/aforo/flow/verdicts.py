"""From decisions in columns to what is recorded of each crossing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Assessed, Decided
from aforo.flow.batch import Batch
from aforo.flow.decided import NOBODY, CrossingDecisions
from aforo.flow.evidence import Term
from aforo.flow.judge import Judged
from aforo.flow.node import InForce
from aforo.flow.rule_trace import traces_of
from aforo.risk import feature_rows
from aforo.routing.decide import BASIS_OF_CODE, MANDATORY, RELEASED
from aforo.routing.policy import Policy


@dataclass(frozen=True)
class Verdict:
    """The assessment and the decision of one crossing, ready to be recorded.

    `version` is its stream's version so far, `rows` its new filings, `terms` the evidence of the one that speaks for it
    where it is to be examined.
    """

    crossing: str
    version: int
    rows: Sequence[int]
    assessed: Assessed
    decided: Decided


def _ordered(
    rows: Sequence[int], people: set[int], ordered: dict[int, list[tuple[str, Examination]]], policy: Policy
) -> tuple[Examination, tuple[str, ...]]:
    """What is mandatory for a crossing, the strictest of what its rules and lives order, and the grounds."""
    orders = [order for row in rows for order in ordered.get(row, ())]
    options = [option for _, option in orders]
    grounds = [code for code, _ in orders]
    if people.intersection(rows):
        options.append(policy.examination.people.option)
        grounds.insert(0, "people")
    return max(options, key=STRICTNESS.__getitem__), tuple(grounds)


def mandatory_rules(judged: Judged, force: InForce) -> dict[int, list[tuple[str, Examination]]]:
    """The mandatory rules that fired, by row: their codes and what they order."""
    found: dict[int, list[tuple[str, Examination]]] = defaultdict(list)
    for row, index in zip(judged.hits.mandatory.tolist(), judged.hits.mandatory_rule.tolist(), strict=True):
        rule = force.rules.rules[index]
        assert rule.examination is not None
        found[row].append((rule.code, rule.examination))
    return found


def fired_rules(judged: Judged, force: InForce) -> dict[int, list[tuple[str, int, int]]]:
    """The rules that added evidence, by row: (code, threat index, micro-log-odds)."""
    found: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    hits = judged.hits.hits
    for row, index, threat, micro in zip(
        hits.row.tolist(), hits.rule.tolist(), hits.threat.tolist(), hits.micro.tolist(), strict=True
    ):
        found[row].append((force.rules.rules[index].code, threat, micro))
    return found


def verdicts_of(
    batch: Batch,
    judged: Judged,
    decisions: CrossingDecisions,
    terms: dict[int, list[Term]],
    force: InForce,
    position: int,
    findings: int,
) -> list[Verdict]:
    """One verdict a crossing, in the order of the batch.

    `terms` is the evidence of the rows that speak for the crossings to be examined; `position` how many filings
    the memory had seen before the batch; each crossing is decided after the last of its own.
    """
    lots = decisions.lots
    log_odds = judged.assessment.log_odds.tolist()
    packed = feature_rows.pack(batch.features)
    people = set(np.flatnonzero(judged.people).tolist())
    fired, ordered = fired_rules(judged, force), mandatory_rules(judged, force)
    chosen = force.policy.examination.chosen.option
    days = {day: day.isoformat() for day in set(lots.day)}
    no_threat = (0,) * judged.threat_ppb.shape[1]
    verdicts = []
    columns = zip(
        batch.names, batch.rows, batch.new_rows, decisions.speaker.tolist(), decisions.basis.tolist(),
        lots.lot.tolist(), lots.control_ppb.tolist(), decisions.propensity.tolist(), decisions.value.tolist(),
        decisions.price.tolist(), lots.pool, lots.passages, lots.day, lots.zone, strict=True,
    )  # fmt: skip
    for c, row in enumerate(columns):
        name, rows, new, speaker, basis, lot, control, propensity, value, price, pool, passages, day, zone = row
        examination: Examination = "release" if basis == RELEASED else chosen
        mandatory: tuple[str, ...] = ()
        if basis == MANDATORY:
            examination, mandatory = _ordered(rows, people, ordered, force.policy)
        rules: tuple[tuple[str, int, int, int], ...] = ()
        if fired:
            rules = tuple((code, k, micro, i) for i, r in enumerate(rows) for code, k, micro in fired.get(r, ()))
        decided = Decided(
            examination, BASIS_OF_CODE[basis], lot < control, lot, control, propensity, value, price,
            feature_rows.to_text([packed[r] for r in rows]) if rows else "", position + (new[-1] + 1 if new else 0),
            force.hash, force.code, rules, pool, mandatory, passages, days[day], zone, c in batch.earlier, findings,
        )  # fmt: skip
        assessed = Assessed(
            no_threat if speaker == NOBODY else tuple(log_odds[speaker]),
            tuple(terms[speaker]) if speaker in terms else None,
        )
        old = batch.earlier.get(c)
        verdicts.append(Verdict(name, old.version if old else 0, new, assessed, decided))
    for c, trace in traces_of(batch, judged, force).items():
        verdicts[c] = replace(verdicts[c], decided=trace.on(verdicts[c].decided))
    return verdicts
