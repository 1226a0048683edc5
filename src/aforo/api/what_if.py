"""Quick questions about one bridge: what stands there, and how waits change with another plan. All is synthetic."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.plan_examples import STANDING, WHAT_IF, WHAT_IF_ASKED
from aforo.api.plans import done, planner_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.scenarios import directory_of
from aforo.domain.problem import Problem
from aforo.log.tokens import Token
from aforo.trials.plans.outcome import PlanOutcome
from aforo.trials.plans.quick import Answer, Question, port_of
from aforo.twin.changes import Planned
from aforo.twin.planned import Standing, standing
from aforo.twin.scenario import PolicyName
from aforo.twin.volumes import counted_days, shipped, usual_start


class StandingBridge(msgspec.Struct, frozen=True):
    """A bridge (`port/bridge`) and what stands there by its document; figures that are assumed are named. A week of it
    begins on `first` unless another day is named, between `counted_from` and `counted_until`."""

    bridge: str
    name: str
    port: str
    zone: str
    standing: Standing
    first: date
    counted_from: date
    counted_until: date


class StandingBridges(msgspec.Struct, frozen=True):
    """Every bridge of the documents that the node has in force, and of those that ship for all other ports. One of a
    port whose trucks were not counted is left out: nothing can be tried there."""

    bridges: list[StandingBridge]


class WhatIf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another plan for a bridge (`port/bridge`), with `traffic` times the trucks that were counted, over `days`
    from `first` on (a day of the months that were counted; by default in the busiest of them)."""

    bridge: Annotated[str, Meta(min_length=1, max_length=120)]
    plan: Planned = Planned()
    traffic: Annotated[float, Meta(ge=0.1, le=3.0)] = 1.0
    days: Annotated[int, Meta(ge=1, le=7)] = 7
    first: date | None = None
    policy: PolicyName = "clearance"


class WhatIfAnswered(msgspec.Struct, frozen=True):
    """What came out, and how many seconds it took."""

    outcome: PlanOutcome
    seconds: float


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/standing",
        opt={ACTION: "read_plans"},
        operation_id="list_standing",
        summary="What stands at every bridge, as a plan may change it",
        responses=answers_of("list_standing", StandingBridges, STANDING),
    )
    async def list_standing(request: Request[Any, Token, Any]) -> Response[bytes]:
        if front.planner is not None:
            front.planner.quick.begin()  # who looks at what stands there asks what would be if
        counted, ports = shipped(), (await directory_of(front)).ports
        return json_answer(
            StandingBridges(
                [
                    StandingBridge(
                        f"{port.code}/{each.id}",
                        each.name,
                        port.name,
                        port.zone,
                        standing(each),
                        usual_start(port.code),
                        *counted_days(port.code),
                    )
                    for port in ports
                    if port.code in counted
                    for each in port.bridges
                ]
            )
        )

    @post(
        "/v1/what-if",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="ask_what_if",
        operation_class=takes("A bridge, and what would stand there.", WHAT_IF_ASKED),
        summary="How waits and examinations would change at a bridge with another plan, within about a second",
        responses=answers_of("ask_what_if", WhatIfAnswered, WHAT_IF),
    )
    async def ask_what_if(request: Request[Any, Token, Any]) -> Response[bytes]:
        asked, own = await body_of(request, WhatIf), planner_of(front)
        ports = await directory_of(front)

        def ask() -> Answer:
            document = ports.documents[port_of(asked.bridge, ports).code].decode()
            question = Question(asked.bridge, document, asked.plan, asked.traffic, asked.days, policy=asked.policy)
            if asked.first is not None:
                question = msgspec.structs.replace(question, first=asked.first)
            return own.quick.ask(question)

        return json_answer(answered(await done(ask)))

    return [list_standing, ask_what_if]


def answered(answer: Answer) -> dict[str, Any]:
    """What a quick question gave. Raises ProblemError where nothing came out."""
    if answer.why is not None:
        raise ProblemError("plan_refused", 422, problems=[Problem(0, "plan", answer.code, answer.why)])
    return {"outcome": answer.result, "seconds": answer.seconds}
