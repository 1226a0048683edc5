"""Readings of seals over HTTP: blocks that were signed, and what came unsigned in the forms of the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import RowsBody, body_of, bytes_of, takes
from aforo.api.body_limits import HEAVY_BYTES
from aforo.api.devices import own_carriers
from aforo.api.filings import MOST_LISTED
from aforo.api.front import Front
from aforo.api.problems import Listed, ProblemError, ranked
from aforo.api.responses import answers_of, json_answer
from aforo.custody.device import KnownDevice
from aforo.flow.custody_shown import is_own
from aforo.flow.node import Node
from aforo.flow.seal_blocks import FIRST_BYTES, FORMS, Taken, of_portions, of_signed, of_unknown_devices, refuse
from aforo.flow.telemetry import Recorded, record
from aforo.log.tokens import Token

#: Blocks of one request.
MOST_BLOCKS = 1_000
#: Seconds after which a device that sent more than it may is worth another try.
AGAIN_S = 60

_LINE = (
    "##S,eSeal,seal-0001,ABCD,1.0,Normal,7,2026-03-02,06:14:00,120,A,25.700000N 100.300000W,40,82,Close,0,0:0:0:0,"
    "3.9,-71,E##"
)
TAKEN: dict[str, Any] = {"readings": 60, "blocks": 1, "known": 0, "problems": []}


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signed blocks, each in base64."""

    blocks: Annotated[list[bytes], Meta(min_length=1, max_length=MOST_BLOCKS)]


class ReadingsAnswer(msgspec.Struct, frozen=True):
    """What came of it: readings and blocks that were taken, how many of the blocks the log had already, and what is
    wrong with the rest."""

    readings: int
    blocks: int
    known: int
    problems: list[Listed]


class Lines(RowsBody):
    EXAMPLE = {"line": _LINE}  # noqa: RUF012 - as every body's
    TOLD = "What the devices sent, as they sent it."


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def recorded(request: Request[Any, Token, Any], taken: Taken) -> Response[bytes]:
        """Record what was understood, and say what came of it. Raises ProblemError where nothing is to be recorded and
        something was refused; what only carries no reading is told with a warning."""
        _refuse_all(taken)
        by = request.auth.id if request.auth.role == "carrier" else request.auth.name

        def done_by(node: Node) -> Recorded:
            done = record(taken.said, node.log, actor=by, origin=node.origin)
            refuse(taken, done.refused, node.custody)
            return done

        done = await front.do(done_by)
        _refuse_all(taken)
        listed = [Listed.of(each) for each in ranked(taken.problems, MOST_LISTED)]
        return json_answer(ReadingsAnswer(taken.readings, len(taken.said), done.repeated, listed))

    def of_own(token: Token) -> Callable[[KnownDevice], bool]:
        own = own_carriers(token)
        return lambda device: is_own(device.carrier, own)

    @post(
        "/v1/custody/blocks",
        status_code=200,
        opt={ACTION: "report_custody"},
        operation_id="report_blocks",
        operation_class=takes(f"Signed blocks in base64, {MOST_BLOCKS:,} at most.", {"blocks": ["0oRYHKIBJwRUc2Vh"]}),
        summary="Signed blocks of readings; the same block again is one",
        responses=answers_of("report_blocks", ReadingsAnswer, TAKEN),
    )
    async def report_blocks(request: Request[Any, Token, Any]) -> Response[bytes]:
        said: Sequence[bytes] = (await body_of(request, Blocks)).blocks
        may, size = of_own(request.auth), sum(map(len, said))
        return await recorded(request, await front.read_body(size, lambda node: of_signed(said, node.custody, may)))

    @post(
        "/v1/custody/readings/{form:str}",
        status_code=200,
        opt={ACTION: "report_custody"},
        operation_id="report_seal_readings",
        operation_class=Lines,
        summary="Readings that came unsigned, in a form of the field; the same lines again are one block",
        responses=answers_of("report_seal_readings", ReadingsAnswer, TAKEN),
    )
    async def report_seal_readings(
        request: Request[Any, Token, Any],
        form: FromPath[str],
        zone: Annotated[
            str, QueryParameter(max_length=64, description="The IANA zone of instants that name none (telematics).")
        ] = "",
    ) -> Response[bytes]:
        if (read := FORMS.get(form)) is None or (zone and zone not in available_timezones()):
            raise ProblemError("not_found", 404)
        data, may = await bytes_of(request), of_own(request.auth)
        at = ZoneInfo(zone) if zone else None
        if len(data) > HEAVY_BYTES:
            # Nobody's lines are not read to their end.
            first = data[:FIRST_BYTES]
            _refuse_all(await front.read(lambda node: of_unknown_devices(read(first, at).portions, node.custody, may)))

        def understood(node: Node) -> Taken:
            told = read(data, at)
            taken = of_portions(told.portions, node.custody, may)
            taken.problems[:0] = told.problems
            return taken

        return await recorded(request, await front.read_body(len(data), understood))

    return [report_blocks, report_seal_readings]


def _refuse_all(taken: Taken) -> None:
    """Raise ProblemError where nothing is taken and something was refused."""
    refused = {each.code for each in taken.problems if each.gravity == "refusal"}
    if taken.said or not refused:
        return
    if refused == {"device_too_often"}:
        raise ProblemError("device_too_often", 429, retry_after=AGAIN_S, problems=ranked(taken.problems, MOST_LISTED))
    raise ProblemError("refused", 422, problems=ranked(taken.problems, MOST_LISTED))
