"""The console's files. They are public: they hold no data, and what they show they must ask for."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from aforo.api.access import PUBLIC
from aforo.api.problems import ProblemError
from aforo.console.files import INDEX, Built, built

#: Nothing but what this server serves as files may run, be shown or be asked.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_YEAR_S = 365 * 24 * 3600


def routes() -> list[HTTPRouteHandler]:
    """The routes of the console."""

    @get("/", opt={PUBLIC: True}, include_in_schema=False)
    async def to_console() -> Redirect:
        return Redirect("/console")

    @get("/console", opt={PUBLIC: True}, include_in_schema=False)
    async def console(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _sent(request, INDEX)

    @get("/console/{path:path}", opt={PUBLIC: True}, include_in_schema=False)
    async def console_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        return _sent(request, path.lstrip("/"))

    return [to_console, console, console_file]


def _sent(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
    files = built()
    if not files:
        raise ProblemError("console_not_built", 404)
    file = files.get(path)
    if file is None:
        # An address of a page, which the console itself finds; a file that is not there is not a page.
        if "." in path.rpartition("/")[2] and path.startswith("assets/"):
            raise ProblemError("not_found", 404)
        file = files[INDEX]
    return _answer(request, file)


def _answer(request: Request[Any, Any, Any], file: Built) -> Response[bytes]:
    coding, body = file.form(request.headers.get("accept-encoding", ""))
    headers = {
        "Cache-Control": f"public, max-age={_YEAR_S}, immutable" if file.lasting else "no-cache",
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if not file.part:
        headers["Content-Security-Policy"] = POLICY
    if coding is not None:
        headers["Content-Encoding"] = coding
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=file.media)
