"""The pack that an audit of a trusted trader wants: seal log, inspections and tracking of a carrier and a period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from aforo.answers.seal_pack import Pack
from aforo.answers.seal_pack_csv import as_csv
from aforo.api.access import ACTION
from aforo.api.devices import own_carriers
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import problems
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.custody_shown import is_own
from aforo.flow.node import Node
from aforo.flow.seal_pack import MOST_DAYS, MOST_POSITIONS, MOST_TRIPS, PackTooLargeError, pack_of
from aforo.log.tokens import Token

#: The period where none is named.
USUAL = timedelta(days=31)


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/seal-pack",
        opt={ACTION: "read_custody"},
        operation_id="read_seal_pack",
        summary=f"Seal log, inspections and tracking of a period; a carrier's own; {MOST_TRIPS} trips at most",
        responses={
            200: ResponseSpec(bytes, description="The pack.", media_type="application/pdf", generate_examples=False),
            **problems(),
        },
    )
    async def read_seal_pack(
        request: Request[Any, Token, Any],
        form: Annotated[Literal["pdf", "csv"], QueryParameter(description="Paper, or a table.")] = "pdf",
        carrier: Annotated[
            str | None, QueryParameter(max_length=100, description="Of this carrier; without it all that one may see.")
        ] = None,
        since: Annotated[
            datetime | None, QueryParameter(description="Trips that were sealed from then on; 31 days before `until`.")
        ] = None,
        until: Annotated[datetime | None, QueryParameter(description="… and before then; now without it.")] = None,
        lang: Annotated[Literal["en", "es"], QueryParameter(description="The language of its words.")] = "es",
    ) -> Response[bytes]:
        own = own_carriers(request.auth)
        if carrier is not None and not is_own(carrier, own):
            raise ProblemError("not_found", 404)
        named = own if carrier is None else (carrier,)

        def made(node: Node) -> bytes:
            end = until or node.clock()
            if since is not None and since >= end:
                text = catalogue("aforo.flow").say("pack_backwards")
                raise ProblemError("refused", 422, problems=[Problem(0, "since", "pack_backwards", text)])
            shown = ", ".join(named) if named is not None else ""
            # Who of the authority recorded what is not for a carrier to read.
            pack = pack_of(
                node.log, named, since or end - USUAL, end, shown=shown, people=str if own is None else _nobody
            )
            return written(pack, form, lang)

        try:
            body = await front.read(made)
        except PackTooLargeError:
            text = catalogue("aforo.flow").say(
                "pack_too_large", trips=MOST_TRIPS, days=MOST_DAYS, positions=f"{MOST_POSITIONS:,}"
            )
            raise ProblemError("refused", 422, problems=[Problem(0, "since", "pack_too_large", text)]) from None
        media = "application/pdf" if form == "pdf" else "text/csv; charset=utf-8"
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="aforo-seal-pack.{form}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(body, media_type=media, headers=headers)

    return [read_seal_pack]


def written(pack: Pack, form: Literal["pdf", "csv"], language: str) -> bytes:
    """The file of a pack."""
    if form == "csv":
        return as_csv(pack, language)
    # Its library reads fonts and pictures, and takes a third of a second to load: only who wants paper waits for it.
    from aforo.answers.seal_pack_pdf import as_pdf

    return as_pdf(pack, language)


def _nobody(actor: str) -> str:
    return ""
