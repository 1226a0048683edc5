"""Whether anything was done by what an officer said of a truck: until then they may take it back.

Done by it is what cannot be called back: the driver was told, the truck was sent, stood somewhere or went on, its
examination began or was made, or another officer ordered over it. To file, to decide anew, to agree or to contest is
none of these, nor is a place in a queue that the node itself gave the truck. No clock is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aforo.domain.booth import BoothInstructed
from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.event import (
    AcceptanceUndone,
    Assessed,
    ChallengeAnswered,
    Challenged,
    ChallengeEnclosed,
    Decided,
    Event,
    Filed,
    OrderAccepted,
    OrderUndone,
    Payload,
)
from aforo.flow.order import but_undone
from aforo.log.stored import StoredEvent

#: What is done with a truck outside its own stream.
WORK: tuple[type[Payload], ...] = (BoothInstructed, ExaminationQueued, ExaminationStarted, ExaminationEnded)
#: What is said of a crossing in its own stream, and does nothing with its truck. All else does.
_SAID = (
    Filed, Assessed, Decided, OrderAccepted, AcceptanceUndone, OrderUndone, Challenged, ChallengeAnswered,
    ChallengeEnclosed,
)  # fmt: skip


def acted_on(events: Sequence[StoredEvent], since: StoredEvent, beside: Iterable[StoredEvent] = ()) -> bool:
    """Whether anything was done by what the event `since` of a crossing said, by all `events` of the crossing and those
    `beside` its stream."""
    crossing = since.event.stream.removeprefix("crossing/")
    own = any(
        each.event.version > since.event.version and not isinstance(each.payload, _SAID) for each in but_undone(events)
    )
    return own or any(each.position > since.position and acts(each.event, each.payload, crossing) for each in beside)


def acts(event: Event, payload: Payload, crossing: str) -> bool:
    """Whether an event beside a crossing's stream does anything with its truck."""
    if isinstance(payload, BoothInstructed):
        # A driver may have been sent by what is ordered of another truck that theirs may be.
        others = payload.candidates if payload.reason == "booth_mistakable" else ()
        return crossing in (payload.crossing, *others)
    if isinstance(payload, ExaminationStarted):
        return payload.crossing == crossing
    # What somebody saw was reported under a key; without one it is the node that keeps its queues as it ordered.
    seen = isinstance(payload, ExaminationQueued | ExaminationEnded) and payload.crossing == crossing
    return seen and event.idempotency_key is not None
