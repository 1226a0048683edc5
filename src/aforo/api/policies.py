"""Policy documents: proposed by one person, tried on the record and in shadow, approved by another, and rolled back."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from functools import partial
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
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.plan_examples import WHAT_IF
from aforo.api.plans import done, planner_of
from aforo.api.policy_examples import (
    CHECKED_POLICY,
    POLICY_DIFFERENCE,
    POLICY_IMPACT,
    POLICY_PROPOSED,
    POLICY_SHADOW,
    POLICY_STEP,
    SHOWN_POLICIES,
    SHOWN_POLICY,
)
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.scenarios import directory_of
from aforo.api.what_if import WhatIfAnswered, answered
from aforo.bootstrap import renew_policy
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.node import Node
from aforo.flow.policies import FigureSet, PolicyStep, Recorded, RecordedPolicies
from aforo.flow.policy_draft import (
    EVERY_PORT,
    Changed,
    DraftError,
    Figure,
    Slug,
    Target,
    VersionName,
    changes,
    drafted,
    edited,
    stands,
)
from aforo.log.contention import retried
from aforo.log.store import ConcurrencyError
from aforo.log.tokens import Token
from aforo.routing.policy import Policy, PolicyError
from aforo.trials.plans.policies import question_of
from aforo.trials.policy_impact import PolicyImpact, policy_impact

T = TypeVar("T")

#: Crossings that an impact, or a shadow, looks at, at most.
MOST_CROSSINGS = 2_000
#: The day of the twin where none is named: a Tuesday of the busiest month of 2024.
A_DAY = date(2024, 10, 8)


class PolicyRow(msgspec.Struct, frozen=True):
    """One version. `stage` is draft, shadow, active, superseded (by a newer active one) or rolled_back; `installed`
    tells that a command was told to use it, or it ships, and nobody proposed it."""

    policy: str
    stage: str
    hash: str
    author: str
    installed: bool
    steps: tuple[PolicyStep, ...]


class ListedPolicies(msgspec.Struct, frozen=True):
    """Every version, and the one in force."""

    policies: list[PolicyRow]
    in_force: str


class ShownPolicy(msgspec.Struct, frozen=True):
    """One version with its document (TOML) and every figure with who set it."""

    version: PolicyRow
    document: str
    figures: list[FigureSet]


class DifferentFigure(msgspec.Struct, frozen=True):
    """A figure that differs; null where one of both does not have it."""

    path: str
    before: bool | float | str | None
    after: bool | float | str | None
    source_before: str | None
    source_after: str | None


class PolicyDifference(msgspec.Struct, frozen=True):
    """The figures that differ between two versions, in value or in source."""

    policy: str
    against: str
    figures: list[DifferentFigure]


class PolicyShadow(msgspec.Struct, frozen=True):
    """What would have differed since a version runs in shadow, as far as the last crossings tell; null where it does
    not run in shadow and never did. `until` is when it ended, null while it runs."""

    since: datetime | None
    until: datetime | None
    impact: PolicyImpact | None


class CheckedPolicy(msgspec.Struct, frozen=True):
    """A draft that is sound: its document as TOML, and how it differs from the version that it was made from."""

    policy: str
    document: str
    figures: list[DifferentFigure]


class Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole document in TOML, or figures to be set anew, and targets to be set or taken out, in the version
    `based_on` under a name and version."""

    document: Annotated[str, Meta(max_length=200_000)] | None = None
    based_on: Annotated[str, Meta(max_length=100)] | None = None
    name: Slug | None = None
    version: VersionName | None = None
    figures: Annotated[list[Figure], Meta(max_length=300)] = []
    targets: Annotated[list[Target], Meta(max_length=100)] = []


class PolicyStage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which stage a version is taken, and why: to roll it back needs a reason."""

    to: Literal["shadow", "active", "rolled_back"]
    reason: Annotated[str, Meta(max_length=1_000)] = ""


Crossings = Annotated[int, QueryParameter(ge=1, le=MOST_CROSSINGS, description="How many crossings are looked at.")]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/policies",
        opt={ACTION: "read_policy"},
        operation_id="list_policies",
        summary="Every version of the policy document, with its stage",
        responses=answers_of("list_policies", ListedPolicies, SHOWN_POLICIES),
    )
    async def list_policies(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(_listed))

    @get(
        "/v1/policies/{policy:str}",
        opt={ACTION: "read_policy"},
        operation_id="read_policy",
        summary="A version of the policy document (name@version): every figure with its source, who set it and when",
        responses=answers_of("read_policy", ShownPolicy, SHOWN_POLICY),
    )
    async def read_policy(request: Request[Any, Token, Any], policy: FromPath[str]) -> Response[bytes]:
        return json_answer(await _done(front.read(lambda node: _shown(policy, node))))

    @get(
        "/v1/policies/{policy:str}/difference",
        opt={ACTION: "read_policy"},
        operation_id="policy_difference",
        summary="How a version differs from another, by default from the one in force",
        responses=answers_of("policy_difference", PolicyDifference, POLICY_DIFFERENCE),
    )
    async def policy_difference(
        request: Request[Any, Token, Any],
        policy: FromPath[str],
        against: Annotated[str, QueryParameter(max_length=100, description="The other version.")] = "",
    ) -> Response[bytes]:
        return json_answer(await _done(front.read(lambda node: _difference(policy, against, node))))

    @get(
        "/v1/policies/{policy:str}/impact",
        opt={ACTION: "read_policy"},
        operation_id="policy_impact",
        summary="What a version would change, or, in force, has changed, among the crossings that were decided last",
        responses=answers_of("policy_impact", PolicyImpact, POLICY_IMPACT),
    )
    async def impact(
        request: Request[Any, Token, Any], policy: FromPath[str], crossings: Crossings = 500
    ) -> Response[bytes]:
        def tried(node: Node) -> PolicyImpact:
            found = _found(policy, node)
            return policy_impact(found.policy, found.code, node, crossings, other=_replaced(found, node))

        made = await _done(front.read(tried))
        if not made.crossings and not made.unreplayable:
            raise ProblemError("nothing_decided", 404)
        return json_answer(made)

    @get(
        "/v1/policies/{policy:str}/shadow",
        opt={ACTION: "read_policy"},
        operation_id="policy_shadow",
        summary="What would have differed while a version ran in shadow beside the one in force",
        responses=answers_of("policy_shadow", PolicyShadow, POLICY_SHADOW),
    )
    async def shadow(
        request: Request[Any, Token, Any], policy: FromPath[str], crossings: Crossings = 500
    ) -> Response[bytes]:
        return json_answer(await _done(front.read(lambda node: _shadow(policy, crossings, node))))

    @get(
        "/v1/policies/{policy:str}/twin",
        opt={ACTION: "run_plan"},
        operation_id="policy_twin",
        summary="How waits and detection would change in the twin, on one day at one bridge (synthetic)",
        responses=answers_of("policy_twin", WhatIfAnswered, WHAT_IF),
    )
    async def twin(
        request: Request[Any, Token, Any],
        policy: FromPath[str],
        bridge: Annotated[str, QueryParameter(min_length=1, max_length=120, description="`port/bridge`.")],
        day: Annotated[date | None, QueryParameter(description="A day of 2024, by default 8 October.")] = None,
    ) -> Response[bytes]:
        planner = planner_of(front)
        found = await _done(front.read(lambda node: (node.force.policy, _found(policy, node).policy)))
        asked = partial(question_of, *found, bridge, await directory_of(front), day or A_DAY)
        return json_answer(answered(await done(lambda: planner.quick.ask(asked()))))

    @post(
        "/v1/policies/check",
        status_code=200,
        opt={ACTION: "propose_policy"},
        operation_id="check_policy",
        operation_class=takes("As for a proposal: nothing is registered.", POLICY_PROPOSED),
        summary="Whether a draft is sound, and how it differs from what it was made from",
        responses=answers_of("check_policy", CheckedPolicy, CHECKED_POLICY),
    )
    async def check_policy(request: Request[Any, Token, Any]) -> Response[bytes]:
        proposed = await body_of(request, Proposed)
        return json_answer(await _done(front.read(lambda node: _checked(proposed, node))))

    @post(
        "/v1/policies",
        status_code=200,
        opt={ACTION: "propose_policy"},
        operation_id="propose_policy",
        operation_class=takes("A whole document, or figures set anew in a version that there is.", POLICY_PROPOSED),
        summary="Register a version of the policy document as a draft; whoever the token is of proposes it",
        responses=answers_of("propose_policy", ShownPolicy, SHOWN_POLICY),
    )
    async def propose_policy(request: Request[Any, Token, Any]) -> Response[bytes]:
        proposed, by = await body_of(request, Proposed), request.auth.name

        def propose(node: Node) -> ShownPolicy:
            document = _document(proposed, node)
            return _shown(RecordedPolicies(node.log, node.origin).add(document, by), node)

        return json_answer(await _done(front.do(propose)))

    @post(
        "/v1/policies/{policy:str}/stage",
        status_code=200,
        opt={ACTION: "promote_policy"},
        operation_id="promote_policy",
        operation_class=takes("`to`: shadow, active or rolled_back; this needs a `reason`.", POLICY_STEP),
        summary="Let a version run in shadow, put it in force, or roll it back; who proposed it approves nothing",
        responses=answers_of("promote_policy", ShownPolicy, SHOWN_POLICY),
    )
    async def promote_policy(request: Request[Any, Token, Any], policy: FromPath[str]) -> Response[bytes]:
        step, by = await body_of(request, PolicyStage), request.auth.name
        await refuse_named_persons(front, step, request.auth)
        return json_answer(await _done(front.do(lambda node: _promote(policy, step, by, node))))

    return [
        list_policies, read_policy, policy_difference, impact, shadow, twin, check_policy, propose_policy,
        promote_policy,
    ]  # fmt: skip


def _row(each: Recorded) -> PolicyRow:
    return PolicyRow(each.code, each.stage, each.hash, each.author, each.installed, each.steps)


def _listed(node: Node) -> ListedPolicies:
    found = RecordedPolicies(node.log).all(node.installed)
    policy = node.force.policy
    return ListedPolicies([_row(each) for each in found], f"{policy.name}@{policy.version}")


def _found(named: str, node: Node) -> Recorded:
    """A version. Raises PolicyError."""
    return RecordedPolicies(node.log).find(name_of(named) or "", node.installed)


def _shown(named: str, node: Node) -> ShownPolicy:
    recorded = RecordedPolicies(node.log)
    found = recorded.find(name_of(named) or "", node.installed)
    return ShownPolicy(_row(found), found.body.decode("utf-8"), recorded.figures_of(found, node.installed))


def _different(found: list[Changed]) -> list[DifferentFigure]:
    return [DifferentFigure(*each) for each in found]


def _difference(named: str, against: str, node: Node) -> PolicyDifference:
    found = _found(named, node)
    other = _found(against, node).policy if against else node.force.policy
    code = against or f"{other.name}@{other.version}"
    return PolicyDifference(found.code, code, _different(changes(other, found.policy)))


def _replaced(found: Recorded, node: Node) -> Policy | None:
    """What a version is tried against: the one in force, or, where it is in force itself, the one that it replaced."""
    active = [step.position for step in found.steps if step.stage == "active"]
    if found.policy != node.force.policy or not active:
        return None
    return RecordedPolicies(node.log).before(active[-1], node.installed)


def _shadow(named: str, crossings: int, node: Node) -> PolicyShadow:
    found = _found(named, node)
    begun = [place for place, step in enumerate(found.steps) if step.stage == "shadow"]
    if not begun:
        return PolicyShadow(None, None, None)
    start = found.steps[begun[-1]]
    ended = found.steps[begun[-1] + 1] if begun[-1] + 1 < len(found.steps) else None
    until = None if ended is None else ended.position
    # The evidence that an approval rests on: once the version is in force, it is not compared with itself.
    other = None if until is None else RecordedPolicies(node.log).before(until, node.installed)
    made = policy_impact(found.policy, found.code, node, crossings, other=other, since=start.position, until=until)
    return PolicyShadow(start.at, None if ended is None else ended.at, made)


def _document(proposed: Proposed, node: Node) -> bytes:
    """The document that is proposed. Raises DraftError, PolicyError."""
    whole = proposed.document is not None
    if whole == (proposed.based_on is not None) or (
        whole and (proposed.figures or proposed.targets or proposed.name or proposed.version)
    ):
        raise DraftError("policy_one_way", "", catalogue("aforo.api").template("policy_one_way"))
    if proposed.document is not None:
        stands(node.force.policy, drafted(document := proposed.document.encode("utf-8")))
        return document
    if proposed.version is None or not (proposed.figures or proposed.targets):
        raise DraftError("policy_one_way", "", catalogue("aforo.api").template("policy_one_way"))
    base = _found(proposed.based_on or "", node).policy
    ports = {each.code for each in node.live().ports}
    for target in proposed.targets:
        if target.port != EVERY_PORT and target.port not in ports:
            say = catalogue("aforo.routing").say
            raise DraftError("policy_target_port", target.path, say("policy_target_port", port=target.port))
    document = edited(base, proposed.name or base.name, proposed.version, proposed.figures, proposed.targets)
    stands(base, drafted(document))
    return document


def _checked(proposed: Proposed, node: Node) -> CheckedPolicy:
    document = _document(proposed, node)
    policy = drafted(document)
    base = node.force.policy if proposed.based_on is None else _found(proposed.based_on, node).policy
    return CheckedPolicy(f"{policy.name}@{policy.version}", document.decode("utf-8"), _different(changes(base, policy)))


def _promote(named: str, step: PolicyStage, by: str, node: Node) -> ShownPolicy:
    code = name_of(named) or ""
    RecordedPolicies(node.log, node.origin).promote(code, step.to, by, step.reason)
    try:
        retried(lambda: renew_policy(node))
    except ConcurrencyError as others:
        # The step is recorded, and this node has not taken it: it is dropped, and opened again with it.
        raise StaleNodeError(5) from others
    return _shown(code, node)


async def _done(step: Awaitable[T]) -> T:
    """What a step with a version gives. Raises ProblemError."""
    try:
        return await step
    except DraftError as wrong:
        raise _refused(wrong) from None
    except PolicyError as wrong:
        if wrong.code == "policy_unknown":
            raise ProblemError("not_found", 404) from None
        raise _refused(DraftError(wrong.code, "", wrong.text)) from None


def _refused(wrong: DraftError) -> ProblemError:
    return ProblemError("policy_refused", 422, problems=[Problem(0, wrong.place or "document", wrong.code, wrong.text)])
