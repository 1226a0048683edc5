"""The fleet: scanners and their outages, the pipeline, one scanner's life, what is owed, and what ports make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.fleet_examples import CONTRACTS, FLEET, LIFE, PIPELINE, USE
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer, problems
from aforo.domain.event import Origin
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.fleet.contract import Contract
from aforo.fleet.remarks import Remark
from aforo.fleet.report import ContractFound, FleetFound
from aforo.flow.bridges_shown import ScannerShown, scanners_shown
from aforo.flow.fleet_books import EARLIEST, FleetBooks, NoDaysError, Span
from aforo.flow.fleet_claim import claim
from aforo.flow.fleet_shown import (
    FleetPeriod,
    FleetShown,
    FleetUse,
    LifeShown,
    PipelineShown,
    fleet_shown,
    life_shown,
    period_of,
    pipeline_shown,
    use_shown,
)
from aforo.flow.node import Node
from aforo.log.tokens import Token

T = TypeVar("T")

First = Annotated[date | None, QueryParameter(description="The first local day of the period; by default a year ago.")]
Last = Annotated[date | None, QueryParameter(description="The last local day, until now at most; by default today.")]
Document = Annotated[
    str | None,
    QueryParameter(
        max_length=64, description="Reckon with the contract of this hash alone, whether or not it is in force."
    ),
]


class FleetAnswer(msgspec.Struct, frozen=True):
    """The fleet at `now`, and in the period."""

    now: datetime
    origin: Origin
    fleet: FleetShown


class PipelineAnswer(msgspec.Struct, frozen=True):
    """From purchase to service."""

    now: datetime
    origin: Origin
    pipeline: PipelineShown


class ContractsAnswer(msgspec.Struct, frozen=True):
    """What contracts come to in the period, whose days are of each contract's own zone: each version in force for the
    days that it holds. `events` of a line are the rows of the reports that the interruptions behind it began with;
    money is in cents.

    `remarks` tell what the documents name and the log does not, and what is billed twice. `undocumented` are contracts
    that reports name beside those in force; empty where one version alone is reckoned with. `recommissioned` are
    devices that were commissioned again after they retired: they count until they retired.
    """

    now: datetime
    origin: Origin
    period: FleetPeriod
    contracts: list[ContractFound]
    remarks: list[Remark]
    undocumented: list[str]
    recommissioned: list[str]


class UseAnswer(msgspec.Struct, frozen=True):
    """Utilisation and scan rate."""

    now: datetime
    origin: Origin
    use: FleetUse


class LifeAnswer(msgspec.Struct, frozen=True):
    """One scanner, or a device beside them."""

    now: datetime
    origin: Origin
    life: LifeShown


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def looked(first: date | None, last: date | None, look: Callable[[Node, Span, str], T]) -> T:
        """What is seen of a period, in microseconds, with the zone that its days are of. Raises ProblemError."""

        def at(node: Node) -> T:
            return look(node, _span(node.fleet(), first, last, node.clock()), node.fleet().documents.targets().zone)

        return await front.read(at)

    @get(
        "/v1/fleet",
        opt={ACTION: "read_fleet"},
        operation_id="read_fleet",
        summary="Every scanner, reader, camera and weighbridge: how it is now, and its outages in a period",
        responses=answers_of("read_fleet", FleetAnswer, FLEET),
    )
    async def read_fleet(request: Request[Any, Token, Any], first: First = None, last: Last = None) -> Response[bytes]:
        def look(node: Node, span: Span, zone: str) -> FleetAnswer:
            shown = fleet_shown(node.fleet().report(span), _now(node), period_of(span, zone))
            return FleetAnswer(node.clock(), node.origin, shown)

        return _answer(request, await looked(first, last, look))

    @get(
        "/v1/fleet/pipeline",
        opt={ACTION: "read_fleet"},
        operation_id="read_fleet_pipeline",
        summary="From purchase to service: what waits in which stage, for how long, and what blocks it",
        responses=answers_of("read_fleet_pipeline", PipelineAnswer, PIPELINE),
    )
    async def read_fleet_pipeline(
        request: Request[Any, Token, Any], first: First = None, last: Last = None
    ) -> Response[bytes]:
        def look(node: Node, span: Span, zone: str) -> PipelineAnswer:
            books = node.fleet()
            shown = pipeline_shown(books, books.report(span), _now(node), span, zone)
            return PipelineAnswer(node.clock(), node.origin, shown)

        return _answer(request, await looked(first, last, look))

    @get(
        "/v1/fleet/scanners/{scanner:str}",
        opt={ACTION: "read_fleet"},
        operation_id="read_scanner_life",
        summary="The life of one scanner: every report and what was made of it, interruptions, scans, what is owed",
        responses=answers_of("read_scanner_life", LifeAnswer, LIFE),
    )
    async def read_scanner_life(
        request: Request[Any, Token, Any], scanner: FromPath[str], first: First = None, last: Last = None
    ) -> Response[bytes]:
        name = named(scanner)

        def look(node: Node, span: Span, zone: str) -> LifeAnswer | None:
            books = node.fleet()
            known = books.life(name, span)
            now = next((each for each in _now(node) if each.scanner_id == name), None)
            if known is None or now is None:
                return None
            return LifeAnswer(node.clock(), node.origin, life_shown(books, known, now, span, zone))

        return _answer(request, existing(await looked(first, last, look)))

    @get(
        "/v1/fleet/contracts",
        opt={ACTION: "read_fleet"},
        operation_id="read_fleet_contracts",
        summary="What suppliers owe for a period: each credit with its clause and the reports behind it",
        responses=answers_of("read_fleet_contracts", ContractsAnswer, CONTRACTS),
    )
    async def read_fleet_contracts(
        request: Request[Any, Token, Any], first: First = None, last: Last = None, document: Document = None
    ) -> Response[bytes]:
        def look(node: Node, span: Span, zone: str) -> ContractsAnswer:
            found = _reckoned(node.fleet(), span, document)
            undocumented = list(found.undocumented) if document is None else []
            return ContractsAnswer(
                node.clock(), node.origin, period_of(span, zone), list(found.contracts), list(found.remarks),
                undocumented, list(found.recommissioned),
            )  # fmt: skip

        return _answer(request, await looked(first, last, look))

    @get(
        "/v1/fleet/claim",
        opt={ACTION: "read_fleet"},
        operation_id="read_fleet_claim",
        summary="What one supplier owes for a period, as the CSV that is sent to it",
        media_type="text/csv",
        responses=problems(),
    )
    async def read_fleet_claim(
        contract: Annotated[
            str, QueryParameter(min_length=1, max_length=200, description="The contract's identifier.")
        ],
        first: First = None,
        last: Last = None,
        document: Document = None,
    ) -> Response[bytes]:
        def look(node: Node, span: Span, zone: str) -> str | None:
            own = [each for each in _reckoned(node.fleet(), span, document).contracts if each.id == contract]
            return claim(own) if own else None

        text = existing(await looked(first, last, look))
        headers = {"Content-Disposition": 'attachment; filename="aforo-claim.csv"', "Cache-Control": "no-store"}
        return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)

    @get(
        "/v1/fleet/use",
        opt={ACTION: "read_fleet"},
        operation_id="read_fleet_use",
        summary="Utilisation and scan rate by port and month, beside their targets",
        responses=answers_of("read_fleet_use", UseAnswer, USE),
    )
    async def read_fleet_use(
        request: Request[Any, Token, Any], first: First = None, last: Last = None
    ) -> Response[bytes]:
        def look(node: Node, span: Span, zone: str) -> UseAnswer:
            books = node.fleet()
            return UseAnswer(node.clock(), node.origin, use_shown(books, books.report(span), period_of(span, zone)))

        return _answer(request, await looked(first, last, look))

    return [
        read_fleet, read_fleet_pipeline, read_scanner_life, read_fleet_contracts, read_fleet_claim, read_fleet_use,
    ]  # fmt: skip


def _answer(request: Request[Any, Token, Any], body: object) -> Response[bytes]:
    return json_answer(body, accepted=request.headers.get("accept-encoding", ""))


def _now(node: Node) -> list[ScannerShown]:
    live = node.live()
    days = node.fleet().documents.targets().unaccounted_after_days
    return scanners_shown(live.fleet(node.clock(), days), live.ports)


def _reckoned(books: FleetBooks, span: Span, document: str | None) -> FleetFound:
    """The report under the contracts in force, or under the one that is named alone. Raises ProblemError."""
    if document is None:
        return books.report(span)
    named_one = books.documents.called(document)
    if not isinstance(named_one, Contract):
        raise ProblemError("not_found", 404)
    return books.report(span, [named_one])


def _span(books: FleetBooks, first: date | None, last: date | None, now: datetime) -> Span:
    """The period of local days. Raises ProblemError where it has none."""
    try:
        return books.days(first, last, now)
    except NoDaysError:
        told = catalogue("aforo.api").say("fleet_days", earliest=EARLIEST.isoformat())
        raise ProblemError("refused", 422, problems=[Problem(0, "first", "fleet_days", told)]) from None
