"""The public feed, as anyone may fetch it, and its schema."""

from __future__ import annotations

import time
from email.utils import format_datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.feed_examples import FEED, SCHEMA
from aforo.api.front import Front
from aforo.api.responses import answers_of
from aforo.api.scoreboard import MOST_WEEKS, SAME_S
from aforo.flow.feed import Feed, feed_of, last_told, mark, schema
from aforo.flow.node import Node
from aforo.flow.scoreboard_shown import public_shown

#: Caches between may give an answer for as long as the server does itself.
_CACHED = f"public, max-age={SAME_S:.0f}"


class _Kept(NamedTuple):
    """An answer: when it was made by the machine's clock, its bytes, and what is said of it."""

    at: float
    told: bytes
    headers: dict[str, str]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    kept: dict[int, _Kept] = {}
    described = msgspec.json.encode(schema())

    @get(
        "/v1/feed",
        opt={ACTION: "read_public_scoreboard"},
        operation_id="read_feed",
        summary="The public feed: waits, incidents and inspection rates in one versioned form, each value with its age",
        responses=answers_of("read_feed", Feed, FEED),
    )
    async def read_feed(
        request: Request[Any, Any, Any],
        weeks: Annotated[
            int, QueryParameter(ge=1, le=MOST_WEEKS, description="So many of the weeks that were published last.")
        ] = 4,
    ) -> Response[bytes]:
        own = kept.get(weeks)
        if own is None or time.monotonic() - own.at > SAME_S:

            def look(node: Node) -> Feed:
                board = node.scoreboards()
                return feed_of(public_shown(board, node.live(), node.clock(), node.origin, weeks), board.measures)

            made = await front.read(look)
            # Weak, since ages differ where nothing else does.
            headers = {"ETag": f'W/"{mark(made)}"', "Cache-Control": _CACHED}
            if (last := last_told(made)) is not None:
                headers["Last-Modified"] = format_datetime(last.replace(microsecond=0), usegmt=True)
            own = kept[weeks] = _Kept(time.monotonic(), msgspec.json.encode(made), headers)
        if _has(request.headers.get("if-none-match", ""), own.headers["ETag"]):
            return Response(b"", status_code=304, headers=own.headers)
        return Response(own.told, media_type="application/json", headers=own.headers)

    @get(
        "/v1/feed/schema",
        opt={ACTION: "read_public_scoreboard"},
        operation_id="read_feed_schema",
        summary="The JSON Schema of the public feed",
        responses=answers_of("read_feed_schema", dict[str, Any], SCHEMA),
    )
    async def read_feed_schema() -> Response[bytes]:
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(described, media_type="application/json", headers=headers)

    return [read_feed, read_feed_schema]


def _has(said: str, tag: str) -> bool:
    """Whether a client's If-None-Match names a tag, compared weakly (RFC 9110, 13.1.2)."""
    plain = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (plain, "*") for each in said.split(","))
