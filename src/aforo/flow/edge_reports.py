"""What ports report back of trucks, taken by an edge: as its node takes it, but that nothing that is held passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.edge import EdgeExamined, EdgePassed
from aforo.exams.outcomes import Report, doubt_of, problem_of
from aforo.flow.edge_node import EdgeNode, Named
from aforo.flow.edge_visits import Visit
from aforo.flow.reports import Reported

#: How far another's clock may be ahead of the edge's.
_CLOCK_AHEAD = timedelta(minutes=5)


def report(reports: Sequence[Report], edge: EdgeNode, actor: str) -> Reported:
    """Record what happened to trucks, durably. What is sent twice counts once."""
    told = Reported()
    with edge.lock:
        for one in reports:
            _take_in(one, edge, told, actor)
    return told


def _take_in(one: Report, edge: EdgeNode, told: Reported, actor: str) -> None:
    column = "crossing_id" if one.crossing_id else "declaration_id"
    named = one.crossing_id or one.declaration_id or ""
    visit = edge.visit_of(named)
    now = edge.log.clock()
    if visit is None:
        told.problems.append(problem_of(one, column, "unknown_declaration", value=named))
        return
    if one.at is not None and one.at - now > _CLOCK_AHEAD:
        told.problems.append(problem_of(one, "at", "after_now", value=one.at.isoformat(), now=now.isoformat()))
        return
    if visit.arrived is None:
        # Nobody told of its arrival: what was reported of it says so.
        edge.arrive(Named(trip=named), actor)
        visit = edge.visits.by_ref[visit.ref]
        if visit.passed and not one.examined:
            told.passages += 1
            return
    if one.examined:
        _examined(one, visit, edge, told, actor)
    elif visit.passed or visit.carried_out:
        told.repeated += 1
    elif edge.standing(visit) != "release":
        told.problems.append(problem_of(one, column, "edge_order_stands", ordered=edge.standing(visit)))
    else:
        edge.append(visit, EdgePassed(), actor, one.at)
        told.passages += 1


def _examined(one: Report, visit: Visit, edge: EdgeNode, told: Reported, actor: str) -> None:
    """One examination is recorded once; another word on it corrects it."""
    wanted = edge.standing(visit)
    known = [each for each in visit.examined if one.at is None or each[0] == one.at]
    before = known[-1] if known else None
    if (
        before is not None
        and one.at is None
        and before[1].order_stands
        and one.carried_out not in (None, before[1].carried_out)
    ):
        before = None  # the one before left the order, and this is another
    if before is not None:
        said = before[1]
        content = (said.violation, said.threat, said.severity, said.carried_out, said.image)
        rest = one.carried_out or said.carried_out, one.image or said.image
        if content == (one.violation, one.threat, one.severity, *rest):
            told.repeated += 1
            return
        if said.violation and not one.violation:
            # Of two words on one examination the worse stands: officers lower it, or the node is told.
            told.problems.append(problem_of(one, "violation", "edge_finding_stands"))
            return
        wanted = said.ordered
    payload = EdgeExamined(
        wanted, one.violation, one.threat, one.severity, one.carried_out, _leaves(one, wanted), before is not None,
        one.image,
    )  # fmt: skip
    passes = not visit.gone
    edge.append(visit, payload, actor, before[0] if before is not None else one.at)
    if before is None:
        told.examinations += 1
        told.passages += passes
    else:
        told.corrections += 1
    if (doubt := doubt_of(one)) is not None:
        told.warnings.append(doubt)
    if payload.order_stands:
        code = "hold_stands" if wanted == "hold" else "order_stands"
        told.warnings.append(problem_of(one, "carried_out", code, "warning", ordered=wanted))


def _leaves(one: Report, wanted: Examination) -> bool:
    """Whether an examination leaves what was ordered: a hold always, what was less, and a scan whose image is not
    clear: the node would weigh what that asks for; here nobody does, and the truck is opened."""
    done = one.carried_out
    scanned = (done or wanted) in ("scan", "scan_then_decide")
    if scanned and one.image not in (None, "clear"):
        return True
    if done == "scan" and wanted == "scan_then_decide" and one.image == "clear":
        done = wanted
    return wanted == "hold" or (done is not None and STRICTNESS[done] < STRICTNESS[wanted])
