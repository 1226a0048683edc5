"""What the oracle of the twin moves about: trucks, stations, and the order of what happens at one instant."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from aforo.twin.trucks import NO_CHOICE

#: Priorities within one instant: SimPy's own 0 and 1 for what follows from an event, then these, then the events.
LISTING, RINGS, EVENTS = 2, 3, 10
UNITS_CHANGE, SERVICE_ENDS, MANIFEST, COMES = range(4)
ENTERED, BEGAN, ENDED, WENT = range(4)

Process = Generator[simpy.Event, Any, None]


class At(simpy.Event):
    """Something that happens at an instant, in a place of its own among what happens then."""

    def __init__(self, env: simpy.Environment, at: int, priority: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=priority, delay=at - env.now)


def order(kind: int, station: int, number: int) -> int:
    return EVENTS + (((kind << 10) + station) << 48) + number


@dataclass(eq=False)
class Truck:
    row: int
    number: int
    lane: int
    option: int = 0
    basis: int = NO_CHOICE
    carried: int = 0
    alarm: int = 0
    found: int = 0
    primary: int = -1
    primary_end: int = -1
    exam: int = -1
    exam_end: int = -1
    scan_end: int = -1
    orders: int = 0
    left: int = -1
    station: Station | None = None
    wanted: Station | None = None
    blockings: int = 0
    began: int = -1
    in_service: bool = False
    arrived: bool = False
    on_list: bool = False
    unit: simpy.Event | None = None
    door: simpy.Event | None = None
    process: simpy.Process | None = None


@dataclass(eq=False)
class Station:
    index: int
    up: int
    room: float
    units: list[Truck] = field(default_factory=list)
    queue: deque[Truck] = field(default_factory=deque)
    doorway: deque[Truck] = field(default_factory=deque)
    busy_time: int = 0
    blocked_time: int = 0

    @property
    def has_room(self) -> bool:
        return len(self.queue) < self.room or (not self.queue and len(self.units) < self.up)
