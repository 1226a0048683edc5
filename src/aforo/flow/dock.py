"""Examinations at the docks: begun, entered act by act, closed; what was found is reported as by any other way.

An act is durable when it is answered, and recorded once by its key. Two officers at one dock do not overwrite each
other: what adds is added, and what would take another's word away is refused until its writer has seen that word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.bridge import ExaminationEnded, ExaminationStarted, Resource
from aforo.domain.decision import Examination
from aforo.domain.declaration import identity_text
from aforo.domain.dock import (
    EntryWithdrawn,
    ExaminationBegun,
    ExaminationClosed,
    FindingNoted,
    GoodsSeized,
    ItemChecked,
    SealHandled,
)
from aforo.domain.event import Payload, new_event
from aforo.exams import checklist
from aforo.exams.dock_record import Finding, Record, Seizure, records
from aforo.exams.outcomes import Report
from aforo.flow.bridge_reports import statement
from aforo.flow.crossing_events import events_of
from aforo.flow.device_clock import Happened, happened, known_since
from aforo.flow.dock_acts import Begin, Check, Close, DockAct, Find, HandleSeal, Seize, Withdraw, is_recorded_as
from aforo.flow.earlier import filed_before
from aforo.flow.examinations import examinations, takes_back
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.person_named import names_person
from aforo.flow.receiving import KeyReusedError
from aforo.flow.reports import possible, report
from aforo.flow.telemetry import record as record_statements
from aforo.log.ids import event_id
from aforo.log.stored import StoredEvent

#: What an examination is carried out at.
RESOURCE_OF: dict[Examination, Resource] = {
    "joint": "joint", "secondary": "dock", "scan": "scanner", "scan_then_decide": "scanner",
}  # fmt: skip
#: Whose officers a joint examination needs.
COUNTRIES = ("US", "MX")
#: Entries of one record: it is made by hand.
MOST_ENTRIES = 500

Refusal = Literal[
    "examination_unknown",
    "examination_closed",
    "examination_changed",
    "examination_open",
    "examination_full",
    "joint_needs_both",
    "names_person",
    "item_unknown",
    "entry_unknown",
    "clear_with_findings",
    "violation_needs_threat",
    "finding_unknown",
    "finding_seized",
    "seizure_needs_violation",
    "second_needed",
    "withdrawal_needs_second",
    "second_is_first",
    "reason_needed",
    "not_reported",
]


class DockRefusedError(ValueError):
    """An act is refused; `code` names the sentence that says why, `record` is what there is, where that matters."""

    def __init__(self, code: Refusal, record: Record | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.record = record


@dataclass(frozen=True)
class Acted:
    """What came of an act: its event, whether it was known, the record as it is now, who else wrote in it meanwhile,
    and what the report of the outcome warns of."""

    event_id: str
    known: bool
    record: Record
    others: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Where:
    """The crossing that an act is about, by what somebody names it, and the name of the examination."""

    crossing: str
    name: str


def act(
    where: Where, said: DockAct, key: str, node: Node, actor: str, seconded_by: str | None = None,
    second_credential: str | None = None,
) -> Acted:  # fmt: skip
    """Record an act; durable when this returns. `key` is the act's own name, `seconded_by` the officer who signs for a
    closing beside the actor, by `second_credential`. Raises NoDecisionError where the crossing is not known,
    DockRefusedError, KeyReusedError, ConcurrencyError."""
    events = events_of(where.crossing, node.log)
    if order_of(events)[0] is None:
        raise NoDecisionError(where.crossing)
    stream = events[-1].event.stream
    once = f"dock:{stream}:{where.name}:{actor}:{key}" if key else None
    known = None if once is None else node.log.find([once]).get(once)
    before = records(events).get(where.name)
    if known is not None and not is_recorded_as(said, known.payload):
        raise KeyReusedError
    if known is not None and before is not None:
        _state_work(known.event.event_id, before, node, actor)
        return Acted(known.event.event_id, True, before)
    check(before, where, said, events, actor, node)
    if before is not None and isinstance(said, Find) and before.closings and before.closings[-1].outcome != "violation":
        return _found_after_all(where, said, key, before, node, actor)
    when = happened(said.at, node.clock(), known_since(events, before, actor))
    if isinstance(said, Close) and (at := possible(when.at, events)) != when.at:
        when = Happened(at, when.at)
    if before is not None:
        check_second(before, said, events, when.at, actor, seconded_by)
    payload, warnings = _payload(where, said, before, events, when.at, node, actor)
    if isinstance(payload, EntryWithdrawn | ExaminationClosed) and (second := (seconded_by or "").strip()):
        payload = msgspec.structs.replace(payload, seconded_by=second, second_credential=second_credential)
    events = node.log.stream(stream)  # what was reported has been recorded in it
    own = append(payload, events, when, once, node, actor)
    made = records(node.log.stream(stream))[where.name]
    _state_work(own, made, node, actor)
    others = () if before is None else tuple(before.others_since(said.seen, actor))
    return Acted(own, False, made, others, tuple(warnings))


def _found_after_all(where: Where, said: Find, key: str, before: Record, node: Node, actor: str) -> Acted:
    """Record a finding in a record that was closed without one, which is closed anew as a violation: that holds the
    truck, and takes one officer. The closing comes first: whatever happens between the two, the truck is held."""
    closing = Close(
        outcome="violation", threat=said.threat, severity=said.severity, at=said.at, seen=before.version
    )  # fmt: skip
    closed = act(where, closing, key and f"{key} closing", node, actor)
    made = act(where, msgspec.structs.replace(said, seen=closed.record.version), key, node, actor)
    return replace(made, others=tuple(before.others_since(said.seen, actor)), warnings=closed.warnings)


def append(
    payload: Payload, events: Sequence[StoredEvent], when: Happened, once: str | None, node: Node, actor: str
) -> str:
    """Record an act behind the events of its crossing; its identifier. Raises ConcurrencyError."""
    now, last = node.clock(), events[-1].event
    own = event_id(now)
    made = new_event(
        own, payload, last.stream, last.version + 1, occurred_at=when.at, recorded_at=now, actor=actor,
        reported_at=now if when.at != now else None, idempotency_key=once, origin=node.origin, said_at=when.said_at,
    )  # fmt: skip
    node.log.append([made])
    return own


def check(
    before: Record | None, where: Where, said: DockAct | None, events: Sequence[StoredEvent], actor: str, node: Node
) -> None:
    """Raise DockRefusedError unless an act can be recorded; None is a photo, which adds."""
    if isinstance(said, Begin):
        _check_begin(before, where, said, events)
        return
    if before is None:
        raise DockRefusedError("examination_unknown")
    if before.version >= MOST_ENTRIES and not isinstance(said, Close):
        raise DockRefusedError("examination_full", before)
    seen = said.seen if said is not None else before.version
    if before.closings and seen < before.closings[-1].version:
        raise DockRefusedError("examination_closed", before)
    if said is not None and _names_person(said, events, node):
        raise DockRefusedError("names_person", before)
    if isinstance(said, Check):
        items = {each.code for each in checklist.parse(node.log.artefacts.get(before.checklist)).item}
        if said.item not in items:
            raise DockRefusedError("item_unknown", before)
        word = before.checks.get(said.item)
        if word is not None and word.actor != actor and word.version > seen and word.result != said.result:
            raise DockRefusedError("examination_changed", before)
    elif isinstance(said, Withdraw):
        if not said.reason.strip():
            raise DockRefusedError("reason_needed", before)
        if said.entry not in {each.entry for each in before.entries()}:
            raise DockRefusedError("entry_unknown", before)
        own = {each.finding for each in before.findings if each.entry == said.entry}
        if own & {each.finding for each in before.seized()}:
            raise DockRefusedError("finding_seized", before)
    elif isinstance(said, Seize):
        if said.finding not in {each.finding for each in before.findings if not each.withdrawn}:
            raise DockRefusedError("finding_unknown", before)
        if before.closings and before.closings[-1].outcome != "violation":
            raise DockRefusedError("seizure_needs_violation", before)
    elif isinstance(said, Close):
        _check_close(before, said, actor)


def _check_begin(before: Record | None, where: Where, said: Begin, events: Sequence[StoredEvent]) -> None:
    if before is not None:
        raise DockRefusedError("examination_changed", before)
    open_ = [each for each in records(events).values() if not each.closings]
    if open_:
        raise DockRefusedError("examination_open", open_[-1])
    if said.examination == "joint" and not set(said.present) >= set(COUNTRIES):
        raise DockRefusedError("joint_needs_both")


def _check_close(before: Record, said: Close, actor: str) -> None:
    if before.others_since(said.seen, actor):
        raise DockRefusedError("examination_changed", before)
    if said.outcome == "clear" and any(not each.withdrawn for each in before.findings):
        raise DockRefusedError("clear_with_findings", before)
    if said.outcome != "violation" and before.seized():
        raise DockRefusedError("seizure_needs_violation", before)
    if said.outcome == "violation" and said.threat is None:
        raise DockRefusedError("violation_needs_threat", before)


def check_second(
    before: Record, said: DockAct, events: Sequence[StoredEvent], at: datetime, actor: str, seconded_by: str | None
) -> None:
    """Raise DockRefusedError unless two officers sign, with a reason, for what sets a finding aside: the truck would
    go on by it. A violation holds the truck, and takes one. Once a record is closed, what was found and seized is
    withdrawn from it by two as well."""
    if isinstance(said, Close):
        sets_aside = before.found_something() or takes_back(_report_of(before, said, events, at), examinations(events))
        if said.outcome == "violation" or not sets_aside:
            return
    elif not isinstance(said, Withdraw) or not _withdrawn_by_two(before, said):
        return
    if seconded_by is None:
        raise DockRefusedError("second_needed" if isinstance(said, Close) else "withdrawal_needs_second", before)
    if identity_text(seconded_by) == identity_text(actor):
        raise DockRefusedError("second_is_first", before)
    if not said.reason.strip():
        raise DockRefusedError("reason_needed", before)


def _withdrawn_by_two(before: Record, said: Withdraw) -> bool:
    """Whether an entry is one that stands behind how a record was closed."""
    own = next((each for each in before.entries() if each.entry == said.entry), None)
    return bool(before.closings) and isinstance(own, Finding | Seizure)


def _report_of(before: Record, said: Close, events: Sequence[StoredEvent], at: datetime) -> Report:
    """What is reported of a record that is closed: always of the instant at which it ended first."""
    violation = {"clear": False, "violation": True, "inconclusive": None}[said.outcome]
    threat, severity = (said.threat, said.severity) if violation else (None, None)
    crossing = events[-1].event.stream.removeprefix("crossing/")
    return Report(
        1, None, crossing, True, violation, threat, severity, before.ended_at or at, carried_out=before.examination
    )


def _names_person(said: DockAct, events: Sequence[StoredEvent], node: Node) -> bool:
    """Whether a text that is recorded in clear names somebody whom the filings keep sealed."""
    text = " ".join(getattr(said, field, "") or "" for field in ("what", "note", "reason", "case"))
    if not text.strip():
        return False
    filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
    return names_person(text, filings, node.keys)


def _payload(
    where: Where, said: DockAct, before: Record | None, events: Sequence[StoredEvent], at: datetime, node: Node,
    actor: str,
) -> tuple[Payload, list[str]]:  # fmt: skip
    """What is recorded of an act, and what the report of an outcome warns of: it is reported first, and once, so that
    an act which is sent again after a crash finds it done."""
    name = where.name
    if isinstance(said, Begin):
        hash_ = node.log.artefacts.put("checklist", checklist.document())
        return ExaminationBegun(name, said.examination, said.bridge, said.dock, hash_, said.present), []
    if isinstance(said, Check):
        return ItemChecked(name, said.item, said.result, said.note.strip()), []
    if isinstance(said, Find):
        return FindingNoted(
            name, said.finding, said.part, said.threat, said.what.strip(), said.x, said.y, said.amount, said.unit,
            said.severity,
        ), []  # fmt: skip
    if isinstance(said, Seize):
        assert before is not None, "what is seized was found"
        found = next(each for each in before.findings if each.finding == said.finding and not each.withdrawn)
        return GoodsSeized(
            name, _next_seizure(events), said.finding, said.kind, found.threat, found.what, said.amount, said.unit,
            said.authority, said.case.strip(),
        ), []  # fmt: skip
    if isinstance(said, HandleSeal):
        declared = declared_seals(events)
        number = identity_text(said.number)
        matches = number in map(identity_text, declared) if declared and said.action == "off" else None
        return SealHandled(name, said.action, said.number, said.seal_class, said.intact, declared, matches), []
    if isinstance(said, Withdraw):
        return EntryWithdrawn(name, said.entry, said.reason.strip()), []
    assert before is not None, "what is closed was begun"
    one = _report_of(before, said, events, at)
    told = report([one], node, actor, by_record=True)
    if told.problems:
        raise DockRefusedError("not_reported", before)
    closed = ExaminationClosed(name, said.outcome, one.threat, one.severity, said.reason.strip())
    return closed, [each.code for each in told.warnings]


def _next_seizure(events: Sequence[StoredEvent]) -> str:
    """The number of the next seizure of a crossing: its name, which is its own, and a count. One that was withdrawn
    keeps its number."""
    count = sum(len(each.seizures) for each in records(events).values())
    return f"{events[-1].event.stream.removeprefix('crossing/')}/S{count + 1}"


def declared_seals(events: Sequence[StoredEvent]) -> tuple[str, ...]:
    """The seals that the filings of a crossing name, as they stand."""
    filings = [filed for _, filed in filed_before(events, events[-1].event.version)] if events else []
    return tuple(dict.fromkeys(seal for each in filings if (seal := each.declaration.get("seal_id"))))


def _state_work(act: str, record: Record, node: Node, actor: str) -> None:
    """Let the queues of the bridge know that a dock is taken, or free again, by an act of the record.

    Of an act that is sent again, since the machine may have failed in between, it is the same statement, which is
    recorded once; a dock that was left since is not taken again.
    """
    stored = node.log.event(act)
    assert stored is not None, "it is in the record"
    event, said = stored.event, stored.payload
    crossing, resource = event.stream.removeprefix("crossing/"), RESOURCE_OF[record.examination]
    work: ExaminationStarted | ExaminationEnded
    if isinstance(said, ExaminationBegun) and not record.closings:
        work = ExaminationStarted(crossing, resource, None, record.dock)
    elif isinstance(said, ExaminationClosed) and record.closings[0].entry == act:
        work = ExaminationEnded(crossing, resource)
    else:
        return
    record_statements([statement(record.bridge, work, event.occurred_at)], node.log, actor=actor, origin=node.origin)
