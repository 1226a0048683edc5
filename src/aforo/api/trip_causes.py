"""What was found of trips under seal: what asks for somebody, and what is told of a trip alone."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from aforo.api.access import ACTION
from aforo.api.custody_examples import CAUSES
from aforo.api.devices import custody_done, own_carriers
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.responses import answers_of, json_answer
from aforo.flow.causes_shown import CausesShown, causes_on, for_its_carrier
from aforo.flow.custody_asked import refuse_others
from aforo.flow.node import Node
from aforo.log.tokens import Token


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/trips/{trip_id:str}/causes",
        opt={ACTION: "read_custody"},
        operation_id="read_trip_causes",
        summary="What was found of a trip, as it was recorded last, and whether that asks for somebody; a carrier is "
        "told what its devices' own record says",
        responses=answers_of("read_trip_causes", CausesShown, CAUSES),
    )
    async def read_trip_causes(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def look(node: Node) -> CausesShown:
            refuse_others(node.custody, name, own)
            found = causes_on(node.custody, name)
            # Which fences a truck was in, how far off its road, and who else was heard is not for a carrier to read.
            return found if own is None else for_its_carrier(found)

        return json_answer(await custody_done(front.read(look)))

    return [read_trip_causes]
