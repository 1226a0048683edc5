"""The outermost layer of the application: every request gets an identifier, and those who watch are told of it."""

from __future__ import annotations

import time
from typing import Any, TypeGuard

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from aforo.api.watch import Exchange, Watcher, current

#: The header that carries a request's identifier back. A client's own is not taken over: it could say anything.
HEADER = b"x-request-id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def is_http(scope: Scope) -> TypeGuard[HTTPScope]:
    """Whether it is of a request, and not of the server's life."""
    return scope["type"] == "http"  # type: ignore[comparison-overlap]  # the framework's type has an enumeration


def observed(app: ASGIApp, watcher: Watcher) -> ASGIApp:
    """The application, watched."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await app(scope, receive, send)
            return
        exchange = Exchange(scope["method"] if scope["method"] in _METHODS else "other")
        marked = [(HEADER, exchange.id.encode())]
        token = current.set(exchange)
        watcher.began(exchange)

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *marked]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            exchange.ended = time.perf_counter_ns()
            exchange.route = scope.get("path_template") or ""
            current.reset(token)
            watcher.ended(exchange)

    return called
