"""Scenarios of the twin: those that ship, and one that somebody writes, looked at before it is run."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.plan_examples import CHECKED_SCENARIO, SCENARIO, SCENARIO_SENT, SCENARIOS
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.domain.toml import written
from aforo.log.tokens import Token
from aforo.ports import shipped as ships
from aforo.ports.directory import Directory
from aforo.trials.plans.plan import Size, size_of
from aforo.twin import scenario as scenarios
from aforo.twin.scenario import ScenarioError


class ListedScenario(msgspec.Struct, frozen=True):
    """A scenario that ships: what it asks, where and how long, and how many changes it makes."""

    name: str
    title: Text
    ports: tuple[str, ...]
    days: int
    replications: int
    changes: int


class ListedScenarios(msgspec.Struct, frozen=True):
    """The scenarios that ship with the product."""

    scenarios: list[ListedScenario]


class ShownScenario(msgspec.Struct, frozen=True):
    """A scenario as a document (TOML) and as plain values, to start one's own from."""

    name: str
    toml: str
    scenario: dict[str, Any]


class SentScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario as a document (TOML), or as the plain values of one."""

    toml: Annotated[str, Meta(max_length=scenarios.MOST_BYTES)] | None = None
    scenario: dict[str, Any] | None = None


class Wrong(msgspec.Struct, frozen=True):
    """Something that is wrong with a scenario, and where; the whole of it where `place` is empty."""

    place: str
    code: str
    reason: Text


class CheckedScenario(msgspec.Struct, frozen=True):
    """A scenario that was looked at: what is wrong with it, and, where nothing is, its forms and its size."""

    problems: list[Wrong]
    toml: str | None
    scenario: dict[str, Any] | None
    size: Size | None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/scenarios",
        opt={ACTION: "read_plans"},
        operation_id="list_scenarios",
        summary="The scenarios that ship with the product",
        responses=answers_of("list_scenarios", ListedScenarios, SCENARIOS),
    )
    async def list_scenarios(request: Request[Any, Token, Any]) -> Response[bytes]:
        found = [scenarios.parse(document, ships.directory()) for document in scenarios.ready().values()]
        return json_answer(
            ListedScenarios(
                [
                    ListedScenario(
                        each.name,
                        Text(each.title.en, each.title.es),
                        each.ports,
                        each.days,
                        each.replications,
                        len(each.change),
                    )
                    for each in found
                ]
            )
        )

    @get(
        "/v1/scenarios/{scenario:str}",
        opt={ACTION: "read_plans"},
        operation_id="read_scenario",
        summary="A scenario that ships, to start one's own from",
        responses=answers_of("read_scenario", ShownScenario, SCENARIO),
    )
    async def read_scenario(request: Request[Any, Token, Any], scenario: FromPath[str]) -> Response[bytes]:
        document = existing(scenarios.ready().get(scenario))
        own = scenarios.parse(document, ships.directory())
        return json_answer(ShownScenario(own.name, document.decode("utf-8"), scenarios.plain(own)))

    @post(
        "/v1/scenarios/check",
        status_code=200,
        opt={ACTION: "read_plans"},
        operation_id="check_scenario",
        operation_class=takes("A scenario as TOML, or as plain values.", SCENARIO_SENT),
        summary="What is wrong with a scenario, in words at its place; else its forms and its size",
        responses=answers_of("check_scenario", CheckedScenario, CHECKED_SCENARIO),
    )
    async def check_scenario(request: Request[Any, Token, Any]) -> Response[bytes]:
        sent = await body_of(request, SentScenario)
        document = document_of(sent)
        return json_answer(await asyncio.to_thread(_checked, document, await directory_of(front)))

    return [list_scenarios, read_scenario, check_scenario]


async def directory_of(front: Front) -> Directory:
    """The port documents that the node has in force, and those that ship for all other ports."""
    return await front.read(lambda node: node.live().directory)


def document_of(sent: SentScenario) -> bytes:
    """The TOML of what was sent. Raises ProblemError."""
    if (sent.toml is None) == (sent.scenario is None):
        raise _refused("plan_one_way")
    if sent.toml is not None:
        return sent.toml.encode("utf-8")
    try:
        return written(sent.scenario or {}).encode("utf-8")
    except (TypeError, RecursionError):
        raise _refused("plan_not_plain") from None


def _checked(document: bytes, ports: Directory) -> CheckedScenario:
    found = scenarios.faults(document, ports)
    if not found:
        scenario = scenarios.parse(document, ports)
        try:
            size = size_of(scenario.base(), scenario, ports)
        except ScenarioError as wrong:
            found = [wrong]
        else:
            plain = scenarios.plain(scenario)
            return CheckedScenario([], written(plain), plain, size)
    return CheckedScenario([Wrong(each.place, each.code, each.text) for each in found], None, None, None)


def _refused(code: str) -> ProblemError:
    return ProblemError(
        "plan_refused", 422, problems=[Problem(0, "scenario", code, catalogue("aforo.api").template(code))]
    )
