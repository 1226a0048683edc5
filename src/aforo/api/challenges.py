"""Challenges: a carrier contests a decision or a record of its own, and a person answers by a deadline."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, permitting
from aforo.api.body import body_of, takes
from aforo.api.examples import ANSWER, CHALLENGE, LISTED_CHALLENGES, OPENED_CHALLENGE, SHOWN_CHALLENGE
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.challenge import ChallengeRefusedError, Enclosed
from aforo.flow.challenge import NothingContestedError
from aforo.flow.contested import (
    Asker,
    OpenedChallenge,
    ShownChallenge,
    answer_challenge,
    file_challenge,
    find_challenge,
    list_challenges,
    open_challenge,
)
from aforo.flow.node import Node
from aforo.log.tokens import Token

T = TypeVar("T")


class Contested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is contested (a crossing, a declaration, a decision, an examination or its record), by whom, and why."""

    which: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    statement: str
    party: Literal["carrier", "driver", "importer", "exporter", "broker"] = "carrier"
    documents: Annotated[tuple[Enclosed, ...], msgspec.Meta(max_length=50)] = ()


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer. Its reason is recorded in clear for ever and told to who contests: it must not name a person."""

    verdict: Literal["upheld", "dismissed"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class ListedChallenges(msgspec.Struct, frozen=True):
    """Challenges, the most urgent first; `now` is the instant of the node's clock."""

    now: datetime
    challenges: list[ShownChallenge]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/challenges",
        status_code=200,
        opt={ACTION: "file_challenge"},
        operation_id="file_challenge",
        operation_class=takes(
            "`which`, `statement`, and up to five `documents` of 256 kB each, base64; `party` where it is not the"
            " carrier.",
            CHALLENGE,
        ),
        summary="Contest a decision or a record; the same challenge again is the one that stands",
        responses=answers_of("file_challenge", ShownChallenge, SHOWN_CHALLENGE),
    )
    async def file(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, token = await body_of(request, Contested), request.auth
        asker = _asker(token, "file_challenge")
        if asker.carriers is not None and said.party != "carrier":
            raise _refused("challenge_not_a_party")
        shown = await _done(
            front.do(lambda node: file_challenge(said.which, said.party, said.statement, said.documents, asker, node))
        )
        return json_answer(shown)

    @get(
        "/v1/challenges",
        opt={ACTION: "read_challenge"},
        operation_id="list_challenges",
        summary="Challenges with their deadlines: a carrier's own, an officer's all",
        responses=answers_of("list_challenges", ListedChallenges, LISTED_CHALLENGES),
    )
    async def listed(
        request: Request[Any, Token, Any],
        answered: Annotated[bool, QueryParameter(description="Those too that have an answer.")] = False,
    ) -> Response[bytes]:
        asker = _asker(request.auth, "read_challenge")

        def look(node: Node) -> ListedChallenges:
            return ListedChallenges(node.clock(), list_challenges(asker, node, answered=answered))

        return json_answer(await front.read(look))

    @get(
        "/v1/challenges/{challenge:str}",
        opt={ACTION: "read_challenge"},
        operation_id="read_challenge",
        summary="How a challenge stands: its state, its answer and until when one is due",
        responses=answers_of("read_challenge", ShownChallenge, SHOWN_CHALLENGE),
    )
    async def read(request: Request[Any, Token, Any], challenge: FromPath[str]) -> Response[bytes]:
        name, asker = name_of(challenge) or "", _asker(request.auth, "read_challenge")
        shown = await _done(front.read(lambda node: find_challenge(name, asker, node)))
        return json_answer(shown)

    @get(
        "/v1/challenges/{challenge:str}/documents",
        opt={ACTION: "open_challenge"},
        operation_id="open_challenge",
        summary="What was said and enclosed; who asks is recorded",
        responses=answers_of("open_challenge", OpenedChallenge, OPENED_CHALLENGE),
    )
    async def open_(request: Request[Any, Token, Any], challenge: FromPath[str]) -> Response[bytes]:
        name, token = name_of(challenge) or "", request.auth
        shown = await _done(front.do(lambda node: open_challenge(name, token.name, token.id, node)))
        return json_answer(shown)

    @post(
        "/v1/challenges/{challenge:str}/answer",
        status_code=200,
        opt={ACTION: "answer_challenge"},
        operation_id="answer_challenge",
        operation_class=takes("`verdict` (upheld or dismissed) and `reason`.", ANSWER),
        summary="Answer a challenge; upheld against a record, it withdraws that",
        responses=answers_of("answer_challenge", ShownChallenge, SHOWN_CHALLENGE),
    )
    async def answer(request: Request[Any, Token, Any], challenge: FromPath[str]) -> Response[bytes]:
        said, name, by = await body_of(request, Verdict), name_of(challenge) or "", request.auth.name
        shown = await _done(front.do(lambda node: answer_challenge(name, said.verdict, by, said.reason, node)))
        return json_answer(shown)

    return [file, listed, read, open_, answer]


def _asker(token: Token, action: str) -> Asker:
    bound = permitting(token.role, action, False) is None
    # A carrier names its own tokens: such a name is nobody's.
    return Asker(token.id, frozenset(token.carriers)) if bound else Asker(token.name)


async def _done(step: Awaitable[T]) -> T:
    """What a step with a challenge gives. Raises ProblemError."""
    try:
        return await step
    except NothingContestedError:
        raise ProblemError("not_found", 404) from None
    except ChallengeRefusedError as refused:
        raise _refused(refused.code) from None


def _refused(code: str) -> ProblemError:
    return ProblemError(
        "challenge_refused", 422, problems=[Problem(0, "request", code, catalogue("aforo.exams").template(code))]
    )
