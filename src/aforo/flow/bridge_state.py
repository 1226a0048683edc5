"""How bridges are now, and what will be up when a truck comes, as the numbers that a choice by price takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from aforo.domain.clock import instant
from aforo.flow.live_bridges import Live
from aforo.flow.priced import NAN, BridgeNow
from aforo.ports.standing import BridgeLoad
from aforo.routing.choice import RESOURCES

#: How long the log is not looked at again, which costs as much as a third of a message, unless `look_again` was called.
_FRESH = timedelta(seconds=1)
#: How long a state is used again while nothing is heard; and the steps of time for which it is told what will be up.
_SAME, _STEP_MINUTES = timedelta(seconds=5), 15


class BridgeStates:
    """The numbers of every bridge that a port document has, by all that the log has; see `priced.StateOf`. `keep_up` is
    called with every look at the log, for what is to be as new as the states are."""

    def __init__(self, live: Live, keep_up: Callable[[], object] = lambda: None) -> None:
        self._live = live
        self._keep_up = keep_up
        self._heard = -1
        self._looked: datetime | None = None
        self._now: dict[str, tuple[datetime, BridgeNow]] = {}
        self._up: dict[tuple[str, datetime], list[int]] = {}

    def look_again(self) -> None:
        """Have the log looked at before the next state is told: where a truck stands, and after something failed."""
        self._looked = None

    def __call__(self, bridge: str, at: datetime, arrives: datetime) -> BridgeNow:
        """How a bridge is at an instant, with what is up when a truck arrives."""
        live = self._live()
        if not live.has(bridge):
            return BridgeNow([NAN] * len(RESOURCES), [-1] * len(RESOURCES), NAN, None)
        looked = self._looked
        if looked is None or not timedelta(0) <= at - looked <= _FRESH:
            self._looked = at
            self._keep_up()
            if live.look() != self._heard:
                self._heard = live.heard
                self._now.clear()
                self._up.clear()
        since, now = self._now.get(bridge, (at, None))
        if now is None or not timedelta(0) <= at - since <= _SAME:
            now = numbers_of(live.expected(bridge, at))
            self._now[bridge] = at, now
        if arrives <= at:
            return now
        step = arrives.replace(minute=arrives.minute - arrives.minute % _STEP_MINUTES, second=0, microsecond=0)
        up = self._up.get((bridge, step))
        if up is None:
            if len(self._up) > 10_000:
                self._up.clear()
            up = self._up[bridge, step] = list(numbers_of(live.expected(bridge, step)).up)
        return now._replace(up=up)


def numbers_of(state: BridgeLoad) -> BridgeNow:
    """A load as numbers; what is unknown is NaN, or -1 units."""
    figures = [each for own in state.resources for each in (own.backlog, own.up, own.manned)]
    heard = [each.at for each in (*figures, state.arrivals) if each is not None and each.at is not None]
    up = [-1 if math.isnan(each) else int(each) for each in state.units_up()]
    arrivals = NAN if state.arrivals is None else state.arrivals.value
    of = instant(max(heard)) if heard else None
    room = [NAN if each.room is None else each.room.value for each in state.resources]
    return BridgeNow(state.backlog_minutes(), up, arrivals, of, [each.full for each in state.resources], room)
