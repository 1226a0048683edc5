"""The live stream: events as they get their place in the log (server-sent events, WHATWG HTML section 9.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from aforo.api.access import ACTION, permitting
from aforo.api.desk import DeskClosedError
from aforo.api.front import Front
from aforo.api.hearing import Ear, Hub, TooManyStreamsError
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of
from aforo.api.server import PATIENCE
from aforo.flow.announced import ANNOUNCED
from aforo.log.tokens import Token

#: The example of a stream in the OpenAPI document.
_EXAMPLE = (
    "id: 4711\nevent: crossing.decided\n"
    'data: {"event_id":"1k2f0e9s8q7h3d5b9b00002","at":"2026-03-02T13:15:00Z","crossing_id":"ABCD-TRIP-0071",'
    '"examination":"hold","basis":"mandatory","again":false}\n\n'
)
_ACTIONS = frozenset(action for action, _ in ANNOUNCED.values())
_MOST_DIGITS = 18


def routes(front: Front, hub: Hub) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    stream = ResponseSpec(
        str, description="A stream of server-sent events: `id` is the leaf of the event in the log, `event` its type,"
        " `data` JSON. A carrier receives `filing.status` alone.", media_type="text/event-stream",
        generate_examples=False, examples=[Example(id="hear", value=_EXAMPLE)],
    )  # fmt: skip

    @get(
        "/v1/events",
        opt={ACTION: "hear"},
        operation_id="hear",
        summary="Events as they happen; resumes behind Last-Event-ID without a gap or a repetition",
        responses={**answers_of("hear", str, {}), 200: stream},
        media_type="text/event-stream",
    )
    async def hear(
        request: Request[Any, Token, Any],
        last_event_id: Annotated[
            str | None, HeaderParameter(name="Last-Event-ID", description="The last `id` that you have received.")
        ] = None,
        after: Annotated[
            int | None,
            QueryParameter(
                description="The same, for who cannot set the header; -1 is from the first event on.", ge=-1
            ),
        ] = None,
        seconds: Annotated[
            float | None, QueryParameter(description="End after so many seconds.", ge=0, le=86_400)
        ] = None,
    ) -> Stream:
        token = request.auth
        begin = after if last_event_id is None else _leaf(last_event_id)
        ear = _ear(token, front.access.holding(request), front)
        if begin is not None and not await hub.known(begin):
            # Who hears its own alone is not told how far the log has come: it hears from now on.
            if ear.carriers is None:
                raise ProblemError("cursor_bad", 400)
            begin = None
        try:
            hub.admit(token.id)
        except TooManyStreamsError as error:
            if error.own:
                raise ProblemError("too_many_streams", 429, retry_after=10) from None
            raise ProblemError("too_many_streams", 503, retry_after=30) from None
        if begin is None:
            begin = await hub.now()  # before the answer, which says that the listener hears from here on
        taken = (request.scope.get("extensions") or {}).get(PATIENCE)
        patience: Callable[[], None] = taken if callable(taken) else lambda: None
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Stream(hub.hear(ear, begin, seconds, patience), media_type="text/event-stream", headers=headers)

    return [hear]


def _leaf(text: str) -> int:
    """The leaf that Last-Event-ID names. Raises ProblemError."""
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise ProblemError("cursor_bad", 400)
    return int(text)


def _ear(token: Token, holds: Callable[[], Awaitable[bool]], front: Front) -> Ear:
    node = front.desk.node
    if node is None:
        raise DeskClosedError(5)
    carriers: frozenset[int] | None = None
    if permitting(token.role, "hear", False) is None:
        carriers = frozenset(node.keys.identity_hashes("carrier", list(token.carriers)).tolist()) - {0}
    actions = frozenset(action for action in _ACTIONS if permitting(token.role, action, False) is not None)
    return Ear(token.id, actions, carriers, holds)
