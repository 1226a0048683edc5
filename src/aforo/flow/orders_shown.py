"""What an officer said of a truck, as people and machines are shown it: an order that stands, and an acceptance."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.clock import instant
from aforo.domain.decision import Examination
from aforo.domain.order import RaiseGround
from aforo.flow.board_truck import Agreed, Given


class OrderGiven(msgspec.Struct, frozen=True):
    """An officer's order that stands over the decision; while it is `undoable`, nothing having been done by it, who
    gave it may take it back."""

    event_id: str
    by: str
    at: datetime
    was: Examination
    now: Examination
    seconded_by: str | None
    reason: str
    undoable: bool
    ground: RaiseGround | None = None


class AcceptedBy(msgspec.Struct, frozen=True):
    """Who has seen what stands and agrees, by which event; while it is `undoable` they may take that back."""

    by: str
    at: datetime
    event_id: str
    undoable: bool


def order_given(order: Given) -> OrderGiven:
    """An order as it is shown."""
    return OrderGiven(
        order.event_id, order.by, instant(order.at), order.was, order.now, order.seconded_by, order.reason,
        order.undoable, order.ground,
    )  # fmt: skip


def accepted_by(accepted: Agreed) -> AcceptedBy:
    """An acceptance as it is shown."""
    return AcceptedBy(accepted.by, instant(accepted.at), accepted.event_id, accepted.undoable)
