"""Crossings, as officers see them: decisions with their evidence, and orders given over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, require
from aforo.api.body import body_of, takes
from aforo.api.case_examples import PARTIES, TIMELINE
from aforo.api.examples import ACCEPTANCE, ACCEPTED, OVERRIDE, UNDO
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.openings import crossing_opened
from aforo.api.orders import (
    Acceptance,
    GroundedOrder,
    OrderAnswer,
    SecondHeader,
    Undo,
    refused,
    second_officer,
    signature,
)
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.seconds import Signed
from aforo.exams.override import OverrideRefusedError
from aforo.flow.acceptance import Accepted, accept
from aforo.flow.at_booth import AtBooth, arrive, at_yard
from aforo.flow.entity_shown import CrossingParty, parties
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError, Ordered, override
from aforo.flow.shown import Shown, record_reading, show
from aforo.flow.timeline import Timeline, timeline
from aforo.flow.undo import beside_of, undo
from aforo.log.tokens import Token

#: Where a truck stands, by a bridge's identifier, name or alias.
Bridge = Annotated[str, QueryParameter(description="The bridge where it stands, if it is another than was filed.")]


class Parties(msgspec.Struct, frozen=True):
    """The parties of a crossing."""

    parties: list[CrossingParty]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/crossings/{crossing_id:str}",
        opt={ACTION: "read_crossing"},
        operation_id="read_crossing",
        summary="A crossing with its decision, evidence and history; who opens it, or reads persons of it, is recorded",
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
        await crossing_opened(front, token, name)
        shown = existing(await front.read(lambda node: show(name, node, persons=persons)))
        if persons:
            seen = shown
            await front.do(lambda node: record_reading(seen, token.name, token.id, node))
        return json_answer(shown)

    @get(
        "/v1/crossings/{crossing_id:str}/timeline",
        opt={ACTION: "read_crossing"},
        operation_id="read_timeline",
        summary="Everything known of a crossing, by when it happened, each with its leaf; who opened it too",
        responses=answers_of("read_timeline", Timeline, TIMELINE),
    )
    async def read_timeline(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        name = named(crossing_id)
        await crossing_opened(front, request.auth, name)
        return json_answer(existing(await front.read(lambda node: timeline(name, node))))

    @get(
        "/v1/crossings/{crossing_id:str}/parties",
        opt={ACTION: "read_entity"},
        operation_id="read_parties",
        summary="The parties of a crossing by role, each under its handle; it names nobody",
        responses=answers_of("read_parties", Parties, PARTIES),
    )
    async def read_parties(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        name = named(crossing_id)
        await crossing_opened(front, request.auth, name)
        found = existing(await front.read(lambda node: parties(name, node)))
        return json_answer(Parties(found))

    @post(
        "/v1/crossings/{crossing_id:str}/override",
        status_code=200,
        opt={ACTION: "order_examination"},
        operation_id="order_examination",
        operation_class=takes("`examination` and `reason`; to raise, a `ground` is enough.", OVERRIDE, GroundedOrder),
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
        order, name = await body_of(request, GroundedOrder, "order_bad"), named(crossing_id)
        seconded = await second_officer(second, request.auth, front.access, Signed(name, order.examination))
        by, (signed, credential) = request.auth.name, signature(seconded)
        wanted, reason, ground = order.examination, order.reason, order.ground
        try:
            made: Ordered = await front.do(
                lambda node: override(node.log, name, wanted, by, reason, signed, ground, credential)
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

    @post(
        "/v1/crossings/{crossing_id:str}/accept",
        status_code=200,
        opt={ACTION: "accept_examination"},
        operation_id="accept_examination",
        operation_class=takes("`decision` and `examination`, as the officer saw them.", ACCEPTANCE, Acceptance),
        summary="An officer has seen what is ordered, and agrees; refused where something else is ordered by now",
        responses=answers_of("accept_examination", Accepted, ACCEPTED),
    )
    async def accept_examination(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        seen, by, name = await body_of(request, Acceptance), request.auth.name, named(crossing_id)
        try:
            made = await front.do(lambda node: accept(node.log, name, seen.decision, seen.examination, by))
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as error:
            raise refused(error.code) from None
        return json_answer(made)

    @post(
        "/v1/crossings/{crossing_id:str}/undo",
        status_code=200,
        opt={ACTION: "order_examination"},
        operation_id="undo_order",
        operation_class=takes("`order`: the event of the order, or of the acceptance, that is taken back.", UNDO, Undo),
        summary="Take back one's own order or acceptance before anything was done by it; never a hold",
        responses=answers_of(
            "undo_order",
            OrderAnswer,
            {"event_id": "…", "crossing_id": "ABCD-TRIP-0071", "was": "secondary", "now": "release"},
        ),
    )
    async def undo_order(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        back, by, name = await body_of(request, Undo), request.auth.name, named(crossing_id)
        try:
            known = await front.read(lambda node: beside_of(name, node))
            made = await front.do(lambda node: undo(node, name, back.order, by, known))
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except OverrideRefusedError as error:
            raise refused(error.code) from None
        return json_answer(OrderAnswer(made.event_id, made.crossing, made.was, made.now))

    return [
        read_crossing,
        read_timeline,
        read_parties,
        order_examination,
        accept_examination,
        undo_order,
        report_arrival,
        report_yard,
    ]


async def _come(
    by: str, crossing_id: str, bridge: str, come: Callable[[str, Node, str, str], AtBooth], front: Front
) -> Response[bytes]:
    name, there = named(crossing_id), named(bridge) if bridge else ""
    try:
        arrived = await front.do(lambda node: come(name, node, by, there))
    except NoDecisionError:
        raise ProblemError("not_found", 404) from None
    return json_answer(arrived)
