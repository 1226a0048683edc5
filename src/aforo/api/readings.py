"""Telemetry over HTTP: what readers at the gates read, and what is reported of scanners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.body import RowsBody, bytes_of
from aforo.api.bridge_examples import READING, SCANNER_REPORT
from aforo.api.filings import MOST_LISTED
from aforo.api.front import Front
from aforo.api.problems import Listed, ProblemError, ranked
from aforo.api.responses import answers_of, json_answer
from aforo.api.speaking import speaks_for
from aforo.domain.clock import instant
from aforo.domain.problem import Problem
from aforo.flow.input_refusals import refusals_of as input_refusals_of
from aforo.flow.node import Node
from aforo.flow.scanner_reports import of_bridges, refusals_of, reports_of, scans_of, terms_of, unplaced
from aforo.flow.seal_reads import refused_reads, seal_reads_of
from aforo.flow.telemetry import Statement, blocks_of, record
from aforo.intake import gate_reads, scanner_log
from aforo.log.tokens import Token

#: Rows of one request.
MOST_ROWS = 20_000


class TelemetryAnswer(msgspec.Struct, frozen=True):
    """What came of the rows: how many there were, taken and said twice; the events written, and those that the log had
    already; what is wrong with the others."""

    records: int
    taken: int
    repeated: int
    written: int
    known: int
    problems: list[Listed]


class _Telemetry(RowsBody):
    TOLD = f"One JSON object a line (NDJSON), or a CSV table; {MOST_ROWS:,} rows at most."


class Readings(_Telemetry):
    EXAMPLE = READING


class ScannerRows(_Telemetry):
    EXAMPLE = SCANNER_REPORT


READINGS_TAKEN = {"records": 1, "taken": 1, "repeated": 0, "written": 1, "known": 0, "problems": []}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/readings",
        status_code=200,
        opt={ACTION: "report_readings"},
        operation_id="report_readings",
        operation_class=Readings,
        summary="Readings of gates: reader, plate or tag, the number on a seal, instant; the same block again is one",
        responses=answers_of("report_readings", TelemetryAnswer, READINGS_TAKEN),
    )
    async def report_readings(request: Request[Any, Token, Any]) -> Response[bytes]:
        data = await bytes_of(request)

        def understood(node: Node) -> tuple[gate_reads.Reads, list[Statement]]:
            live = node.live()
            own = speaks_for(request.auth, live)
            readers = {name: at for name, at in live.readers.items() if own is None or at.bridge in own}
            told = gate_reads.read(data, readers.keys(), node.clock(), most=MOST_ROWS)
            refused = input_refusals_of(
                "readings", "POST /v1/readings", told.problems, data, node.log,
                instants=[instant(each.at) for each in told.reads], bridges=own or (),
            )  # fmt: skip
            seals, wrong = seal_reads_of(told.reads, readers, node)
            told.problems += wrong
            return told, [*blocks_of(told.reads, readers, node.log), *seals, *refused]

        told, blocks = await front.read_body(len(data), understood)
        return await _recorded(request, blocks, len(told.reads), told.records, told.repeated, told.problems)

    @post(
        "/v1/scanners/reports",
        status_code=200,
        opt={ACTION: "report_scanners"},
        operation_id="report_scanners",
        operation_class=ScannerRows,
        summary="Reports and scans of scanners, as the scanner log has them; what is told twice is one",
        responses=answers_of("report_scanners", TelemetryAnswer, READINGS_TAKEN),
    )
    async def report_scanners(request: Request[Any, Token, Any]) -> Response[bytes]:
        data = await bytes_of(request)

        def understood(node: Node) -> tuple[scanner_log.ScannerLog, list[Statement]]:
            terms = terms_of(node.live(), node.clock())
            told = scanner_log.read(data, node.clock(), most=MOST_ROWS, terms=terms)
            own = speaks_for(request.auth, node.live())
            if own is not None:
                told = of_bridges(told, own, node.live(), node.clock())
            told.problems += unplaced(told.reports, node.live().ports)
            said = [*reports_of(told.reports, node.log), *scans_of(told.scans)]
            return told, [*said, *refusals_of(told.tally, data, node.log)]

        told, said = await front.read_body(len(data), understood)
        taken = len(told.reports) + len(told.scans)
        return await _recorded(request, said, taken, told.records, told.repeated, told.problems)

    async def _recorded(
        request: Request[Any, Token, Any],
        said: Sequence[Statement],
        taken: int,
        records: int,
        repeated: int,
        problems: Sequence[Problem],
    ) -> Response[bytes]:
        """Record what was understood, and say what came of it. Raises ProblemError where nothing was."""
        if any(each.code == "rows_too_many" for each in problems):
            raise ProblemError("too_large", 413)
        by = request.auth.name
        done = await front.do(lambda node: record(said, node.log, actor=by, origin=node.origin))
        if not taken:
            raise ProblemError("refused", 422, problems=ranked(problems, MOST_LISTED))
        listed = [Listed.of(each) for each in ranked([*problems, *refused_reads(done.refused)], MOST_LISTED)]
        answer = TelemetryAnswer(records, taken, repeated, done.written, done.repeated, listed)
        return json_answer(answer)

    return [report_readings, report_scanners]
