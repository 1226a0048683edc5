"""passed, examined → learnt: what ports report back enters the log and changes what is selected next.

One examination is recorded once. The same report again says nothing new; another one about the same examination
corrects it. The memory cannot forget a finding that it has learnt from, so a correction that changes what it learns
makes it outdated: it is made anew from the log when the node is next opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import msgspec

from aforo.domain.decision import STRICTNESS
from aforo.domain.decision import Examination as Ordered
from aforo.domain.event import Decided, Examined, Filed, Passed
from aforo.domain.outcome import Outcome
from aforo.exams.dock_record import open_finding, records
from aforo.exams.outcomes import Report, ReportProblem, doubt_of, problem_of
from aforo.flow.arrival import lot_place
from aforo.flow.crossing_events import followed
from aforo.flow.decision_turn import decision_turn
from aforo.flow.earlier import amendment_of, filed_before, standing
from aforo.flow.examinations import Examination, corrected, examination_key, examinations, said_of, takes_back, taught
from aforo.flow.names import filing_key, stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of, ordered
from aforo.flow.projection import learn_outcome
from aforo.flow.recorded import unpack_identities
from aforo.flow.recording import EventMaker
from aforo.flow.scanned import decide_after_scan
from aforo.log.contention import retried
from aforo.log.stored import StoredEvent

#: How far another's clock may be ahead of the node's.
_CLOCK_AHEAD = timedelta(minutes=5)
#: How long before its filing a crossing may have been examined: a filing may come late, and a zone may be mistaken.
_FILED_LATE = timedelta(days=1)


@dataclass
class Reported:
    """Passages and examinations recorded, reports that said nothing new, findings corrected, what was not understood,
    and what was assumed of what is recorded."""

    passages: int = 0
    examinations: int = 0
    repeated: int = 0
    corrections: int = 0
    problems: list[ReportProblem] = field(default_factory=list)
    warnings: list[ReportProblem] = field(default_factory=list)

    def add(self, more: Reported) -> None:
        """Count what became of more reports."""
        self.passages += more.passages
        self.examinations += more.examinations
        self.repeated += more.repeated
        self.corrections += more.corrections
        self.problems += more.problems
        self.warnings += more.warnings


def report(reports: Sequence[Report], node: Node, actor: str | None = None, *, by_record: bool = False) -> Reported:
    """Record what happened to crossings, durably, and let the memory learn from it. What is sent twice counts once.

    `actor` is who reports, the node's own where none is given. `by_record` tells that the record of a dock is closed
    by it: nothing else takes back what such a record found, and it is refused for no instant (see `possible`). Raises
    ConcurrencyError where others were faster, time and again; the reports before are then recorded.
    """
    told = Reported()
    with decision_turn(node):
        streams = _streams_of(reports, node)
        for one, stream in zip(reports, streams, strict=True):
            retried(partial(_take_in, one, stream, node, told, actor, by_record))
    return told


def _take_in(one: Report, stream: str | None, node: Node, told: Reported, actor: str | None, by_record: bool) -> None:
    """Record one report, or tell why not. Raises ConcurrencyError, with the node and `told` as they were."""
    events = followed(node.log.stream(stream), node.log) if stream else []
    stream = events[0].event.stream if events else stream
    decided, _ = order_of(events)
    column = "crossing_id" if one.crossing_id else "declaration_id"
    if stream is None or decided is None:
        named = one.crossing_id or one.declaration_id
        told.problems.append(problem_of(one, column, "unknown_declaration", value=named))
    elif not by_record and (impossible := _impossible(one, events, node.clock())) is not None:
        told.problems.append(impossible)
    elif one.examined and (unclear := _unclear(one, column, events)) is not None:
        told.problems.append(unclear)
    elif one.examined and not by_record and _found_at_dock(one, events):
        told.problems.append(problem_of(one, "outcome", "dock_finding_stands"))
    else:
        _report(one, stream, events, decided, node, told, actor)


def _impossible(one: Report, events: Sequence[StoredEvent], now: datetime) -> ReportProblem | None:
    """Why it cannot have happened at the instant that the report names."""
    if one.at is not None and one.at - now > _CLOCK_AHEAD:
        return problem_of(one, "at", "after_now", value=one.at.isoformat(), now=now.isoformat())
    if one.at is not None and (filed := _filed_at(events)) - one.at > _FILED_LATE:
        return problem_of(one, "at", "before_filing", value=one.at.isoformat(), filed=filed.isoformat())
    return None


def possible(at: datetime, events: Sequence[StoredEvent]) -> datetime:
    """The instant itself; the filing's, where that is too late for a crossing to have been examined at it. The clock of
    a device may say so, and what was found is true all the same."""
    filed = _filed_at(events)
    return filed if filed - at > _FILED_LATE else at


def _filed_at(events: Sequence[StoredEvent]) -> datetime:
    """When a crossing was filed first: as its filer says, and never after the node had it."""
    filed = [stored.event for stored in events if isinstance(stored.payload, Filed)]
    return min(min(each.occurred_at, each.recorded_at) for each in filed)


def _unclear(one: Report, column: str, events: Sequence[StoredEvent]) -> ReportProblem | None:
    """Why it cannot be told what a report corrects."""
    said = said_of(one, examinations(events))
    if said == "which_examination":
        return problem_of(one, "at", "which_examination")
    if isinstance(said, Examination) and one.crossing_id is None:
        # A clean declaration beside one in which something was found says nothing against the finding.
        before = said.last.outcome
        adds = one.violation and not before.violation
        same = (one.violation, one.threat, one.severity) == (before.violation, before.threat, before.severity)
        filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
        if not adds and not same and len(standing([amendment_of(filed) for filed in filings])) > 1:
            return problem_of(one, column, "one_of_several")
    return None


def _found_at_dock(one: Report, events: Sequence[StoredEvent]) -> bool:
    """Whether a report takes back what the record of a dock found, or says before the record is closed that nothing
    was found. Whoever reports would let the truck go alone: the record itself is closed so, which takes two."""
    known = examinations(events)
    said = said_of(one, known)
    if said == "repeated" or one.violation:
        return False
    if open_finding(events):
        return True
    if not isinstance(said, Examination) or not takes_back(one, known):
        return False
    return said.last.outcome.found_at in {each.ended_at for each in records(events).values()}


def _report(
    one: Report,
    stream: str,
    events: list[StoredEvent],
    decided: Decided,
    node: Node,
    told: Reported,
    actor: str | None,
) -> None:
    """Record one report: a passage if the crossing had none yet, and an examination if it is new or corrected."""
    at = node.clock()
    make = EventMaker(node, 2, at, actor)
    version = events[-1].event.version
    occurred_at = one.at or at
    passed = passage_of(events, decided)
    if not any(isinstance(event.payload, Passed) for event in events):
        make.add(passed, stream, version + 1, occurred_at=occurred_at, key=f"passed:{stream}")
    passing = bool(make.events)
    known = said_of(one, examinations(events)) if one.examined else "repeated"
    examined: Examined | None = None
    wanted = ordered(events)
    if isinstance(known, Examination):
        wanted = _wanted(events, known)
        examined = _marked(corrected(one, known), wanted)
        make.add(examined, stream, version + 1 + passing, occurred_at=examined.outcome.found_at)
    elif known == "new":
        examined = _marked(examined_of(one, stream, events, occurred_at), wanted)
        key = examination_key(stream, one.at)
        make.add(examined, stream, version + 1 + passing, occurred_at=occurred_at, key=key)
    node.log.append(
        [msgspec.structs.replace(event, reported_at=None if event.occurred_at == at else at) for event in make.events]
    )
    if passing:
        told.passages += 1
        node.passages.add(passed, node.revealed_days)
    if make.events:
        node.trucks.close(stream.removeprefix("crossing/"))
    if examined is not None:
        if isinstance(known, Examination):
            told.corrections += 1
            node.outdated |= taught(examined.outcome) != taught(known.last.outcome)
        else:
            told.examinations += 1
            learn_outcome(node.memory, events, examined)
        if (doubt := doubt_of(one)) is not None:
            told.warnings.append(doubt)
        if examined.order_stands:
            code = "hold_stands" if wanted == "hold" else "order_stands"
            told.warnings.append(problem_of(one, "carried_out", code, "warning", ordered=wanted))
    if not make.events:
        told.repeated += 1
    if one.examined and one.image not in (None, "clear"):
        decide_after_scan(stream, node)


def passage_of(events: Sequence[StoredEvent], decided: Decided) -> Passed:
    """The passage of a crossing: its root declaration's tractor, at the place and on the day of its lot."""
    root = next(payload for event in events if isinstance(payload := event.payload, Filed))
    return Passed(unpack_identities([root])["tractor"][0].item(), lot_place(root.declaration.get("port")), decided.day)


def examined_of(one: Report, stream: str, events: Sequence[StoredEvent], occurred_at: datetime) -> Examined:
    """What was found. The label is marked where an officer chose the truck: by an order that stands over the decision,
    or by examining what was released."""
    decided, order = order_of(events)
    chosen = order is not None or (decided is not None and decided.examination == "release")
    crossing = stream.removeprefix("crossing/")
    outcome = Outcome(crossing, occurred_at, one.violation, one.threat, one.severity, chosen)
    return Examined(outcome, carried_out=one.carried_out, image=one.image)


def _wanted(events: Sequence[StoredEvent], known: Examination) -> Ordered:
    """What a correction is held against: what was ordered before the examination or what is now, the stricter one."""
    first = known.first.event.version
    before = ordered([each for each in events if each.event.version < first])
    return max(ordered(events), before, key=STRICTNESS.__getitem__)


def _marked(examined: Examined, wanted: Ordered) -> Examined:
    """An examination, marked where it leaves what was ordered to be carried out: it was less, or that is a hold."""
    carried_out = examined.carried_out
    if wanted == "scan_then_decide" and carried_out == "scan" and examined.image is not None:
        carried_out = wanted  # what was to be decided is decided by the image
    less = carried_out is not None and STRICTNESS[carried_out] < STRICTNESS[wanted]
    return msgspec.structs.replace(examined, order_stands=less or wanted == "hold")


def _streams_of(reports: Sequence[Report], node: Node) -> list[str | None]:
    """The stream of each report's crossing, or None where the log has no such declaration."""
    keys = [filing_key(one.declaration_id) for one in reports if one.crossing_id is None and one.declaration_id]
    found = {key: event.event.stream for key, event in node.log.find(keys).items()}
    return [
        stream_of(one.crossing_id) if one.crossing_id else found.get(filing_key(one.declaration_id or ""))
        for one in reports
    ]
