"""The coverage of bridges, for staff alone: who has which protections, where traffic moves when one is closed."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.coverage_examples import COVERAGE
from aforo.api.front import Front
from aforo.api.responses import answers_of, json_answer
from aforo.flow.coverage import USUAL_DAYS, Heard, coverage, lately
from aforo.flow.node import Node
from aforo.scoreboard.coverage import Coverage
from aforo.scoreboard.state import DAYS
from aforo.twin import volumes


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The route of this noun."""
    # The whole record is gone through for it, so it is made once for what is in the log, and for each day.
    kept: dict[tuple[int, ...], Coverage] = {}

    @get(
        "/v1/coverage",
        opt={ACTION: "read_coverage"},
        operation_id="read_coverage",
        summary="Official use only: protections by bridge, the gap at mid-sized ones, where traffic moves",
        responses=answers_of("read_coverage", Coverage, COVERAGE),
    )
    async def read_coverage(
        days: Annotated[
            int, QueryParameter(ge=1, le=DAYS - 1, description="The last local days that the log is looked at for.")
        ] = USUAL_DAYS,
    ) -> Response[bytes]:
        def look(node: Node) -> Coverage:
            board, now = node.scoreboards(), node.clock()
            first, last = lately(board, now, days)
            key = (node.log.position(), first, last)
            if (made := kept.get(key)) is None:
                told = Heard(board, node.live().fleet(now), node.origin, first, last)
                made = coverage(node.live().ports, volumes.shipped(), now, told)
                kept.clear()
                kept[key] = made
            return made

        return json_answer(await front.read(look))

    return [read_coverage]
