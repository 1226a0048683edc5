"""Responses as staff see them: people first, then what is late, then what is due next; and how fast they go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime

import msgspec

from aforo.answers.alert import Alert, Phase, phase
from aforo.answers.road_response import Contacted, RoadResponse, StepSaid
from aforo.custody.aboard import Heat, sealed_since
from aforo.custody.contacts import Authority, Line
from aforo.custody.response_plan import ResponsePlan, Step
from aforo.custody.trip import KnownTrip
from aforo.custody.yards import Away, YardSource
from aforo.domain.alert import AlertKind
from aforo.domain.clock import instant, microseconds
from aforo.domain.reading import PER_DEGREE, Grade
from aforo.domain.response import (
    ENDINGS,
    RESPONSE_KINDS,
    STAGES,
    FixAt,
    ResponseEnding,
    ResponseKind,
    Stage,
    StepOutcome,
)
from aforo.domain.text import Text
from aforo.flow.alert_trips import trip_alert
from aforo.flow.alerts import Alerts
from aforo.flow.causes_shown import CauseShown
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.response_aid import aboard_of, aid
from aforo.flow.response_documents import plan_called
from aforo.flow.theft_reports import TheftSaid, reports
from aforo.measures.response_times import Times, times_of


class StageShown(msgspec.Struct, frozen=True):
    """A stage of a response: until when it is to be reached, when it was, and whether that was, or is, late."""

    stage: Stage
    due: datetime
    reached_at: datetime | None
    late: bool


class ResponseRow(msgspec.Struct, frozen=True):
    """A response in a list. `next_stage` is due at `next_due`; both are null where nothing is. `alerts` are the raises
    that it answers. `sealed_since` is since when the load has been sealed, null where no seal stands;
    `discharged_at` is when the trip was over, where it is. Of a trip that was erased none of that is known, nor whose
    it was: `carrier` is empty. `taken` is whether somebody took it over: else `owner` is the desk that the plan names,
    null where it names none."""

    response: str
    kind: ResponseKind
    trip: str
    crossing: str | None
    carrier: str
    alerts: list[str]
    started_at: datetime
    owner: str | None
    next_stage: Stage | None
    next_due: datetime | None
    overdue: bool
    late: list[Stage]
    sealed_since: datetime | None
    discharged_at: datetime | None
    ended_at: datetime | None
    ending: ResponseEnding | None
    taken: bool = True


class FixShown(msgspec.Struct, frozen=True):
    """Where a device said that it was, in degrees, when, and who vouches for it."""

    latitude: float
    longitude: float
    at: datetime
    device: str
    grade: Grade


class HeatShown(msgspec.Struct, frozen=True):
    """A temperature as a device reported it; where its sensor sits is the device's."""

    celsius: float
    at: datetime
    device: str
    grade: Grade


class StepShown(msgspec.Struct, frozen=True):
    """A step of the checklist: what is to be done, why (`source`, null where that is assumed), and what was said of it,
    null where nothing was."""

    code: str
    say: Text
    source: Text | None
    outcome: StepOutcome | None
    by: str | None
    at: datetime | None


class LineShown(msgspec.Struct, frozen=True):
    """A telephone to call: whose it is, when it is answered (null: at all times), and where the number is from."""

    contact: str
    name: Text
    phone: str
    hours: Text | None
    source: str
    note: str


class YardShown(msgspec.Struct, frozen=True):
    """A yard, `metres` from the last position in a straight line: no road is that short. `named_by` says what names
    it; `phone` is null where none is known."""

    contact: str
    name: str
    latitude: float
    longitude: float
    metres: float
    named_by: YardSource
    phone: str | None


class AlertAnswered(msgspec.Struct, frozen=True):
    """An alert that a response answers, and where it stands. `causes` are those of the response's trip that stand, each
    with how it is known; none where the alert tells of something else, or where nothing of it stands any more.
    `reports` are those of theft that raised it."""

    alert_id: str
    kind: AlertKind
    phase: Phase
    causes: list[CauseShown]
    reports: list[TheftSaid]


class ResponseShown(msgspec.Struct, frozen=True):
    """One response. What is not known is null: no position, no heat, nobody reached yet. `fix_then` is the last
    position that was known when it began, `fix` the last one now, both as long as the readings are kept; `heat` is the
    last temperature reported since the load was sealed, `hottest` the highest. `endings` are those that it can have.
    `plan` is the hash of the plan that it goes by, `carta_porte` the identifier of the trip's document. `other_trips`
    name the same crossing, where the alert is about that and about no trip: their carriers' lines are here too."""

    now: datetime
    row: ResponseRow
    stages: list[StageShown]
    steps: list[StepShown]
    carrier_lines: list[LineShown]
    authority_lines: list[LineShown]
    yards: list[YardShown]
    calls: list[Contacted]
    fix: FixShown | None
    fix_then: FixShown | None
    heat: HeatShown | None
    hottest: HeatShown | None
    alerts: list[AlertAnswered]
    on_scene: str
    endings: list[ResponseEnding]
    ended_by: str | None
    handed_to: str
    people: int | None
    dead: int | None
    plan: str
    carta_porte: str | None
    other_trips: list[str]


class ResponseTimes(msgspec.Struct, frozen=True):
    """How fast responses of a kind go: how many, how many go on, and the times from the alert to each stage; of those
    that have not reached it the time is missing."""

    kind: ResponseKind
    responses: int
    open: int
    own: Times
    contact: Times
    scene: Times


def ordered(responses: Iterable[RoadResponse], now: datetime) -> list[RoadResponse]:
    """Those that go on before those that ended; people before loads; then the late, then what is due next. Of those
    that ended the last first."""

    def urgency(each: RoadResponse) -> tuple[bool, bool, float, str]:
        due = each.next_due()
        if each.ended_at is not None:
            return True, False, -each.ended_at.timestamp(), each.response
        at = each.started_at if due is None else due[1]
        return False, each.kind != "people", at.timestamp(), each.response

    return sorted(responses, key=urgency)


def row(response: RoadResponse, trip: KnownTrip | None, now: datetime) -> ResponseRow:
    """A response in a list, at an instant; `trip` is None where the words of its trip were erased."""
    due = response.next_due()
    sealed = None if trip is None else sealed_since(trip.seals, microseconds(now))
    over = None if trip is None or trip.discharged is None else instant(trip.discharged)
    return ResponseRow(
        response.response, response.kind, response.trip, response.crossing, "" if trip is None else trip.opened.carrier,
        [each.alert for each in response.causes], response.started_at, response.owner,
        None if due is None else due[0], None if due is None else due[1], due is not None and due[1] <= now,
        list(response.late), None if sealed is None else instant(sealed), over, response.ended_at, response.ending,
        response.owned_at is not None,
    )  # fmt: skip


def listed(custody: Custody, responses: Iterable[RoadResponse], now: datetime, most: int) -> list[ResponseRow]:
    """Responses in their order, at most `most`, with since when their loads have been sealed."""
    made = []
    for each in ordered(responses, now)[:most]:
        trip = None
        with suppress(UnknownTripError):  # its words were erased
            trip = custody.trip(each.trip)
        made.append(row(each, trip, now))
    return made


def shown(custody: Custody, alerts: Alerts, response: RoadResponse) -> ResponseShown:
    """One response with all that it is given to work with. Raises UnknownTripError."""
    now = custody.log.clock()
    given = aid(custody, response)
    first = response.causes[0]
    then = aboard_of(custody, response.trip, microseconds(response.started_at)).fix
    plan = plan_called(custody.log, first.document)
    said = {each.code: each for each in response.steps}
    raised = {each.alert for each in response.causes}
    answered = [each for each in alerts.all() if any(cause.event_id in raised for cause in each.causes)]
    steps = [_step(each, plan, said.get(each.code)) for each in plan.of(response.kind).steps]
    return ResponseShown(
        now, row(response, given.trip, now), stages(response, now), steps,
        [line_shown(each) for each in given.called.carrier], [line_shown(each) for each in given.called.authority],
        [_yard(each) for each in given.yards], list(response.contacts), _fix(given.known.fix), _fix(then),
        _heat(given.known.heat), _heat(given.known.hottest),
        [_answered(each, response.trip, custody, now) for each in answered], response.on_scene,
        [] if response.ended_at else list(ENDINGS[response.kind]), response.ended_by, response.handed_to,
        response.people, response.dead, first.document, given.trip.opened.carta_porte or None,
        given.others,
    )  # fmt: skip


def _answered(alert: Alert, trip: str, custody: Custody, now: datetime) -> AlertAnswered:
    told = trip_alert(alert, custody, now)
    causes = [] if told is None else [each for each in told.causes if each.trip == trip]
    said = reports(custody.log, trip, {each.about for each in alert.causes}) if alert.kind == "theft_reported" else []
    return AlertAnswered(alert.alert_id, alert.kind, phase(alert, now), causes, said)


def stages(response: RoadResponse, now: datetime) -> list[StageShown]:
    """The stages of a response at an instant."""
    made = []
    for stage in STAGES:
        due, reached = response.due(stage), response.reached(stage)
        until = reached or response.ended_at or now
        made.append(StageShown(stage, due, reached, stage in response.late or until > due))
    return made


def answering(responses: Iterable[RoadResponse], alerts: Collection[str]) -> dict[str, str]:
    """By which of these alerts which response was started; an alert is named by the raise that opened it."""
    return {cause.alert: each.response for each in responses for cause in each.causes if cause.alert in alerts}


def times(responses: Iterable[RoadResponse]) -> list[ResponseTimes]:
    """How fast responses go, kind by kind."""
    every = list(responses)
    made = []
    for kind in RESPONSE_KINDS:
        own = [each for each in every if each.kind == kind]
        if own:
            took = {
                stage: times_of([_seconds(each, stage) for each in own]) for stage in STAGES
            }  # fmt: skip
            going = sum(each.ended_at is None for each in own)
            made.append(ResponseTimes(kind, len(own), going, took["own"], took["contact"], took["scene"]))
    return made


def _seconds(response: RoadResponse, stage: Stage) -> float | None:
    reached = response.reached(stage)
    return None if reached is None else (reached - response.started_at).total_seconds()


def _step(each: Step, plan: ResponsePlan, said: StepSaid | None) -> StepShown:
    source = plan.source_of(each)
    if said is None:
        return StepShown(each.code, each.say.text, source, None, None, None)
    return StepShown(each.code, each.say.text, source, said.outcome, said.by, said.at)


def line_shown(each: Line | Authority) -> LineShown:
    """A telephone as people are shown it."""
    hours = None if each.hours is None else each.hours.text
    return LineShown(each.id, each.name.text, each.phone, hours, each.source, each.note)


def _yard(each: Away) -> YardShown:
    yard = each.yard
    return YardShown(
        yard.id, yard.name, yard.latitude / PER_DEGREE, yard.longitude / PER_DEGREE, round(each.metres),
        yard.named_by, yard.phone or None,
    )  # fmt: skip


def _fix(fix: FixAt | None) -> FixShown | None:
    if fix is None:
        return None
    return FixShown(
        fix.latitude / PER_DEGREE, fix.longitude / PER_DEGREE, instant(fix.at), fix.device, fix.grade
    )  # fmt: skip


def _heat(heat: Heat | None) -> HeatShown | None:
    if heat is None:
        return None
    return HeatShown(heat.celsius_100 / 100, instant(heat.at), heat.device, heat.grade)
