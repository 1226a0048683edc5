"""Every route of the application's own table by every role, with a token and in a session, and by nobody.

A route that has no line in `permitted.toml` fails here: nobody has said who may ask it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post
from listening import PASSWORD, Listening, listening

from aforo.api.access import ACTION, PUBLIC, Access, Rate
from aforo.api.app import application
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.domain.role import ROLES, Asking
from aforo.flow.node import Node
from aforo.log.accounts import PERSONS
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

TABLE = tomllib.loads((Path(__file__).resolve().parents[1] / "permitted.toml").read_text(encoding="utf-8"))
ROUTES: dict[str, str] = TABLE["routes"]
#: What a handler may refuse of its own accord: whose it is, that a token has no session, or none of a kind.
ITS_OWN = {"no_session", "token_not_own", "second_bad", "passkey_bad", "sign_in_bad", "needs_token", "account_own"}


def handled(app: Any) -> dict[str, str]:
    """Every method and path of an application, those that the document leaves out too, with its action."""
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                if method != "OPTIONS":  # answered with the methods that there are, before anything else
                    path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path_format)
                    open_ = handler.opt.get(PUBLIC)
                    found[f"{method} {path}"] = "public" if open_ else str(handler.opt.get(ACTION) or "closed")
    return found


def no_node() -> Node:
    raise RuntimeError("a table of routes needs no node")


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def test_every_route_has_a_line_and_every_line_a_route(tmp_path: Path) -> None:
    found = handled(application(Front(Desk(no_node), Access(Tokens(tmp_path / "keys.sqlite")))))
    lacking = [f'"{route}" = "{action}"' for route, action in found.items() if route not in ROUTES]
    assert not lacking, "add to tests/permitted.toml, once it is what is wanted:\n" + "\n".join(lacking)
    assert found == ROUTES


def ask(client: httpx.Client, route: str) -> tuple[int, str]:
    """The status, and the code of the problem, of a request that names no record there is; a stream is not heard."""
    method, _, path = route.partition(" ")
    url = re.sub(r"{\w+}", "none", path)
    with client.stream(method, url, timeout=30) as answer:
        problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
        said = answer.read() if problem else b""
        return answer.status_code, httpx.Response(200, content=said).json()["type"].rpartition(":")[2] if said else ""


def may(role: Asking, action: str) -> bool:
    return action == "public" or not {role, f"{role} own"}.isdisjoint(TABLE["actions"].get(action, ()))


def check(client: httpx.Client, role: Asking) -> None:
    for route, action in ROUTES.items():
        status, code = ask(client, route)
        client.cookies.clear()
        if action == "closed":
            assert status == (401 if role == "anyone" else 404), (route, status)
        elif may(role, action):
            assert status != 401, (route, code)
            assert status != 403 or code in ITS_OWN, (route, status, code)
        else:
            assert (status, code) == ((401, "token_missing") if role == "anyone" else (403, "forbidden")), route


@pytest.mark.parametrize("role", ROLES)
def test_every_route_with_a_token_of_every_role(served: Listening, role: Any) -> None:
    check(served.as_(role, f"every route {role}", ("CA-1",) if role == "carrier" else ()), role)


def test_every_route_by_nobody(served: Listening) -> None:
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        check(client, "anyone")


@pytest.mark.parametrize("role", PERSONS)
def test_every_route_in_a_session_of_every_role(served: Listening, role: Any) -> None:
    client = served.signed_in(role, f"in a session {role}", ("CA-1",) if role == "carrier" else ())
    cookie = dict(client.cookies)
    for route, action in ROUTES.items():
        if "/v1/session" in route:
            continue  # a session that ends asks nothing more; see test_api_sessions
        status, code = ask(client, route)
        if action == "closed":
            assert status == 404, (route, status)
        elif may(role, action):
            assert status != 401, (route, code)
            assert status != 403 or code in ITS_OWN, (route, code)
        else:
            assert (status, code) == (403, "forbidden"), route
        assert dict(client.cookies) == cookie, route
    # Nothing is changed without what a page of this server sends.
    for name in ("Origin", "X-Aforo-CSRF"):
        bare = httpx.Client(base_url=served.address, headers=client.headers, cookies=client.cookies, trust_env=False)
        del bare.headers[name]
        for route, action in ROUTES.items():
            if not route.startswith("GET ") and action not in ("public", "closed") and not may("anyone", action):
                assert ask(bare, route) == (403, "csrf"), (route, name)
        bare.close()


def test_a_role_that_is_none_has_no_way_in(served: Listening) -> None:
    """Who has signed in as nothing that policies know is anyone at most."""
    account = served.account("officer", "was officer")
    served.people.accounts.entitle(account.id, "device", ())
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        client.post("/v1/session", json={"name": "was officer", "password": PASSWORD})
        assert client.get("/v1/crossings/none").status_code == 403
