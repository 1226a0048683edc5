"""The clock of a live demonstration, in its server alone: how fast time goes, and who acts at the booths.

Staff pause it, set its speed, or have it hurry ahead; whoever plays the world moves it, and is told how far it may be
moved. Nothing of this is in a node that takes real filings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.checked import Instant

#: How fast it may go, and how many minutes it may be told to hurry ahead.
FASTEST, FURTHEST_MINUTES = 600, 1_440
_MOST_BRIDGES = 100


class Paced(Protocol):
    """What a demonstration's clock can do."""

    @property
    def speed(self) -> float: ...

    @property
    def attained(self) -> float: ...

    @property
    def paused(self) -> bool: ...

    @property
    def hurries_from(self) -> datetime | None: ...

    @property
    def hurries_to(self) -> datetime | None: ...

    def __call__(self) -> datetime: ...

    def reach(self) -> datetime: ...

    def run(self, speed: float) -> None: ...

    def pause(self, paused: bool) -> None: ...

    def jump(self, by: timedelta) -> None: ...

    def stop_hurrying(self) -> None: ...

    def forward(self, to: datetime) -> None: ...


class World(msgspec.Struct, frozen=True):
    """What the world says of itself: trucks that filed, those at the bridges now, and how the others ended."""

    filed: Annotated[int, Meta(ge=0)] = 0
    inside: Annotated[int, Meta(ge=0)] = 0
    ended: Annotated[dict[str, int], Meta(max_length=20)] = {}


@dataclass
class Stage:
    """What is set of a demonstration: its clock, and by bridge whether booths and docks act by themselves, which `keep`
    keeps over a restart; the names of these bridges, and the last that the world said."""

    clock: Paced
    names: dict[str, str]
    automatic: dict[str, bool]
    keep: Callable[[Mapping[str, bool]], None] = lambda automatic: None
    world: World = field(default_factory=World)


class DemoClock(msgspec.Struct, frozen=True):
    """`now` by the node's clock; the speed that was asked for and the one attained over the last seconds, in times the
    machine's; `hurries_to` where it was told to jump and is not there yet, `hurries_from` where that jump began.
    `automatic` says of each bridge whether its booths and docks act by themselves, `names` is what they are called."""

    now: datetime
    speed: float
    attained: float
    paused: bool
    hurries_from: datetime | None
    hurries_to: datetime | None
    automatic: dict[str, bool]
    names: dict[str, str]
    world: World
    synthetic: bool = True


class Reach(msgspec.Struct, frozen=True):
    """How the clock stands, how far it may be moved now, and which bridges act by themselves."""

    now: datetime
    reach: datetime
    automatic: dict[str, bool]


class SetClock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to change; what is left out stays. `stop_jump` gives up a jump that is not over: time goes on from where
    it is by then, and all that was to happen until then has happened."""

    speed: Annotated[float, Meta(ge=1, le=FASTEST)] | None = None
    paused: bool | None = None
    jump_minutes: Annotated[int, Meta(ge=1, le=FURTHEST_MINUTES)] | None = None
    stop_jump: bool = False
    automatic: Annotated[dict[str, bool], Meta(max_length=_MOST_BRIDGES)] = {}


class Tick(World, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The instant to which the clock is moved, None to ask alone; and what the world says of itself."""

    to: Instant | None = None


_WORLD: Mapping[str, Any] = {"filed": 1204, "inside": 96, "ended": {"released": 871, "scanned": 222}}
_CLOCK: dict[str, Any] = {
    "now": "2024-02-14T16:00:00Z", "speed": 10.0, "attained": 9.8, "paused": False,
    "hurries_from": None, "hurries_to": None, "automatic": {"world-trade": True},
    "names": {"world-trade": "World Trade Bridge"}, "world": _WORLD, "synthetic": True,
}  # fmt: skip


def routes(stage: Stage) -> list[HTTPRouteHandler]:
    """The routes of a demonstration's clock."""

    @get(
        "/v1/demo/clock",
        opt={ACTION: "read_demo_clock"},
        operation_id="read_demo_clock",
        summary="The demonstration's clock: its speed as asked and as attained",
        responses=answers_of("read_demo_clock", DemoClock, _CLOCK),
    )
    async def read_demo_clock(request: Request[Any, Any, Any]) -> Response[bytes]:
        accepted = request.headers.get("accept-encoding", "")
        return json_answer(_shown(stage), {"Cache-Control": "no-store"}, accepted)

    @post(
        "/v1/demo/clock",
        status_code=200,
        opt={ACTION: "set_demo_clock"},
        operation_id="set_demo_clock",
        operation_class=takes("What is to change.", {"speed": 60, "automatic": {"world-trade": False}}),
        summary="Set the speed, pause, hurry ahead, or take bridges over from those who act by themselves",
        responses=answers_of("set_demo_clock", DemoClock, _CLOCK),
    )
    async def set_demo_clock(request: Request[Any, Any, Any]) -> Response[bytes]:
        wanted = await body_of(request, SetClock)
        if not wanted.automatic.keys() <= stage.automatic.keys():
            raise ProblemError("not_found", 404)
        if wanted.speed is not None:
            stage.clock.run(wanted.speed)
        if wanted.paused is not None:
            stage.clock.pause(wanted.paused)
        if wanted.stop_jump:
            stage.clock.stop_hurrying()
        if wanted.jump_minutes is not None:
            stage.clock.jump(timedelta(minutes=wanted.jump_minutes))
        if wanted.automatic:
            stage.automatic |= wanted.automatic
            stage.keep(stage.automatic)
        return json_answer(_shown(stage))

    @post(
        "/v1/demo/clock/ticks",
        status_code=200,
        opt={ACTION: "move_demo_clock"},
        operation_id="move_demo_clock",
        operation_class=takes("`to`: the instant that it is moved to.", {"to": "2024-02-14T16:00:01Z", **_WORLD}),
        summary="Whoever plays the world moves the clock, and is told how far it may be moved",
        responses=answers_of(
            "move_demo_clock",
            Reach,
            {"now": "2024-02-14T16:00:01Z", "reach": "2024-02-14T16:00:02Z", "automatic": {"world-trade": True}},
        ),
    )
    async def move_demo_clock(request: Request[Any, Any, Any]) -> Response[bytes]:
        tick = await body_of(request, Tick)
        stage.world = World(tick.filed, tick.inside, tick.ended)
        clock = stage.clock
        if tick.to is not None and tick.to > clock():
            clock.forward(min(tick.to, clock.reach()))
        return json_answer(Reach(clock(), clock.reach(), stage.automatic))

    return [read_demo_clock, set_demo_clock, move_demo_clock]


def _shown(stage: Stage) -> DemoClock:
    clock = stage.clock
    return DemoClock(
        clock(), clock.speed, round(clock.attained, 2), clock.paused, clock.hurries_from, clock.hurries_to,
        dict(stage.automatic), stage.names, stage.world,
    )  # fmt: skip
