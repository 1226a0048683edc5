"""The console's live stream: the state of what a page shows, whole at first and then what changes (server-sent events,
WHATWG HTML section 9.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter
from litestar.response import Stream

from aforo.api.access import ACTION, permitting
from aforo.api.front import Front
from aforo.api.hearing import TooManyStreamsError
from aforo.api.live_hub import Listener, LiveHub
from aforo.api.live_says import BoardSaid, BridgesSaid, HelloSaid, TouchedSaid
from aforo.api.live_topics import ACTIONS, HEAR_CLOCK, Ticking, Topic, topics_of
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of
from aforo.api.server import PATIENCE
from aforo.log.tokens import Token

#: The example of a stream in the OpenAPI document.
_EXAMPLE = (
    'event: hello\ndata: {"boot":"8f0c","now":"2026-03-02T13:15:00Z","synthetic":false,"clock":null}\n\n'
    'event: touched\ndata: {"topics":["alerts"]}\n\n'
)
_TOPICS = (
    "Comma-separated, each percent-encoded: `bridges`, `board:BRIDGE`, `alerts`, `responses`, `crossing:ID`,"
    " `entity:HANDLE`, `rules`, `challenges`, `measures`, `edges`, `incidents`, `clock`."
)


def routes(front: Front, hub: LiveHub) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    stream = ResponseSpec(
        cast("type[Any]", HelloSaid | BridgesSaid | BoardSaid | TouchedSaid | Ticking),
        description="A stream of server-sent events: `hello`, `bridges`, `board`, `touched`, `clock`; `data` is JSON,"
        " which the schema describes in the order of these events. Each connection begins with the whole state of its"
        " topics. `beat` comes every ten seconds: where it does not, the connection is lost.",
        media_type="text/event-stream",
        generate_examples=False, examples=[Example(id="live", value=_EXAMPLE)],
    )  # fmt: skip

    @get(
        "/v1/live",
        opt={ACTION: HEAR_CLOCK},
        operation_id="hear_live",
        summary="The state of what a page shows, whole at first and then what changes",
        responses={**answers_of("hear_live", str, {}), 200: stream},
        media_type="text/event-stream",
    )
    async def hear_live(
        request: Request[Any, Token, Any],
        topics: Annotated[str, QueryParameter(description=_TOPICS, examples=[Example(value="bridges,alerts")])],
        seconds: Annotated[
            float | None, QueryParameter(description="End after so many seconds.", ge=0, le=86_400)
        ] = None,
    ) -> Stream:
        token = request.auth
        wanted = await _allowed(topics_of(topics), token, front)
        try:
            hub.admit(token.id, wanted)
        except TooManyStreamsError as error:
            if error.own:
                raise ProblemError("too_many_streams", 429, retry_after=10) from None
            raise ProblemError("too_many_streams", 503, retry_after=30) from None
        packed = "gzip" in request.headers.get("accept-encoding", "")
        listener = Listener(token.id, frozenset(wanted), packed, front.access.holding(request))
        taken = (request.scope.get("extensions") or {}).get(PATIENCE)
        patience: Callable[[], None] = taken if callable(taken) else lambda: None
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept-Encoding"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Stream(hub.hear(listener, seconds, patience), media_type="text/event-stream", headers=headers)

    return [hear_live]


async def _allowed(asked: list[Topic], token: Token, front: Front) -> list[Topic]:
    """The topics, where every one of them may be heard and its bridge exists. Raises ProblemError."""
    for topic in asked:
        if permitting(token.role, ACTIONS[topic.kind], False) is None:
            raise ProblemError("topic_forbidden", 403)
    boards = [topic.name for topic in asked if topic.kind == "board"]
    if boards and not await front.read(lambda node: all(node.live().has(name) for name in boards)):
        raise ProblemError("not_found", 404)
    # Alerts are not for everyone who sees bridges: how many there are is said to those for whom they are.
    alerts = permitting(token.role, ACTIONS["alerts"], False) is not None
    return [Topic("bridges", "alerts") if topic.kind == "bridges" and alerts else topic for topic in asked]
