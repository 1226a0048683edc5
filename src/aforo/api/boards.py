"""The board of a bridge: its trucks with their risk, what is asked of them and where they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from aforo.api.access import ACTION
from aforo.api.bridge_examples import BRIDGE
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.text import Text
from aforo.flow.board_reasons import reason_now, work_out
from aforo.flow.board_shown import BoardRow
from aforo.flow.bridges_shown import BridgeShown, shown
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError

#: Rows whose reasons are worked out for one answer, those that need a person first.
MOST_REASONS = 256
#: The example of a row in the OpenAPI document; its names are invented.
ROW: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071",
    "state": "at_primary",
    "lane": "standard",
    "filed_at": "2026-03-02T12:05:00Z",
    "due_at": "2026-03-02T13:05:00Z",
    "since": "2026-03-02T13:12:40Z",
    "declarations": 2,
    "empty": False,
    "programme": "ctpat3",
    "examination": "scan",
    "was": "scan",
    "basis": "priced",
    "stage": "primary",
    "decision": "1k2f0e9s8q7h3d5b9b00002",
    "decided_at": "2026-03-02T13:12:40Z",
    "value": 12.31,
    "price": 4.1,
    "probability": 0.0312,
    "threat": "contraband",
    "reason": {"en": "A scan is worth its delay.", "es": "Un escaneo vale su demora."},
    "control": False,
    "hold": None,
    "at": {"resource": "scanner", "step": "queued", "unit": "", "since": "2026-03-02T13:12:40Z"},
    "accepted": None,
    "order": None,
    "attention": 3,
    "synthetic": True,
}


class BoardAnswer(msgspec.Struct, frozen=True):
    """A board: how the bridge stands, and a row for each of its trucks that is not done."""

    bridge: str
    zone: str
    at: datetime
    state: BridgeShown
    rows: list[BoardRow]


class RowReason(msgspec.Struct, frozen=True):
    """The reason of a row; null where a document that it was decided by is missing."""

    crossing_id: str
    reason: Text | None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/bridges/{bridge:str}/board",
        opt={ACTION: "read_board"},
        operation_id="read_board",
        summary="The trucks of a bridge that have filed and are not done, with risk, reason and what is asked of them",
        responses=answers_of(
            "read_board",
            BoardAnswer,
            {
                "bridge": "world-trade", "zone": "America/Chicago", "at": "2026-03-02T13:15:00Z", "state": BRIDGE,
                "rows": [ROW],
            },
        ),
    )  # fmt: skip
    async def read_board(bridge: FromPath[str]) -> Response[bytes]:
        def look(node: Node) -> BoardAnswer:
            live, now = node.live(), node.clock()
            own = existing(live.called(named(bridge)))
            node.boards.look()
            lacking = [row for row in node.boards.rows(own) if row.reason is None]
            lacking.sort(key=lambda row: -row.attention)
            work_out([row.crossing_id for row in lacking[:MOST_REASONS]], node)
            state = shown(live.state(own, now), live)
            return BoardAnswer(own, live.place(own)[0].zone, now, state, node.boards.rows(own))

        return json_answer(await front.read(look))

    @get(
        "/v1/crossings/{crossing_id:str}/reason",
        opt={ACTION: "read_board"},
        operation_id="read_reason",
        summary="Why a truck was decided as it was, in a sentence, as its row on a board has it; it opens no crossing",
        responses=answers_of("read_reason", RowReason, {"crossing_id": "ABCD-TRIP-0071", "reason": ROW["reason"]}),
    )
    async def read_reason(crossing_id: FromPath[str]) -> Response[bytes]:
        name = named(crossing_id)

        try:
            reason = await front.read(lambda node: reason_now(name, node))
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        return json_answer(RowReason(name, reason))

    return [read_board, read_reason]
