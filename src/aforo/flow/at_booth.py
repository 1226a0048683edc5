"""A truck stands at a pre-check yard, or at the booth: recorded once, and decided again by how its bridge is then.

From the booth on its filers are told of the selection; the yard tells them nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from aforo.domain.decision import Examination
from aforo.domain.event import Arrived, AtYard, Examined, Passed
from aforo.flow.crossing_events import events_of
from aforo.flow.edge_orders import standing_order
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.priced import Moment
from aforo.flow.reassess import reassess
from aforo.flow.recording import EventMaker


@dataclass(frozen=True)
class AtBooth:
    """The crossing that arrived; `repeated` where that was known. `instruction` is what is to be done with it:
    what is ordered, and a hold where something was found in it."""

    crossing: str
    repeated: bool
    instruction: Examination = "release"


def arrive(which: str, node: Node, actor: str, bridge: str = "") -> AtBooth:
    """Record that the truck of a crossing, or of a declaration, has arrived; durable when this returns.

    `bridge` is where it stands, if that is said. Where the bridge has prices the crossing is decided again by them, in
    the same transaction. Raises NoDecisionError where the log knows of none, ConcurrencyError.
    """
    return _come(which, node, actor, Arrived(bridge))


def at_yard(which: str, node: Node, actor: str, bridge: str = "") -> AtBooth:
    """Record that the truck has come to the pre-check yard of its bridge; as `arrive`."""
    return _come(which, node, actor, AtYard(bridge))


def _come(which: str, node: Node, actor: str, what: Arrived | AtYard) -> AtBooth:
    events = events_of(which, node.log)
    if order_of(events)[0] is None:
        raise NoDecisionError(which)
    latest = events[-1].event
    stream = latest.stream
    crossing = stream.removeprefix("crossing/")
    known = type(what) if isinstance(what, Arrived) else (AtYard, Arrived)
    if any(isinstance(stored.payload, known) for stored in events):
        return AtBooth(crossing, True, standing_order(events))
    made = []
    if node.bridges is not None and not any(isinstance(stored.payload, Examined | Passed) for stored in events):
        moment = Moment("primary" if isinstance(what, Arrived) else "yard", {crossing: what.bridge})
        made = reassess([events], node, moment, happened={stream: what}, actor=actor)
    if not made:
        make = EventMaker(node, 1, node.clock(), actor)
        make.add(what, stream, latest.version + 1, key=f"{what.TYPE.removeprefix('crossing.')}:{stream}")
        node.log.append(make.events)
    if node.bridges is not None:
        node.bridges.way.drop(crossing)
    return AtBooth(crossing, False, standing_order(node.log.stream(stream)))
