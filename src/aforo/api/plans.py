"""Plans: scenarios of the twin, run as jobs one after another, kept and shared. All that comes out is synthetic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION, permitting
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.plan_examples import (
    KEPT,
    OUTCOME,
    PLAN_ASKED,
    PLANS,
    SHOWN_PLAN,
)
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.scenarios import SentScenario, directory_of, document_of
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.log.tokens import Token
from aforo.trials.plans.outcome import PlanOutcome
from aforo.trials.plans.plan import Plan, PlanError, Size
from aforo.trials.plans.planner import Planner
from aforo.trials.plans.quick import MOST_WAITING
from aforo.twin import scenario as scenarios
from aforo.twin.scenario import Scenario, ScenarioError

T = TypeVar("T")


class AskedPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario to be run against the same world without its changes, or against another scenario of the same ports,
    with the days, seed and replications of that one."""

    toml: Annotated[str, Meta(max_length=scenarios.MOST_BYTES)] | None = None
    scenario: dict[str, Any] | None = None
    against: SentScenario | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class PlanRow(msgspec.Struct, frozen=True):
    """One plan: what it asks, who asked, how far it is (`done` of `of` replications), and why it has no result."""

    plan: str
    title: Text
    by: str
    asked_at: datetime
    state: str
    inputs: str
    size: Size
    code: str
    kept: bool
    note: str
    done: int
    of: int
    started_at: datetime | None
    ended_at: datetime | None
    why: Text | None


class ListedPlans(msgspec.Struct, frozen=True):
    """Every plan, the one asked for last first."""

    plans: list[PlanRow]


class ShownPlan(msgspec.Struct, frozen=True):
    """One plan with both scenarios (TOML), and what came out; null where nothing has yet."""

    row: PlanRow
    first: str
    second: str
    outcome: PlanOutcome | None


class Keeping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a plan is kept, so that it is not dropped to make room; with a note, where one is given."""

    kept: bool
    note: Annotated[str, Meta(max_length=500)] | None = None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    def planner() -> Planner:
        return planner_of(front)

    async def changed(plan: str, by: Token, change: Callable[[Planner], Plan]) -> Response[bytes]:
        """The row of a plan that is one's own, or that one may change, once it is changed."""
        own = planner()
        _own(await done(lambda: own.find(plan)), by)
        return json_answer(_row(await done(lambda: change(own))))

    @get(
        "/v1/plans",
        opt={ACTION: "read_plans"},
        operation_id="list_plans",
        summary="Every plan, with how far it is",
        responses=answers_of("list_plans", ListedPlans, PLANS),
    )
    async def list_plans(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(ListedPlans([_row(each) for each in await asyncio.to_thread(planner().all)]))

    @post(
        "/v1/plans",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="ask_plan",
        operation_class=takes("A scenario, as TOML or as plain values.", PLAN_ASKED),
        summary="Have a scenario run, after those that wait before it",
        responses=answers_of("ask_plan", PlanRow, SHOWN_PLAN["row"]),
    )
    async def ask_plan(request: Request[Any, Token, Any]) -> Response[bytes]:
        asked, own = await body_of(request, AskedPlan), planner()
        ports = await directory_of(front)

        def ask() -> Plan:
            second = scenarios.parse(document_of(SentScenario(asked.toml, asked.scenario)), ports)
            first = second.base()
            if asked.against is not None:
                first = scenarios.parse(document_of(asked.against), ports)
                second = _alike(second, first)
            return own.ask(first, second, ports, request.auth.name, asked.note)

        return json_answer(_row(await done(ask)))

    @get(
        "/v1/plans/{plan:str}",
        opt={ACTION: "read_plans"},
        operation_id="read_plan",
        summary="A plan: both scenarios, how far it is, and what came out; this address can be shared",
        responses=answers_of("read_plan", ShownPlan, SHOWN_PLAN),
    )
    async def read_plan(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        own = planner()

        def look() -> tuple[Plan, bytes | None]:
            return own.find(plan), own.result(plan)

        found, outcome = await done(look)
        raw = msgspec.Raw(outcome if outcome is not None else b"null")
        return json_answer({"row": _row(found), "first": found.first, "second": found.second, "outcome": raw})

    @get(
        "/v1/plans/{plan:str}/outcome",
        opt={ACTION: "read_plans"},
        operation_id="plan_outcome",
        summary="What came out of a plan, as it is kept: to be taken elsewhere",
        responses=answers_of("plan_outcome", PlanOutcome, OUTCOME),
    )
    async def plan_outcome(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        own = planner()
        outcome = existing(await done(lambda: own.result(plan)))
        return json_answer(
            msgspec.Raw(outcome), {"Content-Disposition": f'attachment; filename="aforo-plan-{plan}.json"'}
        )

    @post(
        "/v1/plans/{plan:str}/cancel",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="cancel_plan",
        summary="Stop a plan, or take it out of the queue: one's own, a supervisor or an administrator any",
        responses=answers_of("cancel_plan", PlanRow, SHOWN_PLAN["row"]),
    )
    async def cancel_plan(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        return await changed(plan, request.auth, lambda own: own.cancel(plan))

    @post(
        "/v1/plans/{plan:str}/again",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="run_plan_again",
        summary="Have a plan run again that was cancelled or interrupted, or failed: one's own, or as who may stop it",
        responses=answers_of("run_plan_again", PlanRow, SHOWN_PLAN["row"]),
    )
    async def run_plan_again(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        return await changed(plan, request.auth, lambda own: own.again(plan, request.auth.name))

    @post(
        "/v1/plans/{plan:str}/kept",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="keep_plan",
        operation_class=takes("`kept`, and a note if there is one.", KEPT),
        summary="Keep a plan, so that it is not dropped to make room, or let it go",
        responses=answers_of("keep_plan", PlanRow, SHOWN_PLAN["row"]),
    )
    async def keep_plan(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        keeping = await body_of(request, Keeping)
        return await changed(plan, request.auth, lambda own: own.keep(plan, keeping.kept, keeping.note))

    @delete(
        "/v1/plans/{plan:str}",
        status_code=200,
        opt={ACTION: "run_plan"},
        operation_id="drop_plan",
        summary="Forget a plan that has ended: one's own, a supervisor or an administrator any",
        responses=answers_of("drop_plan", ListedPlans, PLANS),
    )
    async def drop_plan(request: Request[Any, Token, Any], plan: FromPath[str]) -> Response[bytes]:
        own = planner()
        _own(await done(lambda: own.find(plan)), request.auth)
        await done(lambda: own.drop(plan))
        return json_answer(ListedPlans([_row(each) for each in await asyncio.to_thread(own.all)]))

    return [list_plans, ask_plan, read_plan, plan_outcome, cancel_plan, run_plan_again, keep_plan, drop_plan]


def planner_of(front: Front) -> Planner:
    """The planner of a server. Raises ProblemError where it has none."""
    if front.planner is None:
        raise ProblemError("no_planner", 404)
    return front.planner


#: Threads of plans' own: who waits for an answer of the twin takes none from those who look at the log or sign in.
_BESIDE = ThreadPoolExecutor(MOST_WAITING + 4, "plans")


async def done(step: Callable[[], T]) -> T:
    """What a step gives, beside the loop. Raises ProblemError."""
    try:
        return await asyncio.get_running_loop().run_in_executor(_BESIDE, step)
    except ScenarioError as wrong:
        problem = Problem(0, wrong.place or "scenario", wrong.code, wrong.text)
        raise ProblemError("plan_refused", 422, problems=[problem]) from None
    except PlanError as wrong:
        if wrong.code == "plan_unknown":
            raise ProblemError("not_found", 404) from None
        if wrong.code in ("plan_quick_full", "plan_queue_full"):
            raise ProblemError("busy", 503, retry_after=2) from None
        problems = [Problem(0, "plan", wrong.code, wrong.text)]
        if wrong.code == "plan_not_kept":
            raise ProblemError("plan_refused", 503, problems=problems, retry_after=60) from None
        raise ProblemError("plan_refused", 422, problems=problems) from None


def _row(plan: Plan) -> PlanRow:
    return PlanRow(**{name: getattr(plan, name) for name in PlanRow.__struct_fields__})


def _own(plan: Plan, token: Token) -> None:
    """Raises ProblemError for a plan of somebody else, but for whom the policies let change those."""
    if plan.by != token.name and permitting(token.role, "change_plans", False) is None:
        raise ProblemError("forbidden", 403)


def _alike(second: Scenario, first: Scenario) -> Scenario:
    return msgspec.structs.replace(
        second, first=first.first, days=first.days, seed=first.seed, replications=first.replications
    )
