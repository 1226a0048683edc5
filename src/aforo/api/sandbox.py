"""What a sandbox's API has besides: every answer says that it is synthetic, and some can be asked for.

`Prefer: code=503` (RFC 7240; mock servers have the preference too) asks for the answer of a node that is too busy; 429
and 500 likewise: no message provokes them. Nothing of this is in a node that takes real filings.
"""

from __future__ import annotations

import re
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from aforo.api.access import PUBLIC
from aforo.api.problems import ProblemError

_CODE = re.compile(r"(?:^|[,;])\s*code\s*=\s*\"?(\d{3})\b", re.IGNORECASE)
#: What may be asked for: the status, the problem's code, and for how many seconds to wait.
_ASKED: dict[str, tuple[int, str, int | None]] = {
    "429": (429, "too_often", 1),
    "500": (500, "internal", None),
    "503": (503, "busy", 1),
}
_HEADER = (b"aforo-origin", b"synthetic")
_MARK = b'{"synthetic":true'
_JSON = (b"application/json", b"application/problem+json")


def as_asked(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: gives the answer that a request asks for with `Prefer`. Raises ProblemError."""
    if handler.opt.get(PUBLIC) or not (wanted := _CODE.search(connection.headers.get("prefer", ""))):
        return
    if wanted[1] in _ASKED:
        status, code, retry_after = _ASKED[wanted[1]]
        raise ProblemError(code, status, retry_after=retry_after)


def marked(app: ASGIApp) -> ASGIApp:
    """An application each of whose answers has a header that says that it is synthetic, and each of whose JSON objects
    says so in its first member, errors among them."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # type: ignore[comparison-overlap]  # servers send what Litestar's types leave out
            await app(scope, receive, send)
            return
        start: Any = None
        body = b""

        async def send_marked(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = [*message["headers"], _HEADER]
                start = {**message, "headers": headers}
                if not any(name == b"content-type" and value.startswith(_JSON) for name, value in headers):
                    await send(start)
                    start = None
            elif message["type"] == "http.response.body" and start is not None:
                body += message["body"]
                if message["more_body"]:
                    return
                body = _marked(body)
                length = (b"content-length", str(len(body)).encode())
                start["headers"] = [pair for pair in start["headers"] if pair[0] != b"content-length"] + [length]
                await send(start)
                await send({**message, "body": body})
            else:
                await send(message)

        await app(scope, receive, send_marked)

    return called


def _marked(body: bytes) -> bytes:
    if not body.startswith(b"{") or body.endswith(b',"synthetic":true}'):  # an answer says so itself
        return body
    return _MARK + (b"}" if body.startswith(b"{}") else b"," + body[1:])
