"""Incidents: reported, closed and corrected by officers, and listed for staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.clear_text import refuse_named_persons
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.scoreboard_examples import CLOSED, CORRECTED, INCIDENT, REPORTED
from aforo.domain.checked import Instant
from aforo.domain.incident import IncidentCorrected, IncidentKind, Severity
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow import incidents
from aforo.flow.incidents import LONGEST_NOTE, LONGEST_SOURCE, IncidentRefusedError, UnknownIncidentError
from aforo.flow.node import Node
from aforo.flow.scoreboard_shown import IncidentShown, incident_shown
from aforo.log.tokens import Token
from aforo.scoreboard.incidents import KnownIncident, State

#: Incidents in one answer.
MOST_INCIDENTS = 500

Note = Annotated[str, Meta(max_length=LONGEST_NOTE)]
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_NOTE)]
Source = Annotated[str, Meta(min_length=1, max_length=LONGEST_SOURCE)]
Where = Annotated[str, Meta(min_length=1, max_length=200)]


class Reported(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happened, and where: a bridge by id, name or alias, or a port by its code. `source` and `note` are recorded
    in clear, and must not name a person. Without `started_at` it began now."""

    kind: IncidentKind
    place: Where
    source: Source
    severity: Severity
    started_at: Instant | None = None
    note: Note = ""


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That it is over: now, or since `ended_at`."""

    ended_at: Instant | None = None
    note: Note = ""


class Corrected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it was, in place of all that was said before, and why that is said now; `withdrawn`: there was none."""

    kind: IncidentKind
    place: Where
    source: Source
    severity: Severity
    started_at: Instant
    reason: Reason
    ended_at: Instant | None = None
    note: Note = ""
    withdrawn: bool = False


class IncidentsAnswer(msgspec.Struct, frozen=True):
    """Incidents, the last to begin first; `total` is how many there are."""

    now: datetime
    total: int
    incidents: list[IncidentShown]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def act(run: Callable[[Node], KnownIncident]) -> Response[bytes]:
        """Something done about an incident. Raises ProblemError where it is refused."""

        def done(node: Node) -> IncidentShown:
            return incident_shown(node.scoreboards(), run(node))

        try:
            return json_answer(await front.read(done))
        except UnknownIncidentError:
            raise ProblemError("not_found", 404) from None
        except IncidentRefusedError as refused:
            reason = catalogue("aforo.api").template(refused.code)
            problem = Problem(0, refused.place, refused.code, reason)
            raise ProblemError("incident_refused", 422, problems=[problem]) from None

    @get(
        "/v1/incidents",
        opt={ACTION: "read_incidents"},
        operation_id="list_incidents",
        summary="Incidents at bridges and ports, the last to begin first",
        responses=answers_of("list_incidents", IncidentsAnswer, {"now": INCIDENT["reported_at"], "total": 1,
                                                                 "incidents": [INCIDENT]}),
    )  # fmt: skip
    async def list_incidents(
        standing: Annotated[State | None, QueryParameter(name="state", description="Only those in this state.")] = None,
        place: Annotated[
            str | None, QueryParameter(max_length=200, description="Only those of this bridge or port.")
        ] = None,
        kind: Annotated[IncidentKind | None, QueryParameter(description="Only those of this kind.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_INCIDENTS, description="At most so many.")] = 100,
    ) -> Response[bytes]:
        def look(node: Node) -> IncidentsAnswer:
            board = node.scoreboards()
            found = [
                each for each in board.incidents()
                if standing in (None, each.state) and place in (None, each.place) and kind in (None, each.kind)
            ]  # fmt: skip
            shown = [incident_shown(board, each) for each in found[:limit]]
            return IncidentsAnswer(node.clock(), len(found), shown)

        return json_answer(await front.read(look))

    @post(
        "/v1/incidents",
        status_code=200,
        opt={ACTION: "report_incident"},
        operation_id="report_incident",
        operation_class=takes("What happened, where, since when, and by whose word.", REPORTED),
        summary="Report an incident; it goes on until it is closed",
        responses=answers_of("report_incident", IncidentShown, INCIDENT),
    )
    async def report_incident(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, by = await body_of(request, Reported), request.auth.name
        await refuse_named_persons(front, said, request.auth)

        def report(node: Node) -> KnownIncident:
            return incidents.report(
                node.log, said.kind, _place(node, said.place), said.started_at or node.clock(), said.source,
                said.severity, said.note, actor=by, origin=node.origin,
            )  # fmt: skip

        return await act(report)

    @post(
        "/v1/incidents/{incident_id:str}/close",
        status_code=200,
        opt={ACTION: "report_incident"},
        operation_id="close_incident",
        operation_class=takes("That it is over, now or since `ended_at`.", CLOSED),
        summary="Say that an incident is over",
        responses=answers_of("close_incident", IncidentShown, INCIDENT),
    )
    async def close_incident(request: Request[Any, Token, Any], incident_id: FromPath[str]) -> Response[bytes]:
        said, by, own = await body_of(request, Closed), request.auth.name, named(incident_id)
        await refuse_named_persons(front, said, request.auth)
        return await act(
            lambda node: incidents.close(
                node.log, own, said.ended_at, said.note, actor=by, origin=node.origin
            )
        )  # fmt: skip

    @post(
        "/v1/incidents/{incident_id:str}/correct",
        status_code=200,
        opt={ACTION: "report_incident"},
        operation_id="correct_incident",
        operation_class=takes("What it was, in place of what was said before, and why.", CORRECTED),
        summary="Correct what was said of an incident, or withdraw it; what was said stays in the log",
        responses=answers_of("correct_incident", IncidentShown, INCIDENT),
    )
    async def correct_incident(request: Request[Any, Token, Any], incident_id: FromPath[str]) -> Response[bytes]:
        said, by, own = await body_of(request, Corrected), request.auth.name, named(incident_id)
        await refuse_named_persons(front, said, request.auth)

        def correct(node: Node) -> KnownIncident:
            payload = IncidentCorrected(
                said.kind, _place(node, said.place), said.source, said.severity, said.started_at, said.reason,
                said.ended_at, said.note, said.withdrawn,
            )  # fmt: skip
            return incidents.correct(node.log, own, payload, actor=by, origin=node.origin)

        return await act(correct)

    return [list_incidents, report_incident, close_incident, correct_incident]


def _place(node: Node, called: str) -> str:
    """The bridge or the port that is called so. Raises IncidentRefusedError."""
    found = node.live().called(called)
    if found is None and node.scoreboards().places.bridges_of(called):
        found = called
    if found is None:
        raise IncidentRefusedError("incident_place", "place")
    return found
