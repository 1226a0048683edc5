"""The log as tiles (C2SP tlog-tiles): the signed checkpoint, the tree's hashes and the entries, each at one address.

Behind the prefix `/v1/log` lies what any client of such logs reads. Proofs are the client's to make, of any event and
between any two checkpoints, and whoever reads tiles says to nobody which event it is about.
"""

from __future__ import annotations

import gzip
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from aforo.api.access import ACTION
from aforo.api.front import Front
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import problems
from aforo.log.cosignatures import newest
from aforo.log.tile_store import EntryTooLargeError, served_entries, served_tile
from aforo.log.tiles import NoTileError, Tile
from aforo.log.tokens import Token

#: A tile never changes, but it was shown to one who may see it: no shared cache keeps it.
_LASTING = {"Cache-Control": "private, max-age=31536000, immutable"}
_OCTETS, _TEXT = "application/octet-stream", "text/plain"
#: How hard a bundle of entries is compressed.
_LEVEL = 6


def _answers(what: str, media_type: str) -> dict[int, ResponseSpec]:
    own = ResponseSpec(str, description=what, media_type=media_type, generate_examples=False)
    return {200: own, **problems()}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/log/checkpoint",
        opt={ACTION: "verify_log"},
        operation_id="log_checkpoint",
        summary="The newest signed checkpoint (C2SP tlog-checkpoint), where there are witnesses one that they cosigned",
        responses=_answers("The signed note.", _TEXT),
    )
    async def log_checkpoint(request: Request[Any, Token, Any]) -> Response[str]:
        signed = existing(await front.read(lambda node: newest(node.log.database, front.witnesses)))
        return Response(signed.note, media_type=_TEXT, headers={"Cache-Control": "private, no-cache"})

    @get(
        "/v1/log/tile/entries/{place:path}",
        opt={ACTION: "audit"},
        operation_id="log_entries",
        summary="A bundle of 256 events as they were recorded (C2SP tlog-tiles), or of those that a partial tile has",
        responses=_answers("Each event with its length before it, in two bytes.", _OCTETS),
    )
    async def log_entries(request: Request[Any, Token, Any], place: FromPath[str]) -> Response[bytes]:
        try:
            wanted = Tile.at(0, place.removeprefix("/"))
            bundle = await front.read(lambda node: served_entries(node.log.database, wanted))
        except NoTileError:
            raise ProblemError("no_tile", 404) from None
        except EntryTooLargeError:
            raise ProblemError("entry_too_large", 404) from None
        headers = {**_LASTING, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            bundle = gzip.compress(bundle, _LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(bundle, media_type=_OCTETS, headers=headers)

    @get(
        "/v1/log/tile/{level:str}/{place:path}",
        opt={ACTION: "verify_log"},
        operation_id="log_tile",
        summary="256 hashes of one level of the tree (C2SP tlog-tiles), or as many as a partial tile has",
        responses=_answers("Hashes of 32 bytes.", _OCTETS),
    )
    async def log_tile(
        request: Request[Any, Token, Any], level: FromPath[str], place: FromPath[str]
    ) -> Response[bytes]:
        try:
            if not (level.isascii() and level.isdigit() and len(level) <= 2 and str(int(level)) == level):
                raise NoTileError(level)
            wanted = Tile.at(int(level), place.removeprefix("/"))
            hashes = await front.read(lambda node: served_tile(node.log.database, wanted))
        except NoTileError:
            raise ProblemError("no_tile", 404) from None
        return Response(hashes, media_type=_OCTETS, headers=_LASTING)

    return [log_checkpoint, log_entries, log_tile]
