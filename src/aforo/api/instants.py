"""Instants and days in queries: no route is asked about one that no input may name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from urllib.parse import parse_qsl

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from aforo.api.problems import ProblemError
from aforo.domain.clock import is_valid, is_valid_day


def with_valid_instants(app: ASGIApp) -> ASGIApp:
    """A route's application, which is not asked about an instant without its offset, or of no year that can be told
    of: that is a problem, whatever the route would have made of it."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        handler = scope.get("route_handler")
        if isinstance(handler, HTTPRouteHandler) and scope["query_string"] and (kinds := _kinds(handler)):
            _check(scope["query_string"], kinds)
        await app(scope, receive, send)

    return called


def _check(query: bytes, kinds: Mapping[str, type[date]]) -> None:
    for name, text in parse_qsl(query.decode("latin-1")):
        if (kind := kinds.get(name)) is None:
            continue
        try:
            said = msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError:
            continue  # the framework says so
        if not (is_valid(said) if isinstance(said, datetime) else is_valid_day(said)):
            raise ProblemError("instant_bad", 400)


@cache
def _kinds(handler: HTTPRouteHandler) -> dict[str, type[date]]:
    """The parameters of a route's query that are instants or days."""
    found: dict[str, type[date]] = {}
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        for each in (parameter, *parameter.inner_types):
            if each.annotation in (date, datetime):
                found[name] = each.annotation
    return found
