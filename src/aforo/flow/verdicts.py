"""From decisions in columns to what is recorded of each crossing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from aforo.domain.decision import STRICTNESS, Basis, Examination
from aforo.domain.event import Assessed, Decided
from aforo.domain.units import Int64Array
from aforo.flow.batch import Batch
from aforo.flow.decided import NOBODY, CrossingDecisions
from aforo.flow.earlier import UPKEEP
from aforo.flow.evidence import Term
from aforo.flow.json_columns import (
    Column,
    Texts,
    base64_of,
    constant,
    each_once,
    number_lists,
    numbers,
    objects,
    plain,
    sparse,
    where,
)
from aforo.flow.judge import Judged, ordered_by_facts
from aforo.flow.node import InForce
from aforo.flow.priced import Choice
from aforo.flow.rule_trace import traces_of
from aforo.flow.stated import weighed
from aforo.risk import feature_rows
from aforo.routing.decide import BASIS_OF_CODE, MANDATORY, RELEASED
from aforo.routing.policy import Policy


@dataclass(frozen=True)
class Verdicts:
    """The assessments and decisions of n crossings, in columns, ready to be recorded.

    `version` int64[n] is each stream's version so far, `filed` int64[n] the number of its new filings. `assessed` and
    `decided` are JSON texts of `Assessed` and `Decided`. `mandatory` has the grounds of crossings that must be
    examined, `terms` the evidence of those that are `explained`, both by crossing; `kept` are those whose examination
    was ordered before and is stricter than what would have been chosen now.
    """

    crossing: list[str]
    version: Int64Array
    filed: Int64Array
    examination: list[Examination]
    basis: list[Basis | None]
    mandatory: dict[int, tuple[str, ...]]
    terms: dict[int, list[Term]]
    assessed: Column
    decided: Column
    kept: frozenset[int] = frozenset()

    def assessment(self, crossing: int) -> Assessed:
        """One crossing's assessment."""
        return msgspec.json.decode(self.assessed[crossing] or "", type=Assessed)

    def decision(self, crossing: int) -> Decided:
        """One crossing's decision."""
        return msgspec.json.decode(self.decided[crossing] or "", type=Decided)


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


def explained(batch: Batch, decisions: CrossingDecisions) -> list[int]:
    """The rows whose evidence is told term by term: those that speak for what is to be examined, was ordered to be, or
    of which facts are known.
    """
    shown = decisions.basis != RELEASED
    shown[[*batch.facts, *batch.floor]] = True
    rows: list[int] = decisions.speaker[shown & (decisions.speaker != NOBODY)].tolist()
    return rows


class Orders(NamedTuple):
    """By crossing what is ordered, and on what basis; grounds of what is mandatory; whose earlier order is `kept`."""

    examination: list[Examination]
    basis: list[Basis | None]
    mandatory: dict[int, tuple[str, ...]]
    kept: list[int]


def orders(
    batch: Batch, judged: Judged, decisions: CrossingDecisions, force: InForce, upkeep: Sequence[int] | None = None
) -> Orders:
    """What is ordered of each crossing of a batch in the end: by price, by rule or lot, or as before. What was ordered
    before and stands brings its chance along into the decisions."""
    basis = [BASIS_OF_CODE[code] for code in decisions.basis.tolist()]
    chosen = force.policy.examination.chosen.option
    examination: list[Examination] = ["release" if each is None else chosen for each in basis]
    mandatory: dict[int, tuple[str, ...]] = {}
    obliged = np.flatnonzero(decisions.basis == MANDATORY).tolist()
    if obliged:
        people, ordered = set(np.flatnonzero(judged.people).tolist()), mandatory_rules(judged, force)
        for row, own in ordered_by_facts(judged.stated, force.policy).items():
            ordered.setdefault(row, []).extend(own)
        for c in obliged:
            examination[c], mandatory[c] = _ordered(batch.rows[c], people, ordered, force.policy)
    for c, choice in decisions.choices.items():
        if basis[c] == "priced":
            examination[c] = choice.option
        elif basis[c] == "random":  # a sample is examined alike, unless its value asks for more
            examination[c] = max(chosen, choice.option, key=STRICTNESS.__getitem__)
        rules = UPKEEP if upkeep is None else upkeep[c]
        if rules > 2 and basis[c] in ("mandatory", "random") and choice.stage == "scanned":
            examination[c] = _after_alarm(examination[c], choice)
    return Orders(examination, basis, mandatory, _keep(batch, decisions, examination, basis, mandatory))


def verdicts_of(
    batch: Batch,
    judged: Judged,
    decisions: CrossingDecisions,
    terms: dict[int, list[Term]],
    force: InForce,
    position: int,
    findings: int,
    upkeep: Sequence[int] | None = None,
) -> Verdicts:
    """The verdict on each crossing, in the order of the batch.

    `terms` is the evidence of the rows that are `explained`; `position` how many filings
    the memory had seen before the batch; each crossing is decided after the last of its own. `upkeep` are the rules
    by which each was decided that is decided again (see `earlier.UPKEEP`); else they are today's.
    """
    count = len(batch.names)
    new = np.fromiter(map(len, batch.new_rows), np.int64, count)
    version = np.zeros(count, dtype=np.int64)
    for c, old in batch.earlier.items():
        version[c] = old.version
    speaker = decisions.speaker.tolist()
    shown = {c: terms[row] for c, row in enumerate(speaker) if row in terms} if terms else {}
    examination, basis, mandatory, kept = orders(batch, judged, decisions, force, upkeep)
    # Each crossing is decided after the last of its own filings; one that has none new, after nothing.
    last = np.where(new > 0, position + np.cumsum(new), position)
    return Verdicts(
        batch.names,
        version,
        new,
        examination,
        basis,
        mandatory,
        shown,
        _assessed(judged, decisions, shown),
        _decided(batch, judged, decisions, examination, basis, mandatory, force, last, findings, kept),
        frozenset(kept),
    )


def _after_alarm(order: Examination, choice: Choice) -> Examination:
    """What an order asks of a truck whose scan alarmed. A scan was made already; by hand it is examined whatever the
    price, which says only where. Where nobody can, the truck is held."""
    if order not in ("scan", "scan_then_decide"):
        return order
    return choice.option if choice.examines else choice.nearest or "hold"


def _keep(
    batch: Batch,
    decisions: CrossingDecisions,
    examination: list[Examination],
    basis: list[Basis | None],
    mandatory: dict[int, tuple[str, ...]],
) -> list[int]:
    """Put what was ordered before where it is stricter, with its basis, grounds and chance, except where nothing
    stands; gives these crossings.
    """
    kept = []
    for c, floor in batch.floor.items():
        if decisions.speaker[c] == NOBODY or STRICTNESS[floor.examination] <= STRICTNESS[examination[c]]:
            continue
        examination[c], basis[c] = floor.examination, floor.basis
        mandatory.pop(c, None)
        if floor.mandatory:
            mandatory[c] = floor.mandatory
        decisions.propensity[c] = floor.propensity
        kept.append(c)
    return kept


def _assessed(judged: Judged, decisions: CrossingDecisions, shown: dict[int, list[Term]]) -> Column:
    """The JSON texts of `Assessed`."""
    nobody = decisions.speaker == NOBODY
    log_odds = judged.assessment.log_odds
    if len(log_odds):
        log_odds = log_odds[np.where(nobody, 0, decisions.speaker)]
        log_odds[nobody] = 0
    else:
        log_odds = np.zeros((len(nobody), log_odds.shape[1]), dtype=np.int64)
    named: dict[str, Texts | str] = {"log_odds": number_lists(log_odds)}
    if shown:
        named["evidence"] = sparse(shown, len(nobody))
    return objects(named, len(nobody))


def _decided(
    batch: Batch,
    judged: Judged,
    decisions: CrossingDecisions,
    examination: list[Examination],
    basis: list[Basis | None],
    mandatory: dict[int, tuple[str, ...]],
    force: InForce,
    position: Int64Array,
    findings: int,
    kept: Sequence[int],
) -> Column:
    """The JSON texts of `Decided`, which leave out what says nothing, as its encoder does."""
    count, lots = len(batch.names), decisions.lots
    packed = feature_rows.pack(batch.features)
    of_crossing = [packed[rows[0]] if len(rows) == 1 else b"".join(packed[row] for row in rows) for rows in batch.rows]
    again = np.zeros(count, dtype=np.bool_)
    again[list(batch.earlier)] = True
    said = traces_of(batch, judged, force)
    traces = {
        name: {c: found for c, trace in said.items() if (found := getattr(trace, name))}
        for name in ("shadow", "shadow_mandatory", "failed")
    }
    passages = np.array(lots.passages, dtype=np.int64)
    named: dict[str, Texts | str] = {
        "examination": plain(examination),
        "basis": each_once(basis),
        "control": numbers(lots.lot < lots.control_ppb),
        "lot": numbers(lots.lot),
        "control_propensity": numbers(lots.control_ppb),
        "propensity": numbers(decisions.propensity),
        "value": numbers(decisions.value),
        "price": numbers(decisions.price),
        "features": plain(base64_of(of_crossing)),
        "position": numbers(position),
        "artefacts": constant(force.hash),
        "code": constant(force.code),
        "rules": sparse(_rules(batch, fired_rules(judged, force)), count),
        "stratum": where(np.array([pool != "" for pool in lots.pool]), each_once(lots.pool)),
        "mandatory": sparse(mandatory, count),
        "passages": where(passages != 0, numbers(passages)),
        "day": each_once(lots.day),
        "zone": where(np.array([zone != "" for zone in lots.zone]), each_once(lots.zone)),
        "again": where(again, numbers(again)),
    }
    if findings:
        named["findings"] = constant(findings)
    facts = {"stated": weighed(batch.facts, force.policy), "contradictions": batch.contradictions}
    named |= {name: sparse(found, count) for name, found in (traces | facts).items() if found}
    named["upkeep"] = constant(UPKEEP)
    joined = {"kept": dict.fromkeys(kept, True), "links": batch.links, "listed": batch.listed}
    named |= {name: sparse(found, count) for name, found in joined.items() if found}
    if decisions.choices:
        made = decisions.choices
        named["stage"] = sparse({c: choice.stage for c, choice in made.items()}, count)
        named["bridge"] = sparse({c: choice.bridge for c, choice in made.items()}, count)
        named["routing"] = sparse({c: choice.routed for c, choice in made.items()}, count)
    return objects(named, count)


def _rules(batch: Batch, fired: dict[int, list[tuple[str, int, int]]]) -> dict[int, list[tuple[str, int, int, int]]]:
    """What rules added, by crossing: (rule code, threat index, micro-log-odds, place of the declaration)."""
    found: dict[int, list[tuple[str, int, int, int]]] = defaultdict(list)
    for c in np.unique(batch.crossing[list(fired)]).tolist() if fired else ():
        for place, row in enumerate(batch.rows[c]):
            found[c] += [(code, threat, micro, place) for code, threat, micro in fired.get(row, ())]
    return {c: said for c, said in found.items() if said}
