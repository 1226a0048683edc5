"""What is recorded of responses on the road: an alert of theft or of people on a trip, and what was done until its end.

Every start is version 1 of a stream of its own, `response/<the alert's raise>`, so that nothing has to be asked before
it is written. Where a response of the same kind goes on for the same trip, the start joins it; else it begins one,
which is named by its identifier, and what is done about that follows in its stream. Each start says until when the next
steps are due: nothing that follows from the log depends on the document of the day.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

import msgspec

from aforo.domain.alert import AlertKind
from aforo.domain.payload import Payload
from aforo.domain.reading import Grade

#: What is answered on the road: a load is taken; people may be in it.
ResponseKind = Literal["theft", "people"]
RESPONSE_KINDS: tuple[ResponseKind, ...] = get_args(ResponseKind)
#: Which alerts on a trip, or on the crossing that it is for, may start which response. Of those of theft that nobody
#: reported the plan says which do (`TheftStart`).
RESPONDS_TO: dict[AlertKind, ResponseKind] = {
    "custody_broken": "theft",
    "custody_suspect": "theft",
    "custody_silent": "theft",
    "trip_astray": "theft",
    "trip_stopped": "theft",
    "theft_reported": "theft",
    "people_signs": "people",
    "life_safety_hold": "people",
}
#: Those of these alerts that are about a crossing, whichever trip is under way for it.
ON_CROSSINGS: tuple[AlertKind, ...] = ("life_safety_hold",)
#: What is found of a trip that a plan may have start a response to theft: an alert of this kind; or a silence that is
#: the truck's own, since those beside it are heard; or its device says that it is jammed, and no road is known to be.
TheftStart = Literal["custody_broken", "custody_suspect", "trip_astray", "trip_stopped", "silent_alone", "jammed_alone"]
#: Who told of a theft, by what they are to the load: no person.
TheftTeller = Literal["driver", "carrier", "owner", "authority", "passer_by", "other"]
THEFT_TELLERS: tuple[TheftTeller, ...] = get_args(TheftTeller)
#: What has to be done in time: somebody owns it, somebody was reached, somebody stands at the truck.
Stage = Literal["own", "contact", "scene"]
STAGES: tuple[Stage, ...] = get_args(Stage)
#: What was heard, seen or measured that says that people are in a load.
PeopleSign = Literal["call", "sounds", "heat", "carbon_dioxide", "heartbeat", "image", "seen"]
PEOPLE_SIGNS: tuple[PeopleSign, ...] = get_args(PeopleSign)
#: How a step of a checklist ended.
StepOutcome = Literal["done", "not_possible"]
#: Who was called, and what came of it.
Party = Literal["carrier", "authority", "yard"]
Outcome = Literal["reached", "no_answer", "refused"]
#: How a response ended: the load was saved, or lost; there was nothing to it; people were found, all alive or some of
#: them dead; nobody was found; it was handed to somebody else.
ResponseEnding = Literal["saved", "lost", "false", "people_alive", "people_dead", "nobody", "handed_over"]
#: Which endings a kind can have.
ENDINGS: dict[ResponseKind, tuple[ResponseEnding, ...]] = {
    "theft": ("saved", "lost", "false", "handed_over"),
    "people": ("people_alive", "people_dead", "nobody", "false", "handed_over"),
}


class PeopleSigned(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody reports signs of people in the load of a trip. Stream `people-signs/<trip>`; `occurred_at` is when.

    No words of theirs are kept: who called is no business of a log that others read.
    """

    TYPE: ClassVar[str] = "people.signed"

    signs: tuple[PeopleSign, ...]
    where: str = ""


class TheftReported(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody reports that a truck under seal, or its load, is stolen or being stolen. Stream `theft-reports/<trip>`;
    `occurred_at` is when it was reported, the actor who recorded it.

    `told_by` is what whoever told it is to the load, `where` a place, `words` what they said: neither names a person.
    """

    TYPE: ClassVar[str] = "theft.reported"

    told_by: TheftTeller
    where: str = ""
    words: str = ""


class FixAt(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a device said that it was: latitude and longitude in 1e-7 degree, when in microseconds since 1970."""

    latitude: int
    longitude: int
    at: int
    device: str
    grade: Grade


class ResponseStarted(Payload, frozen=True, omit_defaults=True, gc=False):
    """An alert that is answered on the road was raised. Stream `response/<alert>`, version 1.

    `alert` is the event that raised it, at `raised_at`; of a silence that was found to be the truck's own later, that
    is when that was recorded. Until `own_by` somebody is to take it over, until `contact_by` somebody is to be reached,
    until `scene_by` somebody is to be at the truck; `document` is the hash of the plan, `owner` the desk that the plan
    names: it owns the response until somebody takes that over. The envelope's `occurred_at` is when its cause happened.
    Where the truck was is not said here: it follows from the readings, and is gone with them. Schema 1 said it.
    """

    TYPE: ClassVar[str] = "response.started"
    SCHEMA: ClassVar[int] = 2

    kind: ResponseKind
    trip: str
    alert: str
    alert_kind: AlertKind
    raised_at: datetime
    own_by: datetime
    contact_by: datetime
    scene_by: datetime
    document: str
    crossing: str | None = None
    owner: str = ""


def without_place(data: dict[str, Any]) -> dict[str, Any]:
    """What schema 1 said of a start, without where the truck was."""
    return {name: value for name, value in data.items() if name != "fix"}


class ResponseOwned(Payload, frozen=True, omit_defaults=True, gc=False):
    """`owner` sees to it from here on."""

    TYPE: ClassVar[str] = "response.owned"

    owner: str


class ResponseStepDone(Payload, frozen=True, omit_defaults=True, gc=False):
    """The actor did a step of the checklist, or says that it cannot be done; said anew, the last word holds."""

    TYPE: ClassVar[str] = "response.step"

    code: str
    outcome: StepOutcome


class ResponseContacted(Payload, frozen=True, omit_defaults=True, gc=False):
    """The actor called somebody. `contact` names the line of the document of contacts: no person and no number."""

    TYPE: ClassVar[str] = "response.contacted"

    party: Party
    contact: str
    outcome: Outcome


class ResponseArrived(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody stands at the truck: `who`, as a service is named. `occurred_at` of the envelope is since when."""

    TYPE: ClassVar[str] = "response.arrived"

    who: str


class ResponseLate(Payload, frozen=True, omit_defaults=True, gc=False):
    """A stage was not reached until `due`. Where its alert has a next step, it went up in the same transaction."""

    TYPE: ClassVar[str] = "response.late"

    stage: Stage
    due: datetime


class ResponseEnded(Payload, frozen=True, omit_defaults=True, gc=False):
    """It is over, for the first `causes` of its causes: what joined it unseen by whoever ended it goes on.

    `handed_to` names the service that took it over, where one did. `people` is how many were found, where they were
    counted, and `dead` how many of them were.
    """

    TYPE: ClassVar[str] = "response.ended"

    ending: ResponseEnding
    causes: int
    handed_to: str = ""
    people: int | None = None
    dead: int | None = None


RESPONSE_PAYLOADS: tuple[type[Payload], ...] = (
    PeopleSigned, TheftReported, ResponseStarted, ResponseOwned, ResponseStepDone, ResponseContacted, ResponseArrived,
    ResponseLate, ResponseEnded,
)  # fmt: skip
