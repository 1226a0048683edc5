"""What is said of a batch: its selection lines, of the new filings and of those that the log had already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from aforo.answers import Grounds
from aforo.domain.event import Overridden
from aforo.domain.text import Text, catalogue
from aforo.flow.batch import Batch
from aforo.flow.contradictions import sentence
from aforo.flow.crossing_events import followed
from aforo.flow.decided import NOBODY, CrossingDecisions
from aforo.flow.journey import Screened
from aforo.flow.lines import Outcomes, selection_lines
from aforo.flow.node import InForce, Node
from aforo.flow.order import order_of, stands_over
from aforo.flow.order_reason import reason_of
from aforo.flow.replay import Logged, documents, logged, remake
from aforo.flow.verdicts import Verdicts
from aforo.flow.why import why
from aforo.log.stored import StoredEvent


def lines_of(screened: Screened, table: pl.DataFrame, node: Node) -> list[str]:
    """The lines of a batch that is recorded: those of the new filings, then those of filings that were in the log
    before."""
    return [*new_lines(screened, node), *repeated_lines(screened, table, node)]


def new_lines(screened: Screened, node: Node) -> list[str]:
    """The lines of a batch's new filings. They may be made before the batch is recorded, and not given out."""
    new = screened.filings.table["declaration_id"].to_list()
    own = screened.batch.crossing[: len(new)]
    orders = {
        c: order
        for c, old in screened.batch.earlier.items()
        if (order := stands_over(old.overridden, screened.verdicts.decision(c))) is not None
    }
    outcomes = _outcomes(
        screened.batch, screened.decisions, screened.verdicts, screened.decision, orders, node.force, node.law
    )
    return selection_lines(new, own, outcomes, screened.judged)


def repeated_lines(screened: Screened, table: pl.DataFrame, node: Node) -> list[str]:
    """The lines of a batch's filings that were in the log before: as the log has them once the batch is recorded, since
    the batch may have amended them."""
    if not screened.filings.repeated:
        return []
    ids = table["declaration_id"].to_list()
    return recalled({ids[row]: event for row, event in screened.filings.repeated.items()}, node)


def recalled(filed: dict[str, StoredEvent], node: Node) -> list[str]:
    """The lines of declarations that were filed before, from the last decision on their crossings and what an officer
    ordered over it."""
    streams = {own: event.event.stream for own, event in filed.items()}
    last: dict[str, Logged] = {}
    ordered: dict[str, Overridden] = {}
    for stream, read in node.log.streams(list(dict.fromkeys(streams.values()))).items():
        events = followed(read, node.log)
        for each in logged(events):
            if isinstance(each, Logged):
                last[stream] = each
        if (order := order_of(events)[1]) is not None:
            ordered[stream] = order
    lines: list[str] = []
    groups: dict[tuple[str, object], list[str]] = {}
    for stream, each in last.items():
        groups.setdefault((each.decided.artefacts, each.at.date()), []).append(stream)
    for (artefacts, _), same in groups.items():
        force = documents(node.log, artefacts, node.force.code)
        made = remake([last[stream] for stream in same], force, node.keys)
        place = {stream: c for c, stream in enumerate(same)}
        asked = [own for own, stream in streams.items() if stream in place]
        orders = {c: ordered[stream] for stream, c in place.items() if stream in ordered}
        named = [last[stream].event_id for stream in same]
        outcomes = _outcomes(made.batch, made.decisions, made.verdicts, named, orders, force, node.law)
        crossing = np.array([place[streams[own]] for own in asked], dtype=np.int64)
        lines += selection_lines(asked, crossing, outcomes, made.judged)
    return lines


def lines_of_decision(each: Logged, node: Node) -> list[str]:
    """The lines of one decision as it was made, one for each declaration that stood then. Raises what `documents`
    raises (`replay.UNUSABLE`)."""
    force = documents(node.log, each.decided.artefacts, node.force.code)
    made = remake([each], force, node.keys)
    outcomes = _outcomes(made.batch, made.decisions, made.verdicts, [each.event_id], {}, force, node.law)
    ids = [filed.declaration["declaration_id"] for filed in each.crossing_then.filed]
    return selection_lines(ids, np.zeros(len(ids), dtype=np.int64), outcomes, made.judged)


def lines_of_decisions(same: Sequence[Logged], node: Node) -> list[str]:
    """A line of each of some decisions of one artefact set and one day, as they were made, for the first declaration
    that stood then. Raises what `documents` raises (`replay.UNUSABLE`)."""
    force = documents(node.log, same[0].decided.artefacts, node.force.code)
    made = remake(same, force, node.keys)
    named = [each.event_id for each in same]
    outcomes = _outcomes(made.batch, made.decisions, made.verdicts, named, {}, force, node.law)
    ids = [each.crossing_then.filed[0].declaration["declaration_id"] for each in same]
    return selection_lines(ids, np.arange(len(same), dtype=np.int64), outcomes, made.judged)


def _outcomes(
    batch: Batch,
    decisions: CrossingDecisions,
    verdicts: Verdicts,
    decision: Sequence[str],
    orders: Mapping[int, Overridden],
    force: InForce,
    law: Grounds,
) -> Outcomes:
    """What is said of crossings; `orders` are what officers ordered over their decisions, by crossing."""
    cancelled = frozenset(np.flatnonzero(decisions.speaker == NOBODY).tolist()) - orders.keys()
    active = force.rules.active
    officers = {rule.code: Text(rule.reason.en, rule.reason.es) for rule in active}
    reasons = {
        c: why(own, officers, [sentence(each) for each in batch.contradictions.get(c, ())])
        for c, own in verdicts.terms.items()
    }
    examination, basis = list(verdicts.examination), list(verdicts.basis)
    for c, order in orders.items():
        examination[c], basis[c] = order.examination, "override"
        reasons[c] = catalogue("aforo.flow").say("override_why", reason=reason_of(order))
    return Outcomes(
        batch.names,
        decisions.speaker,
        examination,
        basis,
        decisions.lots.lot,
        decisions.lots.control_ppb,
        decisions.propensity,
        decisions.value,
        decisions.price,
        verdicts.mandatory,
        decision,
        verdicts.terms,
        reasons,
        cancelled,
        officers,
        {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in active},
        law,
        verdicts.kept - orders.keys(),
        decisions.choices,
    )
