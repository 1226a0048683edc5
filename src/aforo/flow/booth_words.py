"""What is said at a booth, in both languages: where a truck goes, why, and who must be there."""

from __future__ import annotations

from aforo.domain.booth import BoothReason
from aforo.domain.bridge import Resource
from aforo.domain.decision import Examination
from aforo.domain.text import Text, catalogue

#: Where each order sends a truck, where its bridge says nothing more exact.
_AT: dict[Examination, str] = {
    "release": "exit", "scan": "scanner", "scan_then_decide": "scanner", "joint": "joint", "secondary": "dock",
    "hold": "hold",
}  # fmt: skip


def going_to(order: Examination, resource: Resource | None = None) -> Text:
    """Where a truck goes that this is ordered of; `resource` is where it waits, if that is known."""
    place = resource if resource is not None and order not in ("release", "hold") else _AT[order]
    return catalogue("aforo.flow").template(f"booth_to_{place}")


def reason(code: BoothReason, to_do: Examination | None = None) -> Text:
    """Why it is told; `to_do` is what is ordered, where the sentence names it."""
    said = catalogue("aforo.flow")
    if to_do is None:
        return said.template(code)
    return said.say(code, to_do=said.template(f"option_{to_do}"))


def who_is_needed(order: Examination) -> Text | None:
    """Who must be there besides who examines; None where nobody else is needed."""
    return catalogue("aforo.flow").template("booth_joint_needs") if order == "joint" else None
