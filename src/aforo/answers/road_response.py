"""A response on the road: a value that follows from its events, and which of its stages are due at an instant. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.alert import AlertKind
from aforo.domain.payload import Payload
from aforo.domain.response import (
    STAGES,
    Outcome,
    Party,
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseEnding,
    ResponseKind,
    ResponseLate,
    ResponseOwned,
    ResponseStarted,
    ResponseStepDone,
    Stage,
    StepOutcome,
)


class Started(msgspec.Struct, frozen=True):
    """One cause of a response: the alert's raise, its kind, when that was raised, and what was due until when; `owner`
    is the desk that its plan names."""

    alert: str
    alert_kind: AlertKind
    started_at: datetime
    due: tuple[datetime, datetime, datetime]
    document: str
    owner: str | None = None


class StepSaid(msgspec.Struct, frozen=True):
    """What was last said of a step of the checklist."""

    code: str
    outcome: StepOutcome
    by: str
    at: datetime


class Contacted(msgspec.Struct, frozen=True):
    """A call that was made."""

    party: Party
    contact: str
    outcome: Outcome
    by: str
    at: datetime


class RoadResponse(msgspec.Struct, frozen=True):
    """A response as its events leave it. `version` is the last one of its stream. `owner` is the desk that the plan
    names, where it names one, until somebody takes it over.

    `owned_at` (somebody took it over), `contacted_at` (somebody was reached) and `on_scene_at` are when each stage was
    reached first; `late` are the stages that were not in time.
    """

    response: str
    kind: ResponseKind
    trip: str
    crossing: str | None
    causes: tuple[Started, ...]
    version: int = 1
    owner: str | None = None
    owned_at: datetime | None = None
    contacted_at: datetime | None = None
    on_scene_at: datetime | None = None
    on_scene: str = ""
    steps: tuple[StepSaid, ...] = ()
    contacts: tuple[Contacted, ...] = ()
    late: tuple[Stage, ...] = ()
    ended_at: datetime | None = None
    ended_by: str | None = None
    ending: ResponseEnding | None = None
    handed_to: str = ""
    people: int | None = None
    dead: int | None = None

    @property
    def started_at(self) -> datetime:
        """When the alert that began it was raised."""
        return self.causes[0].started_at

    def reached(self, stage: Stage) -> datetime | None:
        """When a stage was reached first."""
        return {"own": self.owned_at, "contact": self.contacted_at, "scene": self.on_scene_at}[stage]

    def due(self, stage: Stage) -> datetime:
        """Until when a stage is to be reached."""
        return self.causes[0].due[STAGES.index(stage)]

    def next_due(self) -> tuple[Stage, datetime] | None:
        """The stage that is due next; None where all are reached, or it is over."""
        if self.ended_at is not None:
            return None
        left = [(self.due(stage), stage) for stage in STAGES if self.reached(stage) is None]
        return (min(left)[1], min(left)[0]) if left else None

    def overdue(self, now: datetime) -> list[Stage]:
        """The stages that are late at an instant and were not yet said to be."""
        if self.ended_at is not None:
            return []
        return [
            stage
            for stage in STAGES
            if self.reached(stage) is None and self.due(stage) <= now and stage not in self.late
        ]


def cause_of(started: ResponseStarted) -> Started:
    """The cause that a start records."""
    due = (started.own_by, started.contact_by, started.scene_by)
    owner = started.owner or None
    return Started(started.alert, started.alert_kind, started.raised_at, due, started.document, owner)


def began(response: str, started: ResponseStarted) -> RoadResponse:
    """The response that a start begins."""
    cause = cause_of(started)
    return RoadResponse(response, started.kind, started.trip, started.crossing, (cause,), owner=cause.owner)


def joined(response: RoadResponse, started: ResponseStarted) -> RoadResponse:
    """The response that goes on, with a further cause."""
    return msgspec.structs.replace(
        response, causes=(*response.causes, cause_of(started)), crossing=response.crossing or started.crossing
    )


def after(response: RoadResponse, payload: Payload, actor: str, occurred: datetime, at: datetime) -> RoadResponse:
    """The response after one of its events, recorded `at`. An event that no response has leaves it as it is."""
    change = msgspec.structs.replace
    if isinstance(payload, ResponseOwned):
        return change(response, owner=payload.owner, owned_at=response.owned_at or occurred)
    if isinstance(payload, ResponseStepDone):
        kept = tuple(each for each in response.steps if each.code != payload.code)
        return change(response, steps=(*kept, StepSaid(payload.code, payload.outcome, actor, at)))
    if isinstance(payload, ResponseContacted):
        call = Contacted(payload.party, payload.contact, payload.outcome, actor, at)
        reached = response.contacted_at or (at if payload.outcome == "reached" else None)
        return change(response, contacts=(*response.contacts, call), contacted_at=reached)
    if isinstance(payload, ResponseArrived):
        return change(response, on_scene=payload.who, on_scene_at=response.on_scene_at or occurred)
    if isinstance(payload, ResponseLate):
        return change(response, late=(*response.late, payload.stage))
    return response


def ended(
    response: RoadResponse, payload: ResponseEnded, actor: str, at: datetime
) -> tuple[RoadResponse | None, RoadResponse | None]:
    """What an end leaves of a response: the ended one, and the one that what had joined it unseen begins."""
    seen, unseen = response.causes[: payload.causes], response.causes[payload.causes :]
    if not seen:
        return None, response
    done = msgspec.structs.replace(
        response, causes=seen, ended_at=at, ended_by=actor, ending=payload.ending, handed_to=payload.handed_to,
        people=payload.people, dead=payload.dead,
    )  # fmt: skip
    if not unseen:
        return done, None
    first = unseen[0]
    return done, RoadResponse(
        first.alert, response.kind, response.trip, response.crossing, unseen, owner=first.owner
    )  # fmt: skip
