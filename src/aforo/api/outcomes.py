"""Outcomes: what ports report of passages and examinations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.body import RowsBody, bytes_of
from aforo.api.examples import OUTCOME
from aforo.api.filings import MOST_LISTED
from aforo.api.front import Front
from aforo.api.problems import Listed, ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.exams.outcomes import Report, ReportProblem, read
from aforo.flow.input_refusals import refusals_of
from aforo.flow.node import Node
from aforo.flow.reports import Reported, report
from aforo.flow.telemetry import record
from aforo.log.tokens import Token

#: Reports of one request: each is recorded by itself, while filings wait.
MOST_REPORTS = 500
#: Lines of one request: more than these reports can have, in a table whose fields are of several lines.
MOST_LINES = 10 * MOST_REPORTS


class OutcomeAnswer(msgspec.Struct, frozen=True):
    """What was recorded, and what was not understood."""

    passages: int
    examinations: int
    repeated: int
    corrections: int
    problems: list[Listed]
    warnings: list[Listed]

    @classmethod
    def of(cls, told: Reported, unread: Sequence[ReportProblem]) -> OutcomeAnswer:
        """The answer to reports of which some rows could not be read."""
        return cls(
            told.passages, told.examinations, told.repeated, told.corrections,
            [Listed.of(each) for each in (*unread, *told.problems)[:MOST_LISTED]],
            [Listed.of(each) for each in told.warnings[:MOST_LISTED]],
        )  # fmt: skip


class _Reports(RowsBody):
    EXAMPLE = OUTCOME
    TOLD = "Reports, one JSON object a line (NDJSON), or a CSV table."


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/outcomes",
        status_code=200,
        opt={ACTION: "report_outcome"},
        operation_id="report_outcome",
        operation_class=_Reports,
        summary="Report passages and examinations; what is sent twice counts once",
        responses=answers_of(
            "report_outcome",
            OutcomeAnswer,
            {"passages": 1, "examinations": 1, "repeated": 0, "corrections": 0, "problems": [], "warnings": []},
        ),
    )
    async def report_outcome(request: Request[Any, Token, Any]) -> Response[bytes]:
        given = await reports_in(request)
        by = request.auth.name

        def taken(node: Node) -> Reported:
            told = report(given.reports, node, actor=by)
            wrong = [*given.problems, *told.problems]
            said = refusals_of(
                "examinations", "POST /v1/outcomes", wrong, given.data, node.log, instants=given.instants
            )
            record(said, node.log, actor=by, origin=node.origin)
            return told

        told = await front.do(taken)
        given.refuse_nothing()
        return json_answer(OutcomeAnswer.of(told, given.problems))

    return [report_outcome]


class GivenReports(NamedTuple):
    """The body of a request, the reports in it, and what is wrong with its other rows."""

    data: bytes
    reports: list[Report]
    problems: list[ReportProblem]

    @property
    def instants(self) -> list[datetime]:
        """The instants that reports name."""
        return [each.at for each in self.reports if each.at is not None]

    def refuse_nothing(self) -> None:
        """Raises ProblemError where no row is a report."""
        if not self.reports:
            raise ProblemError("refused", 422, problems=self.problems[:MOST_LISTED])


async def reports_in(request: Request[Any, Any, Any]) -> GivenReports:
    """The reports of a request, and what is wrong with its other rows. Raises ProblemError where it is too large."""
    data = await bytes_of(request)
    if data.count(b"\n") + data.count(b"\r") > MOST_LINES:
        raise ProblemError("too_large", 413)
    name = "reports.ndjson" if data.lstrip()[:1] in (b"{", b"[") else "reports.csv"
    reports, problems = await asyncio.to_thread(read, data, name)
    if len(reports) > MOST_REPORTS:
        raise ProblemError("too_large", 413)
    return GivenReports(data, reports, problems)
