"""What rules leave behind beside evidence: what those in shadow would have said, and which ones failed.

It decides nothing. It is recorded with the decision, so that a shadow run can be read from the log, and it is counted
for whoever ran the batch.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import msgspec
import numpy as np

from aforo.domain.text import Text
from aforo.domain.units import Int64Array
from aforo.flow.batch import Batch
from aforo.flow.judge import Judged
from aforo.flow.node import InForce


@dataclass
class Trace:
    """The trace of one crossing, as its decision records it; see `Decided`."""

    shadow: list[tuple[str, int, int, int]] = field(default_factory=list)
    shadow_mandatory: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def traces_of(batch: Batch, judged: Judged, force: InForce) -> dict[int, Trace]:
    """The traces of a batch, by crossing; crossings without one are left out. Declarations that do not stand count for
    nothing.
    """
    found: dict[int, Trace] = defaultdict(Trace)
    hits, rules = judged.hits, force.rules.rules
    if len(hits.shadow.row):
        said = np.flatnonzero(batch.stands[hits.shadow.row])
        rows = hits.shadow.row[said]
        for c, row, rule, threat, micro in zip(
            batch.crossing[rows].tolist(), rows.tolist(), hits.shadow.rule[said].tolist(),
            hits.shadow.threat[said].tolist(), hits.shadow.micro[said].tolist(), strict=True,
        ):  # fmt: skip
            found[c].shadow.append((rules[rule].code, threat, micro, batch.rows[c].index(row)))
        for trace in found.values():
            trace.shadow.sort(key=lambda fired: fired[3])  # by declaration, as `rules` is
    for rule_document in force.rules.shadow:
        if rule_document.mandatory:
            fired = hits.fired_rows.get(rule_document.code)
            for c in () if fired is None else _crossings(batch, fired):
                found[c].shadow_mandatory.append(rule_document.code)
    for failure in hits.failures:
        for c in _crossings(batch, failure.rows):
            found[c].failed.append(failure.rule)
    return found


def _crossings(batch: Batch, rows: Int64Array) -> list[int]:
    """The crossings in which some of the rows stand."""
    crossings: list[int] = np.unique(batch.crossing[rows[batch.stands[rows]]]).tolist()
    return crossings


class FailedRule(msgspec.Struct):
    """A rule that failed: on how many crossings, and why on the first of them."""

    crossings: int
    why: Text


class RuleAccount(msgspec.Struct):
    """What whoever ran some batches has to know of rules: those in shadow, with the number of crossings on which each
    fired, and those that failed.
    """

    shadow: dict[str, int] = {}
    failed: dict[str, FailedRule] = {}

    def add(self, batch: Batch, judged: Judged, force: InForce) -> None:
        """Count one more batch."""
        for rule in force.rules.shadow:
            fired = judged.hits.fired_rows.get(rule.code)  # None where the rule does not hold on that day
            count = 0 if fired is None else len(_crossings(batch, fired))
            self.shadow[rule.code] = self.shadow.get(rule.code, 0) + count
        for failure in judged.hits.failures:
            count = len(_crossings(batch, failure.rows))
            if count:
                known = self.failed.setdefault(failure.rule, FailedRule(0, failure.why))
                known.crossings += count
