"""Crossings, as officers see them: decisions with their evidence, and orders given over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, require
from aforo.api.body import body_of, takes
from aforo.api.examples import OVERRIDE
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.orders import Order, OrderAnswer, SecondHeader, refused, second_officer
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.exams.override import OverrideRefusedError
from aforo.flow.at_booth import AtBooth, arrive, at_yard
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError, Ordered, override
from aforo.flow.shown import Shown, record_reading, show
from aforo.log.tokens import Token

#: Where a truck stands, by a bridge's identifier, name or alias.
Bridge = Annotated[str, QueryParameter(description="The bridge where it stands, if it is another than was filed.")]


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
        name = named(crossing_id)
        shown = await front.read(lambda node: show(name, node, persons=persons))
        if shown is None:
            raise ProblemError("not_found", 404)
        if persons:
            seen = shown
            await front.do(lambda node: record_reading(seen, token.name, token.id, node))
        return json_answer(shown)

    @post(
        "/v1/crossings/{crossing_id:str}/override",
        status_code=200,
        opt={ACTION: "order_examination"},
        operation_id="order_examination",
        operation_class=takes("`examination` and `reason`.", OVERRIDE),
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
        second: SecondHeader = None,
    ) -> Response[bytes]:
        order = await body_of(request, Order, "order_bad")
        seconded = await second_officer(second, request.auth, front.access)
        by, name = request.auth.name, named(crossing_id)
        try:
            made: Ordered = await front.do(
                lambda node: override(node.log, name, order.examination, by, order.reason, seconded)
            )
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as error:
            raise refused(error.code) from None
        answer = OrderAnswer(made.event_id, made.crossing, made.was, made.now)
        return json_answer(answer)

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
    name, there = named(crossing_id), named(bridge) if bridge else ""
    try:
        arrived = await front.do(lambda node: come(name, node, by, there))
    except NoDecisionError:
        raise ProblemError("not_found", 404) from None
    return json_answer(arrived)
