"""Filings: what is declared comes in, and an answer goes out that its filer may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, HeaderParameter, QueryParameter
from msgspec.structs import replace

from aforo.answers import Answer, Rendered, answer_in
from aforo.answers.render import page
from aforo.api.access import ACTION, permitting
from aforo.api.body import bytes_of
from aforo.api.examples import DECLARATION, FILING_ANSWER, FILING_ANSWERS, OWN_FILINGS
from aforo.api.forms import form_of
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError, existing, ranked
from aforo.api.responses import answers_of, json_answer
from aforo.domain.event import Filed
from aforo.flow.answering import Form, in_x12, rendered
from aforo.flow.control_numbers import number_of, numbers
from aforo.flow.filer import Filer
from aforo.flow.names import filing_key, own_name
from aforo.flow.node import Node
from aforo.flow.own_filings import OwnFilingsPage, place_named
from aforo.flow.receiving import KeyReusedError, Message, UnknownFormatError
from aforo.flow.recorded import unpack_identities
from aforo.flow.reply import Reply
from aforo.flow.standing_answer import answer_now
from aforo.intake import parquet
from aforo.log.tokens import Token

_LONGEST_KEY = 200


#: Problems that are listed of one message; the others are counted.
MOST_LISTED = 1_000


@dataclass
class AnyMessage(Operation):
    """The body is a message in any of the formats, told apart by how it begins."""

    def __post_init__(self) -> None:
        example = OpenAPIMediaType(example=DECLARATION)
        self.request_body = RequestBody(
            required=True,
            description="One message: a declaration as JSON, several as an array or a line each (NDJSON), a declaration"
            " table (CSV), or a message of the trade. The format is told by how it begins.",
            content={
                "application/json": example,
                "application/x-ndjson": OpenAPIMediaType(example=DECLARATION),
                "text/csv": OpenAPIMediaType(),
                "application/octet-stream": OpenAPIMediaType(),
            },
        )


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/filings",
        status_code=200,
        opt={ACTION: "file"},
        operation_id="file",
        operation_class=AnyMessage,
        summary="File a message, and get its answer once it is durable",
        responses=answers_of("file", Answer, FILING_ANSWERS),
    )
    async def file(
        request: Request[Any, Token, Any],
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", description="Your own name for this message.")
        ] = None,
    ) -> Response[bytes]:
        data = await message_of(request)
        key = (idempotency_key or "").strip()
        if len(key) > _LONGEST_KEY or (idempotency_key is not None and not key):
            raise ProblemError("key_bad", 400)
        token = request.auth
        try:
            reply = await front.file(Message(data, filer_of(token), key))
        except KeyReusedError:
            raise ProblemError("key_reused", 422) from None
        except UnknownFormatError:
            raise ProblemError("format_unknown", 415) from None
        return _answered(reply, form_of(request.headers.get("accept")))

    @get(
        "/v1/filings/{declaration_id:str}",
        opt={ACTION: "read_filing"},
        operation_id="read_filing",
        summary="Where a declaration stands now",
        responses=answers_of("read_filing", Answer, FILING_ANSWER),
    )
    async def read_filing(request: Request[Any, Token, Any], declaration_id: FromPath[str]) -> Response[bytes]:
        token, form = request.auth, form_of(request.headers.get("accept"))
        name = name_of(declaration_id)
        found = existing(await front.read(lambda node: _answer(name, token, node)) if name is not None else None)
        answer, is_own = found
        if answer.reference.x12 is not None and form in (None, "x12"):
            # The filer's own look is how the answer reaches it. Anybody else's counts nothing: the filer would miss
            # the number in its sequence.
            control = await (
                front.do(lambda node: numbers([answer], [filer_of(token)], node)[0])
                if is_own
                else front.read(lambda node: number_of(answer, node))
            )
            if control is not None:
                return _response(in_x12([answer], [control]))
        return _response(answer_in("", answer, control=0, prefer=form if form in ("page", "text") else "json"))

    @get(
        "/v1/filings",
        opt={ACTION: "list_filings"},
        operation_id="list_filings",
        summary="Your own last filings and where they stand, the newest first",
        responses=answers_of("list_filings", OwnFilingsPage, OWN_FILINGS),
    )
    async def list_filings(
        request: Request[Any, Token, Any],
        before: Annotated[
            str | None, QueryParameter(max_length=200, description="Those filed before the one of this `id`.")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many.")] = 20,
    ) -> Response[bytes]:
        own, carriers = front.own_filings, list(request.auth.carriers)
        if own is None:
            raise ProblemError("not_found", 404)

        def look(node: Node) -> OwnFilingsPage:
            hashes = frozenset(node.keys.identity_hashes("carrier", carriers).tolist()) - {0}
            return own.page(hashes, before, limit, node)

        return json_answer(await front.read(look), headers={"Cache-Control": "no-store"})

    return [file, read_filing, list_filings]


def filer_of(token: Token) -> Filer:
    """Who files with a token."""
    own = Filer.of(token.carriers)
    bound = own.carriers if permitting(token.role, "file", False) is None else None
    return Filer(own.name or token.name, bound, token.credential)


async def message_of(request: Request[Any, Any, Any]) -> bytes:
    """The message. Raises ProblemError."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError("encoded", 415)
    data = await bytes_of(request)
    if not data.strip():
        raise ProblemError("empty", 400)
    if data.startswith(parquet.MAGIC):
        raise ProblemError("format_unknown", 415)
    return data


def _answered(reply: Reply, form: Form | None) -> Response[bytes]:
    """The answer to a message in a form. Raises ProblemError where it declares something, nothing of that was taken,
    and it is not answered in a form of its own."""
    made = rendered(reply, form)
    if reply.taken:
        return _response(made)
    if made.media_type.startswith("application/json"):
        assert reply.answer is not None
        raise ProblemError("refused", 422, problems=ranked(reply.told.problems, MOST_LISTED), answer=reply.answer)
    return _response(made, 422)


def _response(made: Rendered, status: int = 200) -> Response[bytes]:
    # What stands behind an answer changes, and it is one filer's: nobody on the way keeps it.
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
    if made.media_type == page.MEDIA_TYPE:
        headers["Content-Security-Policy"] = f"{page.POLICY}; frame-ancestors 'none'"
    return Response(made.body, status_code=status, media_type=made.media_type.partition(";")[0], headers=headers)


def _answer(declaration_id: str, token: Token, node: Node) -> tuple[Answer, bool] | None:
    """What the log has of a declaration, where the asker may know it, and whether it is the asker's own; else None, as
    where there is none."""
    own = set(node.keys.identity_hashes("carrier", list(token.carriers)).tolist())
    # The carrier's own comes first, where another filed under the name before it.
    names = [*(own_name(declaration_id, carrier) for carrier in sorted(own)), declaration_id]
    found = node.log.find([filing_key(name) for name in names])
    declaration_id, stored = next(
        ((name, found[filing_key(name)]) for name in names if filing_key(name) in found), (declaration_id, None)
    )
    if stored is None or not isinstance(filed := stored.payload, Filed):
        return None
    is_own = int(unpack_identities([filed])["carrier"][0]) in own
    if permitting(token.role, "read_filing", is_own) is None:
        return None
    answer = answer_now(declaration_id, stored.event.stream, node.log, node.law)
    if answer is None:
        return None
    place = place_named(filed.declaration.get("port"), filed.declaration.get("bridge"), node.live())
    if place is not None:
        answer = replace(answer, reference=replace(answer.reference, place=place))
    return answer, is_own
