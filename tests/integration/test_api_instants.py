"""No route takes an instant or a day that no input may name, in body or query, and nothing is recorded of it.

Which routes name any is read from the application: from the types that their bodies are read as, and from the
description of their queries.
"""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from journeys import Post
from listening import Listening, listening
from msgspec import inspect as types

import aforo.api
from aforo.api.access import ACTION, Access, Rate
from aforo.api.app import application
from aforo.api.demo_clock import Tick
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.domain.clock import InstantError
from aforo.domain.event import Passed, new_event
from aforo.domain.instants import invalid_instant
from aforo.flow.node import Node
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

PERMITTED = tomllib.loads((Path(__file__).resolve().parents[1] / "permitted.toml").read_text(encoding="utf-8"))
INSTANTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-02T08:15:00", "1999-12-31T23:59:59Z")
DAYS = ("0001-01-01", "9999-12-31")
#: What a body's problem says of an instant; the types of some ask for its offset themselves.
CODES = {"body_instant", "body_field_bad"}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def fields_of(
    kind: types.Type, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], type[date]]]:
    """The places of a body's type that are instants or days; the first of each list."""
    match kind:
        case types.DateTimeType():
            yield place, datetime
        case types.DateType():
            yield place, date
        case types.Metadata(type=told):
            yield from fields_of(told, place)
        case types.StructType(fields=fields):
            for field in fields:
                yield from fields_of(field.type, (*place, field.encode_name))
        case types.UnionType(types=options):
            for option in options:
                yield from fields_of(option, place)
        case types.CollectionType(item_type=item):
            yield from fields_of(item, (*place, 0))
        case _:
            return


def no_node() -> Node:
    raise RuntimeError("a table of routes needs no node")


def kinds_of_bodies() -> list[Any]:
    """What every call of `body_of` in the rooms of the API reads a body as."""
    found = []
    for path in sorted(Path(aforo.api.__file__).parent.glob("*.py")):
        module = importlib.import_module(f"aforo.api.{path.stem}")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "body_of":
                name = ast.unparse(call.args[1])
                # Where several routes share what reads their bodies, it is given what to read them as.
                found.append(getattr(module, name, None) or PASSED_ON[path.stem, name])
    return found


#: What is given to a function that reads the bodies of several routes.
PASSED_ON: dict[tuple[str, str], Any] = {}


def bodies() -> list[tuple[str, str, str, dict[str, Any], tuple[str | int, ...], type[date]]]:
    """Of every route whose body names an instant: method, path, action, its example, the place, and what is there."""
    with TemporaryDirectory() as folder, closing(Tokens(Path(folder) / "keys.sqlite")) as tokens:
        app = application(Front(Desk(no_node), Access(tokens)))
    routes = [
        (str(next(iter(handler.http_methods - {"OPTIONS", "HEAD"}))), path, str(handler.opt[ACTION]), example)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if (example := getattr(handler.operation_class, "EXAMPLE", None))
        for path in [re.sub(r"{\w+(:\w+)?}", "none", route.path_format)]
    ]
    found = []
    for kind in kinds_of_bodies():
        if kind is Tick:
            continue  # a demonstration's alone; see the test of it below
        for place, sort in fields_of(types.type_info(kind)):
            fitting = [each for each in routes if fits(kind, each[3])]
            assert fitting, f"no route has an example of {kind}, which names an instant"
            found += [(*each, place, sort) for each in fitting]
    return list({(each[0], each[1], each[4]): each for each in found}.values())


def fits(kind: Any, example: Any) -> bool:
    """Whether the example of a route is one of this body."""
    try:
        return bool(msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(example), type=kind)))
    except msgspec.ValidationError:
        return False


def with_value(example: Any, place: tuple[str | int, ...], value: str) -> Any:
    """The example with a value at a place; None where the example has nothing that the place could be in."""
    body = here = deepcopy(example)
    for step in place[:-1]:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(place[-1], int) and isinstance(here, list | tuple) and not here:
        return None
    here[place[-1]] = value
    return body


def those_who_may(served: Listening, action: str) -> Iterator[Any]:
    for role in PERMITTED["actions"][action]:
        name = role.removesuffix(" own")
        yield served.nobody if name == "anyone" else served.as_(name, "", ("CA-1",) if name == "carrier" else ())


BODIES = bodies()


@pytest.mark.parametrize(
    ("method", "path", "action", "example", "place", "sort"),
    BODIES,
    ids=[f"{each[0]} {each[1]} {'.'.join(map(str, each[4]))}" for each in BODIES],
)
def test_no_body_names_an_instant_that_no_input_may(
    served: Listening, method: str, path: str, action: str, example: Any, place: tuple[str | int, ...], sort: type[date]
) -> None:
    before = served.log.position()
    for value in INSTANTS if sort is datetime else DAYS:
        body = with_value(example, place, value)
        assert body is not None, f"the example of {path} has nothing at {place}: give it something"
        codes = set()
        for client in those_who_may(served, action):
            answer = client.request(method, path, json=body)
            assert 400 <= answer.status_code < 500, (value, answer.text)
            codes |= {(each["code"], each["place"]) for each in answer.json().get("problems", ())}
        assert {code for code, _ in codes} & CODES, (value, codes)
    assert served.log.position() == before


def test_there_are_routes_whose_bodies_name_instants() -> None:
    assert len(BODIES) >= 12
    assert {"/v1/incidents", "/v1/bridges/none/lanes"} <= {each[1] for each in BODIES}


def test_no_query_names_an_instant_that_no_input_may(served: Listening) -> None:
    asked = 0
    for path, item in served.nobody.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            named = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
            for parameter in named:
                forms = {each.get("format") for each in (parameter["schema"], *parameter["schema"].get("oneOf", ()))}
                values = INSTANTS if "date-time" in forms else DAYS if "date" in forms else ()
                needed = {each["name"]: "1" for each in named if each.get("required")}
                action = PERMITTED["routes"][f"{method.upper()} {path}"]
                for value in values:
                    url = re.sub(r"{\w+}", "none", path)
                    for client in those_who_may(served, action):
                        answer = client.request(method, url, params={**needed, parameter["name"]: value})
                        assert answer.status_code == 400, (path, parameter["name"], value, answer.text)
                        assert answer.json()["type"] == "urn:aforo:problem:instant_bad"
                        asked += 1
    assert asked >= 60


def test_no_event_carries_what_could_not_be_read_again() -> None:
    good = datetime.fromisoformat("2026-03-02T08:15:00-06:00")
    for text in INSTANTS[:3]:
        bad = datetime.fromisoformat(text)
        for given in ({"occurred_at": bad}, {"recorded_at": bad}, {"reported_at": bad}, {"said_at": bad}):
            with pytest.raises(InstantError):
                new_event(
                    "own", Passed(1, "2304", "2026-03-02"), "crossing/A", 1, actor="nobody",
                    **{"occurred_at": good, "recorded_at": good, **given},
                )  # fmt: skip


@pytest.mark.parametrize("text", INSTANTS)
def test_the_clock_of_a_demonstration_is_moved_to_no_such_instant(text: str) -> None:
    """Its routes are no node's: the body that they read is looked through as every other is."""
    assert invalid_instant(msgspec.json.decode(b'{"to":"2026-03-02T08:15:00Z"}', type=Tick)) is None
    try:
        sent = msgspec.json.decode(msgspec.json.encode({"to": text}), type=Tick)
    except msgspec.ValidationError:
        return
    assert invalid_instant(sent) == "to"
