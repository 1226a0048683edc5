"""Decisions, as officers and auditors see them: evidence, price, propensity, and the documents that they name."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.case_examples import EXPLAINED
from aforo.api.examples import SHOWN_DECISION
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.openings import decision_opened
from aforo.api.problems import existing
from aforo.api.responses import answers_of, json_answer
from aforo.flow.decision_explained import ExplainedDecision, explain
from aforo.flow.decision_shown import ShownDecision, show_decision
from aforo.log.tokens import Token


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/decisions/{decision:str}",
        opt={ACTION: "read_decision"},
        operation_id="read_decision",
        summary="A decision as it was made, with its evidence and the documents that it names",
        responses=answers_of("read_decision", ShownDecision, SHOWN_DECISION),
    )
    async def read_decision(
        request: Request[Any, Token, Any],
        decision: FromPath[str],
        replay: Annotated[bool, QueryParameter(description="Make it again, and say whether it is the same.")] = False,
    ) -> Response[bytes]:
        name = named(decision)
        await decision_opened(front, request.auth, name)
        return json_answer(existing(await front.read(lambda node: show_decision(name, node, replayed=replay))))

    @get(
        "/v1/decisions/{decision:str}/explanation",
        opt={ACTION: "read_decision"},
        operation_id="explain_decision",
        summary="Why a decision was made: its evidence as a waterfall by threat, and every option that was weighed",
        responses=answers_of("explain_decision", ExplainedDecision, EXPLAINED),
    )
    async def explain_decision(request: Request[Any, Token, Any], decision: FromPath[str]) -> Response[bytes]:
        name = named(decision)
        await decision_opened(front, request.auth, name)
        return json_answer(existing(await front.read(lambda node: explain(name, node))))

    return [read_decision, explain_decision]
