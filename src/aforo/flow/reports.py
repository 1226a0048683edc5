"""passed, examined → learnt: what ports report back enters the log and changes what is selected next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from aforo.domain.event import Decided, Examined, Filed, Passed
from aforo.domain.outcome import Outcome
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.outcomes import Report
from aforo.flow.arrival import lot_place
from aforo.flow.filing import filing_key, stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.projection import learn_outcome
from aforo.flow.recorded import unpack_identities
from aforo.flow.recording import EventMaker
from aforo.log.stored import StoredEvent


@dataclass
class Reported:
    """Passages and examinations recorded, reports that said nothing new, and what was not understood."""

    passages: int
    examinations: int
    repeated: int
    problems: list[Problem]


def report(reports: Sequence[Report], node: Node) -> Reported:
    """Record what happened to crossings, durably, and let the memory learn from it. What is sent twice counts once."""
    told = Reported(0, 0, 0, [])
    streams = _streams_of(reports, node)
    for one, stream in zip(reports, streams, strict=True):
        events = node.log.stream(stream) if stream else []
        decided, _ = order_of(events)
        if stream is None or decided is None:
            reason = catalogue("aforo.exams").say("unknown_declaration", value=one.crossing_id or one.declaration_id)
            told.problems.append(Problem(one.record, f"record {one.record}", "unknown_declaration", reason))
            continue
        _report(one, stream, events, decided, node, told)
    return told


def _report(one: Report, stream: str, events: list[StoredEvent], decided: Decided, node: Node, told: Reported) -> None:
    """Record one report: a passage if the crossing had none yet, and an examination if this one is new."""
    examined_key = f"examined:{stream}:{_digest(one)}"
    keys = {event.event.idempotency_key for event in events}
    at = node.clock()
    make = EventMaker(node, 2, at)
    version = events[-1].event.version
    occurred_at = one.at or at
    passed = _passage(events, decided)
    if not any(isinstance(event.payload, Passed) for event in events):
        make.add(passed, stream, version + 1, occurred_at=occurred_at, key=f"passed:{stream}")
    passing = bool(make.events)
    examined = _examined(one, stream, events, occurred_at) if one.examined and examined_key not in keys else None
    if examined is not None:
        make.add(examined, stream, version + 1 + passing, occurred_at=occurred_at, key=examined_key)
    told_at = None if occurred_at == at else at
    node.log.append([msgspec.structs.replace(event, reported_at=told_at) for event in make.events])
    if passing:
        told.passages += 1
        passage = passed.tractor, passed.bridge, date.fromisoformat(passed.day)
        node.passages[passage] = node.passages.get(passage, 0) + 1
    if examined is not None:
        told.examinations += 1
        learn_outcome(node.memory, events, examined)
    if not make.events:
        told.repeated += 1


def _passage(events: Sequence[StoredEvent], decided: Decided) -> Passed:
    """The passage of a crossing: its root declaration's tractor, at the place and on the day of its lot."""
    root = next(payload for event in events if isinstance(payload := event.payload, Filed))
    return Passed(unpack_identities([root])["tractor"][0].item(), lot_place(root.declaration.get("port")), decided.day)


def _examined(one: Report, stream: str, events: Sequence[StoredEvent], occurred_at: datetime) -> Examined:
    """What was found. The label is marked where an officer chose the truck: by an order that stands over the decision,
    or by examining what was released."""
    decided, order = order_of(events)
    chosen = order is not None or (decided is not None and decided.examination == "release")
    crossing = stream.removeprefix("crossing/")
    return Examined(Outcome(crossing, occurred_at, one.violation, one.threat, one.severity, chosen))


def _digest(one: Report) -> str:
    """Of what a report says, so that the same report is known again."""
    said = msgspec.json.encode((one.violation, one.threat, one.severity, one.at))
    return hashlib.sha256(said).hexdigest()[:24]


def _streams_of(reports: Sequence[Report], node: Node) -> list[str | None]:
    """The stream of each report's crossing, or None where the log has no such declaration."""
    keys = [filing_key(one.declaration_id) for one in reports if one.crossing_id is None and one.declaration_id]
    found = {key: event.event.stream for key, event in node.log.find(keys).items()}
    return [
        stream_of(one.crossing_id) if one.crossing_id else found.get(filing_key(one.declaration_id or ""))
        for one in reports
    ]
