"""What a route answers; and for the OpenAPI document its answer with an example, and the problems of all routes."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from aforo.api.problems import MEDIA_TYPE, ProblemDetails

_PROBLEMS = {
    400: "The request cannot be read.",
    401: "The token is missing, unknown, expired or revoked.",
    403: "The token's role does not permit this.",
    404: "There is no such record, or it is another's.",
    408: "The body did not arrive whole in time.",
    413: "The body is larger than the limit.",
    415: "The body is in no known format.",
    422: "Nothing of it was taken; `problems` says what to mend.",
    429: "Too many requests of this token; see Retry-After.",
    503: "Too many wait, or the node is closing; see Retry-After.",
}


#: From how many bytes on an answer is compressed, and how hard.
_WORTH_BYTES, _LEVEL = 1_024, 6
_encode = msgspec.json.Encoder().encode


def json_answer(body: object, headers: dict[str, str] | None = None, accepted: str = "") -> Response[bytes]:
    """An answer as JSON; compressed where it is worth it and the client accepts that (its `Accept-Encoding`). Answers
    that hold a secret beside what a client sent are not to be compressed: their length would tell of it."""
    said, headers = _encode(body), headers or {}
    if "gzip" in accepted and len(said) >= _WORTH_BYTES:
        said = gzip.compress(said, _LEVEL, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(said, media_type="application/json", headers=headers)


def problems() -> dict[int, ResponseSpec]:
    """The problems that any route may answer with, by status."""
    return {
        status: ResponseSpec(ProblemDetails, description=text, media_type=MEDIA_TYPE, generate_examples=False)
        for status, text in _PROBLEMS.items()
    }


def answers_of(name: str, body: Any, example: dict[str, Any]) -> dict[int, ResponseSpec]:
    """The answers of a route by status."""
    own = ResponseSpec(
        body, description="The answer.", generate_examples=False, examples=[Example(id=name, value=example)]
    )
    return {200: own, **problems()}
