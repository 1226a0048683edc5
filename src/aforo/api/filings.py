"""Filings: what is declared comes in, and an answer goes out that its filer may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, HeaderParameter

from aforo.api.access import ACTION, permitting
from aforo.api.examples import DECLARATION, FILING_ANSWERS
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import Listed, ProblemError
from aforo.api.responses import answers_of
from aforo.domain.event import Filed
from aforo.domain.text import Text
from aforo.flow.correspondence import Reply
from aforo.flow.filing import filing_key
from aforo.flow.node import Node
from aforo.flow.receiving import KeyReusedError, Message, UnknownFormatError
from aforo.flow.recorded import unpack_identities
from aforo.flow.told_publicly import Status, told_of_logged
from aforo.intake import parquet
from aforo.log.tokens import Token

_LONGEST_KEY = 200


class FilingAnswer(msgspec.Struct, frozen=True):
    """What a filer is told of one declaration: where its crossing stands, and on which ground.

    `status` is `proceed`, `examination` or `cancelled`; `record` its number in the message, 0 where it was asked for by
    name; `repeated` says that it had been filed before.
    """

    declaration_id: str
    crossing_id: str
    status: Status
    public_reason: Text
    record: int = 0
    repeated: bool = False


#: Problems that are listed of one message; the others are counted.
MOST_LISTED = 1_000


class FilingAnswers(msgspec.Struct, frozen=True):
    """The answer to one message: the declarations that were taken, and what is to be mended. `unlisted` says how many
    problems there are beyond those listed."""

    verdict: Literal["accepted", "partly"]
    records: int
    filings: list[FilingAnswer]
    problems: list[Listed]
    unlisted: int = 0


@dataclass
class _AnyMessage(Operation):
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


_encode = msgspec.json.Encoder().encode


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/filings",
        status_code=200,
        opt={ACTION: "file"},
        operation_id="file",
        operation_class=_AnyMessage,
        summary="File a message, and get its answer once it is durable",
        responses=answers_of("file", FilingAnswers, FILING_ANSWERS),
    )
    async def file(
        request: Request[Any, Token, Any],
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", description="Your own name for this message.")
        ] = None,
    ) -> Response[bytes]:
        data = await _body(request)
        key = (idempotency_key or "").strip()
        if len(key) > _LONGEST_KEY or (idempotency_key is not None and not key):
            raise ProblemError("key_bad", 400)
        token = request.auth
        bound = frozenset(token.carriers) if permitting(token.role, "file", False) is None else None
        sender = "\0".join(sorted(token.carriers)) or token.name
        try:
            reply = await front.file(Message(data, sender, bound, key))
        except KeyReusedError:
            raise ProblemError("key_reused", 422) from None
        except UnknownFormatError:
            raise ProblemError("format_unknown", 415) from None
        return Response(_encode(answers(reply)), media_type="application/json")

    @get(
        "/v1/filings/{declaration_id:str}",
        opt={ACTION: "read_filing"},
        operation_id="read_filing",
        summary="Where a declaration stands now",
        responses=answers_of("read_filing", FilingAnswer, FILING_ANSWERS["filings"][0]),
    )
    async def read_filing(request: Request[Any, Token, Any], declaration_id: FromPath[str]) -> Response[bytes]:
        token = request.auth
        name = name_of(declaration_id)
        answer = await front.read(lambda node: _answer(name, token, node)) if name is not None else None
        if answer is None:
            raise ProblemError("not_found", 404)
        return Response(_encode(answer), media_type="application/json")

    return [file, read_filing]


async def _body(request: Request[Any, Any, Any]) -> bytes:
    """The message. Raises ProblemError."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError("encoded", 415)
    try:
        data = await request.body()
    except ClientException as error:
        raise ProblemError("too_large" if error.status_code == 413 else "bad_request", error.status_code) from None
    if not data.strip():
        raise ProblemError("empty", 400)
    if data.startswith(parquet.MAGIC):
        raise ProblemError("format_unknown", 415)
    return data


def answers(reply: Reply) -> FilingAnswers:
    """The answer to a message. Raises ProblemError where it declares something and nothing of that was taken."""
    told = reply.told
    filings = [
        FilingAnswer(each.declaration_id, each.public.crossing, each.public.status, each.public.reason, each.record,
                     each.repeated)
        for each in reply.filings
    ]  # fmt: skip
    if not filings and not (told.notices and told.good):
        raise ProblemError("refused", 422, problems=told.problems[:MOST_LISTED])
    problems = [Listed.of(each) for each in told.problems[:MOST_LISTED]]
    unlisted = len(told.problems) - len(problems)
    return FilingAnswers("accepted" if told.good else "partly", told.records, filings, problems, unlisted)


def _answer(declaration_id: str, token: Token, node: Node) -> FilingAnswer | None:
    """What the log has of a declaration, where the asker may know it; else None, as where there is none."""
    found = node.log.find([filing_key(declaration_id)])
    stored = next(iter(found.values()), None)
    if stored is None or not isinstance(filed := stored.payload, Filed):
        return None
    own = set(node.keys.identity_hashes("carrier", list(token.carriers)).tolist())
    is_own = int(unpack_identities([filed])["carrier"][0]) in own
    public = told_of_logged({declaration_id: stored}, node.log).get(declaration_id)
    if public is None or permitting(token.role, "read_filing", is_own) is None:
        return None
    return FilingAnswer(declaration_id, public.crossing, public.status, public.reason)
