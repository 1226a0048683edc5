"""Whatever a request is refused for, the node that it was put to goes on: only failures of the log cost it."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening
from sqlalchemy.exc import IntegrityError, OperationalError

from aforo.api.access import Rate
from aforo.api.desk import Desk, StaleNodeError
from aforo.api.problems import ProblemError
from aforo.domain.role import ROLES, Role
from aforo.flow.node import Node
from aforo.log.signing import EquivocationError
from aforo.log.store import ConcurrencyError

if TYPE_CHECKING:
    from journeys import Learnt

TABLE = tomllib.loads((Path(__file__).resolve().parents[1] / "permitted.toml").read_text(encoding="utf-8"))
#: What no field of any body is, and what some are.
WRONG: tuple[Any, ...] = (None, -1, "x", [], {}, True, 10**30)
#: What is well formed is worked out at length by a process of its own, which is no errand of the node's.
AT_LENGTH = ("/v1/what-if", "/v1/plans")
#: Bodies that are none.
BROKEN = (b"", b"{}", b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 2_000)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        for own, carrier in (("MINE", "CA-1"), ("THEIRS", "CA-2")):
            assert made.carrier(carrier).post("/v1/filings", content=json.dumps(truck(own, carrier_id=carrier)))
        yield made


def writes(served: Listening) -> Iterator[tuple[str, str, list[Any], list[Role]]]:
    """Every operation that is no GET, of the server's own description: its examples, and the roles that may ask it."""
    paths = served.nobody.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            if method == "get" or route not in TABLE["routes"]:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            examples = [each["example"] for media, each in content.items() if "json" in media and "example" in each]
            may = {each.partition(" ")[0] for each in TABLE["actions"].get(TABLE["routes"][route], ())}
            yield method.upper(), path, [] if path in AT_LENGTH else examples, [role for role in ROLES if role in may]


def bodies(examples: list[Any]) -> Iterator[bytes]:
    """An operation's example, and the same with one field missing, or being what it cannot be."""
    for example in examples:
        yield json.dumps(example).encode()
        if isinstance(example, dict):
            for name in example:
                yield json.dumps({key: value for key, value in example.items() if key != name}).encode()
                for wrong in WRONG:
                    yield json.dumps(example | {name: wrong}).encode()


def test_after_every_refusal_of_every_route_the_node_is_the_same(served: Listening) -> None:
    node, asked, refused = served.desk.node, 0, 0
    assert node is not None
    clients: dict[Role, httpx.Client] = {
        role: served.as_(role, f"same {role}", ("CA-1",) if role == "carrier" else ()) for role in ROLES
    }
    operations = list(writes(served))
    for method, path, examples, roles in operations:
        for place, role in enumerate(roles):
            for named in ("none", "MINE"):
                url = re.sub(r"{\w+}", named, path)
                # One role is asked in full: what a body is refused for depends on nobody's role.
                every = [*BROKEN, *bodies(examples)] if place == 0 and named == "MINE" else [*BROKEN[1:3]]
                for body in every:
                    answer = clients[role].request(method, url, content=body)
                    asked += 1
                    refused += 400 <= answer.status_code < 500
                    assert served.desk.node is node, (method, url, role, body, answer.status_code)
                    assert answer.status_code != 500, (method, url, role, body)
    assert {path for _, path, _, _ in operations} > {"/v1/policies", "/v1/rules", "/v1/filings", "/v1/outcomes"}
    assert asked > 1_500
    assert refused > 1_000
    assert served.carrier().post("/v1/filings", content=json.dumps(truck("AFTER"))).status_code == 200
    assert served.desk.node is node


def until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        time.sleep(0.01)
    return holds()


class OddError(Exception):
    """Nothing that the desk knows of."""


@pytest.mark.parametrize(
    ("error", "dropped"),
    [
        (ValueError("asker"), False), (KeyError("asker"), False), (ProblemError("not_found", 404), False),
        (ConcurrencyError("s", 1, "others"), False), (OddError("a mistake of the code"), False), (TypeError(), False),
        (OperationalError("", None, Exception()), True), (IntegrityError("", None, Exception()), True),
        (sqlite3.DatabaseError(), True), (OSError("disk"), True), (EquivocationError("old copy"), True),
        (StaleNodeError(5), True),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else "",
)  # fmt: skip
def test_what_costs_the_node(post: Post, error: Exception, dropped: bool) -> None:
    def failing(_: Node) -> None:
        raise error

    def recorded(node: Node) -> None:
        with node.log.appended.of(1):
            pass
        raise error

    with post.node() as opened:
        openings = []

        def opening() -> Node:
            openings.append(opened)
            return opened

        with Desk(opening) as desk:
            with pytest.raises(type(error)):
                desk.do(failing).result(20)
            assert until(lambda: desk.ready)
            assert len(openings) == (2 if dropped else 1)
            # What wrote and then failed by a mistake of the code may have left the node without what it wrote.
            with pytest.raises(type(error)):
                desk.do(recorded).result(20)
            assert until(lambda: desk.ready)
            mistake = isinstance(error, OddError | TypeError)
            assert len(openings) == (3 if dropped else 2 if mistake else 1)
