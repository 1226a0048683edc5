"""Lists of denied and sanctioned parties: which are in use, whom a name resembles, and what persons say of hits."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, require
from aforo.api.body import body_of, takes
from aforo.api.examples import CHECKED_NAME, HIT_ANSWER, LISTED, NAME_ASKED, SHOWN_HIT
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.domain.watchlist import Freshness, PartyKind, Publisher
from aforo.flow.hits import HitRefusedError, NoHitError, ShownHit, answer_hit, hit, hit_with_name, hits
from aforo.flow.listed_names import Found, found_of
from aforo.flow.node import Node
from aforo.log.tokens import Token
from aforo.risk.screening import Party
from aforo.risk.screening.in_use import alarms

T = TypeVar("T")


class ListInUse(msgspec.Struct, frozen=True):
    """One publisher's list; `freshness` and what follows are null where there is none, which is an alarm."""

    publisher: Publisher
    entries: int
    freshness: Freshness | None
    fetched_at: datetime | None
    published_at: datetime | None
    digest: str | None


class ListsAnswer(msgspec.Struct, frozen=True):
    """The lists that names are screened against. `alarms` are the publishers whose list is missing or stale: a name
    without a hit is then not cleared."""

    screening: bool
    lists: list[ListInUse]
    alarms: list[Publisher]


class NameAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party to be compared: `born` is a year or a day; identifiers sharpen the answer."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    kind: PartyKind = "unknown"
    born: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")] | None = None
    identifiers: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=100)], ...], msgspec.Meta(max_length=10)] = ()


class NameChecked(msgspec.Struct, frozen=True):
    """Whom the name resembles, the most alike first; see `ListsAnswer` for the alarms."""

    hits: list[Found]
    alarms: list[Publisher]


class HitAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of a hit; the reason is recorded in clear for ever, and must not name a person."""

    verdict: Literal["confirmed", "dismissed"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class ListedHits(msgspec.Struct, frozen=True):
    """Hits, the oldest first."""

    hits: list[ShownHit]
    alarms: list[Publisher]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/lists",
        opt={ACTION: "read_lists"},
        operation_id="read_lists",
        summary="The lists in use, with their age; a stale or missing one is an alarm",
        responses=answers_of("read_lists", ListsAnswer, LISTED),
    )
    async def read_lists(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(_in_use))

    @post(
        "/v1/lists/check",
        status_code=200,
        opt={ACTION: "check_lists"},
        operation_id="check_lists",
        operation_class=takes("`name`, and `kind`, `born` and `identifiers` where they are known.", NAME_ASKED),
        summary="Whom a name resembles on the lists, and why",
        responses=answers_of("check_lists", NameChecked, CHECKED_NAME),
    )
    async def check_lists(request: Request[Any, Token, Any]) -> Response[bytes]:
        asked = await body_of(request, NameAsked)
        # By the desk: what compares names is not to be shared between threads.
        made = await front.do(lambda node: _check(asked, node))
        if made is None:
            raise ProblemError("no_lists", 404)
        return json_answer(made)

    @get(
        "/v1/lists/hits",
        opt={ACTION: "read_hits"},
        operation_id="list_hits",
        summary="The hits that wait for a person",
        responses=answers_of("list_hits", ListedHits, {"hits": [SHOWN_HIT], "alarms": []}),
    )
    async def list_hits(
        request: Request[Any, Token, Any],
        answered: Annotated[bool, QueryParameter(description="Those too that have an answer.")] = False,
    ) -> Response[bytes]:
        def read(node: Node) -> ListedHits:
            return ListedHits(hits(node.asking, node.lists(), answered=answered), _in_use(node).alarms)

        return json_answer(await front.read(read))

    @get(
        "/v1/lists/hits/{hit_id:str}",
        opt={ACTION: "read_hits"},
        operation_id="read_hit",
        summary="A hit: the entry, the score's parts and why; reading the party's name is recorded",
        responses=answers_of("read_hit", ShownHit, SHOWN_HIT),
    )
    async def read_hit(
        request: Request[Any, Token, Any],
        hit_id: FromPath[str],
        persons: Annotated[bool, QueryParameter(description="Show the party's name. Who asks is recorded.")] = False,
    ) -> Response[bytes]:
        token, name = request.auth, name_of(hit_id) or ""
        if persons:
            require(token, "read_persons", False)
            shown = await _done(
                front.do(lambda node: hit_with_name(node.log, name, node.lists(), token.name, token.id))
            )
        else:
            shown = await _done(front.read(lambda node: hit(node.log, name, node.lists())))
        return json_answer(shown)

    @post(
        "/v1/lists/hits/{hit_id:str}/answer",
        status_code=200,
        opt={ACTION: "answer_hit"},
        operation_id="answer_hit",
        operation_class=takes("`verdict` (confirmed or dismissed) and `reason`.", HIT_ANSWER),
        summary="Confirm or dismiss a hit: it is remembered for this party and this entry",
        responses=answers_of("answer_hit", ShownHit, SHOWN_HIT),
    )
    async def answer(request: Request[Any, Token, Any], hit_id: FromPath[str]) -> Response[bytes]:
        said, by, name = await body_of(request, HitAnswer), request.auth.name, name_of(hit_id) or ""
        shown = await _done(
            front.do(lambda node: answer_hit(node.log, name, said.verdict, by, said.reason, node.lists()))
        )
        return json_answer(shown)

    return [read_lists, check_lists, list_hits, read_hit, answer]


def _in_use(node: Node) -> ListsAnswer:
    lists = node.lists()
    if lists is None:
        return ListsAnswer(False, [], [])
    fresh = lists.freshness(node.clock())
    told = []
    for publisher, freshness in fresh.items():
        if freshness is None:
            told.append(ListInUse(publisher, 0, None, None, None, None))
            continue
        own = lists.of(publisher)
        told.append(ListInUse(publisher, len(own.entries), freshness, own.fetched_at, own.published_at, own.digest))
    return ListsAnswer(True, told, alarms(fresh))


def _check(asked: NameAsked, node: Node) -> NameChecked | None:
    lists = node.lists()
    if lists is None:
        return None
    (found,) = lists.screener.screen([Party(asked.name, asked.kind, asked.born, asked.identifiers)])
    return NameChecked([found_of(each) for each in found], alarms(lists.freshness(node.clock())))


async def _done(step: Awaitable[T]) -> T:
    """What a step with a hit gives. Raises ProblemError."""
    try:
        return await step
    except NoHitError:
        raise ProblemError("not_found", 404) from None
    except HitRefusedError as refused:
        reason = catalogue("aforo.flow").template(refused.code)
        raise ProblemError("hit_refused", 422, problems=[Problem(0, "request", refused.code, reason)]) from None
