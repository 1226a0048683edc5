"""What a rule did while it ran in shadow, from the decisions that recorded it: where it fired, and what was found.

What was not examined is unknown, never clean. What was examined weighs by the inverse of the chance that it had of
being examined, so that shares speak of the traffic and not of what risk chose from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from aforo.domain.decision import Examination
from aforo.domain.event import ArtefactPromoted, ArtefactRegistered, Decided
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB
from aforo.flow.examinations import examinations
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.measures.intervals import Interval, proportion, weighted_proportion

#: Crossings on which it fired that are shown, the last ones.
SHOWN: Final = 50
#: A chance of examination is taken for no smaller than this, as in learning.
_LEAST_CHANCE: Final = 1e-6
_AT_ONCE: Final = 500


class RuleStep(msgspec.Struct, frozen=True):
    """One step of a version of a rule: the stage it came to, when, who took it, the position of its event, and why it
    was rolled back, empty where that was not asked."""

    stage: str
    at: datetime
    by: str
    position: int
    reason: str = ""


class FiredOn(msgspec.Struct, frozen=True):
    """A crossing on which it fired: what it would have added (log-odds by threat), whether it would have ordered an
    examination, and what an examination found; `violation` is null where none was made, or it did not say."""

    crossing_id: str
    decision: str
    decided_at: datetime
    examination: Examination
    log_odds: dict[str, float]
    mandatory: bool
    examined: bool
    violation: bool | None
    threat: str | None


class RuleShadow(msgspec.Struct, frozen=True):
    """A rule in shadow: of the `crossings` decided meanwhile (each by its last decision), the share on which it fired;
    of those that were examined and whose truth is known, the share of violations where it fired (`hit_rate`) and among
    all (`base_rate`), both weighted; `found` of `examined`, and `violations` of `known`, are the plain counts behind
    them. `until` is null while it runs."""

    rule: str
    since: datetime
    until: datetime | None
    crossings: int
    fired: Interval
    fired_on: int
    examined: int
    found: int
    hit_rate: Interval
    base_rate: Interval
    known: int
    violations: int
    mandatory: int
    failed: int
    shown: tuple[FiredOn, ...]


def steps_of(log: Log, rule: str, hash_: str) -> tuple[RuleStep, ...]:
    """The steps of one version of a rule; a rule that ships has none before somebody takes one."""
    found = []
    for stored in log.stream(f"rule/{rule}"):
        own, payload = stored.event, stored.payload
        if isinstance(payload, ArtefactRegistered | ArtefactPromoted) and payload.hash == hash_:
            stage, why = ("draft", "") if isinstance(payload, ArtefactRegistered) else (payload.stage, payload.reason)
            found.append(RuleStep(stage, own.recorded_at, own.actor, stored.position, why))
    return tuple(found)


def shadow_period(steps: Sequence[RuleStep]) -> tuple[RuleStep, RuleStep | None] | None:
    """The step that the last run in shadow began with, and that which ended it; None without such a run."""
    begun = [place for place, step in enumerate(steps) if step.stage == "shadow"]
    if not begun:
        return None
    place = begun[-1]
    return steps[place], steps[place + 1] if place + 1 < len(steps) else None


def rule_shadow(code: str, begun: RuleStep, ended: RuleStep | None, log: Log, crossings: int) -> RuleShadow:
    """What the rule `code` (id@version) did in shadow, on the crossings decided last, at most so many."""
    until = log.position() if ended is None else ended.position
    last = _decided_between(log, begun.position, until, crossings)
    fired, known, violated, weight = [], [], [], []
    failed = mandatory = 0
    shown: list[FiredOn] = []
    for stored, events in _with_streams(last, log):
        decided = stored.payload
        assert isinstance(decided, Decided)
        terms = [(threat, micro) for rule, threat, micro, _ in decided.shadow if rule == code]
        orders = code in decided.shadow_mandatory
        failed += code in decided.failed
        mandatory += orders
        made = examinations(events)
        outcome = made[-1].last.outcome if made else None
        violation = None if outcome is None else outcome.violation
        fired.append(bool(terms) or orders)
        known.append(violation is not None)
        violated.append(bool(violation))
        weight.append(1.0 / max(decided.propensity / PPB, _LEAST_CHANCE))
        if fired[-1]:
            own = stored.event
            added: dict[str, float] = {}
            for threat, micro in terms:
                added[THREATS[threat]] = round(added.get(THREATS[threat], 0.0) + micro / MICRO, 6)
            shown.append(
                FiredOn(
                    own.stream.removeprefix("crossing/"), own.event_id, own.recorded_at, decided.examination, added,
                    orders, bool(made), violation, outcome.threat if outcome is not None and violation else None,
                )
            )  # fmt: skip
    said, truth = np.array(fired, dtype=np.bool_), np.array(known, dtype=np.bool_)
    bad, heavy = np.array(violated, dtype=np.bool_), np.array(weight)
    both = said & truth
    return RuleShadow(
        code,
        begun.at,
        None if ended is None else ended.at,
        len(last),
        proportion(int(said.sum()), len(last)),
        int(said.sum()),
        int(both.sum()),
        int((both & bad).sum()),
        weighted_proportion(bad[both], heavy[both]),
        weighted_proportion(bad[truth], heavy[truth]),
        int(truth.sum()),
        int((truth & bad).sum()),
        mandatory,
        failed,
        tuple(reversed(shown[-SHOWN:])),
    )


def _decided_between(log: Log, after: int, until: int, crossings: int) -> list[StoredEvent]:
    """The last decision of each of the crossings decided last between two positions."""
    last: dict[str, StoredEvent] = {}
    after = max(after, until - 8 * crossings)
    while events := log.read(after, types=(Decided.TYPE,)):
        for stored in events:
            if stored.position <= until:
                last.pop(stored.event.stream, None)
                last[stored.event.stream] = stored
        after = events[-1].position
    return list(last.values())[-crossings:]


def _with_streams(decided: Sequence[StoredEvent], log: Log) -> Iterable[tuple[StoredEvent, list[StoredEvent]]]:
    for start in range(0, len(decided), _AT_ONCE):
        page = decided[start : start + _AT_ONCE]
        streams = log.streams([each.event.stream for each in page])
        yield from ((each, streams[each.event.stream]) for each in page)
