"""The public feed over HTTP and at the terminal: open to anyone, of its schema, kept by caches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import jsonschema_rs
import msgspec
import pytest
from boards import a_border, a_log
from journeys import Post
from listening import Listening, listening
from litestar import get
from litestar.middleware import DefineMiddleware
from litestar.testing import create_test_client
from typer.testing import CliRunner

from aforo.api import feed as routes
from aforo.api import feed_examples
from aforo.api.access import Rate
from aforo.api.sandbox import marked
from aforo.cli import complete_app
from aforo.domain.event import Origin
from aforo.flow.feed import Feed, feed_of, schema
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown

if TYPE_CHECKING:
    from journeys import Learnt

MONDAY = datetime(2024, 1, 1, tzinfo=ZoneInfo("America/Chicago"))
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("feed"))
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        a_border(MONDAY).put(made.log)
        Board(made.log).publish()
        yield made


def test_anyone_is_told_the_same_and_it_is_of_the_schema_at_its_own_address(served: Listening) -> None:
    answer = served.nobody.get("/v1/feed", params={"weeks": 3})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    described = served.nobody.get(told["schema"])
    assert described.status_code == 200
    assert described.json() == schema()
    jsonschema_rs.validator_for(described.json(), validate_formats=True).validate(told)
    assert [each["period"] for each in told["weeks"]] == ["2024-W13", "2024-W12", "2024-W11"]
    assert [each["period"] for each in told["quarters"]] == ["2024-Q1"]
    (wait,) = [e for e in told["weeks"][0]["values"] if e["bridge"] == "world-trade"]
    assert wait["age"]["measured_until"] == "2024-04-01T05:00:00Z"
    assert wait["age"]["seconds"] == 31 * 3_600
    (closure,) = told["weeks"][0]["incidents"]
    assert (closure["kind"], closure["severity"], closure["bridge"]) == ("closure", 4, "world-trade")
    for role in ("carrier", "officer", "administrator"):
        own = served.as_(role, role, ("CA-1",) if role == "carrier" else ()).get("/v1/feed", params={"weeks": 3})
        assert own.content == answer.content
    assert served.nobody.get("/v1/feed", params={"weeks": 55}).status_code == 400


def test_caches_ask_again_by_the_tag_and_know_when_it_changed(served: Listening) -> None:
    answer = served.nobody.get("/v1/feed")
    tag = answer.headers["ETag"]
    assert tag.startswith('W/"')
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == NOW
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        same = served.nobody.get("/v1/feed", headers={"If-None-Match": known})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["ETag"] == tag
    assert served.nobody.get("/v1/feed", headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_a_sandbox_answers_is_of_the_schema_and_says_once_that_it_is_synthetic(tmp_path: Path) -> None:
    with a_log(tmp_path, NOW) as (log, _):
        board = Board(log)
        live = LiveBridges(log, board.directory)
        made = {each: feed_of(public_shown(board, live, NOW, each, 4), board.measures) for each in get_args(Origin)}

    @get("/v1/feed")
    async def read_feed() -> Feed:
        return made["synthetic"]

    marks = DefineMiddleware(marked)
    with create_test_client(read_feed, middleware=[marks]) as client:
        body = client.get("/v1/feed").content
    assert body.count(b'"synthetic":true') == 1
    valid = jsonschema_rs.validator_for(schema(), validate_formats=True)
    valid.validate(json.loads(body))
    for origin, own in made.items():
        told = json.loads(msgspec.json.encode(own))
        valid.validate(told)
        assert ("synthetic" in told) == (origin != "live")
        assert not valid.is_valid({**told, "synthetic": False})


def test_the_examples_of_the_document_are_of_the_schema() -> None:
    jsonschema_rs.validator_for(schema(), validate_formats=True).validate(feed_examples.FEED)
    assert routes.SAME_S == 5.0


def test_the_feed_at_the_terminal_is_that_of_the_log(tmp_path: Path) -> None:
    with a_log(tmp_path, NOW) as (log, _):
        a_border(MONDAY, weeks=3).put(log)
        Board(log).publish()
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    told = CliRunner().invoke(complete_app(), ["measure", "feed", "--json", "--weeks", "2", *where])
    assert told.exit_code == 0, told.output
    made = json.loads(told.stdout)
    jsonschema_rs.validator_for(schema(), validate_formats=True).validate(made)
    assert len(made["weeks"]) == 2
    shown = CliRunner().invoke(complete_app(), ["measure", "feed", "--lang", "es", *where])
    assert "antigüedad" in shown.stdout
    assert "2024-W13" in shown.stdout
    asked = CliRunner().invoke(complete_app(), ["measure", "feed", "--schema"])
    assert json.loads(asked.stdout) == schema()
