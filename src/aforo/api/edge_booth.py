"""The routes of an edge: its booth, its officers and its devices; as its node answers, for as much as it knows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter

from aforo.api.access import ACTION, PUBLIC, Access, permitting
from aforo.api.body import body_of, takes
from aforo.api.crossings import Order, OrderAnswer
from aforo.api.edge_link import EdgeLink
from aforo.api.filings import MOST_LISTED
from aforo.api.names import name_of
from aforo.api.outcomes import OutcomeAnswer, reports_in
from aforo.api.problems import Listed, ProblemError
from aforo.api.readings import MOST_ROWS, READINGS_TAKEN, Readings, TelemetryAnswer, body_in
from aforo.api.responses import answers_of
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.override import OverrideRefusedError
from aforo.flow.at_booth import AtBooth
from aforo.flow.edge_node import AtEdge, EdgeNode, Named, NoBundleError
from aforo.flow.edge_reports import report
from aforo.flow.override import NoDecisionError
from aforo.intake import gate_reads
from aforo.log.tokens import Token

#: Seconds after which a bundle is said to be old: the link is cut.
OLD_S = 600

_AT_EDGE: dict[str, Any] = {
    "visit": "00c0ffee00c0ffee-1",
    "known": False,
    "examination": "secondary",
    "basis": "mandatory",
    "code": "edge_no_filing",
    "reason": {"en": "Referred: …", "es": "Referido: …"},
    "control": False,
    "status": "to_be_examined",
    "stated": [],
    "repeated": False,
    "bundle_at": "2026-03-02T13:15:00Z",
    "bundle_age_s": 7200,
}
_STANDING: dict[str, Any] = {
    "edge": "aforo/4f0c9a6be21d7733",
    "port": "2304",
    "bridge": "World Trade",
    "bundle_at": "2026-03-02T13:15:00Z",
    "bundle_age_s": 7200,
    "old": True,
    "went_back": False,
    "expected": 412,
    "kept": 0,
    "days": ["2026-03-02", "2026-03-03"],
    "waiting": 97,
    "reached_at": "2026-03-02T13:15:02Z",
    "problem": "link_down TimeoutError",
}


class EdgeStanding(msgspec.Struct, frozen=True):
    """How an edge stands: its bundle and its age (`old`: the link is cut), how many trucks it expects, the days that it
    has lottery keys of, what waits to be handed in, and what the link last said. `went_back` and `kept` tell of a node
    that knows less than before."""

    edge: str
    port: str
    bridge: str
    bundle_at: datetime | None
    bundle_age_s: int | None
    old: bool
    went_back: bool
    expected: int
    kept: int
    days: list[str]
    waiting: int | None
    reached_at: datetime | None
    problem: str


@dataclass(frozen=True)
class EdgeFront:
    """What the routes of an edge share."""

    edge: EdgeNode
    access: Access
    link: EdgeLink | None = None


_encode = msgspec.json.Encoder().encode


def standing(front: EdgeFront) -> EdgeStanding:
    """How the edge stands now."""
    edge, link = front.edge, front.link
    force, age = edge.force, edge.age_s()
    place = edge.place
    return EdgeStanding(
        edge.log.origin, place.port, place.bridge, force.bundle.issued_at if force else None, age,
        age is None or age > OLD_S, force.went_back if force else False, len(force.all()) if force else 0,
        len(force.kept) if force else 0, [day.isoformat() for day in sorted(force.bundle.lottery)] if force else [],
        link.waiting if link else None, link.reached_at if link else None, link.problem if link else "",
    )  # fmt: skip


def routes(front: EdgeFront) -> list[HTTPRouteHandler]:
    """The routes of an edge."""
    edge = front.edge

    @get("/healthz", opt={PUBLIC: True}, operation_id="healthz", summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", opt={PUBLIC: True}, operation_id="readyz", summary="The edge decides; whether it has a bundle")
    async def readyz() -> Response[dict[str, Any]]:
        ready = edge.log.refusal is None
        checks = {"log": ready, "bundle": edge.force is not None}
        return Response(
            {"status": "ready" if ready else "not ready", "checks": checks}, status_code=200 if ready else 503
        )

    @get(
        "/v1/edge",
        opt={ACTION: "read_edges"},
        operation_id="read_edge",
        summary="How the edge stands: the age of its bundle, and what waits to be handed in",
        responses=answers_of("read_edge", EdgeStanding, _STANDING),
    )
    async def read_edge(request: Request[Any, Token, Any]) -> Response[bytes]:
        return _json(await asyncio.to_thread(standing, front))

    @post(
        "/v1/booth",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="at_booth",
        operation_class=takes("`trip`, `plate` or `tag`, or several.", {"trip": "ABCD-TRIP-0071", "plate": "12-AB-3C"}),
        summary="A truck stands at the booth: what is to be done with it, and why; recorded once",
        responses=answers_of("at_booth", AtEdge, _AT_EDGE),
    )
    async def at_booth(request: Request[Any, Token, Any]) -> Response[bytes]:
        named, by = await body_of(request, Named), request.auth.name
        if not named.values():
            raise ProblemError("body_bad", 400)
        return _json(await asyncio.to_thread(edge.arrive, named, by, _refresh(front)))

    @get(
        "/v1/crossings/{crossing_id:str}",
        opt={ACTION: "read_crossing"},
        operation_id="read_crossing",
        summary="What is to be done with a truck, by its trip's number, its declaration's, or its visit's name",
        responses=answers_of("read_crossing", AtEdge, _AT_EDGE),
    )
    async def read_crossing(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        found = await asyncio.to_thread(edge.look, _name(crossing_id))
        if found is None:
            raise ProblemError("not_found", 404)
        return _json(found)

    @post(
        "/v1/crossings/{crossing_id:str}/arrival",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="report_arrival",
        summary="The truck of a trip stands at the booth, as the node takes it; one that is not known is referred",
        responses=answers_of("report_arrival", AtBooth, {"crossing": "ABCD-TRIP-0071", "repeated": False}),
    )
    async def report_arrival(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        name, by = _name(crossing_id), request.auth.name
        said = await asyncio.to_thread(edge.arrive, Named(trip=name), by, _refresh(front))
        return _json(AtBooth(name, said.repeated, said.examination))

    @post(
        "/v1/crossings/{crossing_id:str}/override",
        status_code=200,
        opt={ACTION: "order_examination"},
        operation_id="order_examination",
        operation_class=takes("`examination` and `reason`.", {"examination": "secondary", "reason": "Seal differs."}),
        summary="Order another examination: raising takes one officer, lowering a second one's token and a reason",
        responses=answers_of(
            "order_examination",
            OrderAnswer,
            {"event_id": "…", "crossing_id": "00c0ffee00c0ffee", "was": "release", "now": "secondary"},
        ),
    )
    async def order_examination(
        request: Request[Any, Token, Any],
        crossing_id: FromPath[str],
        second: Annotated[
            str | None,
            HeaderParameter(name="Second-Authorization", description="Bearer and the second officer's token."),
        ] = None,
    ) -> Response[bytes]:
        order, name = await body_of(request, Order, "order_bad"), _name(crossing_id)
        seconded = await _second(second, request.auth, front.access)
        by = request.auth.name
        try:
            made = await asyncio.to_thread(edge.order, name, order.examination, by, order.reason, seconded)
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as refused:
            room = "aforo.api" if refused.code == "override_needs_second" else "aforo.exams"
            problem = Problem(0, "request", refused.code, catalogue(room).template(refused.code))
            raise ProblemError("override_refused", 422, problems=[problem]) from None
        event, visit, was = made
        return _json(OrderAnswer(event, visit, was, order.examination))

    @post(
        "/v1/outcomes",
        status_code=200,
        opt={ACTION: "report_outcome"},
        operation_id="report_outcome",
        summary="Report passages and examinations, as to the node; a truck passes when what was ordered was done",
        responses=answers_of(
            "report_outcome",
            OutcomeAnswer,
            {"passages": 1, "examinations": 1, "repeated": 0, "corrections": 0, "problems": [], "warnings": []},
        ),
    )
    async def report_outcome(request: Request[Any, Token, Any]) -> Response[bytes]:
        reports, problems = await reports_in(request)
        told = await asyncio.to_thread(report, reports, edge, request.auth.name)
        return _json(
            OutcomeAnswer(
                told.passages, told.examinations, told.repeated, told.corrections,
                [Listed.of(each) for each in (*problems, *told.problems)[:MOST_LISTED]],
                [Listed.of(each) for each in told.warnings[:MOST_LISTED]],
            )
        )  # fmt: skip

    @post(
        "/v1/readings",
        status_code=200,
        opt={ACTION: "report_readings"},
        operation_id="report_readings",
        operation_class=Readings,
        summary="Readings of gates, as to the node: kept under seal, and handed in; the same block again is one",
        responses=answers_of("report_readings", TelemetryAnswer, READINGS_TAKEN),
    )
    async def report_readings(request: Request[Any, Token, Any]) -> Response[bytes]:
        data, by = await body_in(request), request.auth.name

        def run() -> TelemetryAnswer:
            force = edge.force
            if force is None:
                raise NoBundleError
            told = gate_reads.read(data, force.bundle.readers, edge.log.clock(), most=MOST_ROWS)
            if not told.reads:
                raise ProblemError("refused", 422, problems=told.problems[:MOST_LISTED])
            new, known = edge.read_gates(told.reads, by)
            listed = [Listed.of(each) for each in told.problems[:MOST_LISTED]]
            return TelemetryAnswer(told.records, len(told.reads), told.repeated, new, known, listed)

        try:
            return _json(await asyncio.to_thread(run))
        except NoBundleError:
            raise ProblemError("no_bundle", 503, retry_after=30) from None

    return [
        healthz, readyz, read_edge, at_booth, read_crossing, report_arrival, order_examination, report_outcome,
        report_readings,
    ]  # fmt: skip


def _json(value: object) -> Response[bytes]:
    return Response(_encode(value), media_type="application/json")


def _refresh(front: EdgeFront) -> Any:
    return None if front.link is None else front.link.refresh


def _name(part: str) -> str:
    name = name_of(part)
    if not name:
        raise ProblemError("not_found", 404)
    return name


async def _second(header: str | None, first: Token, access: Access) -> str | None:
    """The second officer, by a token of their own. Raises ProblemError."""
    if header is None:
        return None
    token = await access.bearer(header)
    same = token.id == first.id or identity_text(token.name) == identity_text(first.name)
    if same or permitting(token.role, "second_examination", False) is None:
        raise ProblemError("second_bad", 403)
    return token.name
