"""Errors as RFC 9457 has them: type, title, status, and what to do in both languages; never a value or a trace."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from aforo.answers import Answer
from aforo.api.desk import DeskFullError
from aforo.api.refusal import RefusalError
from aforo.api.watch import current
from aforo.domain.clock import InstantError
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.log.outage import is_outage
from aforo.log.store import ConcurrencyError

logger = logging.getLogger("aforo.api")

MEDIA_TYPE = "application/problem+json"
#: The code of a status that the framework answers with of its own accord.
_BY_STATUS = {
    400: "bad_request",
    401: "token_missing",
    403: "forbidden",
    404: "not_found",
    405: "method",
    413: "too_large",
}


T = TypeVar("T")


class ProblemError(RefusalError):
    """Something to be answered as a problem: `code` names the sentence, and is the end of the type's URI."""

    def __init__(
        self,
        code: str,
        status: int,
        *,
        retry_after: int | None = None,
        problems: Sequence[Problem] = (),
        answer: Answer | None = None,
        allowed: Sequence[str] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.problems = problems
        self.answer = answer
        #: The methods that the path has, where another one was asked for (RFC 9110, section 15.5.6).
        self.allowed = allowed


def existing(found: T | None) -> T:
    """What was found. Raises ProblemError where there is nothing."""
    if found is None:
        raise ProblemError("not_found", 404)
    return found


class Listed(msgspec.Struct, frozen=True):
    """A problem of one record; every field is always there."""

    record: int
    place: str
    code: str
    gravity: str
    reason: Text

    @classmethod
    def of(cls, problem: Problem) -> Listed:
        return cls(problem.record, problem.place, problem.code, problem.gravity, problem.reason)


def ranked(problems: Sequence[Problem], most: int) -> list[Problem]:
    """The problems that an answer lists, refusals before warnings, at most so many."""
    return sorted(problems, key=Problem.rank)[:most]


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error (RFC 9457, section 3), with what is wrong in `problems`, record by record where a filing was
    refused: then `answer` is its whole answer, as it is given where a part was taken.

    `instance` names this answer: the identifier of the request, as it stands in the header and in the server's log.
    """

    type: str
    title: str
    status: int
    reason: Text
    instance: str = ""
    problems: list[Listed] = []
    answer: Answer | None = None


def answered(error: ProblemError) -> Response[bytes]:
    """The response of a problem."""
    reason = catalogue("aforo.api").template(f"problem_{error.code}")
    instance = ""
    if (exchange := current.get()) is not None:
        exchange.problem = error.code
        instance = f"urn:aforo:request:{exchange.id}"
    listed = [Listed.of(each) for each in error.problems]
    type_ = f"urn:aforo:problem:{error.code}"
    details = ProblemDetails(type_, reason.en, error.status, reason, instance, listed, error.answer)
    headers: dict[str, str] = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.allowed:
        headers["Allow"] = ", ".join(error.allowed)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(details), status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


def _problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    assert isinstance(error, ProblemError)
    return answered(error)


def _full(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    assert isinstance(error, DeskFullError)
    return answered(ProblemError("busy", 503, retry_after=error.retry_after))


def _contended(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Others were faster, every time that it was tried."""
    return answered(ProblemError("busy", 503, retry_after=1))


def _instant(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """An event was to carry an instant that none can."""
    return answered(ProblemError("instant_bad", 422))


def _http(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What the framework refuses, without its own words, which may repeat what was sent."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status >= 500:
        return answered(ProblemError("internal", 500))
    if status == 405:
        return answered(ProblemError("method", 405, allowed=methods_of(request.scope["path"], request.app.routes)))
    return answered(ProblemError(_BY_STATUS.get(status, "bad_request"), status))


def methods_of(path: str, routes: Sequence[Any]) -> list[str]:
    """The methods that routes have for a path."""
    found: set[str] = set()
    for route in routes:
        parts = (
            re.escape(part) if isinstance(part, str) else ".+" if issubclass(part.type, PurePath) else "[^/]+"
            for part in route.path_components
        )
        if re.fullmatch("/" + "/".join(parts), path):
            found.update(str(method) for method in getattr(route, "methods", ()))
    return sorted(found - {"OPTIONS"})


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if is_outage(error):
        return answered(ProblemError("busy", 503, retry_after=2))
    exchange = current.get()
    logger.error("a request failed", exc_info=error, extra={"request": exchange.id if exchange else ""})
    return answered(ProblemError("internal", 500))


HANDLERS: Mapping[type[Exception] | int, Any] = {
    ProblemError: _problem,
    DeskFullError: _full,
    ConcurrencyError: _contended,
    InstantError: _instant,
    HTTPException: _http,
    Exception: _unexpected,
}
