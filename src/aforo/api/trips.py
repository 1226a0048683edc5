"""Trips under seal: announced, sealed, read, unsealed and discharged; and the verdict on their custody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.custody_examples import DISCHARGED, INSPECTED, OPENED, READ, SEALED, TRIP, UNSEALED, VERDICT
from aforo.api.devices import custody_done, own_carriers
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.responses import answers_of, json_answer
from aforo.custody.fact import State
from aforo.custody.trip import KnownTrip
from aforo.domain.checked import Instant
from aforo.domain.clock import microseconds
from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import (
    Discharged,
    Found,
    Inspected,
    InspectedPoint,
    InspectionKind,
    Place,
    PlaceUse,
    Regime,
    Sealed,
    SealRead,
    TripOpened,
    Unsealed,
)
from aforo.flow import trip_acts
from aforo.flow.custody import CustodyRefusedError
from aforo.flow.custody_asked import TripsAsked, refuse_others
from aforo.flow.custody_grounds import grounds
from aforo.flow.custody_shown import TripShown, VerdictShown, is_own, trip_shown
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Trips in one answer.
MOST_TRIPS = 500

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Maybe = Annotated[str, Meta(max_length=100)]
Where = Annotated[str, Meta(max_length=200)]


class PlaceSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A circle: its middle in degrees, its radius in metres, and what may be done there."""

    name: Name
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    radius_m: int
    use: PlaceUse = "stop"


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a trip is: its regime, whose it is, what it is for, where it may stop and be opened, and its deadline.
    `corridor` is one that is in force, `convoy` names the carrier's trips that set out together. `authorised` are the
    persons who may seal it and take seals off; their names are kept as keyed hashes alone. Where it names nobody, any
    person of the carrier may seal it, and any officer seal it and take seals off."""

    regime: Regime
    carrier: Name
    deadline: Instant
    crossing: Maybe = ""
    carta_porte: Maybe = ""
    corridor: Maybe = ""
    convoy: Maybe = ""
    supplier: Maybe = ""
    places: list[PlaceSaid] = []
    authorised: Annotated[list[Name], Meta(max_length=50)] = []


class SealedBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which device seals the load, the number on its body, and since when: now, where that is not said. `person` is
    who sealed it."""

    device: Name
    seal_id: Name
    person: Maybe = ""
    at: Instant | None = None
    where: Where = ""


class Taken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which device was taken off, by whose authority, and when. `person` is who did it."""

    device: Name
    authority: Name
    person: Maybe = ""
    at: Instant | None = None
    where: Where = ""


class NumberRead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number that was read on the seal, and by whom."""

    seal_id: Name
    person: Maybe = ""
    at: Instant | None = None
    where: Where = ""


class PointSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found at a point of an inspection."""

    point: Annotated[str, Meta(min_length=1, max_length=40)]
    found: Found = "pass"


class InspectedBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An inspection: of the seal (`vvtt`: view, verify, tug, twist), or of truck and trailer (`conveyance`: seventeen
    points); a point that is not named was not done. `seal_id` is the number on the seal. `person` is who inspected;
    `note` names nobody."""

    kind: InspectionKind
    points: Annotated[list[PointSaid], Meta(min_length=1, max_length=20)]
    seal_id: Maybe = ""
    person: Maybe = ""
    at: Instant | None = None
    where: Where = ""
    note: Annotated[str, Meta(max_length=500)] = ""


class Over(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the trip was discharged, by whom, and when."""

    where: Annotated[str, Meta(min_length=1, max_length=200)]
    person: Maybe = ""
    at: Instant | None = None


class TripsAnswer(msgspec.Struct, frozen=True):
    """Trips that are not over, and the last that were; `total` is how many there are."""

    now: datetime
    total: int
    trips: list[TripShown]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def act(
        request: Request[Any, Token, Any], trip: str, run: Callable[[Node, str], KnownTrip]
    ) -> Response[bytes]:
        """Something done about a trip of whoever asks, who is named by the token where that is a carrier's."""
        token = request.auth
        own = own_carriers(token)
        by = token.name if own is None else token.id

        def done(node: Node) -> TripShown:
            refuse_others(node.custody, trip, own)
            known = run(node, by)
            by_what = grounds([known], node.log) if own is None else {}
            return trip_shown(known, microseconds(node.clock()), by_what.get(trip))

        return json_answer(await custody_done(front.read(done)))

    @get(
        "/v1/trips",
        opt={ACTION: "read_custody"},
        operation_id="list_trips",
        summary="Trips under seal that are not over, and the last that were; a carrier's own",
        responses=answers_of("list_trips", TripsAnswer, {"now": TRIP["deadline"], "total": 1, "trips": [TRIP]}),
    )
    async def list_trips(
        request: Request[Any, Token, Any],
        overdue: Annotated[bool, QueryParameter(description="Only those that should have been discharged.")] = False,
        crossing: Annotated[
            str | None, QueryParameter(max_length=100, description="Only those that are for this crossing.")
        ] = None,
        states: Annotated[
            list[State] | None,
            QueryParameter(
                name="state", description="Only those last recorded so, or at worst before; may be repeated."
            ),
        ] = None,
        regime: Annotated[Regime | None, QueryParameter(description="Only those of this regime.")] = None,
        carrier: Annotated[str | None, QueryParameter(max_length=100, description="Only this carrier's.")] = None,
        skip: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="Leave out so many first.")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_TRIPS, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        asked = TripsAsked(own_carriers(request.auth), crossing, tuple(states or ()), regime, carrier, overdue)

        def look(node: Node) -> TripsAnswer:
            now = node.clock()
            found = asked.among(node.custody.trips(), microseconds(now))
            part = found[skip : skip + limit]
            by_what = grounds(part, node.log) if asked.own is None else {}
            shown = [trip_shown(each, microseconds(now), by_what.get(each.trip)) for each in part]
            return TripsAnswer(now, len(found), shown)

        return json_answer(await front.read(look))

    @get(
        "/v1/trips/{trip_id:str}",
        opt={ACTION: "read_custody"},
        operation_id="read_trip",
        summary="A trip: what it is, its seals, and whether it is over",
        responses=answers_of("read_trip", TripShown, TRIP),
    )
    async def read_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        name = named(trip_id)
        return await act(request, name, lambda node, _: node.custody.trip(name))

    @get(
        "/v1/trips/{trip_id:str}/custody",
        opt={ACTION: "read_custody"},
        operation_id="read_trip_custody",
        summary="The verdict on a trip's custody, at any instant, by what was known at any other",
        responses=answers_of("read_trip_custody", VerdictShown, VERDICT),
    )
    async def read_trip_custody(
        request: Request[Any, Token, Any],
        trip_id: FromPath[str],
        at: Annotated[datetime | None, QueryParameter(description="The instant asked about; now without it.")] = None,
        known_by: Annotated[
            datetime | None, QueryParameter(description="By what had come until then; all without it.")
        ] = None,
    ) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def look(node: Node) -> VerdictShown:
            refuse_others(node.custody, name, own)
            return verdict_on(node.custody, name, at, known_by)

        return json_answer(await custody_done(front.read(look)))

    @put(
        "/v1/trips/{trip_id:str}",
        opt={ACTION: "open_trip"},
        operation_id="open_trip",
        operation_class=takes("What the trip is, whose, and until when it is to be discharged.", OPENED),
        summary="Announce a trip under seal, or announce it anew as a whole",
        responses=answers_of("open_trip", TripShown, TRIP),
    )
    async def open_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, Opened), named(trip_id)
        await refuse_named_persons(front, said, request.auth)
        own = own_carriers(request.auth)

        def opened(node: Node, by: str) -> KnownTrip:
            if not is_own(said.carrier, own):
                raise CustodyRefusedError("trip_of_another", "carrier")
            payload = TripOpened(
                said.regime, said.carrier, said.deadline, said.crossing, said.carta_porte, said.corridor, said.supplier,
                tuple(_place(each) for each in said.places),
                tuple(trip_acts.person_of(node.log, each) for each in said.authorised), said.convoy,
            )  # fmt: skip
            announce = trip_acts.open_ if own is None else trip_acts.open_own
            return announce(node.custody, name, payload, actor=by, origin=node.origin)

        return await act(request, name, opened)

    @post(
        "/v1/trips/{trip_id:str}/seal",
        status_code=200,
        opt={ACTION: "open_trip"},
        operation_id="seal_trip",
        operation_class=takes("Which device seals the load, and the number on it.", SEALED),
        summary="Bind a seal to a trip",
        responses=answers_of("seal_trip", TripShown, TRIP),
    )
    async def seal_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, SealedBy), named(trip_id)
        await refuse_named_persons(front, said, request.auth)
        own = own_carriers(request.auth)

        def sealed(node: Node, by: str) -> KnownTrip:
            if own is not None and not is_own(node.custody.device(said.device).carrier, own):
                raise CustodyRefusedError("device_unknown", "device")
            payload = Sealed(said.device, said.seal_id, trip_acts.person_of(node.log, said.person), said.where)
            return trip_acts.seal(node.custody, name, payload, said.at, actor=by, origin=node.origin)

        return await act(request, name, sealed)

    @post(
        "/v1/trips/{trip_id:str}/unseal",
        status_code=200,
        opt={ACTION: "discharge_trip"},
        operation_id="unseal_trip",
        operation_class=takes("Which device was taken off, and by whose authority.", UNSEALED),
        summary="Take a seal off a trip",
        responses=answers_of("unseal_trip", TripShown, TRIP),
    )
    async def unseal_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, Taken), named(trip_id)
        await refuse_named_persons(front, said, request.auth)

        def unseal(node: Node, by: str) -> KnownTrip:
            payload = Unsealed(said.device, said.authority, trip_acts.person_of(node.log, said.person), said.where)
            return trip_acts.unseal(node.custody, name, payload, said.at, actor=by, origin=node.origin)

        return await act(request, name, unseal)

    @post(
        "/v1/trips/{trip_id:str}/seal-read",
        status_code=200,
        opt={ACTION: "discharge_trip"},
        operation_id="read_seal",
        operation_class=takes("The number that was read on the seal, and where.", READ),
        summary="Record the number on the seal; one that no seal of the trip bears is a swap",
        responses=answers_of("read_seal", TripShown, TRIP),
    )
    async def read_seal(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, NumberRead), named(trip_id)
        await refuse_named_persons(front, said, request.auth)

        def read(node: Node, by: str) -> KnownTrip:
            payload = SealRead(said.seal_id, trip_acts.person_of(node.log, said.person), said.where)
            return trip_acts.read(node.custody, name, payload, said.at, actor=by, origin=node.origin)

        return await act(request, name, read)

    @post(
        "/v1/trips/{trip_id:str}/inspection",
        status_code=200,
        opt={ACTION: "open_trip"},
        operation_id="inspect_trip",
        operation_class=takes("What was inspected, and what was found at each point.", INSPECTED),
        summary="Record an inspection of the seal (VVTT), or of truck and trailer (17 points)",
        responses=answers_of("inspect_trip", TripShown, TRIP),
    )
    async def inspect_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, InspectedBy), named(trip_id)
        await refuse_named_persons(front, said, request.auth)

        def inspect(node: Node, by: str) -> KnownTrip:
            points = tuple(InspectedPoint(each.point, each.found) for each in said.points)
            person = trip_acts.person_of(node.log, said.person)
            payload = Inspected(said.kind, points, said.seal_id, person, said.where, said.note)
            return trip_acts.inspect(node.custody, name, payload, said.at, actor=by, origin=node.origin)

        return await act(request, name, inspect)

    @post(
        "/v1/trips/{trip_id:str}/discharge",
        status_code=200,
        opt={ACTION: "discharge_trip"},
        operation_id="discharge_trip",
        operation_class=takes("Where it was discharged.", DISCHARGED),
        summary="Discharge a trip: its seals are of it no more",
        responses=answers_of("discharge_trip", TripShown, TRIP),
    )
    async def discharge_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        said, name = await body_of(request, Over), named(trip_id)
        await refuse_named_persons(front, said, request.auth)

        def discharge(node: Node, by: str) -> KnownTrip:
            payload = Discharged(said.where, trip_acts.person_of(node.log, said.person))
            return trip_acts.discharge(node.custody, name, payload, said.at, actor=by, origin=node.origin)

        return await act(request, name, discharge)

    return [
        list_trips, read_trip, read_trip_custody, open_trip, seal_trip, unseal_trip, read_seal, inspect_trip,
        discharge_trip,
    ]  # fmt: skip


def _place(said: PlaceSaid) -> Place:
    latitude, longitude = round(said.latitude * PER_DEGREE), round(said.longitude * PER_DEGREE)
    return Place(said.name, latitude, longitude, said.radius_m, said.use)
