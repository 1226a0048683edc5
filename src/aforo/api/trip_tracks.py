"""Where trips are and were: the way of one, and the last fix of each that is not over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.custody_examples import TRACK, WHEREABOUT
from aforo.api.devices import custody_done, own_carriers
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.responses import answers_of, json_answer
from aforo.domain.clock import microseconds
from aforo.flow.custody_asked import TripsAsked, refuse_others
from aforo.flow.custody_now import Whereabout, Whereabouts, gravest_first
from aforo.flow.custody_track import TrackShown, track_on
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Trips on one map.
MOST_TRIPS = 500


class WhereaboutsAnswer(msgspec.Struct, frozen=True):
    """Where the trips that are not over are now, the gravest first; `total` is how many there are."""

    now: datetime
    total: int
    trips: list[Whereabout]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    whereabouts = Whereabouts()

    @get(
        "/v1/trips/{trip_id:str}/track",
        opt={ACTION: "read_custody"},
        operation_id="read_trip_track",
        summary="The way of a trip as a map draws it: fixes by state and grade, gaps, places, its corridor",
        responses=answers_of("read_trip_track", TrackShown, TRACK),
    )
    async def read_trip_track(
        request: Request[Any, Token, Any],
        trip_id: FromPath[str],
        known_by: Annotated[
            datetime | None, QueryParameter(description="By what had come until then; all without it.")
        ] = None,
        tolerance_m: Annotated[
            float, QueryParameter(ge=0, le=100_000, description="By how many metres lines may be thinned.")
        ] = 50.0,
    ) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def look(node: Node) -> TrackShown:
            refuse_others(node.custody, name, own)
            found = track_on(node.custody, name, known_by, tolerance_m)
            # What a truck is held against is not for a carrier to read, as with the documents themselves.
            return found if own is None else msgspec.structs.replace(found, corridor=None)

        answer = await custody_done(front.read(look))
        return json_answer(answer)

    @get(
        "/v1/custody/now",
        opt={ACTION: "read_custody"},
        operation_id="list_whereabouts",
        summary=f"Where the trips that are not over are now, {MOST_TRIPS} at most, the gravest first; a carrier's own",
        responses=answers_of(
            "list_whereabouts", WhereaboutsAnswer, {"now": "2026-03-02T08:00:00Z", "total": 1, "trips": [WHEREABOUT]}
        ),
    )
    async def list_whereabouts(
        request: Request[Any, Token, Any],
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_TRIPS, description="At most so many.")] = MOST_TRIPS,
    ) -> Response[bytes]:
        asked = TripsAsked(own_carriers(request.auth))

        def look(node: Node) -> WhereaboutsAnswer:
            now = node.clock()
            going = [each for each in node.custody.trips() if each.discharged is None and each.standing]
            found = gravest_first(asked.among(going, microseconds(now)))
            return WhereaboutsAnswer(now, len(found), whereabouts.of(node.custody, found[:limit], now))

        return json_answer(await front.read(look))

    return [read_trip_track, list_whereabouts]
