"""A truck stands at the booth: recorded once, and from then on its filers are told of the selection."""

from __future__ import annotations

from dataclasses import dataclass

from aforo.domain.event import Arrived
from aforo.flow.crossing_events import events_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.recording import EventMaker


@dataclass(frozen=True)
class AtBooth:
    """The crossing that arrived; `repeated` where that was known."""

    crossing: str
    repeated: bool


def arrive(which: str, node: Node, actor: str) -> AtBooth:
    """Record that the truck of a crossing, or of a declaration, has arrived; durable when this returns.

    Raises NoDecisionError where the log knows of none, ConcurrencyError.
    """
    events = events_of(which, node.log)
    if order_of(events)[0] is None:
        raise NoDecisionError(which)
    latest = events[-1].event
    crossing = latest.stream.removeprefix("crossing/")
    if any(stored.event.type == Arrived.TYPE for stored in events):
        return AtBooth(crossing, True)
    make = EventMaker(node, 1, node.clock(), actor)
    make.add(Arrived(), latest.stream, latest.version + 1, key=f"arrived:{latest.stream}")
    node.log.append(make.events)
    return AtBooth(crossing, False)
