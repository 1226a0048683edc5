"""Alerts, as staff see to them: listed truck by truck, acknowledged, assigned, put off, handed up, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, QueryParameter

from aforo.answers.alert import Alert, Phase
from aforo.api.access import ACTION
from aforo.api.alert_examples import ALERT, ALERTS, MEASURE, PEOPLE_FOUND
from aforo.api.body import body_of
from aforo.api.desk import DeskClosedError
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.alert import AlertKind, StaffRole
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow import alert_acts
from aforo.flow.alert_acts import AlertRefusedError, UnknownAlertError
from aforo.flow.alert_bridges import BridgeAsking
from aforo.flow.alert_places import TruckPlace, places_of
from aforo.flow.alert_rules import in_force
from aforo.flow.alert_trips import announced_by, trip_alert, trip_named
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import Measure, Order, ShownAlert, TruckAlerts, Wanted, by_truck, measures, shown
from aforo.flow.handover import place_called
from aforo.flow.node import Node
from aforo.flow.people_found import PeopleFound, people_found
from aforo.flow.responses_shown import answering
from aforo.flow.truck_left import left_now
from aforo.log.tokens import Token

_ANSWERS = "answer_alert"
#: Alerts in one answer.
MOST_ALERTS = 500

T = TypeVar("T")
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=alert_acts.LONGEST_REASON)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=alert_acts.LONGEST_NAME)]


class AlertList(msgspec.Struct, frozen=True):
    """Alerts by truck, the most urgent first; `total` is how many there are, `now` the instant of the node's clock.
    `never_put_off` are the kinds of which the document in force lets nobody put off any; `places` tells where the
    trucks of the crossings are that are named, as far as they are still followed. `asking` is about how many trucks of
    each bridge alerts ask for somebody, whichever alerts were asked for: nobody has one of them in hand or put it off,
    or it is overdue. `responses` are those on the road that alerts of the list started, by their identifiers."""

    now: datetime
    total: int
    trucks: list[TruckAlerts]
    never_put_off: list[AlertKind]
    places: dict[str, TruckPlace] = {}
    asking: list[BridgeAsking] = []
    responses: dict[str, str] = {}


class AlertOwners(msgspec.Struct, frozen=True):
    """Whom an alert may be given to: those who act here, by an account or a token, and may answer alerts."""

    names: list[str]


class AlertMeasures(msgspec.Struct, frozen=True):
    """How fast alerts are seen to, kind by kind."""

    now: datetime
    measures: list[Measure]


class PeopleFoundList(msgspec.Struct, frozen=True):
    """People who were found in trucks of a bridge, or of all bridges of a port, the most urgent first, until somebody
    has seen to each; `total` is how many such trucks there are, `now` the instant of the node's clock."""

    place: str
    zone: str
    now: datetime
    total: int
    found: list[PeopleFound]


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose it is to be."""

    owner: Name


class Delay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long it is put off, and why: the reason is recorded in clear and must not name a person."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=525_600)]
    reason: Reason


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why: recorded in clear, and must not name a person."""

    reason: Reason


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done, and whether there was anything to it."""

    reason: Reason
    ending: Literal["handled", "mistaken"] = "handled"


def _takes(example: dict[str, Any]) -> type[Operation]:
    """An operation whose body is as the example."""

    @dataclass
    class Takes(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                required=True, content={"application/json": OpenAPIMediaType(example=example)}
            )

    return Takes


class _Kept:
    """The alerts of the node that the desk works with."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def ask(self, run: Callable[[Alerts], T]) -> T:
        """Something asked of the alerts, or done about one, beside the desk."""
        return await self.of_node(lambda node: run(node.alerted.alerts))

    async def of_node(self, run: Callable[[Node], T]) -> T:
        """As `ask`, where more than the alerts is needed."""
        node = self._front.desk.node
        if node is None:
            raise DeskClosedError(5)
        return await asyncio.to_thread(lambda: run(node))

    async def act(self, run: Callable[[Alerts], Alert]) -> Response[bytes]:
        """As `ask`, where an act may be refused."""

        def done(node: Node) -> ShownAlert:
            alerts, now = node.alerted.alerts, node.log.clock()
            return shown(
                run(alerts),
                now,
                lambda each: left_now(each, node.log),
                lambda each: trip_alert(each, node.custody, now),
                lambda each: trip_named(each, node.custody),
                lambda each: announced_by(each, node.custody),
            )

        try:
            told = await self.of_node(done)
        except UnknownAlertError:
            raise ProblemError("not_found", 404) from None
        except AlertRefusedError as refused:
            reason = catalogue("aforo.answers").template(refused.code)
            problem = Problem(0, "request", refused.code, reason)
            raise ProblemError("alert_refused", 422, problems=[problem]) from None
        return json_answer(told)


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    kept = _Kept(front)

    @get(
        "/v1/alerts",
        opt={ACTION: "read_alerts"},
        operation_id="list_alerts",
        summary="What staff have to see to, truck by truck, the most urgent first",
        responses=answers_of("list_alerts", AlertList, ALERTS),
    )
    async def list_alerts(
        request: Request[Any, Token, Any],
        phase: Annotated[
            list[Phase] | None,
            QueryParameter(description="Only those in these phases; by default all but closed ones."),
        ] = None,
        kind: Annotated[AlertKind | None, QueryParameter(description="Only those of this kind.")] = None,
        role: Annotated[StaffRole | None, QueryParameter(description="Only those that this role is asked to.")] = None,
        owner: Annotated[str | None, QueryParameter(description="Only this person's.")] = None,
        truck: Annotated[str | None, QueryParameter(description="Only those of this tractor's keyed hash.")] = None,
        crossing: Annotated[str | None, QueryParameter(description="Only those of this crossing.")] = None,
        bridge: Annotated[str | None, QueryParameter(description="Only those about trucks of this bridge.")] = None,
        order: Annotated[
            Order,
            QueryParameter(
                description="The most urgent first; or `saves`: those of trips by which a response can still save most."
            ),
        ] = "urgency",
        limit: Annotated[int, QueryParameter(description="At most so many alerts.", ge=1, le=MOST_ALERTS)] = 100,
        skip: Annotated[int, QueryParameter(description="But for the first so many.", ge=0, le=1_000_000)] = 0,
    ) -> Response[bytes]:
        wanted = Wanted(frozenset(phase) if phase else None, kind, role, owner, truck, crossing)

        def look(node: Node) -> AlertList:
            log, now = node.log, node.log.clock()
            every = [each for each in node.alerted.alerts.all() if wanted.takes(each, now)]
            if bridge is not None:
                bridge_of, own = node.alerted.of(every), node.live().called(bridge)
                every = [each for each in every if own is not None and bridge_of(each) == own]
            found, total = by_truck(
                every, now, wanted, limit, skip, lambda each: left_now(each, log),
                lambda each: trip_alert(each, node.custody, now), order,
                lambda each: trip_named(each, node.custody), lambda each: announced_by(each, node.custody),
            )  # fmt: skip
            named = {alert.crossing_id for group in found for alert in group.alerts if alert.crossing_id is not None}
            asking = sorted(node.alerted.asking(now).items(), key=lambda each: (-len(each[1]), each[0]))
            return AlertList(
                now, total, found, in_force(log).response.never_put_off, places_of(named, node),
                [BridgeAsking(name, len(trucks)) for name, trucks in asking],
                answering(node.responses.all(), {alert.alert_id for group in found for alert in group.alerts}),
            )  # fmt: skip

        return json_answer(await kept.of_node(look))

    @get(
        "/v1/alert-owners",
        opt={ACTION: _ANSWERS},
        operation_id="list_alert_owners",
        summary="Whom an alert may be given to",
        responses=answers_of("list_alert_owners", AlertOwners, {"names": ["Luz Rivera"]}),
    )
    async def list_alert_owners(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(AlertOwners(await asyncio.to_thread(front.access.who_may, _ANSWERS)))

    @get(
        "/v1/alert-measures",
        opt={ACTION: "read_alerts"},
        operation_id="measure_alerts",
        summary="How long it takes until alerts are acknowledged and closed; what has no time yet is counted",
        responses=answers_of("measure_alerts", AlertMeasures, {"now": ALERTS["now"], "measures": [MEASURE]}),
    )
    async def measure_alerts(request: Request[Any, Token, Any]) -> Response[bytes]:
        def look(alerts: Alerts) -> AlertMeasures:
            now = alerts.log.clock()
            return AlertMeasures(now, measures(alerts.all(), now))

        return json_answer(await kept.ask(look))

    @get(
        "/v1/bridges/{bridge:str}/people-found",
        opt={ACTION: "read_alerts"},
        operation_id="read_people_found",
        summary="People who were found in trucks of a bridge, or of a port by its code, until somebody saw to each",
        responses=answers_of("read_people_found", PeopleFoundList, PEOPLE_FOUND),
    )
    async def read_people_found(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        def look(node: Node) -> PeopleFoundList:
            place = existing(place_called(named(bridge), node))
            found, total = people_found(place, node)
            return PeopleFoundList(place.id, place.port.zone, node.clock(), total, found)

        return json_answer(await front.read(look))

    @get(
        "/v1/alerts/{alert_id:str}",
        opt={ACTION: "read_alerts"},
        operation_id="read_alert",
        summary="One alert",
        responses=answers_of("read_alert", ShownAlert, ALERT),
    )
    async def read_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        def look(alerts: Alerts) -> Alert:
            alert = alerts.find(alert_id)
            if alert is None:
                raise UnknownAlertError(alert_id)
            return alert

        return await kept.act(look)

    @post(
        "/v1/alerts/{alert_id:str}/acknowledge",
        status_code=200,
        opt={ACTION: "answer_alert"},
        operation_id="acknowledge_alert",
        summary="Say that you have seen it and see to it; said twice it is said once",
        responses=answers_of("acknowledge_alert", ShownAlert, ALERT),
    )
    async def acknowledge_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        by = request.auth.name
        return await kept.act(lambda alerts: alert_acts.acknowledge(alerts, alert_id, by))

    @post(
        "/v1/alerts/{alert_id:str}/assign",
        status_code=200,
        opt={ACTION: "answer_alert"},
        operation_id="assign_alert",
        operation_class=_takes({"owner": "Luz Rivera"}),
        summary="Give it to a person, who is to acknowledge it in the time that is left",
        responses=answers_of("assign_alert", ShownAlert, ALERT),
    )
    async def assign_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        body, by = await body_of(request, Assignment, "alert_bad"), request.auth.name
        owners = await asyncio.to_thread(front.access.who_may, _ANSWERS)

        def given(alerts: Alerts) -> Alert:
            if body.owner.strip() not in owners:
                raise AlertRefusedError("alert_owner_unknown")
            return alert_acts.assign(alerts, alert_id, body.owner, by)

        return await kept.act(given)

    @post(
        "/v1/alerts/{alert_id:str}/snooze",
        status_code=200,
        opt={ACTION: "answer_alert"},
        operation_id="snooze_alert",
        operation_class=_takes({"minutes": 15, "reason": "The truck is not at the bridge yet."}),
        summary="Put it off, as long and as often as its kind may be; it wakes by itself",
        responses=answers_of("snooze_alert", ShownAlert, ALERT),
    )
    async def snooze_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        body, by = await body_of(request, Delay, "alert_bad"), request.auth.name
        return await kept.act(lambda alerts: alert_acts.snooze(alerts, alert_id, body.minutes, body.reason, by))

    @post(
        "/v1/alerts/{alert_id:str}/escalate",
        status_code=200,
        opt={ACTION: "answer_alert"},
        operation_id="escalate_alert",
        operation_class=_takes({"reason": "Two trucks at once."}),
        summary="Hand it up the ladder before it is late",
        responses=answers_of("escalate_alert", ShownAlert, ALERT),
    )
    async def escalate_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        body, by = await body_of(request, Why, "alert_bad"), request.auth.name
        return await kept.act(lambda alerts: alert_acts.escalate(alerts, alert_id, body.reason, by))

    @post(
        "/v1/alerts/{alert_id:str}/close",
        status_code=200,
        opt={ACTION: "answer_alert"},
        operation_id="close_alert",
        operation_class=_takes({"reason": "Examined at dock 4: nobody inside.", "ending": "handled"}),
        summary="Close it, with what was done",
        responses=answers_of("close_alert", ShownAlert, ALERT),
    )
    async def close_alert(request: Request[Any, Token, Any], alert_id: FromPath[str]) -> Response[bytes]:
        body, by = await body_of(request, Closing, "alert_bad"), request.auth.name
        return await kept.act(lambda alerts: alert_acts.close(alerts, alert_id, body.reason, by, body.ending))

    return [
        list_alerts, list_alert_owners, measure_alerts, read_people_found, read_alert, acknowledge_alert,
        assign_alert, snooze_alert, escalate_alert, close_alert,
    ]  # fmt: skip
