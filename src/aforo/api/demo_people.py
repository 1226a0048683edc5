"""Who one may be at the console of a live demonstration, and by which password: told by its server alone.

A newcomer is to watch trucks, and not to invent a password: these people are made up, and good in the demonstration's
folder alone, which listens to this machine. Who asks by any name but this machine's own is told of nobody: a proxy
that is put before it, or a page whose name was made to lead here, would pass the password on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.origin import is_loopback
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.role import Role


class Person(Protocol):
    """Somebody who may sign in."""

    @property
    def login(self) -> str: ...

    @property
    def role(self) -> Role: ...


class DemoPerson(msgspec.Struct, frozen=True):
    """The name to sign in by, and the role."""

    login: str
    role: Role


class DemoPeople(msgspec.Struct, frozen=True):
    """All who may sign in, by one password."""

    people: list[DemoPerson]
    password: str
    synthetic: bool = True


_PEOPLE: dict[str, Any] = {
    "people": [{"login": "supervisor", "role": "supervisor"}], "password": "synthetic-0a1b2c", "synthetic": True,
}  # fmt: skip


def routes(people: Sequence[Person], password: str) -> list[HTTPRouteHandler]:
    """The route of a demonstration's people."""
    told = DemoPeople([DemoPerson(each.login, each.role) for each in people], password)

    @get(
        "/v1/demo/people",
        opt={ACTION: "read_demo_people"},
        operation_id="read_demo_people",
        summary="Who one may be in this demonstration, and by which password",
        responses=answers_of("read_demo_people", DemoPeople, _PEOPLE),
    )
    async def read_demo_people(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not is_loopback(request.scope["headers"]):
            raise ProblemError("not_found", 404)
        return json_answer(told, {"Cache-Control": "no-store"})

    return [read_demo_people]
