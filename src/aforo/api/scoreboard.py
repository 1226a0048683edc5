"""The scoreboard: what figures mean, what staff see of them and of the events behind them, and what anyone may see."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.scoreboard_examples import BEHIND, MEASURE, PUBLIC, SCOREBOARD
from aforo.domain.clock import microseconds
from aforo.domain.event import Origin
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.node import Node
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_events import behind
from aforo.flow.scoreboard_page import Behind
from aforo.flow.scoreboard_shown import (
    MeasureShown,
    PublicShown,
    RowShown,
    measures_shown,
    public_shown,
    rows_shown,
)
from aforo.log.tokens import Token
from aforo.measures.definition import Definition, DefinitionError
from aforo.scoreboard.input_refusals import RefusedShown
from aforo.scoreboard.official import MOST, Asked, Dimension, TooManyRowsError
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.state import DAYS

#: Events behind a figure in one answer; days that are looked at unless others are named.
MOST_BEHIND, USUAL_DAYS = 500, 7
#: Weeks of the public form, at most, in one answer.
MOST_WEEKS = 54
#: Seconds for which an answer to the public is given again: anyone may ask, as often as they like.
SAME_S = 5.0

Days = Annotated[date | None, QueryParameter(description="A local day of each bridge; by default the last seven.")]
Bridges = Annotated[
    list[str] | None, QueryParameter(max_items=100, description="Only these, by id, name or alias; may be repeated.")
]
Lane = Annotated[str | None, QueryParameter(max_length=60, description="Only this lane class.")]
Programme = Annotated[str | None, QueryParameter(max_length=60, description="Only this trade programme.")]
Version = Annotated[
    int | None, QueryParameter(ge=1, le=10_000, description="A version of the measure; by default the one in use.")
]


class MeasuresAnswer(msgspec.Struct, frozen=True):
    """Every version of every measure, the newest of each first."""

    measures: list[MeasureShown]


class ScoreboardAnswer(msgspec.Struct, frozen=True):
    """Figures by what was asked for, for local days from `first` to `last`. `unplaced` are crossings that came to
    primary where nobody said at which bridge: they are in no row. `refused` are rows of input that the figures lack and
    that nobody settled, each with the bound that it makes them."""

    now: datetime
    origin: Origin
    first: date
    last: date
    by: list[Dimension]
    kept_days: int
    unplaced: int
    rows: list[RowShown]
    refused: list[RefusedShown] = []


class BehindAnswer(msgspec.Struct, frozen=True):
    """What a figure is made of, a part of it; `next` is given as `after` to go on, null at the end."""

    measure: str
    version: int
    document: str
    behind: list[Behind]
    next: int | None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    kept: dict[int, tuple[float, bytes]] = {}

    @get(
        "/v1/measures",
        opt={ACTION: "read_measures"},
        operation_id="list_measures",
        summary="What every figure means: definitions in all their versions, in both languages",
        responses=answers_of("list_measures", MeasuresAnswer, {"measures": [MEASURE]}),
    )
    async def list_measures(
        on: Annotated[date | None, QueryParameter(description="Which were in use on this local day; today.")] = None,
    ) -> Response[bytes]:
        def look(node: Node) -> MeasuresAnswer:
            forum = node.scoreboards().forum
            return MeasuresAnswer(measures_shown(forum.definitions(on), forum.versions()))

        return json_answer(await front.read(look))

    @get(
        "/v1/scoreboard",
        opt={ACTION: "read_scoreboard"},
        operation_id="read_scoreboard",
        summary="Measures by port, bridge, local day, lane and programme, each with interval, counts and version",
        responses=answers_of("read_scoreboard", ScoreboardAnswer, SCOREBOARD),
    )
    async def read_scoreboard(
        first: Days = None,
        last: Days = None,
        by: Annotated[
            list[Dimension] | None,
            QueryParameter(
                max_items=5, description="What rows are told apart by; bridge. Bridges of one port together: port."
            ),
        ] = None,
        bridge: Bridges = None,
        lane: Lane = None,
        programme: Programme = None,
        measure: Annotated[
            list[str] | None, QueryParameter(max_items=20, description="Only these measures; may be repeated.")
        ] = None,
        version: Version = None,
    ) -> Response[bytes]:
        def look(node: Node) -> ScoreboardAnswer:
            board = node.scoreboards()
            if version is not None and (measure is None or len(measure) != 1):
                _refuse("version", "scoreboard_version")
            chosen = board.measures.in_use() if not measure else [_measure(board, m, version) for m in measure]
            asked = _asked(node, board, first, last, by or ["bridge"], bridge, lane, programme)
            try:
                rows, refused = rows_shown(board, board.rows(chosen, asked)), board.refused(chosen, asked)
            except TooManyRowsError:
                _refuse("by", "scoreboard_too_wide", most=f"{MOST:,}")
            return ScoreboardAnswer(
                node.clock(), node.origin, date_of(asked.first), date_of(asked.last), sorted(asked.by), DAYS,
                board.unplaced, rows, refused,
            )  # fmt: skip

        return json_answer(await front.read(look))

    @get(
        "/v1/scoreboard/events",
        opt={ACTION: "read_scoreboard_events"},
        operation_id="read_scoreboard_events",
        summary="The crossings, readings or incidents that a figure is made of, with their events",
        responses=answers_of("read_scoreboard_events", BehindAnswer, BEHIND),
    )
    async def read_scoreboard_events(
        request: Request[Any, Token, Any],
        measure: Annotated[str, QueryParameter(max_length=60, description="The measure.")] = "examination-rate",
        version: Version = None,
        first: Days = None,
        last: Days = None,
        bridge: Bridges = None,
        lane: Lane = None,
        programme: Programme = None,
        after: Annotated[int, QueryParameter(ge=0, le=2**53, description="Where to go on.")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_BEHIND, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        def look(node: Node) -> BehindAnswer:
            board = node.scoreboards()
            own = _measure(board, measure, version)
            asked = _asked(node, board, first, last, ["bridge"], bridge, lane, programme)
            page = behind(board, own, asked, after, limit)
            return BehindAnswer(own.id, own.version, own.hash, list(page.behind), page.next)

        return json_answer(await front.read(look))

    @get(
        "/v1/scoreboard/public",
        opt={ACTION: "read_public_scoreboard"},
        operation_id="read_public_scoreboard",
        summary="What anyone may see: waits now, and by bridge and week what was published; the border by quarter",
        responses=answers_of("read_public_scoreboard", PublicShown, PUBLIC),
    )
    async def read_public_scoreboard(
        weeks: Annotated[
            int, QueryParameter(ge=1, le=MOST_WEEKS, description="So many of the weeks that were published last.")
        ] = 4,
    ) -> Response[bytes]:
        at, told = kept.get(weeks, (0.0, b""))
        if not told or time.monotonic() - at > SAME_S:

            def look(node: Node) -> PublicShown:
                return public_shown(node.scoreboards(), node.live(), node.clock(), node.origin, weeks)

            told = msgspec.json.encode(await front.read(look))
            kept[weeks] = time.monotonic(), told
        return Response(told, media_type="application/json")

    return [list_measures, read_scoreboard, read_scoreboard_events, read_public_scoreboard]


def _measure(board: Board, measure: str, version: int | None) -> Definition:
    """A measure in one of its versions. Raises ProblemError."""
    try:
        return board.measures.find(measure, version)
    except DefinitionError:
        _refuse("measure", "scoreboard_measure")


def _asked(
    node: Node,
    board: Board,
    first: date | None,
    last: date | None,
    by: Sequence[Dimension],
    bridges: Sequence[str] | None,
    lane: str | None,
    programme: str | None,
) -> Asked:
    """What rows are wanted. Raises ProblemError."""
    named: list[str] = []
    for each in bridges or ():
        found = node.live().called(each)
        if found is None:
            _refuse("bridge", "scoreboard_place")
        named.append(found)
    own = named or list(board.places.zones)
    today = max(board.places.day(bridge, microseconds(node.clock())) for bridge in own)
    until = today if last is None else number_of(last)
    since = until - USUAL_DAYS + 1 if first is None else number_of(first)
    if not 0 <= until - since < DAYS or not 0 < since <= today + DAYS:
        _refuse("first", "scoreboard_days", most=DAYS - 1, ahead=DAYS)
    return Asked(list(dict.fromkeys(own)), since, until, frozenset(by), lane, programme)


def _refuse(place: str, code: str, **fields: object) -> NoReturn:
    """Raises ProblemError."""
    problem = Problem(0, place, code, catalogue("aforo.api").say(code, **fields))
    raise ProblemError("refused", 422, problems=[problem])
