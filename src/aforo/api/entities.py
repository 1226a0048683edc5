"""Entities: what the memory holds of an importer, a carrier, a driver or another party.

The identifier is in the body, never in the path: it may be a person's, and paths are written down by whatever stands
between.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, require
from aforo.api.body import body_of, takes
from aforo.api.case_examples import ENTITY_PAGE, HANDLE
from aforo.api.examples import ENTITY, ENTITY_ASKED
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import existing
from aforo.api.responses import answers_of, json_answer
from aforo.flow.entities import Entity, look_up
from aforo.flow.entity_shown import EntityPage, record_opening, show_entity
from aforo.log.tokens import Token
from aforo.risk.features import ENTITIES

Kind = Literal["importer", "exporter", "broker", "carrier", "driver", "tractor"]
assert set(get_args(Kind)) == set(ENTITIES)


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party by its kind and identifier, as declarations name it; its spelling does not matter."""

    kind: Kind
    identifier: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/entities/lookup",
        status_code=200,
        opt={ACTION: "read_entity"},
        operation_id="read_entity",
        operation_class=takes("`kind` and `identifier`.", ENTITY_ASKED),
        summary="What the memory holds of a party; who asks is recorded",
        responses=answers_of("read_entity", Entity, ENTITY | {"handle": HANDLE}),
    )
    async def read_entity(request: Request[Any, Token, Any]) -> Response[bytes]:
        asked, token = await body_of(request, Asked), request.auth
        found = await front.do(lambda node: look_up(asked.kind, asked.identifier, token.name, token.id, node))
        return json_answer(found)

    @get(
        "/v1/entities/{handle:str}",
        opt={ACTION: "read_entity"},
        operation_id="open_entity",
        summary="A party by its handle: history, memory, links, hits and challenges; who reads it is recorded",
        responses=answers_of("open_entity", EntityPage, ENTITY_PAGE),
    )
    async def open_entity(
        request: Request[Any, Token, Any],
        handle: FromPath[str],
        names: Annotated[bool, QueryParameter(description="Name it too. Who asks is recorded.")] = False,
    ) -> Response[bytes]:
        token, called = request.auth, name_of(handle) or ""
        if names:
            require(token, "read_persons", False)
        found = existing(await front.read(lambda node: show_entity(called, node, names=names)))
        page = found
        return json_answer(await front.do(lambda node: record_opening(page, token.name, token.id, node)))

    return [read_entity, open_entity]
