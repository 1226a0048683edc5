"""The routes of an edge: its booth, its officers and its devices; as its node answers, for as much as it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from aforo.api.access import ACTION, PUBLIC, Access
from aforo.api.body import body_of, bytes_of, takes
from aforo.api.edge_link import EdgeLink
from aforo.api.faults import WHOLE
from aforo.api.filings import MOST_LISTED
from aforo.api.names import named
from aforo.api.orders import Order, OrderAnswer, SecondHeader, refused, second_officer
from aforo.api.outcomes import OutcomeAnswer, reports_in
from aforo.api.problems import Listed, ProblemError, existing, ranked
from aforo.api.readings import MOST_ROWS, READINGS_TAKEN, Readings, ScannerRows, TelemetryAnswer
from aforo.api.responses import answers_of, json_answer
from aforo.api.seconds import Signed
from aforo.domain.clock import instant
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.override import OverrideRefusedError
from aforo.flow.at_booth import AtBooth
from aforo.flow.edge_node import AtEdge, EdgeNode, Named, NoBundleError
from aforo.flow.edge_proof import Credential, Signers
from aforo.flow.edge_reports import report
from aforo.flow.edge_telemetry import keep_readings, keep_refused, keep_scanner_log
from aforo.flow.input_refusals import refusals_of
from aforo.flow.override import NoDecisionError
from aforo.flow.reports import Reported
from aforo.flow.scanner_reports import refusals_of as scanner_rows_refused
from aforo.flow.telemetry import Statement
from aforo.intake import gate_reads, scanner_log
from aforo.intake.telemetry import Telemetry
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
    "pending": False,
    "fingerprint": "3f2a-91bc-07de-55a1-c0ff-ee12-8b6d-90e4",
}


class EdgeStanding(msgspec.Struct, frozen=True):
    """How an edge stands: its bundle and its age (`old`: the link is cut), how many trucks it expects, the days that it
    has lottery keys of, what waits to be handed in, and what the link last said. `went_back` and `kept` tell of a node
    that knows less than before. `pending`: it waits for an administrator to confirm its key's `fingerprint` at the
    node, and gets no bundle before."""

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
    pending: bool
    fingerprint: str


@dataclass(frozen=True)
class EdgeFront:
    """What the routes of an edge share."""

    edge: EdgeNode
    access: Access
    link: EdgeLink | None = None


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
        link.pending if link else False, edge.fingerprint,
    )  # fmt: skip


def routes(front: EdgeFront) -> list[HTTPRouteHandler]:
    """The routes of an edge."""
    edge = front.edge

    @get("/healthz", opt={PUBLIC: True}, operation_id="healthz", summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get(
        "/readyz",
        opt={PUBLIC: True},
        operation_id="readyz",
        summary="The edge decides; whether it has a bundle, and the fingerprint by which it is confirmed",
    )
    async def readyz() -> Response[dict[str, Any]]:
        ready = edge.log.refusal is None
        checks = {"log": ready, "bundle": edge.force is not None}
        # Before it is confirmed it has no officers' tokens, and shows its fingerprint to whoever stands there.
        said = {
            "status": "ready" if ready else "not ready", "checks": checks,
            "pending": front.link is not None and front.link.pending, "fingerprint": edge.fingerprint,
        }  # fmt: skip
        return Response(said, status_code=200 if ready else 503)

    @get(
        "/v1/edge",
        opt={ACTION: "read_edges"},
        operation_id="read_edge",
        summary="How the edge stands: the age of its bundle, and what waits to be handed in",
        responses=answers_of("read_edge", EdgeStanding, _STANDING),
    )
    async def read_edge(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await asyncio.to_thread(standing, front))

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
            nothing = catalogue("aforo.api").say("booth_names_none")
            raise ProblemError("body_bad", 400, problems=[Problem(0, WHOLE, "booth_names_none", nothing)])
        return json_answer(await asyncio.to_thread(edge.arrive, named, by, _refresh(front)))

    @get(
        "/v1/crossings/{crossing_id:str}",
        opt={ACTION: "read_crossing"},
        operation_id="read_crossing",
        summary="What is to be done with a truck, by its trip's number, its declaration's, or its visit's name",
        responses=answers_of("read_crossing", AtEdge, _AT_EDGE),
    )
    async def read_crossing(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        return json_answer(existing(await asyncio.to_thread(edge.look, named(crossing_id))))

    @post(
        "/v1/crossings/{crossing_id:str}/arrival",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="report_arrival",
        summary="The truck of a trip stands at the booth, as the node takes it; one that is not known is referred",
        responses=answers_of("report_arrival", AtBooth, {"crossing": "ABCD-TRIP-0071", "repeated": False}),
    )
    async def report_arrival(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        name, by = named(crossing_id), request.auth.name
        said = await asyncio.to_thread(edge.arrive, Named(trip=name), by, _refresh(front))
        return json_answer(AtBooth(name, said.repeated, said.examination))

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
        second: SecondHeader = None,
    ) -> Response[bytes]:
        order, name = await body_of(request, Order, "order_bad"), named(crossing_id)
        seconded = await second_officer(second, request.auth, front.access, Signed(name, order.examination))
        by, signers = request.auth.name, await _signers(request, second, front.access)
        signed = None if seconded is None else seconded.name
        try:
            made = await asyncio.to_thread(edge.order, name, order.examination, by, order.reason, signed, signers)
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as error:
            raise refused(error.code) from None
        event, visit, was = made
        return json_answer(OrderAnswer(event, visit, was, order.examination))

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
        given, by = await reports_in(request), request.auth.name

        def run() -> Reported:
            told = report(given.reports, edge, by)
            wrong = [*given.problems, *told.problems]
            keep_refused(
                refusals_of("examinations", "POST /v1/outcomes", wrong, given.data, edge.log, instants=given.instants),
                edge,
                by,
            )
            return told

        told = await asyncio.to_thread(run)
        given.refuse_nothing()
        return json_answer(OutcomeAnswer.of(told, given.problems))

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
        data, by = await bytes_of(request), request.auth.name

        def run() -> TelemetryAnswer:
            force = edge.force
            if force is None:
                raise NoBundleError
            told = gate_reads.read(data, force.bundle.readers, edge.log.clock(), most=MOST_ROWS)
            instants = [instant(each.at) for each in told.reads]
            lost = refusals_of("readings", "POST /v1/readings", told.problems, data, edge.log, instants=instants)
            return _kept(told, len(told.reads), lambda: keep_readings(told.reads, edge, by), lost, edge, by)

        return await _telemetry(run)

    @post(
        "/v1/scanners/reports",
        status_code=200,
        opt={ACTION: "report_scanners"},
        operation_id="report_scanners",
        operation_class=ScannerRows,
        summary="Reports and scans of scanners, as to the node: kept under seal, and handed in",
        responses=answers_of("report_scanners", TelemetryAnswer, READINGS_TAKEN),
    )
    async def report_scanners(request: Request[Any, Token, Any]) -> Response[bytes]:
        data, by = await bytes_of(request), request.auth.name

        def run() -> TelemetryAnswer:
            told = scanner_log.read(data, edge.log.clock(), most=MOST_ROWS)
            lost, taken = scanner_rows_refused(told.tally, data, edge.log), len(told.reports) + len(told.scans)
            return _kept(told, taken, lambda: keep_scanner_log(told, edge, by), lost, edge, by)

        return await _telemetry(run)

    return [
        healthz, readyz, read_edge, at_booth, read_crossing, report_arrival, order_examination, report_outcome,
        report_readings, report_scanners,
    ]  # fmt: skip


async def _signers(request: Request[Any, Token, Any], second: str | None, access: Access) -> Signers:
    """The credentials of the officers of an order, whose texts are in its headers: they sign it. Raises
    ProblemError."""
    text = request.headers["authorization"].partition(" ")[2]
    if second is None:
        return Signers(Credential(request.auth.id, text))
    token = await access.bearer(second)
    return Signers(Credential(request.auth.id, text), Credential(token.id, second.partition(" ")[2]))


async def _telemetry(run: Callable[[], TelemetryAnswer]) -> Response[bytes]:
    """What came of rows of telemetry. Raises ProblemError, also where there is no bundle to seal them by."""
    try:
        return json_answer(await asyncio.to_thread(run))
    except NoBundleError:
        raise ProblemError("no_bundle", 503, retry_after=30) from None


def _kept(
    told: Telemetry,
    taken: int,
    keep: Callable[[], tuple[int, int]],
    lost: Sequence[Statement],
    edge: EdgeNode,
    by: str,
) -> TelemetryAnswer:
    """Keep what was understood, and which rows were refused, and say what came of it. Raises ProblemError where nothing
    was understood, NoBundleError."""
    if any(each.code == "rows_too_many" for each in told.problems):
        raise ProblemError("too_large", 413)
    keep_refused(lost, edge, by)
    if not taken:
        raise ProblemError("refused", 422, problems=ranked(told.problems, MOST_LISTED))
    new, known = keep()
    listed = [Listed.of(each) for each in ranked(told.problems, MOST_LISTED)]
    return TelemetryAnswer(told.records, taken, told.repeated, new, known, listed)


def _refresh(front: EdgeFront) -> Any:
    return None if front.link is None else front.link.refresh
