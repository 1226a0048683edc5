"""Whether the process lives, and whether it takes filings; both are public and say nothing else."""

from __future__ import annotations

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import PUBLIC
from aforo.api.front import Front


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get("/healthz", opt={PUBLIC: True}, operation_id="healthz", summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", opt={PUBLIC: True}, operation_id="readyz", summary="The node takes filings")
    async def readyz() -> Response[dict[str, str]]:
        ready = front.desk.ready
        return Response({"status": "ready" if ready else "not ready"}, status_code=200 if ready else 503)

    return [healthz, readyz]
