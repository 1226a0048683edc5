"""Bridges: their state as it is now, and what officers and devices state of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.bridge_examples import (
    BRIDGE,
    FORECAST,
    LANES_OPEN,
    SCANNER_SHOWN,
    STAFFED,
    WAITS_TO_COME,
    WORK,
)
from aforo.api.front import Front
from aforo.api.names import name_of, named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.speaking import speaks_for
from aforo.domain.bridge import (
    ExaminationEnded,
    ExaminationQueued,
    ExaminationStarted,
    LaneClass,
    LanesOpen,
    Resource,
    Staffed,
)
from aforo.domain.checked import Instant
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.flow.bridge_reports import Stated, statement
from aforo.flow.bridges_shown import (
    BridgeShown,
    HourShown,
    ScannerShown,
    hours_shown,
    refused_of_states,
    scanners_shown,
    shown,
)
from aforo.flow.node import Node
from aforo.flow.outlooks import BridgeForecast, forecast_now
from aforo.flow.telemetry import record
from aforo.flow.wait_outlooks import WaitForecast
from aforo.intake.telemetry import AHEAD
from aforo.log.tokens import Token
from aforo.ports.bounds import lanes_beyond, posts_beyond
from aforo.ports.finding import Finding
from aforo.ports.outlook import OutlookError

#: How far arrivals are forecast.
FORECAST_HOURS = 24
_MS_A_MINUTE = 60_000
_Units = Annotated[int, Meta(ge=0, le=1_000)]


class _Stating(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is stated; `at` is since when it holds, now where it is left out."""

    at: Instant | None = None


class Lanes(_Stating, frozen=True):
    """How many lanes of each class are open; a class that is left out is not spoken of, and 0 is closed."""

    lanes: Annotated[dict[LaneClass, _Units], Meta(min_length=1)]


class Staff(_Stating, frozen=True):
    """How many units of each resource are manned; one that is left out is not spoken of."""

    posts: Annotated[dict[Resource, _Units], Meta(min_length=1)]


class Work(_Stating, frozen=True):
    """A truck waits for a resource, is served there, or has left it. `unit` is the scanner or dock, where known."""

    crossing_id: Annotated[str, Meta(min_length=1, max_length=200)]
    resource: Resource
    step: Literal["queued", "started", "ended"]
    predicted_minutes: Annotated[float, Meta(ge=0, le=1_440)] | None = None
    unit: Annotated[str, Meta(max_length=64)] = ""


class BridgesAnswer(msgspec.Struct, frozen=True):
    """Every bridge of the port documents, in their order."""

    bridges: list[BridgeShown]


class BridgeAnswer(msgspec.Struct, frozen=True):
    """One bridge; the waits that ended in each whole hour of the last day, at all its lanes and then by class; and the
    arrivals of the next day by hour, and the waits of the next hours by lane class, with intervals; both null where
    `forecast_missing` says what is lacking."""

    state: BridgeShown
    hours: list[HourShown]
    forecast: BridgeForecast | None
    forecast_missing: Text | None
    wait_forecast: WaitForecast | None


class ScannersAnswer(msgspec.Struct, frozen=True):
    """Every scanner that was ever reported of, by its identifier."""

    scanners: list[ScannerShown]


class StatedAnswer(msgspec.Struct, frozen=True):
    """Whether it was recorded now, or had been before."""

    recorded: bool


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/bridges",
        opt={ACTION: "read_bridges"},
        operation_id="list_bridges",
        summary="Queues, waits, lanes, scanners and staff of every bridge, each figure with its source and age",
        responses=answers_of("list_bridges", BridgesAnswer, {"bridges": [BRIDGE]}),
    )
    async def list_bridges() -> Response[bytes]:
        def look(node: Node) -> list[BridgeShown]:
            live, now = node.live(), node.clock()
            lacking = refused_of_states(node.scoreboards().open_refusals(), live.names(), now)
            return [shown(each, live, lacking) for each in live.states(now)]

        return json_answer(BridgesAnswer(await front.read(look)))

    @get(
        "/v1/bridges/{bridge:str}",
        opt={ACTION: "read_bridges"},
        operation_id="read_bridge",
        summary="One bridge, by id, name or alias, with its waits by hour, and the arrivals and the waits to come",
        responses=answers_of(
            "read_bridge",
            BridgeAnswer,
            {
                "state": BRIDGE,
                "hours": [],
                "forecast": FORECAST,
                "forecast_missing": None,
                "wait_forecast": WAITS_TO_COME,
            },
        ),
    )
    async def read_bridge(request: Request[Any, Any, Any], bridge: FromPath[str]) -> Response[bytes]:
        def look(node: Node) -> BridgeAnswer:
            live, now = node.live(), node.clock()
            own = bridge_called(node, bridge)
            lacking = refused_of_states(node.scoreboards().open_refusals(), [own], now)
            state = shown(live.state(own, now), live, lacking)
            way = None if node.bridges is None else node.bridges.way
            forecast, waits, missing = None, None, None
            try:
                forecast = forecast_now(live, own, way, node.counts(), now, FORECAST_HOURS)
                waits = node.waits(live, own, way, now)
            except OutlookError as lacking:
                missing = lacking.text
            return BridgeAnswer(state, hours_shown(own, live, now), forecast, missing, waits)

        return json_answer(await front.read(look), accepted=request.headers.get("accept-encoding", ""))

    @get(
        "/v1/scanners",
        opt={ACTION: "read_bridges"},
        operation_id="list_scanners",
        summary="Scanners: which is in service, up or down, since when and why",
        responses=answers_of("list_scanners", ScannersAnswer, {"scanners": [SCANNER_SHOWN]}),
    )
    async def list_scanners() -> Response[bytes]:
        found = await front.read(lambda node: _scanners(node))
        return json_answer(ScannersAnswer(found))

    @post(
        "/v1/bridges/{bridge:str}/lanes",
        status_code=200,
        opt={ACTION: "state_bridge"},
        operation_id="state_lanes",
        operation_class=takes("`lanes`: how many of each class are open; 0 is closed.", LANES_OPEN, Lanes),
        summary="State how many lanes are open",
        responses=answers_of("state_lanes", StatedAnswer, {"recorded": True}),
    )
    async def state_lanes(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        said = await body_of(request, Lanes)

        def check(node: Node, own: str) -> list[Finding]:
            wrong = lanes_beyond(said.lanes, node.live().place(own)[1])
            return [] if wrong is None else [wrong]

        return await state(request, bridge, LanesOpen(said.lanes), said.at, check)

    @post(
        "/v1/bridges/{bridge:str}/staff",
        status_code=200,
        opt={ACTION: "state_bridge"},
        operation_id="state_staff",
        operation_class=takes("`posts`: how many units of each resource are manned.", STAFFED, Staff),
        summary="State how many booths, scanners and docks are manned",
        responses=answers_of("state_staff", StatedAnswer, {"recorded": True}),
    )
    async def state_staff(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        said = await body_of(request, Staff)

        def check(node: Node, own: str) -> list[Finding]:
            live = node.live()
            return list(posts_beyond(said.posts, live.place(own)[1], live.scanners(own, node.clock())))

        return await state(request, bridge, Staffed(said.posts), said.at, check)

    @post(
        "/v1/bridges/{bridge:str}/work",
        status_code=200,
        opt={ACTION: "state_bridge"},
        operation_id="state_work",
        operation_class=takes("A truck at a resource: `queued`, `started` or `ended` there.", WORK, Work),
        summary="State that a truck waits for a resource, is served there, or has left it",
        responses=answers_of("state_work", StatedAnswer, {"recorded": True}),
    )
    async def state_work(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        said = await body_of(request, Work)
        crossing, unit = name_of(said.crossing_id), name_of(said.unit)
        if crossing is None or unit is None:
            raise ProblemError("body_bad", 400)
        predicted = None if said.predicted_minutes is None else round(said.predicted_minutes * _MS_A_MINUTE)
        payload: Stated
        if said.step == "queued":
            payload = ExaminationQueued(crossing, said.resource, predicted)
        elif said.step == "started":
            payload = ExaminationStarted(crossing, said.resource, predicted, unit)
        else:
            payload = ExaminationEnded(crossing, said.resource)
        return await state(request, bridge, payload, said.at)

    async def state(
        request: Request[Any, Token, Any],
        bridge: str,
        payload: Stated,
        at: datetime | None,
        check: Callable[[Node, str], list[Finding]] = lambda node, own: [],
    ) -> Response[bytes]:
        """Record a statement of a bridge; `check` says what in it cannot be. Raises ProblemError."""
        by = request.auth.name

        own, now, speaks = await front.read(
            lambda node: (bridge_called(node, bridge), node.clock(), speaks_for(request.auth, node.live()))
        )
        if speaks is not None and own not in speaks:
            raise ProblemError("forbidden", 403)
        if at is not None and at - now > AHEAD:
            raise ProblemError("refused", 422, problems=[_ahead()])
        if wrong := await front.read(lambda node: check(node, own)):
            raise ProblemError("refused", 422, problems=[Problem(0, w.place, w.code, w.text) for w in wrong])
        said = [statement(own, payload, at or now)]
        done = await front.do(lambda node: record(said, node.log, actor=by, origin=node.origin))
        return json_answer(StatedAnswer(done.written > 0))

    return [list_bridges, read_bridge, list_scanners, state_lanes, state_staff, state_work]


def _scanners(node: Node) -> list[ScannerShown]:
    live = node.live()
    days = node.fleet().documents.targets().unaccounted_after_days
    return scanners_shown(live.fleet(node.clock(), days), live.ports)


def bridge_called(node: Node, called: str) -> str:
    """The bridge that a path names. Raises ProblemError."""
    found = existing(node.live().called(named(called)))
    return found


def _ahead() -> Problem:
    minutes = int(AHEAD.total_seconds() // 60)
    return Problem(0, "at", "row_ahead", catalogue("aforo.intake").say("row_ahead", column="at", minutes=minutes))
