"""The custody of several trips at once, as a list of them shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.custody_examples import STANDING
from aforo.api.devices import own_carriers
from aforo.api.front import Front
from aforo.api.responses import answers_of, json_answer
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_shown import StandingShown, is_own
from aforo.flow.custody_verdict import standing_of
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Trips in one question: each is judged anew from what the log has of it.
MOST_ASKED = 50


class CustodyAnswer(msgspec.Struct, frozen=True):
    """Custody now, of those trips that were asked about and that there are for who asks."""

    now: datetime
    custody: list[StandingShown]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/custody",
        opt={ACTION: "read_custody"},
        operation_id="list_custody",
        summary=f"The state of custody now, of {MOST_ASKED} trips at most; a carrier's own",
        responses=answers_of("list_custody", CustodyAnswer, {"now": STANDING["latest"], "custody": [STANDING]}),
    )
    async def list_custody(
        request: Request[Any, Token, Any],
        trip: Annotated[
            list[str] | None, QueryParameter(max_items=MOST_ASKED, description="A trip; may be repeated.")
        ] = None,
    ) -> Response[bytes]:
        own, asked = own_carriers(request.auth), dict.fromkeys(trip or ())

        def look(node: Node) -> CustodyAnswer:
            return CustodyAnswer(node.clock(), [each for name in asked if (each := _standing(node, name, own))])

        return json_answer(await front.read(look))

    return [list_custody]


def _standing(node: Node, trip: str, own: tuple[str, ...] | None) -> StandingShown | None:
    """The custody of a trip; None where there is none for who asks."""
    try:
        if not is_own(node.custody.trip(trip).opened.carrier, own):
            return None
        return standing_of(node.custody, trip)
    except UnknownTripError:
        return None
