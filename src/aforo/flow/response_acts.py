"""What is done about a response by a person: each act is an event, and another's comes in between never.

An act is decided on the response as the log has it; where another act was faster it is decided again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from aforo.answers.alert import Alert
from aforo.answers.road_response import RoadResponse
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.event import Origin, Payload, new_event
from aforo.domain.response import (
    ENDINGS,
    RESPONDS_TO,
    Outcome,
    Party,
    PeopleSign,
    PeopleSigned,
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseEnding,
    ResponseOwned,
    ResponseStepDone,
    StepOutcome,
)
from aforo.domain.trip import Discharged, TripOpened
from aforo.flow import alert_acts
from aforo.flow.alert_acts import AlertRefusedError, UnknownAlertError
from aforo.flow.alerts import Alerts
from aforo.flow.custody import CustodyRefusedError, UnknownTripError
from aforo.flow.response_aid import aid
from aforo.flow.response_documents import plan_called
from aforo.flow.responses import PREFIX, Responses
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import Log

#: The stream of reports of people in the load of a trip.
SIGNS = "people-signs/"
#: Longest name of a service or a place.
LONGEST_NAME = 200
#: Calls of one response that are recorded.
MOST_CALLS = 500
#: Reports of signs of people that are recorded of one trip: the first starts a response already.
MOST_SIGNS = 200
#: More people than a load can hold.
MOST_PEOPLE = 1_000
#: How much ahead of this node's clock somebody may say that they arrived.
AHEAD = timedelta(minutes=2)

Act = Callable[[RoadResponse, datetime], Payload | None]


class ResponseRefusedError(ValueError):
    """What was asked for is not allowed; `code` names the sentence that says why, `place` the field."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(code)
        self.code, self.place = code, place


@dataclass(frozen=True)
class Desk:
    """What acts are done with: the responses and the alerts of a log, and who acts."""

    responses: Responses
    alerts: Alerts
    actor: str
    origin: Origin = "live"


def own(desk: Desk, response: str, owner: str | None = None, taken_from: str | None = None) -> RoadResponse:
    """The actor sees to it from here on, or gives it to `owner`; its alert is theirs as well. What somebody else sees
    to is taken from them by their name (`taken_from`), so that nobody takes over what was taken a moment before.

    Raises UnknownResponseError, ResponseRefusedError, ConcurrencyError, as all acts do.
    """
    whose = _name(desk.actor if owner is None else owner, "owner")

    def act(known: RoadResponse, at: datetime) -> Payload | None:
        # Of the plan's desk anybody takes it: nobody has it yet.
        taken = known.owned_at is not None
        if taken and known.owner == whose:
            return None
        if taken and known.owner not in (desk.actor, taken_from):
            raise ResponseRefusedError("response_taken", "taken_from")
        return ResponseOwned(whose)

    made = _do(desk, response, act)
    alert = alert_of(desk.alerts, made)
    if alert is not None:
        try:
            if whose == desk.actor and alert.acknowledged_at is None:
                alert_acts.acknowledge(desk.alerts, alert.alert_id, desk.actor)
            elif whose != desk.actor or alert.owner != whose:
                alert_acts.assign(desk.alerts, alert.alert_id, whose, desk.actor)
        except (AlertRefusedError, UnknownAlertError):
            pass  # somebody closed it meanwhile: the response goes on all the same
    return made


def step(desk: Desk, response: str, code: str, outcome: StepOutcome) -> RoadResponse:
    """Say of a step of the checklist that it is done, or cannot be; of the plan by which the response began."""

    def act(known: RoadResponse, at: datetime) -> Payload | None:
        plan = plan_called(desk.responses.log, known.causes[0].document)
        if code not in {each.code for each in plan.of(known.kind).steps}:
            raise ResponseRefusedError("response_step_unknown", "code")
        said = next((each for each in known.steps if each.code == code), None)
        return None if said is not None and said.outcome == outcome else ResponseStepDone(code, outcome)

    return _do(desk, response, act)


def contact(desk: Desk, response: str, party: Party, which: str, outcome: Outcome) -> RoadResponse:
    """Record a call to a line of the documents of contacts; `which` is empty for one that they do not have."""

    def act(known: RoadResponse, at: datetime) -> Payload | None:
        if len(known.contacts) >= MOST_CALLS:
            raise ResponseRefusedError("response_calls_many", "contact")
        if which and which not in _lines(desk, known, party):
            raise ResponseRefusedError("response_contact_unknown", "contact")
        return ResponseContacted(party, which, outcome)

    return _do(desk, response, act)


def arrive(desk: Desk, response: str, who: str, at: datetime | None = None) -> RoadResponse:
    """Somebody stands at the truck, now or since `at`: `who`, as a service is named."""
    service = _name(who, "who")

    def act(known: RoadResponse, now: datetime) -> Payload | None:
        if at is not None and not known.started_at <= at <= now + AHEAD:
            raise ResponseRefusedError("response_arrived_when", "at")
        return None if known.on_scene == service else ResponseArrived(service)

    return _do(desk, response, act, at)


def end(
    desk: Desk,
    response: str,
    ending: ResponseEnding,
    handed_to: str = "",
    people: int | None = None,
    dead: int | None = None,
) -> RoadResponse:
    """It is over; its alert is settled with it."""
    to = _name(handed_to, "handed_to") if handed_to.strip() else ""
    if (ending == "handed_over") != bool(to):
        raise ResponseRefusedError("response_handed_to", "handed_to")
    found = ending in ("people_alive", "people_dead")
    if (people is not None or dead is not None) and not found:
        raise ResponseRefusedError("response_people_none", "people")
    if people is not None and not 1 <= people <= MOST_PEOPLE:
        raise ResponseRefusedError("response_people_many", "people")
    if dead is not None and (ending == "people_alive" or not 1 <= dead <= (people or MOST_PEOPLE)):
        raise ResponseRefusedError("response_dead", "dead")

    def act(known: RoadResponse, at: datetime) -> Payload | None:
        if ending not in ENDINGS[known.kind]:
            raise ResponseRefusedError("response_ending", "ending")
        return ResponseEnded(ending, len(known.causes), to, people, dead)

    made = _do(desk, response, act)
    settle(desk.alerts, desk.responses)
    return made


def under_way(log: Log, trip: str) -> None:
    """Raises UnknownTripError where no such trip was announced, CustodyRefusedError where it is over."""
    told = [each.payload for each in log.stream(TRIP + trip, types=(TripOpened.TYPE, Discharged.TYPE))]
    if not told:
        raise UnknownTripError(trip)
    if any(isinstance(each, Discharged) for each in told):
        raise CustodyRefusedError("trip_over", "trip")


def signs(log: Log, trip: str, said: tuple[PeopleSign, ...], where: str, *, actor: str, origin: Origin) -> None:
    """Record signs of people in the load of a trip that is not over; an alert follows. Raises UnknownTripError,
    CustodyRefusedError, ConcurrencyError."""
    under_way(log, trip)
    if not said:
        raise CustodyRefusedError("people_no_sign", "signs")

    def write() -> None:
        stream, at = SIGNS + trip, log.clock()
        version = log.versions([stream]).get(stream, 0) + 1
        if version > MOST_SIGNS:
            raise CustodyRefusedError("people_signs_many", "signs")
        payload = PeopleSigned(tuple(dict.fromkeys(said)), where.strip()[:LONGEST_NAME])
        log.append(
            [
                new_event(
                    event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=origin
                )
            ]
        )

    retried(write)


def alert_of(alerts: Alerts, response: RoadResponse) -> Alert | None:
    """The open alert that a response answers; None where it is closed."""
    raised = {each.alert for each in response.causes}
    return next((each for each in alerts.open() if any(cause.event_id in raised for cause in each.causes)), None)


def settle(alerts: Alerts, responses: Responses) -> int:
    """Settle the open alerts whose responses have ended, as far as these had seen of their causes; of how many."""
    answered = [each for each in alerts.open() if each.kind in RESPONDS_TO]
    if not answered:
        return 0
    over = {cause.alert: each for each in responses.all() if each.ended_at is not None for cause in each.causes}
    settled = 0
    for alert in answered:
        seen = 0
        while seen < len(alert.causes) and alert.causes[seen].event_id in over:
            seen += 1
        if not seen:
            continue
        ended = responses.log.stream(PREFIX + over[alert.causes[0].event_id].response, types=(ResponseEnded.TYPE,))
        cause = ended[-1].event.event_id if ended else None
        alert_acts.resolve(alerts, alert.alert_id, seen, cause)
        settled += 1
    return settled


def _lines(desk: Desk, known: RoadResponse, party: Party) -> set[str]:
    """What calls of a party may name."""
    found = aid(desk.responses.custody, known)
    return {
        "carrier": {each.id for each in found.called.carrier},
        "authority": {each.id for each in found.called.authority},
        "yard": {each.yard.id for each in found.yards},
    }[party]


def _name(name: str, place: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ResponseRefusedError("response_needs_name", place)
    return name


def _do(desk: Desk, response: str, act: Act, occurred: datetime | None = None) -> RoadResponse:
    return retried(partial(_once, desk, response, act, occurred))


def _once(desk: Desk, response: str, act: Act, occurred: datetime | None) -> RoadResponse:
    log = desk.responses.log
    known = desk.responses.find(response)
    if known.ended_at is not None:
        raise ResponseRefusedError("response_over", "response")
    at = log.clock()
    payload = act(known, at)
    if payload is None:
        return known
    version = known.version + 1
    event = new_event(
        event_id(at), payload, PREFIX + known.response, version, occurred_at=occurred or at, recorded_at=at,
        actor=desk.actor, origin=desk.origin,
    )  # fmt: skip
    log.append([event])
    return desk.responses.find(known.response)
