"""Rules: versioned documents, proposed by one person, tried in shadow, and approved by another."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.desk import StaleNodeError
from aforo.api.examples import IMPACT, RULE, RULE_STEP, SHOWN_RULE
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.policy_examples import RULE_SHADOW
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.bootstrap import renew_rules
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.flow.node import Node
from aforo.flow.rule_shadow import RuleShadow, RuleStep, rule_shadow, shadow_period, steps_of
from aforo.log.contention import retried
from aforo.log.store import ConcurrencyError, Log
from aforo.log.tokens import Token
from aforo.risk.rules import RuleDocument, RuleError
from aforo.risk.rules.document import check
from aforo.risk.rules.impact import Impact
from aforo.risk.rules.recorded import RecordedRules
from aforo.trials.recorded import impact_on_record

T = TypeVar("T")

#: Crossings that an impact looks at, at most.
MOST_CROSSINGS = 5_000


class ShownRule(msgspec.Struct, frozen=True):
    """One version of a rule. `stage` is draft, shadow, active, superseded (by a newer active one) or rolled_back;
    `steps` are those that were taken with it, none with one that ships."""

    rule: str
    stage: str
    hash: str
    document: RuleDocument
    steps: tuple[RuleStep, ...] = ()


class ShownShadow(msgspec.Struct, frozen=True):
    """What a version did in shadow, null where it never ran so; and while it does, what it would have changed there at
    the rate in force."""

    shadow: RuleShadow | None
    impact: Impact | None


class ListedRules(msgspec.Struct, frozen=True):
    """Every version of every rule."""

    rules: list[ShownRule]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which stage a version is taken, and why: to roll it back needs a reason."""

    to: Literal["shadow", "active", "rolled_back"]
    reason: Annotated[str, Meta(max_length=1_000)] = ""


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/rules",
        opt={ACTION: "read_rules"},
        operation_id="list_rules",
        summary="Every version of every rule, with its stage",
        responses=answers_of("list_rules", ListedRules, {"rules": [SHOWN_RULE]}),
    )
    async def list_rules(request: Request[Any, Token, Any]) -> Response[bytes]:
        shown = await front.read(lambda node: ListedRules(_rules(node.log)))
        return json_answer(shown)

    @get(
        "/v1/rules/{rule:str}",
        opt={ACTION: "read_rules"},
        operation_id="read_rule",
        summary="A rule: the version that is named (id@version), else the one that was registered last",
        responses=answers_of("read_rule", ShownRule, SHOWN_RULE),
    )
    async def read_rule(request: Request[Any, Token, Any], rule: FromPath[str]) -> Response[bytes]:
        shown = await _done(front.read(lambda node: _rule(rule, node.log)))
        return json_answer(shown)

    @get(
        "/v1/rules/{rule:str}/impact",
        opt={ACTION: "read_rules"},
        operation_id="rule_impact",
        summary="What a rule would have changed among the crossings that this node decided last",
        responses=answers_of("rule_impact", Impact, IMPACT),
    )
    async def rule_impact(
        request: Request[Any, Token, Any],
        rule: FromPath[str],
        rate: Annotated[
            float | None,
            QueryParameter(gt=0.0, le=1.0, description="The share of examinations; by default as many as there were."),
        ] = None,
        crossings: Annotated[
            int, QueryParameter(ge=1, le=MOST_CROSSINGS, description="How many crossings are looked at.")
        ] = 1_000,
    ) -> Response[bytes]:
        made = await _done(
            front.read(lambda node: impact_on_record(_rule(rule, node.log).document, rate, crossings, node))
        )
        if made is None:
            raise ProblemError("nothing_decided", 404)
        return json_answer(made)

    @get(
        "/v1/rules/{rule:str}/shadow",
        opt={ACTION: "read_rules"},
        operation_id="rule_shadow",
        summary="What a version did in shadow: on which crossings it fired, and what was found in those examined",
        responses=answers_of("rule_shadow", ShownShadow, RULE_SHADOW),
    )
    async def shadow(
        request: Request[Any, Token, Any],
        rule: FromPath[str],
        crossings: Annotated[
            int, QueryParameter(ge=1, le=MOST_CROSSINGS, description="How many crossings are looked at.")
        ] = 1_000,
    ) -> Response[bytes]:
        return json_answer(await _done(front.read(lambda node: _shadow(rule, crossings, node))))

    @post(
        "/v1/rules",
        status_code=200,
        opt={ACTION: "propose_rule"},
        operation_id="propose_rule",
        operation_class=takes("A rule document. Its author is whoever the token is of.", RULE),
        summary="Register a rule as a draft",
        responses=answers_of("propose_rule", ShownRule, SHOWN_RULE),
    )
    async def propose_rule(request: Request[Any, Token, Any]) -> Response[bytes]:
        document, by = await body_of(request, RuleDocument), request.auth.name
        await refuse_named_persons(front, document, request.auth)
        if document.author.strip().casefold() != by.strip().casefold():
            raise _refused("rule_author", catalogue("aforo.api").template("rule_author"))
        shown = await _done(front.do(lambda node: _propose(document, by, node)))
        return json_answer(shown)

    @post(
        "/v1/rules/{rule:str}/stage",
        status_code=200,
        opt={ACTION: "promote_rule"},
        operation_id="promote_rule",
        operation_class=takes("`to`: shadow, active or rolled_back; this needs a `reason`.", RULE_STEP),
        summary="Let a rule run in shadow, activate it, or roll it back; its author approves nothing",
        responses=answers_of("promote_rule", ShownRule, SHOWN_RULE),
    )
    async def promote_rule(request: Request[Any, Token, Any], rule: FromPath[str]) -> Response[bytes]:
        step, by = await body_of(request, Step), request.auth.name
        await refuse_named_persons(front, step, request.auth)
        shown = await _done(front.do(lambda node: _promote(rule, step, by, node)))
        return json_answer(shown)

    return [list_rules, read_rule, rule_impact, shadow, propose_rule, promote_rule]


def _rules(log: Log) -> list[ShownRule]:
    recorded = RecordedRules(log)
    registry = recorded.registry()
    return [
        ShownRule(
            f"{each.rule}@{each.version}",
            registry.stage_of(each),
            each.hash,
            recorded.document(each),
            steps_of(log, each.rule, each.hash),
        )
        for _, each in sorted(registry.versions.items())
    ]


def _rule(named: str, log: Log) -> ShownRule:
    """A version. Raises RuleError."""
    rule, _, version = (name_of(named) or "").partition("@")
    recorded = RecordedRules(log)
    registry = recorded.registry()
    found = registry.find(rule, version or None)
    return ShownRule(
        f"{found.rule}@{found.version}", registry.stage_of(found), found.hash, recorded.document(found),
        steps_of(log, found.rule, found.hash),
    )  # fmt: skip


def _shadow(named: str, crossings: int, node: Node) -> ShownShadow:
    shown = _rule(named, node.log)
    period = shadow_period(shown.steps)
    if period is None:
        return ShownShadow(None, None)
    begun, ended = period
    made = rule_shadow(shown.rule, begun, ended, node.log, crossings)
    impact = None if ended else impact_on_record(shown.document, None, crossings, node, begun.position)
    return ShownShadow(made, impact)


def _propose(document: RuleDocument, by: str, node: Node) -> ShownRule:
    RecordedRules(node.log).add(check(document), by)
    return _rule(document.code, node.log)


def _promote(named: str, step: Step, by: str, node: Node) -> ShownRule:
    before = _rule(named, node.log)
    rule, _, version = before.rule.partition("@")
    RecordedRules(node.log).promote(rule, version, step.to, by, step.reason)
    try:
        retried(lambda: renew_rules(node))
    except ConcurrencyError as others:
        # The step is recorded, and this node has not taken it: it is dropped, and opened again with it.
        raise StaleNodeError(5) from others
    return _rule(before.rule, node.log)


async def _done(step: Awaitable[T]) -> T:
    """What a step with a rule gives. Raises ProblemError."""
    try:
        return await step
    except RuleError as wrong:
        if wrong.code == "rule_unknown":
            raise ProblemError("not_found", 404) from None
        raise _refused(wrong.code, wrong.text) from None


def _refused(code: str, reason: Text) -> ProblemError:
    return ProblemError("rule_refused", 422, problems=[Problem(0, "request", code, reason)])
