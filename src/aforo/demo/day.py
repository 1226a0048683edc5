"""The day itself: filers and ports as clients of a node, and what they were answered.

Declarations are filed in order; a filers' gateway hands in together what came in ten minutes. A truck arrives at
primary the policy's lead after it was filed. One that is to be examined is examined then, and the port reports what was
found: the memory learns during the day. An examination is taken to find what is there; how long it takes is assumed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import polars as pl

from aforo.demo.clock import ForwardClock
from aforo.demo.scene import Finding
from aforo.exams.outcomes import Report
from aforo.flow.journey import screen
from aforo.flow.node import Node
from aforo.flow.reports import report
from aforo.flow.selection import Selection
from aforo.flow.told import lines_of
from aforo.intake import declarations
from aforo.log.sequencer import sequence

#: Minutes of a scan and of an examination by hand, after figures for Nogales (about 8, and up to 120).
SCAN_MINUTES, BY_HAND_MINUTES = 8, 120
#: What is filed within this many minutes is one message.
MESSAGE_MINUTES = 10
_SCANS = ("scan", "scan_then_decide")
#: The tree grows, and a checkpoint is signed, this often on the day's clock.
_CHECKPOINT_EVERY = timedelta(hours=1)

_READER = msgspec.json.Decoder(Selection)


@dataclass(frozen=True)
class Played:
    """What was answered to the filers, in order of filing, and how many reports came back."""

    answers: list[Selection]
    passages: int
    examinations: int


def play(
    table: pl.DataFrame, truth: dict[str, Finding], node: Node, clock: ForwardClock, advance: Callable[[int], None]
) -> Played:
    """File a day's declarations and report on them. `clock` is the node's; `advance` is told of crossings filed."""
    answers: list[Selection] = []
    due: list[tuple[datetime, int, Report]] = []
    passages = examinations = 0
    signed = clock()

    def until(then: datetime) -> None:
        """Hand in the reports of every minute up to `then`, and move the clock there."""
        nonlocal passages, examinations, signed
        while due and due[0][0] <= then:
            at = due[0][0]
            clock.forward(at)
            together: list[Report] = []
            while due and due[0][0] == at:
                together.append(heapq.heappop(due)[2])
            told = report(together, node)
            passages += told.passages
            examinations += told.examinations
        clock.forward(then)
        if then - signed >= _CHECKPOINT_EVERY:
            sequence(node.log)
            signed = then

    interval = pl.col("filed_at").dt.truncate(f"{MESSAGE_MINUTES}m").alias("interval")
    for (start,), rows in table.with_columns(interval).group_by("interval", maintain_order=True):
        message = rows.drop("interval")
        assert isinstance(start, datetime)
        until(start + timedelta(minutes=MESSAGE_MINUTES))
        screened = screen(message, node, declarations.NAME)
        fields = {own: (at, lane) for own, at, lane in message.select("declaration_id", "filed_at", "lane").iter_rows()}
        for line in lines_of(screened, message, node):
            answer = _READER.decode(line)
            answers.append(answer)
            filed_at, lane = fields[answer.declaration_id]
            lead = node.force.policy.lead.fast if lane == "fast" else node.force.policy.lead.standard
            arrives = filed_at + timedelta(minutes=lead.minutes)
            for at, told in _reports(answer, truth[answer.declaration_id], arrives):
                heapq.heappush(due, (at, len(answers), told))
        advance(message.height)
    if due:
        until(max(at for at, _, _ in due))
    sequence(node.log)
    return Played(answers, passages, examinations)


def _reports(answer: Selection, finding: Finding, arrives: datetime) -> list[tuple[datetime, Report]]:
    """What the port reports of a truck, and when: its passage, and the examination where one was ordered."""
    passed = Report(1, answer.declaration_id, None, False, None, None, None, arrives)
    if answer.examination == "release":
        return [(arrives, passed)]
    minutes = SCAN_MINUTES if answer.examination in _SCANS else BY_HAND_MINUTES
    done = arrives + timedelta(minutes=minutes)
    found = Report(1, answer.declaration_id, None, True, finding.violation, finding.threat, finding.severity, done)
    return [(arrives, passed), (done, found)]
