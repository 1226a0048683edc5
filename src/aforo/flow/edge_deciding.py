"""What an edge chooses when a truck stands at its booth: a pure function of what it knows.

Holds and what is mandatory stand as the node ordered them, and so does every other order; what was released goes on. A
truck that no filing is known of is referred, and drawn a lot: who is drawn is examined whatever its papers say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aforo.domain.decision import STRICTNESS, Basis, Examination
from aforo.domain.edge import EdgeReason
from aforo.flow.edge_expected import Expected
from aforo.risk import lottery

#: Where a truck is sent that no filing is known of.
REFERRED: Examination = "secondary"


@dataclass(frozen=True)
class Chosen:
    """An option, with its basis and the reason, and the truck that it is about, where one is known."""

    examination: Examination
    reason: EdgeReason
    basis: Basis | None
    truck: Expected | None = None


@dataclass(frozen=True)
class Lot:
    """A lot that an edge drew, and what it was drawn from."""

    lot: int
    control_propensity: int
    day: str
    subject: str
    passages: int

    @property
    def control(self) -> bool:
        """Whether it is drawn for the control sample."""
        return self.lot < self.control_propensity


def strictest(trucks: Sequence[Expected]) -> Expected | None:
    """Of trucks that may be the one at the booth, that of which most is asked; of equals the one filed first."""
    return min(trucks, key=lambda each: (-STRICTNESS[each.order], each.filed, each.ref), default=None)


def choose(found: Sequence[Expected], lot: Lot | None, bundle: bool) -> Chosen:
    """The choice at the booth. `found` are the expected trucks that the marks may mean, `lot` the lot of a truck that
    none is known of (None where there is no key for the day), `bundle` whether one is in force at all."""
    truck = strictest(found)
    if truck is None:
        if not bundle:
            return Chosen(REFERRED, "edge_no_bundle", "mandatory")
        if lot is None:
            return Chosen(REFERRED, "edge_no_key", "mandatory")
        return Chosen(REFERRED, "edge_no_filing_drawn" if lot.control else "edge_no_filing", "mandatory")
    basis = None if truck.order == "release" else truck.basis
    return Chosen(truck.order, reason_of(truck.order), basis, truck)


def reason_of(order: Examination) -> EdgeReason:
    """Why a truck is sent where it is that a filing is known of."""
    if order == "release":
        return "edge_released"
    return "edge_held" if order == "hold" else "edge_ordered"


def draw(key: bytes, control_propensity: int, day: str, subject: str, port: str, passages: int) -> Lot:
    """The lot of a truck by its mark: as `lottery.draw`, with the port's own key of the day."""
    made = lottery.draw(key, int(subject, 16), port, passages)
    return Lot(made, control_propensity, day, subject, passages)
