"""Documents of the roads: corridors, fences, limits of alerts; put in force, listed, read, and taken out of force."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.road_examples import PUT, ROAD, ROADS
from aforo.flow import documents, roads
from aforo.flow.documents import NothingToRollBackError
from aforo.flow.node import Node
from aforo.flow.roads import MOST_BYTES, ROAD_KINDS, InForce, RoadKind, RoadRefusedError
from aforo.log.contention import retried
from aforo.log.tokens import Token

T = TypeVar("T")
#: What is wrong with a document, in one answer.
_MOST_PROBLEMS = 100


class RoadSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document in TOML, as the reference on roads has it."""

    document: Annotated[str, Meta(min_length=1, max_length=MOST_BYTES)]


class RoadShown(msgspec.Struct, frozen=True):
    """A document that is in force: its kind, what names it there, its hash, and how many trips that are not over name
    it, where it is a corridor. `version` is its own, `since` and `by` are when and by whom it came to be in force; its
    figures name their sources. `document` is its text, where one is asked for."""

    kind: RoadKind
    name: str
    hash: str
    trips: int
    version: str
    since: datetime
    by: str
    document: str | None = None


class RoadsAnswer(msgspec.Struct, frozen=True):
    """The documents in force, by kind and name. Where no limits are, those that ship stand."""

    documents: list[RoadShown]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/roads",
        opt={ACTION: "read_roads"},
        operation_id="list_roads",
        summary="The corridors, fences and limits of alerts that are in force",
        responses=answers_of("list_roads", RoadsAnswer, ROADS),
    )
    async def list_roads(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(_listed))

    @get(
        "/v1/roads/{kind:str}/{road_name:str}",
        opt={ACTION: "read_roads"},
        operation_id="read_road",
        summary="A document of the roads that is in force, with its text",
        responses=answers_of("read_road", RoadShown, ROAD),
    )
    async def read_road(
        request: Request[Any, Token, Any], kind: FromPath[str], road_name: FromPath[str]
    ) -> Response[bytes]:
        of_kind, name = _kind(kind), named(road_name)
        return json_answer(existing(await front.read(lambda node: _in_force(of_kind, name, node))))

    @put(
        "/v1/roads/{kind:str}",
        opt={ACTION: "put_road"},
        operation_id="put_road",
        operation_class=takes("A corridor, a document of fences, or the limits of alerts.", PUT),
        summary="Put a document of the roads in force: trips are judged by it from then on",
        responses=answers_of("put_road", RoadShown, ROAD),
    )
    async def put_road(request: Request[Any, Token, Any], kind: FromPath[str]) -> Response[bytes]:
        of_kind, said, by = _kind(kind), await body_of(request, RoadSaid), request.auth.name

        def done(node: Node) -> RoadShown | None:
            checked = roads.checked(said.document.encode(), of_kind)
            retried(lambda: roads.put(node.log, checked, by, origin=node.origin))
            return _in_force(of_kind, checked.name, node)

        return json_answer(existing(await _done(front.read(done))))

    @post(
        "/v1/roads/{kind:str}/{road_name:str}/rollback",
        status_code=200,
        opt={ACTION: "put_road"},
        operation_id="roll_back_road",
        summary="Take a document out of force: the one before it is in force again, or none",
        responses=answers_of("roll_back_road", RoadsAnswer, ROADS),
    )
    async def roll_back_road(
        request: Request[Any, Token, Any], kind: FromPath[str], road_name: FromPath[str]
    ) -> Response[bytes]:
        of_kind, name, by = _kind(kind), named(road_name), request.auth.name

        def done(node: Node) -> RoadsAnswer:
            retried(lambda: documents.roll_back(node.log, of_kind, name, by, origin=node.origin))
            return _listed(node)

        return json_answer(await _done(front.read(done)))

    return [list_roads, read_road, put_road, roll_back_road]


def _kind(said: str) -> RoadKind:
    """A kind of document. Raises ProblemError where there is none such."""
    return existing(next((each for each in ROAD_KINDS if each == said), None))


def _listed(node: Node) -> RoadsAnswer:
    shown = (_shown(each, node) for each in node.custody.roads.in_force())
    return RoadsAnswer([each for each in shown if each is not None])


def _in_force(kind: RoadKind, name: str, node: Node) -> RoadShown | None:
    found = next((each for each in node.custody.roads.in_force() if (each.kind, each.name) == (kind, name)), None)
    shown = None if found is None else _shown(found, node)
    if shown is None:
        return None
    return msgspec.structs.replace(shown, document=node.log.artefacts.get(shown.hash).decode())


def _shown(found: InForce, node: Node) -> RoadShown | None:
    """A document as it stands; None where it was taken out of force meanwhile."""
    stands = documents.standing(node.log, found.kind, found.name)
    if stands is None:
        return None
    trips = len(node.custody.on_corridor(found.name)) if found.kind == "corridor" else 0
    return RoadShown(found.kind, found.name, stands.hash, trips, stands.version, stands.since, stands.by)


async def _done(step: Awaitable[T]) -> T:
    """What a step with a document gives. Raises ProblemError, with all that is wrong with one."""
    try:
        return await step
    except NothingToRollBackError:
        raise ProblemError("not_found", 404) from None
    except RoadRefusedError as refused:
        raise ProblemError("road_refused", 422, problems=refused.problems[:_MOST_PROBLEMS]) from None
