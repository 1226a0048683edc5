"""A log may hold instants of the years 1 and 9999, from before inputs were asked: whoever reads it is answered.

The log is that of a node on which every page has something to show; every instant in it, but that of recording, is
then another, past what asks for instants today.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from furnished import furnished
from journeys import Post
from listed import lists
from listening import Listening, listening
from priced import stand
from typer.testing import CliRunner

from aforo.api.access import Rate
from aforo.api.scoreboard_examples import REPORTED
from aforo.cli import complete_app
from aforo.domain.clock import FIRST, LAST, instant, microseconds, readable
from aforo.flow.node import Node
from aforo.log.stored import StoredEvent

if TYPE_CHECKING:
    from journeys import Learnt

TABLE = tomllib.loads((Path(__file__).resolve().parents[1] / "permitted.toml").read_text(encoding="utf-8"))
YEARS = {"year 1": "0001-01-01T00:00:00+14:00", "year 9999": "9999-12-31T23:59:59-14:00"}
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
#: What the log is kept by, and what no reader shows: their instants are those of this program alone.
_OURS = ("lottery.", "log.", "artefact.", "filing.")
COMMANDS = (
    "alerts list", "alerts measures", "seal devices", "seal trips", "seal responses", "port state",
    "port state world-trade", "measure scoreboard", "measure definitions", "measure coverage",
    "measure town world-trade", "fleet list", "fleet report", "edge list", "edge report", "challenge list",
    "lists hits", "rules list", "subscriptions list", "seal verdict {trip}", "seal causes {trip}",
    "bundle state {trip}", "seal response {response}",
)  # fmt: skip


@pytest.fixture(scope="module")
def written(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], datetime]:
    """The folder of a node's log, what of it the addresses of pages name, and what its clock says at last."""
    folder = tmp_path_factory.mktemp("written")
    with furnished(learnt, folder) as made:
        device = made.served.as_("device", carriers=("world-trade",))
        assert device.post("/v1/bridges/world-trade/lanes", json={"lanes": {"standard": 3}}).status_code == 200
        officer = made.served.as_("officer", "Eva Ríos")
        incident = {**REPORTED, "place": "world-trade"}
        del incident["started_at"]
        answer = officer.post("/v1/incidents", json=incident)
        assert answer.status_code == 200, answer.text
        names, now = made.names, made.served.log.clock()
    return folder, names, now


@pytest.fixture(params=list(YEARS))
def old(
    request: pytest.FixtureRequest, written: tuple[Path, dict[str, str], datetime], learnt: Learnt, tmp_path: Path
) -> tuple[Post, dict[str, str]]:
    """A post whose log says one of YEARS wherever it says an instant, with no state saved of it."""
    folder, names, now = written
    post = Post(learnt, tmp_path / "old")
    post.clock.now = now
    for file in folder.glob("log*"):
        shutil.copy(file, post.folder / file.name)
    changed = Counter[str]()
    with closing(sqlite3.connect(post.store)) as store, store:
        for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {trigger}")
        store.execute("DELETE FROM projection")
        for position, body in store.execute("SELECT position, body FROM event ORDER BY position").fetchall():
            said = StoredEvent(position, b"", bytes(body)).event
            if said.type.startswith(_OURS):
                continue
            other = with_instants(msgspec.json.decode(body), YEARS[request.param])
            if other != msgspec.json.decode(body):
                changed[said.type] += 1
                text = msgspec.json.encode(other)
                store.execute(
                    "UPDATE event SET body = ?, leaf_hash = ? WHERE position = ?",
                    (text, sha256(b"\0" + text).digest(), position),
                )
    assert len(changed) >= 35, sorted(changed)
    return post, names


def with_instants(event: dict[str, Any], text: str) -> dict[str, Any]:
    """The event as it is stored, saying one instant wherever it says any but that of recording."""

    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: other(item) for name, item in value.items()}
        if isinstance(value, list):
            return [other(item) for item in value]
        return text if isinstance(value, str) and _INSTANT.fullmatch(value) else value

    envelope = {name: text for name in ("occurred_at", "reported_at", "said_at") if name in event}
    return {**event, **envelope, "data": other(event["data"])}


def serving(post: Post) -> Any:
    def opened(node: Node) -> None:
        with suppress(Exception):
            stand(node, waiting=20.0)

    return listening(
        post,
        rate=Rate(1e6, 1e6),
        lists=lists(),
        opened=opened,
        folder=post.folder.with_name(f"{post.folder.name}-node"),
    )


def answers(served: Listening, names: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Every route that is asked with GET, and its status, asked about what there is."""
    known = {"bridge": "world-trade", **names}
    for route, action in TABLE["routes"].items():
        method, _, path = route.partition(" ")
        if method != "GET" or action == "closed":
            continue
        url = re.sub(r"{(\w+)}", lambda name: known.get(name[1].removesuffix("_id"), "none"), path)
        role = "anyone" if action == "public" else TABLE["actions"][action][0].removesuffix(" own")
        client = served.nobody if role == "anyone" else served.as_(role)
        with client.stream("GET", url, timeout=60) as answer:
            if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                with suppress(httpx.HTTPError):
                    answer.read()
            yield f"{route} as {role}", answer.status_code


def test_every_route_answers_of_a_log_with_instants_of_no_calendar(old: tuple[Post, dict[str, str]]) -> None:
    post, names = old
    for start in ("first", "again"):
        with serving(post) as served:
            told = dict(answers(served, names))
        assert not {route: status for route, status in told.items() if status >= 500}, start
        assert sum(status == 200 for status in told.values()) >= 60, told


def test_the_commands_show_a_log_with_instants_of_no_calendar(old: tuple[Post, dict[str, str]]) -> None:
    post, names = old
    where = ["--store", post.settings.store, "--keys", post.settings.keys]
    for command in COMMANDS:
        for language in ("en", "es"):
            asked = [*command.format(**names).split(), "--lang", language, *where]
            told = CliRunner().invoke(complete_app(), asked)
            assert told.exception is None or isinstance(told.exception, SystemExit), (command, told.exception)
            assert told.exit_code in (0, 1, 2), (command, told.output)
            assert told.output.strip(), command


@pytest.mark.parametrize("text", [*YEARS.values(), "1969-12-31T23:59:59Z", "2101-01-01T00:00:00Z"])
def test_what_cannot_be_read_is_read_as_the_nearest(text: str) -> None:
    said = datetime.fromisoformat(text)
    near = FIRST if said.year < 2000 else LAST
    assert readable(said) == near
    assert readable(near) is near or readable(near) == near
    for beyond in (microseconds(said), -(2**62), 2**62):
        assert FIRST <= instant(beyond) <= LAST
    for whole in (FIRST, LAST, datetime.fromisoformat("2026-03-02T08:15:00-06:00")):
        assert instant(microseconds(whole)) == whole
