"""What is said of a batch: its selection lines, of the new filings and of those that the log had already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from aforo.flow.batch import Batch
from aforo.flow.decided import NOBODY, CrossingDecisions
from aforo.flow.evidence import Term
from aforo.flow.journey import Screened
from aforo.flow.lines import Outcomes, selection_lines
from aforo.flow.node import InForce, Node
from aforo.flow.replay import Logged, documents, logged, remake
from aforo.flow.verdicts import Verdict
from aforo.flow.why import why
from aforo.log.stored import StoredEvent


def lines_of(screened: Screened, table: pl.DataFrame, node: Node) -> list[str]:
    """The lines of a batch: those of the new filings, then those of filings that were in the log before."""
    new = screened.filings.table["declaration_id"].to_list()
    own = screened.batch.crossing[: len(new)]
    outcomes = _outcomes(screened.batch, screened.decisions, screened.verdicts, screened.decision, node.force)
    lines = selection_lines(new, own, outcomes, screened.judged)
    if screened.filings.repeated:
        ids = table["declaration_id"].to_list()
        lines += recalled({ids[row]: event for row, event in screened.filings.repeated.items()}, node)
    return lines


def recalled(filed: dict[str, StoredEvent], node: Node) -> list[str]:
    """The lines of declarations that were filed before, from the last decision on their crossings."""
    streams = {own: event.event.stream for own, event in filed.items()}
    last: dict[str, Logged] = {}
    for stream in dict.fromkeys(streams.values()):
        for each in logged(node.log.stream(stream)):
            last[stream] = each
    lines: list[str] = []
    groups: dict[tuple[str, object], list[str]] = {}
    for stream, each in last.items():
        groups.setdefault((each.decided.artefacts, each.at.date()), []).append(stream)
    for (artefacts, _), same in groups.items():
        force = documents(node.log, artefacts, node.force.code)
        made = remake([last[stream] for stream in same], force, node.keys)
        place = {stream: c for c, stream in enumerate(same)}
        asked = [own for own, stream in streams.items() if stream in place]
        outcomes = _outcomes(
            made.batch, made.decisions, made.verdicts, [last[stream].event_id for stream in same], force
        )
        crossing = np.array([place[streams[own]] for own in asked], dtype=np.int64)
        lines += selection_lines(asked, crossing, outcomes, made.judged)
    return lines


def _outcomes(
    batch: Batch,
    decisions: CrossingDecisions,
    verdicts: Sequence[Verdict],
    decision: Sequence[str],
    force: InForce,
) -> Outcomes:
    terms: dict[int, list[Term]] = {
        c: list(verdict.assessed.evidence) for c, verdict in enumerate(verdicts) if verdict.assessed.evidence
    }
    cancelled = frozenset(np.flatnonzero(decisions.speaker == NOBODY).tolist())
    return Outcomes(
        batch.names,
        decisions.speaker,
        [verdict.decided.examination for verdict in verdicts],
        [verdict.decided.basis for verdict in verdicts],
        decisions.lots.lot,
        decisions.lots.control_ppb,
        decisions.propensity,
        decisions.value,
        decisions.price,
        [verdict.decided.mandatory for verdict in verdicts],
        decision,
        terms,
        {c: why(own) for c, own in terms.items()},
        cancelled,
    )
