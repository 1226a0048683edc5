"""Entities: what the memory holds of an importer, a carrier, a driver or another party.

The identifier is in the body, never in the path: it may be a person's, and paths are written down by whatever stands
between.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.examples import ENTITY, ENTITY_ASKED
from aforo.api.front import Front
from aforo.api.responses import answers_of, json_answer
from aforo.flow.entities import Entity, look_up
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
        responses=answers_of("read_entity", Entity, ENTITY),
    )
    async def read_entity(request: Request[Any, Token, Any]) -> Response[bytes]:
        asked, token = await body_of(request, Asked), request.auth
        found = await front.do(lambda node: look_up(asked.kind, asked.identifier, token.name, token.id, node))
        return json_answer(found)

    return [read_entity]
