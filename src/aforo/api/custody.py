"""The custody of several trips at once, or of those of a crossing: now, and as it was known at any earlier instant."""

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
from aforo.flow.custody_asked import of_crossing
from aforo.flow.custody_shown import StandingShown, is_own
from aforo.flow.custody_verdict import standing_of
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Trips in one question: each is judged anew from what the log has of it.
MOST_ASKED = 50


class CustodyAnswer(msgspec.Struct, frozen=True):
    """Custody of those trips that were asked about and that there are for who asks: at the instant asked about, else
    now. `left_out` is how many trips of the crossing are not among them, since there are too many."""

    now: datetime
    custody: list[StandingShown]
    left_out: int


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/custody",
        opt={ACTION: "read_custody"},
        operation_id="list_custody",
        summary=f"The state of custody of trips, or of a crossing's, {MOST_ASKED} at most; a carrier's own",
        responses=answers_of(
            "list_custody", CustodyAnswer, {"now": STANDING["latest"], "custody": [STANDING], "left_out": 0}
        ),
    )
    async def list_custody(
        request: Request[Any, Token, Any],
        trip: Annotated[
            list[str] | None, QueryParameter(max_items=MOST_ASKED, description="A trip; may be repeated.")
        ] = None,
        crossing: Annotated[
            str | None,
            QueryParameter(
                description="The trips for this crossing that are not over, or only lately: those that are evidence of"
                " it and the last to be announced first, and no more than make up the number."
            ),
        ] = None,
        at: Annotated[datetime | None, QueryParameter(description="The instant asked about; now without it.")] = None,
        known_by: Annotated[
            datetime | None, QueryParameter(description="By what had come until then; all without it.")
        ] = None,
    ) -> Response[bytes]:
        own = own_carriers(request.auth)

        def look(node: Node) -> CustodyAnswer:
            asked = list(dict.fromkeys(trip or ()))
            if crossing is not None:
                asked += [each.trip for each in of_crossing(node.custody, crossing, own) if each.trip not in asked]
            said = [each for name in asked[:MOST_ASKED] if (each := _standing(node, name, own, at, known_by))]
            return CustodyAnswer(node.clock(), said, len(asked[MOST_ASKED:]))

        return json_answer(await front.read(look))

    return [list_custody]


def _standing(
    node: Node, trip: str, own: tuple[str, ...] | None, at: datetime | None, known_by: datetime | None
) -> StandingShown | None:
    """The custody of a trip; None where there is none for who asks, or was none yet."""
    try:
        if not is_own(node.custody.trip(trip).opened.carrier, own):
            return None
        return standing_of(node.custody, trip, at, known_by)
    except UnknownTripError:
        return None
