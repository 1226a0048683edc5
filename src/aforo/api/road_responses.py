"""Responses on the road: listed with people first, owned, worked through, ended; and signs of people, and theft, as
reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.answers.road_response import RoadResponse
from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.booths import KeyHeader, key_of
from aforo.api.clear_text import refuse_named_persons
from aforo.api.custody_examples import TRIP
from aforo.api.devices import custody_done, own_carriers
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.road_response_examples import ARRIVED, CALLED, ENDED, LIST, OWNED, RESPONSE, SIGNS, STEP, THEFT
from aforo.domain.checked import Instant
from aforo.domain.clock import microseconds
from aforo.domain.problem import Problem
from aforo.domain.response import Outcome, Party, PeopleSign, ResponseEnding, ResponseKind, StepOutcome, TheftTeller
from aforo.domain.text import catalogue
from aforo.flow import response_acts, theft_reports
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_shown import TripShown, is_own, trip_shown
from aforo.flow.node import Node
from aforo.flow.response_acts import Desk, ResponseRefusedError
from aforo.flow.responses import UnknownResponseError
from aforo.flow.responses_shown import ResponseRow, ResponseShown, ResponseTimes, listed, shown, times
from aforo.log.tokens import Token

_ACTS = "answer_response"
#: Responses in one answer.
MOST_RESPONSES = 500

Name = Annotated[str, Meta(min_length=1, max_length=response_acts.LONGEST_NAME)]
Maybe = Annotated[str, Meta(max_length=response_acts.LONGEST_NAME)]
Which = Literal["open", "ended", "all"]
Run = Callable[[Desk], RoadResponse]


class ResponseList(msgspec.Struct, frozen=True):
    """Responses, people before loads, then what is due next; `total` is how many there are, `now` the instant of the
    node's clock. `times` tells how fast all that are kept went, kind by kind."""

    now: datetime
    total: int
    responses: list[ResponseRow]
    times: list[ResponseTimes]


class ResponseOwner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose it is to be; whoever asks, where nobody is named. `taken_from` is whoever sees to it so far, where that is
    another than who asks."""

    owner: Name | None = None
    taken_from: Name | None = None


class ResponseStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the checklist, and how it ended."""

    code: Name
    outcome: StepOutcome


class ResponseCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was called, by the line's name in the document of contacts (empty for another), and what came of it."""

    party: Party
    outcome: Outcome
    contact: Maybe = ""


class ResponseArrival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which service stands at the truck, since when: now, where that is not said."""

    who: Name
    at: Instant | None = None


class ResponseEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it ended, to whom it was handed over, and how many people were found, and were dead, where they were
    counted."""

    ending: ResponseEnding
    handed_to: Maybe = ""
    people: int | None = None
    dead: int | None = None


class SignsSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What says that people are in the load, and where that was. Who called is not recorded."""

    signs: Annotated[list[PeopleSign], Meta(min_length=1, max_length=20)]
    where: Maybe = ""


class TheftTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever told of the theft is to the load, where that was, and what they said. Neither names a person."""

    told_by: TheftTeller
    where: Maybe = ""
    words: Annotated[str, Meta(max_length=theft_reports.LONGEST_WORDS)] = ""


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def act(request: Request[Any, Token, Any], run: Run) -> Response[bytes]:
        """Something done about a response; how that stands then."""
        actor = request.auth.name

        def done(node: Node) -> ResponseShown:
            alerts = node.alerted.alerts
            return shown(node.custody, alerts, run(Desk(node.responses, alerts, actor, node.origin)))

        try:
            return json_answer(await front.read(done))
        except (UnknownResponseError, UnknownTripError):
            raise ProblemError("not_found", 404) from None
        except ResponseRefusedError as refused:
            reason = catalogue("aforo.flow").template(refused.code)
            problem = Problem(0, refused.place, refused.code, reason)
            raise ProblemError("response_refused", 422, problems=[problem]) from None

    async def reported(token: Token, trip: str, report: Callable[[Node, str], None]) -> Response[bytes]:
        """What somebody reports of a trip, a carrier of its own alone; the trip."""
        own = own_carriers(token)
        by = token.name if own is None else token.id

        def done(node: Node) -> TripShown:
            known = node.custody.trip(trip)
            if not is_own(known.opened.carrier, own):
                raise UnknownTripError(trip)
            report(node, by)
            return trip_shown(known, microseconds(node.clock()))

        return json_answer(await custody_done(front.read(done)))

    @get(
        "/v1/responses",
        opt={ACTION: "read_responses"},
        operation_id="list_responses",
        summary="Responses on the road: those that go on, people first",
        responses=answers_of("list_responses", ResponseList, LIST),
    )
    async def list_responses(
        request: Request[Any, Token, Any],
        which: Annotated[Which, QueryParameter(description="Those that go on, those that ended, or all.")] = "open",
        kind: Annotated[ResponseKind | None, QueryParameter(description="Only those of this kind.")] = None,
        trip: Annotated[str | None, QueryParameter(max_length=100, description="Only those of this trip.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_RESPONSES, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        def look(node: Node) -> ResponseList:
            now, every = node.clock(), node.responses.all()
            wanted = [
                each
                for each in every
                if (which == "all" or (each.ended_at is None) == (which == "open"))
                and kind in (None, each.kind)
                and trip in (None, each.trip)
            ]
            return ResponseList(now, len(wanted), listed(node.custody, wanted, now, limit), times(every))

        return json_answer(await front.read(look))

    @get(
        "/v1/responses/{response_id:str}",
        opt={ACTION: "read_responses"},
        operation_id="read_response",
        summary="One response: its clock, whom to call, the nearest yards, the checklist, what is known of the load",
        responses=answers_of("read_response", ResponseShown, RESPONSE),
    )
    async def read_response(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        name = named(response_id)
        return await act(request, lambda desk: desk.responses.find(name))

    @post(
        "/v1/responses/{response_id:str}/own",
        status_code=200,
        opt={ACTION: _ACTS},
        operation_id="own_response",
        operation_class=takes("Whose it is to be.", OWNED),
        summary="Take a response, from whoever sees to it by name, or give it to somebody; its alert goes with it",
        responses=answers_of("own_response", ResponseShown, RESPONSE),
    )
    async def own_response(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, ResponseOwner), named(response_id)
        owner = None if said.owner is None else said.owner.strip()
        may = [] if owner is None else await asyncio.to_thread(front.access.who_may, _ACTS)

        def own(desk: Desk) -> RoadResponse:
            if owner is not None and owner not in may:
                raise ResponseRefusedError("response_owner_unknown", "owner")
            return response_acts.own(desk, name, owner, said.taken_from)

        return await act(request, own)

    @post(
        "/v1/responses/{response_id:str}/steps",
        status_code=200,
        opt={ACTION: _ACTS},
        operation_id="say_response_step",
        operation_class=takes("A step of the checklist, and how it ended.", STEP),
        summary="Say of a step that it is done, or cannot be",
        responses=answers_of("say_response_step", ResponseShown, RESPONSE),
    )
    async def say_response_step(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, ResponseStep), named(response_id)
        return await act(request, lambda desk: response_acts.step(desk, name, said.code, said.outcome))

    @post(
        "/v1/responses/{response_id:str}/calls",
        status_code=200,
        opt={ACTION: _ACTS},
        operation_id="record_response_call",
        operation_class=takes("Who was called, and what came of it.", CALLED),
        summary="Record a call; the first that reached somebody stops its clock",
        responses=answers_of("record_response_call", ResponseShown, RESPONSE),
    )
    async def record_response_call(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, ResponseCall), named(response_id)
        return await act(
            request, lambda desk: response_acts.contact(desk, name, said.party, said.contact, said.outcome)
        )

    @post(
        "/v1/responses/{response_id:str}/arrive",
        status_code=200,
        opt={ACTION: _ACTS},
        operation_id="arrive_response",
        operation_class=takes("Which service stands at the truck.", ARRIVED),
        summary="Somebody stands at the truck",
        responses=answers_of("arrive_response", ResponseShown, RESPONSE),
    )
    async def arrive_response(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, ResponseArrival), named(response_id)
        return await act(request, lambda desk: response_acts.arrive(desk, name, said.who, said.at))

    @post(
        "/v1/responses/{response_id:str}/end",
        status_code=200,
        opt={ACTION: _ACTS},
        operation_id="end_response",
        operation_class=takes("How it ended.", ENDED),
        summary="End a response; its alert is settled with it",
        responses=answers_of("end_response", ResponseShown, RESPONSE),
    )
    async def end_response(request: Request[Any, Token, Any], response_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, ResponseEnd), named(response_id)
        await refuse_named_persons(front, said, request.auth)

        def end(desk: Desk) -> RoadResponse:
            return response_acts.end(desk, name, said.ending, said.handed_to, said.people, said.dead)

        return await act(request, end)

    @post(
        "/v1/trips/{trip_id:str}/people-signs",
        status_code=200,
        opt={ACTION: "open_trip"},
        operation_id="report_people_signs",
        operation_class=takes("What says that people are in the load.", SIGNS),
        summary="Report signs of people in the load of a trip: a response starts at once",
        responses=answers_of("report_people_signs", TripShown, TRIP),
    )
    async def report_people_signs(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, SignsSaid), named(trip_id)
        await refuse_named_persons(front, said, request.auth)

        def report(node: Node, by: str) -> None:
            response_acts.signs(node.log, name, tuple(said.signs), said.where, actor=by, origin=node.origin)

        return await reported(request.auth, name, report)

    @post(
        "/v1/trips/{trip_id:str}/theft-reports",
        status_code=200,
        opt={ACTION: "open_trip"},
        operation_id="report_theft",
        operation_class=takes("Who told of it, where, and what they said.", THEFT),
        summary="Report that the truck of a trip, or its load, is stolen: a response starts at once",
        responses=answers_of("report_theft", TripShown, TRIP),
    )
    async def report_theft(
        request: Request[Any, Token, Any], trip_id: FromPath[str], idempotency_key: KeyHeader = None
    ) -> Response[bytes]:
        said, name, key = await body_of(request, TheftTold), named(trip_id), key_of(idempotency_key)
        await refuse_named_persons(front, said, request.auth)

        def report(node: Node, by: str) -> None:
            theft_reports.report(
                node.log, name, said.told_by, said.where, said.words, actor=by, origin=node.origin, key=key
            )

        return await reported(request.auth, name, report)

    return [
        list_responses, read_response, own_response, say_response_step, record_response_call, arrive_response,
        end_response, report_people_signs, report_theft,
    ]  # fmt: skip
