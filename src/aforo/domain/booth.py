"""What a booth of the node did with a truck: what it told the driver, online or from its list while it was cut off."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from aforo.domain.decision import Examination
from aforo.domain.edge import FactEffect
from aforo.domain.payload import Payload

#: Why the booth told what it told: the code of a sentence. Those of an edge that mean the same have the same end.
BoothReason = Literal["booth_ordered", "booth_no_filing", "booth_mistakable", "booth_from_list", "booth_list_unknown"]
#: Why an act at the booth is taken back.
MistakeReason = Literal["wrong_truck", "typed_wrongly", "did_not_come"]


class BoothInstructed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A driver at the booth was told where to go. Stream `booth/<bridge>`.

    `marks` are the keyed hashes, under the key of the port, that the truck was known by; `crossing` what it was taken
    for, absent where no filing is known, and `candidates` the other crossings that it might be. `list_at` is set where
    the booth was cut off and answered from the list made at that instant: `would` is then what the node had ordered
    when it heard of it, or more, if it had ordered more when the driver was told; and `effects` what was recorded of it
    in the crossing: `order_withheld` where its list cannot have let the truck go, so that what is ordered stands, and
    `not_among` where what was typed does not mean the crossing that the booth told of (any more).
    `occurred_at` of the envelope is when the driver was told, `reported_at` when the node heard of it.
    """

    TYPE: ClassVar[str] = "booth.instructed"

    instruction: Examination
    reason: BoothReason
    marks: tuple[str, ...] = ()
    crossing: str | None = None
    candidates: tuple[str, ...] = ()
    list_at: datetime | None = None
    would: Examination | None = None
    effects: tuple[FactEffect, ...] = ()


class BoothMistaken(Payload, frozen=True, omit_defaults=True, gc=False):
    """An act at the booth was a mistake, by whoever made it or saw it. Stream `booth/<bridge>`.

    `act` is the event of the act. What followed from it in the crossing stands as it was recorded: who was told what
    cannot be untold, and the truck that was meant is asked about anew.
    """

    TYPE: ClassVar[str] = "booth.mistaken"

    act: str
    reason: MistakeReason


BOOTH_PAYLOADS: tuple[type[Payload], ...] = (BoothInstructed, BoothMistaken)
