"""Handovers: what the next shift must know of a place, and who handed over to whom, with the page that was shown."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.handover_examples import OPENED_HANDOVER, SHOWN_HANDOVER, SIGNED_HANDOVER, SIGNING
from aforo.api.names import name_of, named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.handover import (
    LONGEST_NAME,
    LONGEST_REMARKS,
    Handover,
    HandoverRefusedError,
    OpenedHandover,
    Place,
    ShownHandover,
    SignedHandover,
    UnknownHandoverError,
    hand_over,
    open_handover,
    place_called,
    sign,
    signed_handovers,
)
from aforo.flow.node import Node
from aforo.log.tokens import Token

#: Pages that were shown and can be signed for, the last ones.
MOST_SHOWN = 200


class Signing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page that is handed over, by its digest; to whom; and remarks, which are recorded in clear for ever and must
    not name a person."""

    digest: Annotated[str, Meta(min_length=1, max_length=64)]
    to: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    remarks: Annotated[str, Meta(max_length=LONGEST_REMARKS)] = ""


class SignedHandovers(msgspec.Struct, frozen=True):
    """The handovers of a place, the last first."""

    handovers: list[SignedHandover]


class _Shown:
    """The pages that were shown and nobody has signed yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: dict[str, Handover] = {}

    def keep(self, page: ShownHandover) -> None:
        with self._lock:
            self._pages.pop(page.digest, None)
            self._pages[page.digest] = page.handover
            if len(self._pages) > MOST_SHOWN:
                del self._pages[next(iter(self._pages))]

    def page(self, digest: str, place: str) -> Handover | None:
        with self._lock:
            page = self._pages.get(digest)
        return page if page is not None and page.place == place else None


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    kept = _Shown()

    @get(
        "/v1/bridges/{bridge:str}/handover",
        opt={ACTION: "read_handover"},
        operation_id="read_handover",
        summary="What the next shift must know of a bridge, or by a port's code of all its bridges, on one page",
        responses=answers_of("read_handover", ShownHandover, SHOWN_HANDOVER),
    )
    async def read_handover(
        request: Request[Any, Token, Any],
        bridge: FromPath[str],
        since: Annotated[
            datetime | None,
            QueryParameter(description="From when on; else since what was handed over last, or eight hours."),
        ] = None,
    ) -> Response[bytes]:

        def look(node: Node) -> ShownHandover:
            return hand_over(_place(bridge, node), since, node)

        page = await front.read(look)
        kept.keep(page)
        return json_answer(page)

    @post(
        "/v1/bridges/{bridge:str}/handover",
        status_code=200,
        opt={ACTION: "sign_handover"},
        operation_id="sign_handover",
        operation_class=takes("`digest` of the page that was shown, `to` whom, and `remarks`.", SIGNING),
        summary="Hand the place over: the page that was shown is kept, and that it was handed over is recorded",
        responses=answers_of("sign_handover", SignedHandover, SIGNED_HANDOVER),
    )
    async def sign_handover(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        said, by = await body_of(request, Signing), request.auth.name
        place = await front.read(lambda node: _place(bridge, node))
        page = kept.page(said.digest, place.id)
        if page is None:
            raise _refused("handover_stale")
        try:
            made = await front.do(lambda node: sign(page, said.to, said.remarks, by, node))
        except HandoverRefusedError as refused:
            raise _refused(refused.code) from None
        return json_answer(made)

    @get(
        "/v1/bridges/{bridge:str}/handovers",
        opt={ACTION: "read_handover"},
        operation_id="list_handovers",
        summary="The handovers of a bridge, or by its code of a port, the last first",
        responses=answers_of("list_handovers", SignedHandovers, {"handovers": [SIGNED_HANDOVER]}),
    )
    async def list_handovers(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        found = await front.read(lambda node: signed_handovers(_place(bridge, node).id, node.log))
        return json_answer(SignedHandovers(found))

    @get(
        "/v1/handovers/{handover:str}",
        opt={ACTION: "read_handover"},
        operation_id="open_handover",
        summary="A signed handover with the page that was shown then",
        responses=answers_of("open_handover", OpenedHandover, OPENED_HANDOVER),
    )
    async def open_(request: Request[Any, Token, Any], handover: FromPath[str]) -> Response[bytes]:
        name = name_of(handover) or ""
        try:
            found = await front.read(lambda node: open_handover(name, node.log))
        except UnknownHandoverError:
            raise ProblemError("not_found", 404) from None
        return json_answer(found)

    return [read_handover, sign_handover, list_handovers, open_]


def _place(called: str, node: Node) -> Place:
    """The place that a path names. Raises ProblemError."""
    found = existing(place_called(named(called), node))
    return found


def _refused(code: str) -> ProblemError:
    reason = catalogue("aforo.flow").template(code)
    return ProblemError("handover_refused", 422, problems=[Problem(0, "request", code, reason)])
