"""The driver's order on paper: where to go, the wait that is expected there, whom to ask, and nothing of the risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from aforo.answers import public_reason
from aforo.answers.qr import QrCode, qr_of
from aforo.domain.bridge import Resource
from aforo.domain.clock import instant
from aforo.domain.decision import Examination
from aforo.domain.event import Arrived
from aforo.domain.text import Text, catalogue
from aforo.flow.booth_words import going_to
from aforo.flow.crossing_events import events_of
from aforo.flow.dock import RESOURCE_OF
from aforo.flow.edge_orders import standing_order
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.queueing import as_ordered, place_of
from aforo.flow.told_publicly import filings_in, turns
from aforo.log.stored import StoredEvent
from aforo.ports.document import Bridge, PortDocument

Language = Literal["en", "es"]


class SlipWait(msgspec.Struct, frozen=True):
    """The wait that is expected: the minutes of work that wait there over the units that are up; `trucks` wait."""

    minutes: int
    trucks: int | None
    units: int
    at: datetime


class Slip(msgspec.Struct, frozen=True):
    """What is printed, in both languages; `first` is the one that stands first. `local_time` is when it was made by the
    clock of the port, `zone` its name. `wait` is null where it is not known, or where the truck waits for nothing.
    `ask` is whom to ask: the desk of the port document, else the officer there; `telephone` is the document's, null
    where it has none. `reason` is what the public may know, with its legal ground. `qr` reads `qr_text`. `synthetic`
    says that nothing of it is real."""

    crossing_id: str
    at: datetime
    local_time: str
    zone: str
    bridge: str
    bridge_name: str
    port_name: str
    instruction: Examination
    where: Text
    wait: SlipWait | None
    waits: bool
    ask: Text
    reason: Text
    qr: QrCode
    qr_text: str
    first: Language
    synthetic: bool
    telephone: str | None = None


def slip_of(crossing: str, first: Language, node: Node) -> Slip | None:
    """The slip of a crossing as it stands now; None where the log has none, or it names no bridge that is known."""
    events = events_of(crossing, node.log)
    decided, over = order_of(events)
    standing = as_ordered(decided, over)
    filed = next(filings_in(events), None)
    if standing is None or filed is None:
        return None
    live = node.live()
    came = next((said.bridge for each in reversed(events) if isinstance(said := each.payload, Arrived)), "")
    named = came or standing.bridge or filed.declaration.get("bridge") or ""
    bridge = live.called(named) if named else None
    if bridge is None:
        return None
    port, place = live.place(bridge)
    name = events[-1].event.stream.removeprefix("crossing/")
    order, now = standing_order(events), node.clock()
    resource = place_of(standing) if standing.examination == order else None
    resource = resource or RESOURCE_OF.get(order)
    wait = None if resource is None else waits_at(bridge, node).get(resource)
    text = f"aforo:crossing:{name}"
    return Slip(
        name, now, f"{now.astimezone(ZoneInfo(port.zone)):%Y-%m-%d %H:%M}", port.zone, bridge, place.name, port.name,
        order, going_to(order, resource), wait, resource is not None, whom_to_ask(port, place),
        _reason(filed.declaration["declaration_id"], events, node), qr_of(text), text, first,
        node.origin != "live" or node.log.marks != "live", telephone_of(port, place),
    )  # fmt: skip


def waits_at(bridge: str, node: Node) -> dict[Resource, SlipWait]:
    """What waits at each resource of a bridge now, over what is up of it; none of a resource of which either is not
    known."""
    load = node.live().state(bridge, node.clock()).load
    waits: dict[Resource, SlipWait] = {}
    for own in load.resources:
        if own.backlog is not None and own.up is not None and own.up.value >= 1:
            units, at = int(own.up.value), instant(own.backlog.at or load.at)
            waits[own.resource] = SlipWait(round(own.backlog.value / units), own.waiting, units, at)
    return waits


def whom_to_ask(port: PortDocument, bridge: Bridge) -> Text:
    """The desk that the port document names for drivers; where it names none, the officer at the place."""
    desk, said = port.contact_at(bridge).desk, catalogue("aforo.flow")
    if desk is None:
        return said.say("slip_ask", place=bridge.name, port=port.name)
    return said.say("slip_ask_desk", desk=desk.name, place=bridge.name, port=port.name)


def telephone_of(port: PortDocument, bridge: Bridge) -> str | None:
    """The number that the port document has for drivers; None where it has none."""
    telephone = port.contact_at(bridge).telephone
    return None if telephone is None else telephone.number


def _reason(declaration: str, events: Sequence[StoredEvent], node: Node) -> Text:
    """What the filer of the first declaration is told, with the legal ground."""
    told = turns(events, declaration, node.log)
    if not told:
        return catalogue("aforo.flow").template("slip_no_reason")
    public = told[-1].public
    return public_reason(public.status, node.law, public.stated)
