"""Whether the process lives, and whether the node is ready, for everybody; how it stands, for who runs it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from aforo.api.access import ACTION, PUBLIC
from aforo.api.counters import MEDIA_TYPE
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.readiness import Standing
from aforo.api.responses import answers_of, problems

_STANDING = {
    "checks": {"database": True, "desk": True, "log": True, "sequencer": True, "signing_key": True, "witnesses": True},
    "origin": "aforo/4f0c9a6be21d7733",
    "events": 48_120,
    "outside_tree": 3,
    "behind_s": 0.112,
    "waiting": 0,
    "lists": {"ofac": 0.4, "un": 0.4, "bis": 0.4},
    "witnesses": [
        {"witness": "witness.example", "at": "2026-03-02T08:00:05Z", "age_s": 4.2, "behind": 0, "problem": ""}
    ],
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get("/healthz", opt={PUBLIC: True}, operation_id="healthz", summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", opt={PUBLIC: True}, operation_id="readyz", summary="The node takes filings; which checks hold")
    async def readyz() -> Response[dict[str, Any]]:
        if front.readiness is None:
            checks = {"desk": front.desk.ready}
        else:
            checks = (await asyncio.to_thread(front.readiness.standing)).checks
        ready = all(checks.values())
        said = {"status": "ready" if ready else "not ready", "checks": checks}
        return Response(said, status_code=200 if ready else 503)

    @get(
        "/v1/node",
        opt={ACTION: "read_node"},
        operation_id="read_node",
        summary="How the node stands: its checks, its log and its tree, the age of its lists, its witnesses",
        responses=answers_of("read_node", Standing, _STANDING),
    )
    async def read_node() -> Response[bytes]:
        if front.readiness is None:
            raise ProblemError("not_found", 404)
        standing = await asyncio.to_thread(front.readiness.standing)
        return Response(msgspec.json.encode(standing), media_type="application/json")

    @get(
        "/metrics",
        opt={ACTION: "read_metrics"},
        operation_id="read_metrics",
        summary="What is counted of the node's work, for Prometheus",
        responses={
            200: ResponseSpec(str, description="Prometheus' text format.", media_type="text/plain"),
            **problems(),
        },
    )
    async def read_metrics() -> Response[bytes]:
        if front.counters is None:
            raise ProblemError("not_found", 404)
        return Response(await asyncio.to_thread(front.counters.text), media_type=MEDIA_TYPE)

    return [healthz, readyz, read_node, read_metrics]
