"""What officers order over a decision, and say of what stands: that they agree, or that their own was a mistake."""

from __future__ import annotations

from typing import ClassVar, Literal

from aforo.domain.decision import Examination
from aforo.domain.payload import Payload

#: Why an officer raised an examination, where no sentence says it: on their own judgement, by what they were told, or
#: by what they saw of the papers, the seal, the vehicle and its load, or the driver.
RaiseGround = Literal["judgement", "information", "documents", "seal", "vehicle", "driver"]


class Overridden(Payload, frozen=True, omit_defaults=True, gc=False):
    """An officer chose otherwise; the propensity that was overridden is kept. Stream `crossing/<id>`.

    `reason` is the officer's sentence; empty where more was asked for in one step, for a `ground` alone. Older logs
    have no grounds. `second_credential` is what the second officer signed by, as `credential` of the envelope.
    """

    TYPE: ClassVar[str] = "crossing.overridden"

    examination: Examination
    reason: str
    propensity: int
    seconded_by: str | None = None
    ground: RaiseGround | None = None
    second_credential: str | None = None


class OrderAccepted(Payload, frozen=True, omit_defaults=True, gc=False):
    """An officer, the actor of the envelope, has seen what is ordered of a truck and agrees. Stream `crossing/<id>`.

    `decision` is the event of the decision that was seen, `examination` what was ordered then. It changes nothing: the
    next decision or order is another one, which nobody has accepted.
    """

    TYPE: ClassVar[str] = "crossing.accepted"

    decision: str
    examination: Examination


class OrderUndone(Payload, frozen=True, omit_defaults=True, gc=False):
    """An officer took back an order of their own before it was acted on. Stream `crossing/<id>`.

    `order` is the event that recorded it; from here on the crossing is as if it had not been given. `examination` is
    what is ordered then.
    """

    TYPE: ClassVar[str] = "crossing.order_undone"

    order: str
    examination: Examination


class AcceptanceUndone(Payload, frozen=True, omit_defaults=True, gc=False):
    """An officer no longer agrees with what they had accepted, before it was acted on. Stream `crossing/<id>`.

    `acceptance` is the event that recorded that they agreed; it counts for nothing from here on. What is ordered does
    not change by it.
    """

    TYPE: ClassVar[str] = "crossing.acceptance_undone"

    acceptance: str


ORDER_PAYLOADS: tuple[type[Payload], ...] = (OrderAccepted, OrderUndone, AcceptanceUndone)
