"""Edges of ports: a port fetches its bundle, and hands in what happened there while it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.edge_credentials import TokenCredentials
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import Signed
from aforo.flow.edge_enrolled import Edge, EdgeRefusedError, confirm, edges, enrol, enrolled, retire
from aforo.flow.edge_handing import MOST_LEAVES, HandedIn, HandIn
from aforo.flow.edge_issuing import Asked, commit_to_days, document, issue
from aforo.flow.edge_merging import rematch, take_in
from aforo.flow.edge_report import EdgeReport, edge_report
from aforo.flow.node import Node
from aforo.log.store import Log
from aforo.log.tokens import Token

T = TypeVar("T")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An edge's verifier key, named after its log, and the bridge that it stands at."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    bridge: Name


class Enrolled(msgspec.Struct, frozen=True):
    """An edge; `cursor` is how many leaves of its log the node has. It may fetch its bundle unless it is `pending`, so
    that an administrator is to confirm its key's `fingerprint`, or was retired."""

    edge: str
    port: str
    bridge: str
    cursor: int
    retired: bool
    pending: bool
    fingerprint: str


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The edge, and the fingerprint that it shows itself, in whatever spelling."""

    edge: Name
    fingerprint: Name


class Retirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which edge, and why: recorded in clear, and must not name a person."""

    edge: Name
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class EdgeDocument(msgspec.Struct, frozen=True):
    """A document, in base64."""

    hash: str
    body: bytes


class EdgeList(msgspec.Struct, frozen=True):
    """Every edge that was ever enrolled."""

    edges: list[Enrolled]


_HAND_IN: dict[str, Any] = {
    "edge": "aforo/4f0c9a6be21d7733",
    "first": 800,
    "bodies": ["{…}"],
    "note": "aforo edge hand-in v1\n…",
    "checkpoint": "",
}
_REPORT: dict[str, Any] = {
    "visits": 1,
    "known": 1,
    "referred": 0,
    "examined": 0,
    "unmatched": 0,
    "missed_holds": 1,
    "missed_orders": 0,
    "orders_withheld": 0,
    "rows": [
        {
            "edge": "aforo/4f0c9a6be21d7733",
            "visit": "00c0ffee00c0ffee",
            "crossing": "ABCD-TRIP-0071",
            "arrived_at": "2026-03-02T13:15:00Z",
            "chosen": "release",
            "code": "edge_released",
            "control": False,
            "age_s": 7200,
            "examined": 0,
            "found": None,
            "passed": True,
            "ordered": None,
            "would": "hold",
            "now": "hold",
            "meanwhile": ["amended"],
            "missed": "hold",
            "effects": ["arrived", "passed"],
        }
    ],
}
_FINGERPRINT = "3f2a-91bc-07de-55a1-c0ff-ee12-8b6d-90e4"
_ONE = {
    "edge": "aforo/4f0c9a6be21d7733",
    "port": "2304",
    "bridge": "world-trade",
    "cursor": 812,
    "retired": False,
    "pending": False,
    "fingerprint": _FINGERPRINT,
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    posts = front.posts
    credentials = TokenCredentials(front.access.holder)

    async def done(run: Callable[[Node], T]) -> T:
        try:
            return await front.do(run)
        except EdgeRefusedError as refused:
            reason = catalogue("aforo.flow").template(refused.code)
            raise ProblemError("edge_refused", 422, problems=[Problem(0, "request", refused.code, reason)]) from None

    @post(
        "/v1/edge/enrolment",
        status_code=200,
        opt={ACTION: "enrol_edge"},
        operation_id="enrol_edge",
        operation_class=takes("`key` and `bridge`.", {"key": "aforo/…+…+…", "bridge": "World Trade"}),
        summary="An edge says with which key it signs, and where it stands; it is pending until that is confirmed",
        responses=answers_of("enrol_edge", Enrolled, {**_ONE, "cursor": 0, "pending": True}),
    )
    async def enrol_edge(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, token = await body_of(request, Enrolment), request.auth
        port = port_of(token)

        def run(node: Node) -> Enrolled:
            edge = enrol(node.log, port, said.bridge, said.key, token.name, node.live().directory)
            return _shown(edge, posts.edge_book(node))

        return json_answer(await done(run))

    @get(
        "/v1/edge/bundle",
        opt={ACTION: "read_bundle"},
        operation_id="read_bundle",
        summary="What a port needs to decide while it is cut off, signed; it holds secrets",
        responses=answers_of("read_bundle", Signed, {"note": "aforo edge bundle v1\n…", "body": "{…}"}),
    )
    async def read_bundle(
        request: Request[Any, Token, Any],
        edge: Annotated[str, QueryParameter(description="The name of the edge's log.", max_length=100)],
        nonce: Annotated[
            str, QueryParameter(description="Chosen by the edge: the bundle repeats it.", max_length=100)
        ] = "",
        since: Annotated[
            int | None, QueryParameter(description="The position of the bundle in force: only what changed.", ge=0)
        ] = None,
        last: Annotated[str, QueryParameter(description="The `last` of the bundle in force.", max_length=100)] = "",
    ) -> Response[bytes]:
        port = port_of(request.auth)
        tokens = await asyncio.to_thread(front.access.handed, port)

        def prepare(node: Node) -> tuple[Edge, int]:
            own = _own(edge, port, node.log)
            if own.retired:
                raise EdgeRefusedError("edge_retired")
            commit_to_days(port, node)
            book, expecting = posts.edge_book(node), posts.expecting(node, port)
            rematch(book, expecting, node, credentials)
            return own, book.catch_up().of_edge(edge).cursor

        await front.read(lambda node: posts.expecting(node, port).trucks())  # beside the desk, which filings wait for
        own, cursor = await done(prepare)
        asked = Asked(nonce, since, last, cursor)

        def make(node: Node) -> Signed:
            return issue(own, asked, posts.expecting(node, port), node, tokens)

        return json_answer(await front.read(make), {"Cache-Control": "no-store"})

    @get(
        "/v1/edge/document",
        opt={ACTION: "read_bundle"},
        operation_id="read_edge_document",
        summary="A document that the edge's bundle names by its hash: a policy or price tables",
        responses=answers_of("read_edge_document", EdgeDocument, {"hash": "9f86d0…", "body": "eyJ…"}),
    )
    async def read_edge_document(
        request: Request[Any, Token, Any],
        edge: Annotated[str, QueryParameter(description="The name of the edge's log.", max_length=100)],
        hash_: Annotated[str, QueryParameter(name="hash", description="SHA-256 in hexadecimal.", max_length=64)],
    ) -> Response[bytes]:
        port = port_of(request.auth)

        def look(node: Node) -> bytes | None:
            return document(hash_, _own(edge, port, node.log), node)

        try:
            body = await front.read(look)
        except EdgeRefusedError:
            body = None
        if body is None:
            raise ProblemError("not_found", 404)
        return json_answer(EdgeDocument(hash_, body))

    @post(
        "/v1/edge/facts",
        status_code=200,
        opt={ACTION: "hand_in"},
        operation_id="hand_in",
        operation_class=takes(f"Leaves of the edge's log, at most {MOST_LEAVES}, in their order.", _HAND_IN),
        summary="Hand in what happened at a port; what is sent twice counts once, and the cursor says how far it is",
        responses=answers_of("hand_in", HandedIn, {"cursor": 812, "taken": 12, "unmatched": 0}),
    )
    async def hand_in(request: Request[Any, Token, Any]) -> Response[bytes]:
        handed, token = await body_of(request, HandIn), request.auth
        port = port_of(token)
        if len(handed.bodies) > MOST_LEAVES or handed.first < 0:
            raise ProblemError("too_large", 413)

        def run(node: Node) -> HandedIn:
            own = _own(handed.edge, port, node.log)
            book, expecting = posts.edge_book(node), posts.expecting(node, port)
            return take_in(handed, own, book, expecting, node, token.name, credentials)

        await front.read(lambda node: posts.expecting(node, port).trucks())
        return json_answer(await done(run))

    @get(
        "/v1/edges",
        opt={ACTION: "read_edges"},
        operation_id="list_edges",
        summary="The edges of all ports, and how far each handed in",
        responses=answers_of("list_edges", EdgeList, {"edges": [_ONE]}),
    )
    async def list_edges(request: Request[Any, Token, Any]) -> Response[bytes]:
        def look(node: Node) -> EdgeList:
            book = posts.edge_book(node)
            return EdgeList([_shown(edge, book) for edge in edges(node.log).values()])

        return json_answer(await front.read(look))

    @get(
        "/v1/edge/report",
        opt={ACTION: "read_edges"},
        operation_id="report_edges",
        summary="What the node would have done with the trucks that edges decided on, beside what they did",
        responses=answers_of("report_edges", EdgeReport, _REPORT),
    )
    async def report_edges(
        request: Request[Any, Token, Any],
        edge: Annotated[str | None, QueryParameter(description="Only of this edge.", max_length=100)] = None,
        since: Annotated[
            datetime | None, QueryParameter(description="Only what was handed in since; by default a day.")
        ] = None,
    ) -> Response[bytes]:

        def look(node: Node) -> EdgeReport:
            begin = since or node.clock() - timedelta(days=1)
            return edge_report(node.log, begin, edge, posts.edge_book(node))

        return json_answer(await front.read(look))

    @post(
        "/v1/edge/retirement",
        status_code=200,
        opt={ACTION: "retire_edge"},
        operation_id="retire_edge",
        operation_class=takes("`edge` and `reason`.", {"edge": "aforo/4f0c9a6be21d7733", "reason": "Its disk broke."}),
        summary="Give an edge no bundle any more, so that its bridge may have another",
        responses=answers_of("retire_edge", Enrolled, {**_ONE, "retired": True}),
    )
    async def retire_edge(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, by = await body_of(request, Retirement), request.auth.name
        await refuse_named_persons(front, said, request.auth)

        def run(node: Node) -> Enrolled:
            retire(node.log, said.edge, said.reason, by)
            return _of_log(said.edge, node.log, posts.edge_book(node))

        try:
            return json_answer(await done(run))
        except LookupError:
            raise ProblemError("not_found", 404) from None

    @post(
        "/v1/edge/confirmation",
        status_code=200,
        opt={ACTION: "confirm_edge"},
        operation_id="confirm_edge",
        operation_class=takes(
            "`edge` and the `fingerprint` that it shows.",
            {"edge": "aforo/4f0c9a6be21d7733", "fingerprint": _FINGERPRINT},
        ),
        summary="Let an edge have its bundle and hand in, after its fingerprint was compared with what it shows itself",
        responses=answers_of("confirm_edge", Enrolled, _ONE),
    )
    async def confirm_edge(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, by = await body_of(request, Confirmation), request.auth.name

        def run(node: Node) -> Enrolled:
            confirm(node.log, said.edge, said.fingerprint, by)
            return _of_log(said.edge, node.log, posts.edge_book(node))

        try:
            return json_answer(await done(run))
        except LookupError:
            raise ProblemError("not_found", 404) from None

    return [enrol_edge, read_bundle, read_edge_document, hand_in, list_edges, report_edges, confirm_edge, retire_edge]


def port_of(token: Token) -> str:
    """The port that a token is of. Raises ProblemError."""
    if len(token.carriers) != 1:
        raise ProblemError("forbidden", 403)
    return token.carriers[0]


def _own(edge: str, port: str, log: Log) -> Edge:
    own = enrolled(log, edge)
    if own is None:
        raise EdgeRefusedError("edge_unknown")
    if own.port != port:
        raise EdgeRefusedError("edge_of_another_port")
    if own.pending:
        raise EdgeRefusedError("edge_pending")
    return own


def _of_log(edge: str, log: Log, book: EdgeBook) -> Enrolled:
    """An edge that was changed just now."""
    own = enrolled(log, edge)
    assert own is not None, "it was changed just now"
    return _shown(own, book)


def _shown(edge: Edge, book: EdgeBook) -> Enrolled:
    cursor = book.catch_up().of_edge(edge.origin).cursor
    return Enrolled(edge.origin, edge.port, edge.bridge, cursor, edge.retired, edge.pending, edge.fingerprint)
