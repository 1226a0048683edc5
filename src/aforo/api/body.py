"""The body of a request, read as the object that its route takes; and the body of a route in the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

import msgspec
from litestar import Request
from litestar.exceptions import ClientException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from aforo.api.faults import fault_of, instant_fault, unreadable
from aforo.api.problems import ProblemError
from aforo.domain.instants import invalid_instant

T = TypeVar("T")


async def bytes_of(request: Request[Any, Any, Any]) -> bytes:
    """The body of a request. Raises ProblemError."""
    try:
        return await request.body()
    except ClientException as error:
        raise ProblemError("too_large" if error.status_code == 413 else "bad_request", error.status_code) from None


async def body_of(request: Request[Any, Any, Any], kind: type[T], code: str = "body_bad") -> T:
    """The JSON object of a request. Raises ProblemError, of this `code` where it is no such object, with the field that
    is wrong and what it must be: it never repeats what was sent. Every instant in it is one that an input may name."""
    data = await bytes_of(request)
    try:
        sent = msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise ProblemError(code, 400, problems=[fault_of(error, kind)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProblemError(code, 400, problems=[unreadable()]) from None
    if (place := invalid_instant(sent)) is not None:
        raise ProblemError(code, 400, problems=[instant_fault(place)])
    return sent


@dataclass
class JsonBody(Operation):
    """An operation that takes a JSON object; a route's own says what it holds, with an example."""

    EXAMPLE: ClassVar[dict[str, Any]] = {}
    TOLD: ClassVar[str] = ""
    #: What the object is read as, where the document says it in full.
    KIND: ClassVar[type[msgspec.Struct] | None] = None

    def __post_init__(self) -> None:
        schema = None if self.KIND is None else schema_of(self.KIND)
        self.request_body = RequestBody(
            required=True,
            content={"application/json": OpenAPIMediaType(schema=schema, example=self.EXAMPLE)},
            description=self.TOLD,
        )


@dataclass
class RowsBody(JsonBody):
    """An operation that takes rows: one JSON object a line, or a table."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            content={
                "application/x-ndjson": OpenAPIMediaType(example=self.EXAMPLE),
                "application/json": OpenAPIMediaType(example=self.EXAMPLE),
                "text/csv": OpenAPIMediaType(),
            },
            description=self.TOLD,
        )


def takes(told: str, example: dict[str, Any], kind: type[msgspec.Struct] | None = None) -> type[Operation]:
    """The operation class of a route whose body is a JSON object, as `told` and as in the example; with the schema of
    what it is read as, where that is given, by which clients are typed."""
    return type("Takes", (JsonBody,), {"EXAMPLE": example, "TOLD": told, "KIND": kind})


def schema_of(kind: type[msgspec.Struct]) -> Schema:
    """The schema of what a body is read as, whole: what it is made of stands in it, and not beside it."""
    (own,), parts = msgspec.json.schema_components([kind], ref_template="{name}")

    def inlined(each: Any) -> Any:
        if isinstance(each, dict):
            if isinstance(name := each.get("$ref"), str):
                return inlined(parts[name])
            return {key: inlined(value) for key, value in each.items()}
        return [inlined(value) for value in each] if isinstance(each, list) else each

    # The document takes a schema as it is: msgspec's are of the dialect that it is in.
    return cast(Schema, inlined(own))
