"""Crossings, as officers see them: decisions with their evidence, and orders given over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, HeaderParameter, QueryParameter

from aforo.api.access import ACTION, permitting, require
from aforo.api.body import body_of
from aforo.api.examples import OVERRIDE
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of
from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.override import OverrideRefusedError
from aforo.flow.at_booth import AtBooth, arrive, at_yard
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError, Ordered, override
from aforo.flow.shown import Shown, record_reading, show
from aforo.log.tokens import Token

assert set(get_args(Examination)) == set(EXAMINATIONS)


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered, and why: the reason is recorded in clear for ever, and must not name a person."""

    examination: Examination
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class OrderAnswer(msgspec.Struct, frozen=True):
    """What was recorded: the event, and the examination before and after."""

    event_id: str
    crossing_id: str
    was: Examination
    now: Examination


@dataclass
class _OrderBody(Operation):
    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True, content={"application/json": OpenAPIMediaType(example=OVERRIDE)},
            description="`examination` and `reason`.",
        )  # fmt: skip


#: Where a truck stands, by a bridge's identifier, name or alias.
Bridge = Annotated[str, QueryParameter(description="The bridge where it stands, if it is another than was filed.")]

_encode = msgspec.json.Encoder().encode


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/crossings/{crossing_id:str}",
        opt={ACTION: "read_crossing"},
        operation_id="read_crossing",
        summary="A crossing with its decision, evidence and history; reading persons is recorded",
        responses=answers_of("read_crossing", Shown, {"crossing_id": "ABCD-TRIP-0071"}),
    )
    async def read_crossing(
        request: Request[Any, Token, Any],
        crossing_id: FromPath[str],
        persons: Annotated[bool, QueryParameter(description="Show persons too. Who asks is recorded.")] = False,
    ) -> Response[bytes]:
        token = request.auth
        if persons:
            require(token, "read_persons", False)
        name = name_of(crossing_id)
        shown = await front.read(lambda node: show(name, node, persons=persons)) if name is not None else None
        if shown is None:
            raise ProblemError("not_found", 404)
        if persons:
            seen = shown
            await front.do(lambda node: record_reading(seen, token.name, token.id, node))
        return Response(_encode(shown), media_type="application/json")

    @post(
        "/v1/crossings/{crossing_id:str}/override",
        status_code=200,
        opt={ACTION: "order_examination"},
        operation_id="order_examination",
        operation_class=_OrderBody,
        summary="Order another examination: raising takes one officer, lowering a second one's token and a reason",
        responses=answers_of(
            "order_examination",
            OrderAnswer,
            {"event_id": "…", "crossing_id": "ABCD-TRIP-0071", "was": "release", "now": "secondary"},
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
        order = await body_of(request, Order, "order_bad")
        seconded = await _second(second, request.auth, front)
        by, name = request.auth.name, name_of(crossing_id)
        if name is None:
            raise ProblemError("not_found", 404)
        try:
            made: Ordered = await front.do(
                lambda node: override(node.log, name, order.examination, by, order.reason, seconded)
            )
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as refused:
            raise _refused(refused.code) from None
        answer = OrderAnswer(made.event_id, made.crossing, made.was, made.now)
        return Response(_encode(answer), media_type="application/json")

    @post(
        "/v1/crossings/{crossing_id:str}/arrival",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="report_arrival",
        summary="The truck stands at the booth: it is decided again, its filers are told, and what to do is answered",
        responses=answers_of(
            "report_arrival", AtBooth, {"crossing": "ABCD-TRIP-0071", "repeated": False, "instruction": "release"}
        ),
    )
    async def report_arrival(
        request: Request[Any, Token, Any], crossing_id: FromPath[str], bridge: Bridge = ""
    ) -> Response[bytes]:
        return await _come(request.auth.name, crossing_id, bridge, arrive, front)

    @post(
        "/v1/crossings/{crossing_id:str}/yard",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="report_yard",
        summary="The truck stands at a pre-check yard: it is decided again, and its filers are told nothing by it",
        responses=answers_of(
            "report_arrival", AtBooth, {"crossing": "ABCD-TRIP-0071", "repeated": False, "instruction": "release"}
        ),
    )
    async def report_yard(
        request: Request[Any, Token, Any], crossing_id: FromPath[str], bridge: Bridge = ""
    ) -> Response[bytes]:
        return await _come(request.auth.name, crossing_id, bridge, at_yard, front)

    return [read_crossing, order_examination, report_arrival, report_yard]


async def _come(
    by: str, crossing_id: str, bridge: str, come: Callable[[str, Node, str, str], AtBooth], front: Front
) -> Response[bytes]:
    name, there = name_of(crossing_id), name_of(bridge) if bridge else ""
    if name is None or there is None:
        raise ProblemError("not_found", 404)
    try:
        arrived = await front.do(lambda node: come(name, node, by, there))
    except NoDecisionError:
        raise ProblemError("not_found", 404) from None
    return Response(_encode(arrived), media_type="application/json")


def _refused(code: str) -> ProblemError:
    """Why an order is refused; how a second officer is named is the API's own to say."""
    room = "aforo.api" if code == "override_needs_second" else "aforo.exams"
    return ProblemError("override_refused", 422, problems=[Problem(0, "request", code, catalogue(room).template(code))])


async def _second(header: str | None, first: Token, front: Front) -> str | None:
    """The second officer, by a token of their own. Raises ProblemError."""
    if header is None:
        return None
    token = await front.access.bearer(header)
    # Compared as identities are: no mark that is not seen makes another person.
    same = token.id == first.id or identity_text(token.name) == identity_text(first.name)
    if same or permitting(token.role, "second_examination", False) is None:
        raise ProblemError("second_bad", 403)
    return token.name
