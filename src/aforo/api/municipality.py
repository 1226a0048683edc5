"""A town's own page: the queue in its streets, the hours that are waited there, and what closures bring."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any, NoReturn

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION, require
from aforo.api.front import Front
from aforo.api.municipality_examples import CLOSURES, TOWN
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.node import Node
from aforo.flow.town import DAYS, MOST_DAYS, Town, town
from aforo.flow.town_closures import TownClosures, closures, share_of
from aforo.flow.wait_outlooks import WaitForecast
from aforo.log.tokens import Token
from aforo.ports.outlook import OutlookError

#: Bridges of one town at most; seconds for which an answer is given again, and answers that are kept.
MOST_BRIDGES = 8
_SAME_S, _KEPT = 60.0, 64

Bridges = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MOST_BRIDGES,
        description="The bridges of the town, by id, name or alias; a municipality has its own unless it names some.",
    ),
]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    kept: dict[tuple[object, ...], tuple[float, bytes]] = {}
    lock = threading.Lock()

    @get(
        "/v1/municipality",
        opt={ACTION: "read_municipality"},
        operation_id="read_town",
        summary="A town's queue in the street now and over the day, truck-hours by day, and work at stake as a range",
        responses=answers_of("read_town", Town, TOWN),
    )
    async def read_town(
        request: Request[Any, Token, Any],
        bridge: Bridges = None,
        days: Annotated[
            int, QueryParameter(ge=1, le=MOST_DAYS, description="Local days that truck-hours are told of.")
        ] = DAYS,
        apportion: Annotated[
            bool,
            QueryParameter(description="Give the town its part, by trucks, of what was published for the border."),
        ] = False,
    ) -> Response[bytes]:
        token = request.auth

        def look(node: Node) -> bytes:
            own = _bridges(node, token, bridge)
            now = node.clock()
            key = (*own, days, apportion)
            with lock:
                at, told = kept.get(key, (0.0, b""))
            if not told or time.monotonic() - at > _SAME_S:
                live = node.live()
                share = share_of(live.directory, own) if apportion else None
                if apportion and share is None:
                    _refuse("apportion", "town_no_share")
                made = town(
                    node.scoreboards(), live, own, lambda name: _to_come(node, name), now, node.origin, days, share
                )
                told = msgspec.json.encode(made)
                with lock:
                    kept.pop(key, None)
                    while len(kept) >= _KEPT:
                        del kept[next(iter(kept))]
                    kept[key] = time.monotonic(), told
            return told

        return Response(await front.read(look), media_type="application/json")

    @get(
        "/v1/municipality/closures",
        opt={ACTION: "read_municipality"},
        operation_id="read_town_closures",
        summary="Simulated: where a town's trucks go when a bridge of it closes, and how many come when another does",
        responses=answers_of("read_town_closures", TownClosures, CLOSURES),
    )
    async def read_town_closures(request: Request[Any, Token, Any], bridge: Bridges = None) -> Response[bytes]:
        token = request.auth

        def look(node: Node) -> TownClosures:
            own = _bridges(node, token, bridge)
            return closures(node.live().directory, own)

        return json_answer(await front.read(look))

    return [read_town, read_town_closures]


def _bridges(node: Node, token: Token, named: list[str] | None) -> list[str]:
    """The bridges that are asked for, those of the municipality that asks unless it names some. Raises ProblemError:
    for another's, and for none."""
    live = node.live()
    own = None
    if token.role == "municipality":
        own = list(dict.fromkeys(found for each in token.carriers if (found := live.called(each)) is not None))
    if not named:
        return own or _refuse("bridge", "town_bridges")
    asked = [live.called(each) for each in named]
    require(token, "read_municipality", own is not None and set(own).issuperset(asked))
    known = [each for each in asked if each is not None]
    if len(known) < len(asked):
        _refuse("bridge", "scoreboard_place")
    return list(dict.fromkeys(known))


def _to_come(node: Node, bridge: str) -> WaitForecast | None:
    way = None if node.bridges is None else node.bridges.way
    try:
        return node.waits(node.live(), bridge, way, node.clock())
    except OutlookError:
        return None


def _refuse(place: str, code: str) -> NoReturn:
    """Raises ProblemError."""
    raise ProblemError("refused", 422, problems=[Problem(0, place, code, catalogue("aforo.api").say(code))])
