"""What is unusual at a bridge: a line that stalls, a wait above its ceiling, a source that went silent.

What has no ceiling, and what no document says that it is heard, is not called unusual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.clock import instant, microseconds
from aforo.domain.text import Text, catalogue
from aforo.flow.bridges_shown import ALL, BridgeShown
from aforo.flow.node import Node
from aforo.ports.hours import hours_of
from aforo.ports.reads import MINUTE
from aforo.ports.waits import SILENT

_CATALOGUE = catalogue("aforo.flow")

UnusualKind = Literal["stalled", "wait_above", "silent", "never_heard", "unplaced"]


class Unusual(msgspec.Struct, frozen=True):
    """One thing that is not as it should be, in words, and since when, where that is known."""

    bridge: str
    kind: UnusualKind
    says: Text
    since: datetime | None = None


def unusual(state: BridgeShown, node: Node, now: datetime) -> list[Unusual]:
    """What is unusual at one bridge now."""
    found = [*_stalls(state, node), *_waits(state, node), *_silent(state, node, now)]
    if state.unplaced_scanners:
        text = _CATALOGUE.say("unusual_unplaced", count=state.unplaced_scanners)
        found.append(Unusual(state.bridge, "unplaced", text))
    return found


def _stalls(state: BridgeShown, node: Node) -> Iterator[Unusual]:
    """The lines that stall: of all lanes together, else of the classes."""
    zone = ZoneInfo(node.live().place(state.bridge)[0].zone)
    stalled = [lane for lane in state.lanes if lane.stalled_since is not None]
    for lane in stalled[:1] if stalled and stalled[0].lane == ALL else stalled:
        if lane.stalled_since is None or lane.wait_now is None or lane.queue is None:
            continue
        figures = {
            "lane": _CATALOGUE.template(f"lanes_{lane.lane}"),
            "since": f"{lane.stalled_since.astimezone(zone):%H:%M %Z}",
            "count": f"{lane.queue:.0f}",
            "minutes": f"{math.floor(lane.wait_now.minutes)}",
        }
        yield Unusual(state.bridge, "stalled", _CATALOGUE.say("unusual_stalled", **figures), lane.stalled_since)


def _waits(state: BridgeShown, node: Node) -> Iterator[Unusual]:
    """The waits above the ceilings of the policy in force: at the booth as it is measured, elsewhere what waits for a
    unit that is up."""
    for (what, resource), dual in node.force.policy.running(state.port).targets().items():
        if what != "wait":
            continue
        minutes = _wait_at(state, resource)
        if minutes is not None and minutes > dual.target:
            name = _CATALOGUE.template(f"resource_{resource}")
            figures = {"minutes": f"{minutes:.0f}", "ceiling": f"{dual.target:.0f}"}
            yield Unusual(state.bridge, "wait_above", _CATALOGUE.say("unusual_wait", resource=name, **figures))


def _wait_at(state: BridgeShown, resource: str) -> float | None:
    if resource == "booth":
        every = next((lane for lane in state.lanes if lane.lane == ALL), None)
        return None if every is None or every.wait_now is None else every.wait_now.minutes
    own = next((each for each in state.resources if each.resource == resource), None)
    if own is None or own.backlog_minutes is None or own.up is None or own.up.value < 1:
        return None
    return own.backlog_minutes.value / own.up.value


def _silent(state: BridgeShown, node: Node, now: datetime) -> Iterator[Unusual]:
    """The places of a bridge at which readers stand, by its document, and that were not heard for an hour of those in
    which it is open: before a bridge that is closed nothing moves."""
    live = node.live()
    port, bridge = live.place(state.bridge)
    since = hours_of(bridge.open, port.zone).since(microseconds(now), SILENT // MINUTE)
    last = live.last_read(state.bridge, now)
    stalled = any(lane.lane == ALL and lane.stalled_since is not None for lane in state.lanes)
    for place in dict.fromkeys(each.place for each in bridge.readers):
        name = _CATALOGUE.template(f"place_{place}")
        if place not in last:
            yield Unusual(state.bridge, "never_heard", _CATALOGUE.say("unusual_never", place=name))
        elif last[place] < since and not (stalled and place == "primary"):  # its line stalls, and that is told
            text = _CATALOGUE.say("unusual_silent", place=name)
            yield Unusual(state.bridge, "silent", text, instant(last[place]))
