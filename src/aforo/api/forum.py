"""The forum of measures: documents are proposed by one person, adopted by others, and retired with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.scoreboard_examples import MEASURE, MEASURE_PROPOSED, MEASURE_STEP
from aforo.domain.problem import Problem
from aforo.flow.forum import Forum
from aforo.flow.node import Node
from aforo.flow.scoreboard_shown import MeasureShown, measures_shown
from aforo.log.contention import retried
from aforo.log.tokens import Token
from aforo.measures.definition import MOST_BYTES, Definition, DefinitionError
from aforo.scoreboard.forum import MOST_REASON, MOST_SIDES, MOST_TEXT, ForumError

Side = Annotated[str, Meta(max_length=MOST_TEXT)]
Reason = Annotated[str, Meta(max_length=MOST_REASON)]


class MeasureProposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document (TOML) for the forum. `side` is for whom the person speaks, `sides` are all that have to agree, itself
    among them; none where any other person may adopt it. A `draft` is registered and not proposed."""

    document: Annotated[str, Meta(max_length=MOST_BYTES)]
    side: Side = ""
    sides: Annotated[tuple[Side, ...], Meta(max_length=MOST_SIDES)] = ()
    reason: Reason = ""
    draft: bool = False


class MeasureStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To what a version is taken, for which side, from which local day (today where it is null), and why."""

    to: Literal["adopted", "retired"]
    reason: Annotated[str, Meta(min_length=1, max_length=MOST_REASON)]
    side: Side = ""
    since: date | None = None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def stepped(step: Callable[[Node, Forum], Definition]) -> Response[bytes]:
        def taken(node: Node) -> MeasureShown:
            forum = node.scoreboards().forum
            # Whoever took a step meanwhile may have taken this one: it is looked at anew.
            own = retried(lambda: step(node, forum))
            every = measures_shown(forum.definitions(), forum.versions(), names=True)
            return next(each for each in every if each.document == own.hash)

        try:
            return json_answer(await front.do(taken))
        except (ForumError, DefinitionError) as wrong:
            raise ProblemError("refused", 422, problems=[Problem(0, "measure", wrong.code, wrong.text)]) from None

    @post(
        "/v1/measures",
        status_code=200,
        opt={ACTION: "propose_measure"},
        operation_id="propose_measure",
        operation_class=takes("A measure document; whoever the token is of proposes it.", MEASURE_PROPOSED),
        summary="Propose a document of a measure to the forum, or register it as a draft",
        responses=answers_of("propose_measure", MeasureShown, MEASURE),
    )
    async def propose_measure(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, by = await body_of(request, MeasureProposed), request.auth.name
        await refuse_named_persons(front, said, request.auth)
        return await stepped(
            lambda node, forum: forum.bring(
                said.document.encode(), by, stage="draft" if said.draft else "proposed", side=said.side,
                sides=said.sides, reason=said.reason, origin=node.origin,
            )
        )  # fmt: skip

    @post(
        "/v1/measures/{measure:str}/stage",
        status_code=200,
        opt={ACTION: "adopt_measure"},
        operation_id="step_measure",
        operation_class=takes("`to`: adopted or retired, with the reason.", MEASURE_STEP),
        summary="Adopt a version (measure@version) that another person proposed, or retire one",
        responses=answers_of("step_measure", MeasureShown, MEASURE),
    )
    async def step_measure(request: Request[Any, Token, Any], measure: FromPath[str]) -> Response[bytes]:
        said, by = await body_of(request, MeasureStep), request.auth.name
        await refuse_named_persons(front, said, request.auth)
        return await stepped(
            lambda node, forum: forum.decide(
                name_of(measure) or "", said.to, by, side=said.side, since=said.since, reason=said.reason,
                origin=node.origin,
            )
        )  # fmt: skip

    return [propose_measure, step_measure]
