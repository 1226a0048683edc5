"""The live queues of a bridge's resources, as decisions fill and empty them.

A truck that stands at a yard or a booth and is sent to be examined waits there from its decision on; one of which the
examination is no longer asked waits no more. Both are events of the bridge (`port/…`), in the transaction of the
decision, so that the backlog that the next truck is weighed by is right. What an officer orders counts as what a
decision asks: it takes the same minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import msgspec

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, Resource
from aforo.domain.credential import Credentials, current_credential, use_credential
from aforo.domain.decision import Examination
from aforo.domain.event import Decided, Overridden
from aforo.flow.allowed import stage_number
from aforo.flow.node import Node
from aforo.flow.order import order_of, whereabouts
from aforo.flow.recording import EventMaker
from aforo.log.stored import StoredEvent
from aforo.routing.choice import RESOURCES, scan_place

#: What an examination is carried out at, but for a scan.
_AT: Mapping[Examination, Resource] = {"joint": "joint", "secondary": "dock"}
_MS_A_MINUTE = 60_000
#: A change of a queue: of the crossing's bridge, and what is recorded there.
Change = tuple[str, ExaminationQueued | ExaminationEnded]
D = TypeVar("D", Decided, Decided | None)


def place_of(decided: Decided) -> Resource | None:
    """Where a truck waits for the examination that a decision asks of it; None before it is there to be sent, and where
    nothing is examined."""
    if decided.stage in (None, "filed") or decided.routing is None:
        return None
    if decided.examination in ("scan", "scan_then_decide"):
        minutes = [float("nan") if each is None else each for each in decided.routing.minutes]
        return RESOURCES[scan_place(stage_number(decided.stage, minutes), minutes)]
    return _AT.get(decided.examination)


def as_ordered(decided: D, overridden: Overridden | None) -> D:
    """A decision as it stands under an officer's order, if there is one over it."""
    if decided is None or overridden is None:
        return decided
    return msgspec.structs.replace(decided, examination=overridden.examination)


def after_order(crossing: str, events: Sequence[StoredEvent], order: Overridden) -> Change | None:
    """How an order that an officer gives after a crossing's events changes the queues; not at all where its truck is
    not there yet, or not any more."""
    decided, standing = order_of(events)
    where = whereabouts(events)
    if decided is None or where == "gone":
        return None
    before = as_ordered(decided, standing) if where == "waiting" else None
    return change_of(crossing, before, as_ordered(decided, order))


def change_of(crossing: str, before: Decided | None, decided: Decided) -> Change | None:
    """How a decision changes the queues: the truck is sent to another place than `before` sent it, or to none. `before`
    is the decision by which it still waits, None where it waits nowhere."""
    was = None if before is None else place_of(before)
    place = place_of(decided)
    if place is None or decided.routing is None:
        return None if was is None or before is None else (before.bridge, ExaminationEnded(crossing, was))
    if before is not None and (before.bridge, was) == (decided.bridge, place):
        return None  # it keeps its place, and may be served by now
    minutes = decided.routing.minutes[RESOURCES.index(place)]
    predicted = None if minutes is None else round(minutes * _MS_A_MINUTE)
    return decided.bridge, ExaminationQueued(crossing, place, predicted)


def add_changes(
    changes: Sequence[Change], node: Node, make: EventMaker, credentials: Credentials = MappingProxyType({})
) -> None:
    """Add changes of queues to a transaction, each by the credential that its crossing was filed by."""
    versions = node.log.versions(sorted({f"port/{bridge}" for bridge, _ in changes})) if changes else {}
    for bridge, payload in changes:
        stream = f"port/{bridge}"
        versions[stream] = versions.get(stream, 0) + 1
        with use_credential(credentials.get(payload.crossing, current_credential())):
            make.add(payload, stream, versions[stream])
