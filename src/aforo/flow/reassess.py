"""decided → decided again: a crossing of which nothing new was filed, where its truck has come further, or the state of
its bridge is another.

The declarations stand as they stood, with the facts that were known of them; risk, rules and prices are those in force
now. The lot stays. What was ordered and is still to be carried out is not lowered by it (ADR 0010).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Assessed, Decided, Event, Payload
from aforo.flow.alert_causes import PEOPLE, of_holds, raise_of
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Raise
from aforo.flow.alerts import events_of as events_of_alerts
from aforo.flow.batch import Batch, as_it_stood
from aforo.flow.custody_facts import facts_by_crossing, with_custody
from aforo.flow.decided import CrossingDecisions, decide_crossings
from aforo.flow.earlier import as_decided
from aforo.flow.evidence import terms_of
from aforo.flow.judge import judge
from aforo.flow.node import Node
from aforo.flow.order import stands_over
from aforo.flow.priced import Moment, note_filed
from aforo.flow.queueing import Change, add_changes, as_ordered, change_of
from aforo.flow.recording import EventMaker
from aforo.flow.stated import by_row, weighed
from aforo.flow.verdicts import Verdicts, explained, fired_rules, verdicts_of
from aforo.log.stored import StoredEvent
from aforo.risk.features import FEATURES


@dataclass(frozen=True)
class Reassessed:
    """A crossing that was decided again: its new decision, and the examination before and after."""

    crossing: str
    decision: str
    was: Examination
    now: Examination
    decided: Decided

    @property
    def changed(self) -> bool:
        """Whether another examination is asked of the truck."""
        return self.was != self.now


#: What goes before the decision in its transaction, by the crossing's stream: what happened to the truck.
Happened = Mapping[str, Payload]


def reassess(
    streams: Sequence[Sequence[StoredEvent]],
    node: Node,
    moment: Moment,
    *,
    happened: Happened | None = None,
    actor: str | None = None,
    only_changed: bool = False,
    alert: bool = False,
    by_rate: bool = False,
) -> list[Reassessed]:
    """Decide crossings again at `moment`, each given by its events; durable when this returns.

    Those of which nothing stands, that were never decided, or whose bridges have no prices are left out; `by_rate`
    takes these last as well, and holds them against the price of the rate, which they do not move. What is evidence of
    custody is as it is now. `happened` are events to be recorded in the same transaction, `actor` who says so.
    `only_changed` records nothing where the examination is the same as before; `alert` tells staff where it is a
    stricter one. Raises ConcurrencyError.
    """
    then = {
        events[0].event.stream.removeprefix("crossing/"): (events, old)
        for events in streams
        if (old := as_decided(events, len(FEATURES))) is not None and old.filed
    }
    if not then:
        return []
    if node.bridges is not None:
        node.bridges.look_again()
    names, olds = list(then), [old for _, old in then.values()]
    floor = {c: old.floor for c, old in enumerate(olds) if old.floor is not None}
    batch = as_it_stood(names, olds, dict(enumerate(olds)), floor)
    custody = facts_by_crossing(node.custody, names, batch.carriers)
    batch = replace(batch, facts=with_custody(batch.facts, custody))
    decisions, verdicts = _decided(batch, node, moment)
    assessed = [_last_assessment(events) for events, _ in then.values()]
    at = node.clock()
    asked = range(len(names)) if by_rate else decisions.choices
    made, events = _events(batch, asked, verdicts, assessed, node, at, happened or {}, actor, only_changed, alert)
    node.log.append(events)
    for each in made:
        own = each.decided
        if node.bridges is not None and own.stage == "filed" and own.routing is not None:
            note_filed(node.bridges, each.crossing, own.bridge, own.routing, own.zone, at, own.examination)
    return made


def _decided(batch: Batch, node: Node, moment: Moment) -> tuple[CrossingDecisions, Verdicts]:
    force = node.force
    stated = by_row(weighed(batch.facts, force.policy), batch.rows)
    judged = judge(batch.table, batch.features, force.risk, force.rules, force.policy, node.clock(), stated)
    decisions = decide_crossings(batch, judged, node, moment)
    terms = terms_of(explained(batch, decisions), batch.features, judged, force.risk, fired_rules(judged, force))
    return decisions, verdicts_of(batch, judged, decisions, terms, force, node.memory.filings, node.memory.findings)


def _last_assessment(events: Sequence[StoredEvent]) -> Assessed | None:
    return next((each for stored in reversed(events) if isinstance(each := stored.payload, Assessed)), None)


def _events(
    batch: Batch, asked: Collection[int], verdicts: Verdicts, assessed: Sequence[Assessed | None], node: Node,
    at: datetime, happened: Happened, actor: str | None, only_changed: bool, alert: bool,
) -> tuple[list[Reassessed], list[Event]]:  # fmt: skip
    """What was decided again, and all that is to be recorded of it."""
    make = EventMaker(node, 5 * len(batch.names), at, actor)
    made: list[Reassessed] = []
    held: dict[int, tuple[str, ...]] = {}
    raised: list[Raise] = []
    ids: dict[int, str] = {}
    versions = verdicts.version.tolist()
    queues: list[Change] = []
    trucks = dict(enumerate(batch.identities["tractor"][batch.roots].tolist()))
    for c, name in enumerate(batch.names):
        stream, old = f"crossing/{name}", batch.earlier[c]
        decided = verdicts.decision(c)
        what = happened.get(stream)
        if c not in asked or (only_changed and decided.examination == old.decided.examination):
            continue
        cause = None
        if what is not None:
            versions[c] += 1
            cause = make.add(what, stream, versions[c], key=_key(what, stream))
        risk = verdicts.assessment(c)
        if risk != assessed[c]:
            versions[c] += 1
            cause = make.add(risk, stream, versions[c], cause=cause)
        versions[c] += 1
        ids[c] = make.add(decided, stream, versions[c], cause=cause)
        made.append(Reassessed(name, ids[c], old.decided.examination, decided.examination, decided))
        ordered = as_ordered(decided, stands_over(old.overridden, decided))
        if (change := change_of(name, as_ordered(old.waiting, old.overridden), ordered)) is not None:
            queues.append(change)
        stricter = STRICTNESS[decided.examination] > STRICTNESS[old.decided.examination]
        if stricter and (PEOPLE in decided.mandatory or decided.examination == "hold"):
            held[c] = decided.mandatory
        elif stricter and alert:
            raised.append(raise_of("order_raised", stream, ids[c], versions[c], at, trucks[c]))
    add_changes(queues, node, make)
    raised += of_holds(batch.names, held, [ids.get(c, "") for c in range(len(batch.names))], versions, trucks, at)
    alerts = events_of_alerts(raised, in_force(node.log), at, node.actor, node.origin) if raised else []
    return made, [*make.events, *alerts]


def _key(what: Payload, stream: str) -> str:
    """The idempotency key of what happens to a truck once."""
    return f"{what.TYPE.removeprefix('crossing.')}:{stream}"
