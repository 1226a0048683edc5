"""What the documents of the roads in force say: a corridor, the fences of all of them, the limits of alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.road_examples import CORRIDOR, FENCES, LIMITS
from aforo.flow import documents
from aforo.flow.node import Node
from aforo.flow.roads_shown import (
    CorridorContents,
    FenceShown,
    LimitShown,
    corridor_contents,
    fence_shown,
    limits_shown,
)
from aforo.log.tokens import Token

#: Fences in one answer.
MOST_FENCES = 500


class FencesAnswer(msgspec.Struct, frozen=True):
    """Fences of all documents in force, in their order; `total` is how many there are."""

    total: int
    fences: list[FenceShown]


class LimitsAnswer(msgspec.Struct, frozen=True):
    """The limits in force; `since` and `by` are missing while those that ship stand. `sources` are who stands behind
    what figures name; `assumed` is nobody."""

    name: str
    version: str
    since: datetime | None
    by: str | None
    figures: list[LimitShown]
    sources: dict[str, str]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/corridors/{road_name:str}",
        opt={ACTION: "read_roads"},
        operation_id="read_corridor",
        summary="What the document of a corridor in force says: its line, dead zones, stops and yards",
        responses=answers_of("read_corridor", CorridorContents, CORRIDOR),
    )
    async def read_corridor(request: Request[Any, Token, Any], road_name: FromPath[str]) -> Response[bytes]:
        name = named(road_name)

        def look(node: Node) -> CorridorContents | None:
            road = node.custody.roads.road(name)
            return None if road is None else corridor_contents(road)

        return json_answer(existing(await front.read(look)))

    @get(
        "/v1/fences",
        opt={ACTION: "read_roads"},
        operation_id="list_fences",
        summary="The fences in force, of all documents of fences",
        responses=answers_of("list_fences", FencesAnswer, FENCES),
    )
    async def list_fences(
        request: Request[Any, Token, Any],
        skip: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="Leave out so many first.")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_FENCES, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        def look(node: Node) -> FencesAnswer:
            found = node.custody.roads.fenced()
            return FencesAnswer(len(found), [fence_shown(each) for each in found[skip : skip + limit]])

        return json_answer(await front.read(look))

    @get(
        "/v1/alert-limits",
        opt={ACTION: "read_roads"},
        operation_id="read_alert_limits",
        summary="The limits of alerts in force: every figure with its unit and its source",
        responses=answers_of("read_alert_limits", LimitsAnswer, LIMITS),
    )
    async def read_alert_limits(request: Request[Any, Token, Any]) -> Response[bytes]:
        def look(node: Node) -> LimitsAnswer:
            made, stands = node.custody.roads.limits(), documents.standing(node.log, "limits", "alerts")
            since, by = (None, None) if stands is None else (stands.since, stands.by)
            return LimitsAnswer(made.name, made.version, since, by, limits_shown(made), dict(made.sources))

        return json_answer(await front.read(look))

    return [read_corridor, list_fences, read_alert_limits]
