"""What happens next: the whole journey of a crossing, in one short read.

    filed → assessed → decided      `screen`, for a batch of filings; a single message is a batch of one
    passed, examined → learnt       `report`, when ports tell what happened (module `reports`)

The batch command and the live API run these same functions; the events of a batch are one transaction, written before
anything is answered. Rooms do not know each other: what one needs of another passes through here as a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from aforo.domain.credential import Credentials, current_credential, use_credential
from aforo.flow.alert_causes import PEOPLE, of_holds
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import events_of as events_of_alerts
from aforo.flow.asked import Question
from aforo.flow.batch import Batch, gather
from aforo.flow.choices import note_ordered
from aforo.flow.commitments import commit_to
from aforo.flow.contradictions import contradictions_of
from aforo.flow.custody_facts import facts_by_crossing, with_custody
from aforo.flow.decided import CrossingDecisions, decide_crossings
from aforo.flow.decision_turn import decision_turn
from aforo.flow.evidence import terms_of
from aforo.flow.facts import facts_of
from aforo.flow.filing import Filings, new_filings
from aforo.flow.judge import Judged, judge
from aforo.flow.links import met
from aforo.flow.node import InForce, Node
from aforo.flow.order import stands_over
from aforo.flow.queueing import Change, add_changes, as_ordered, change_of
from aforo.flow.recording import EventMaker, Source, events_of, filed_texts
from aforo.flow.screening import question_events, record_lists, screen_parties
from aforo.flow.stated import by_row, weighed
from aforo.flow.taking import taking
from aforo.flow.verdicts import Verdicts, explained, fired_rules, orders, verdicts_of
from aforo.log.store import ConcurrencyError
from aforo.log.written import Written
from aforo.risk.columns import crossing_keys


@dataclass(frozen=True)
class Settled:
    """A batch that is assessed and decided, and not written up yet: nothing of it can be recorded or answered.

    `position` is how many filings, and `findings` how many findings, the memory had taken in before it; `warnings` are
    those of its records; `questions` are about parties that may be on a list.
    """

    filings: Filings
    batch: Batch
    judged: Judged
    decisions: CrossingDecisions
    force: InForce
    at: datetime
    position: int
    findings: int
    warnings: dict[int, tuple[str, ...]]
    questions: list[Question]


@dataclass(frozen=True)
class Screened:
    """What became of a batch. `decision` is the identifier of each crossing's decision, in the order of the batch.

    `events` is all that is to be recorded of it: nothing may be answered before `record` has returned. `credentials`
    are those that crossings were filed by, by name, where senders of a batch have different ones.
    """

    filings: Filings
    batch: Batch
    judged: Judged
    decisions: CrossingDecisions
    verdicts: Verdicts
    decision: list[str]
    events: Written
    credentials: Credentials = field(default_factory=dict)


def screen(
    table: pl.DataFrame, node: Node, source: Source, warnings: dict[int, tuple[str, ...]] | None = None
) -> Screened:
    """File, assess and decide a batch of declarations in which every crossing is whole; durable when this returns.

    What the log has already is told apart in `filings` and leaves nothing behind. `source` is the intake format, for
    all or by record.

    A caller with many batches may do the three parts side by side for batches that follow one another, as long as each
    part takes the batches one at a time and in their order, no two in hand share a crossing (see `settle`), and the
    process keeps the log's decision lock throughout.
    """
    with decision_turn(node):
        screened = write_up(settle(table, node, warnings, source=source), node, source)
        record(screened, node)
    return screened


def settle(
    table: pl.DataFrame,
    node: Node,
    warnings: dict[int, tuple[str, ...]] | None = None,
    ready: Callable[[list[str]], None] = lambda crossings: None,
    source: Source = "",
) -> Settled:
    """The first part of `screen`: assess and decide, and move memory and price on to the next batch.

    `ready` is called with the batch's crossings before the log is asked for them: who has batches in hand waits there
    until those that have one of them are recorded. `source` is the intake format, for all or by record.
    """
    at, force = node.clock(), node.force
    filings, position = new_filings(table, node), node.memory.filings
    record_lists(node)
    features = node.memory.features(filings.table, filings.identities, crossing_keys(filings.crossing))
    filings = taking(filings, node, features.shape[1], ready)
    batch = gather(filings, features, node)
    links, elsewhere = met(batch, node, at)
    contradictions = contradictions_of(batch, force.policy.tolerance, source, elsewhere)
    screening = screen_parties(filings, batch, node)
    custody = facts_by_crossing(node.custody, batch.names, batch.carriers)
    facts = with_custody(facts_of(contradictions, screening.listed), custody)
    if facts or links or batch.listed:
        listed = screening.listed
        batch = replace(batch, facts=facts, contradictions=contradictions, links=links, listed=listed)
    stated = by_row(weighed(facts, force.policy), batch.rows)
    judged = judge(batch.table, batch.features, force.risk, force.rules, force.policy, at, stated)
    decisions = decide_crossings(batch, judged, node)
    commit_to(decisions.lots.day, node, at)
    node.price = decisions.price_after
    if decisions.choices:
        ordered = orders(batch, judged, decisions, force).examination
        note_ordered(batch, decisions.choices, ordered, decisions.lots.zone, node, at)
    own = _of_records(warnings, filings.table["record"].to_list()) if warnings else {}
    found = node.memory.findings
    return Settled(filings, batch, judged, decisions, force, at, position, found, own, screening.questions)


def write_up(
    settled: Settled,
    node: Node,
    source: Source,
    replies: Mapping[int, str] | None = None,
    senders: Mapping[int, str | None] | None = None,
) -> Screened:
    """The second part: reasons, and the events as they will be stored. `replies` are sealed envelopes for answers, by
    record; `senders` the credentials that records were sent by, where these are not all sent by the one in use."""
    batch, judged, decisions, force = settled.batch, settled.judged, settled.decisions, settled.force
    shown = explained(batch, decisions)
    terms = terms_of(shown, batch.features, judged, force.risk, fired_rules(judged, force))
    verdicts = verdicts_of(batch, judged, decisions, terms, force, settled.position, settled.findings)
    filed = filed_texts(settled.filings, node, source, settled.warnings, replies or {})
    own = None if senders is None else [senders[number] for number in settled.filings.table["record"].to_list()]
    credentials = {} if own is None else dict(zip(settled.filings.crossing, own, strict=True))
    events, decision = events_of(verdicts, settled.filings, filed, node, settled.at, own)
    if verdicts.mandatory:
        events = events.and_then(_alerts(verdicts, batch, decision, node, settled.at, credentials))
    if settled.questions:
        events = events.and_then(Written.of(question_events(settled.questions, node, settled.at, credentials)))
    return Screened(settled.filings, batch, judged, decisions, verdicts, decision, events, credentials)


def _alerts(
    verdicts: Verdicts, batch: Batch, decision: list[str], node: Node, at: datetime, credentials: Credentials
) -> Written:
    """What tells staff of the holds of a batch, in the transaction that decides them."""
    held = {
        c: grounds
        for c, grounds in verdicts.mandatory.items()
        if PEOPLE in grounds or verdicts.examination[c] == "hold"
    }
    if not held:
        return Written.of([])
    trucks = {c: int(batch.identities["tractor"][batch.roots[c]]) for c in held}
    versions = (verdicts.version + verdicts.filed + 2).tolist()
    rules, events = in_force(node.log), []
    for c, grounds in held.items():
        with use_credential(credentials.get(batch.names[c], current_credential())):
            raises = of_holds(batch.names, {c: grounds}, decision, versions, trucks, at)
            events += events_of_alerts(raises, rules, at, node.actor, node.origin)
    return Written.of(events)


def record(screened: Screened, node: Node) -> None:
    """The third part: one transaction for the batch, durable when this returns.

    Raises ConcurrencyError where another process filed some of it meanwhile: what was decided here of that is not in
    the log and must not be answered. Filed again, all of it is answered from the log.
    """
    events = screened.events
    if changes := _queues(screened):
        make = EventMaker(node, len(changes), node.clock())
        add_changes(changes, node, make, screened.credentials)
        events = events.and_then(Written.of(make.events))
    receipts = node.log.append_written(events)
    if receipts.duplicates:
        first = min(receipts.duplicates)
        raise ConcurrencyError(events.stream[first], events.version[first], "another process filed this meanwhile")


def _queues(screened: Screened) -> list[Change]:
    """How the queues of bridges change with a batch: trucks that stand there, of which something was filed anew."""
    found = []
    for c, old in screened.batch.earlier.items():
        if old.over or old.decided.stage in (None, "filed"):
            continue
        decided = screened.verdicts.decision(c)
        ordered = as_ordered(decided, stands_over(old.overridden, decided))
        change = change_of(screened.batch.names[c], as_ordered(old.waiting, old.overridden), ordered)
        if change is not None:
            found.append(change)
    return found


def _of_records(warnings: dict[int, tuple[str, ...]], records: list[int]) -> dict[int, tuple[str, ...]]:
    """The warnings of some records; looked up one by one, since others may be added meanwhile."""
    return {number: said for number in records if (said := warnings.get(number)) is not None}
