"""The console's live stream: whole at first, then what changes, and each topic for who may hear it."""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, clock_of, truck
from listening import Listening, listening
from priced import WORLD_TRADE, book, put_in_force, stand

from aforo.api import live_parts, live_says
from aforo.api.access import Rate
from aforo.api.hearing import Limits
from aforo.api.live_topics import ACTIONS
from aforo.domain.role import ROLES, Role
from aforo.flow.alert_watch import Watch
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

FAST = Rate(1e6, 1e6)
TABLE = Path(__file__).resolve().parents[1] / "permitted.toml"


@pytest.fixture
def post(learnt: Learnt, tmp_path: Path) -> Post:
    made = Post(learnt, tmp_path / "served")
    with made.log() as log:
        put_in_force(log, book(steep=5.0))
    return made


@pytest.fixture
def served(post: Post) -> Iterator[Listening]:
    # A bridge that is so full that all are released.
    full = partial(stand, waiting=1e5)
    with listening(post, rate=FAST, limits=Limits(per_token=2, heartbeat_s=0.5), opened=full) as made:
        yield made


class Heard:
    """Frames of a stream, as they come."""

    def __init__(self) -> None:
        self.frames: Queue[tuple[str, Any]] = Queue()
        self.ended = threading.Event()

    def next(self, event: str, seconds: float = 10.0) -> Any:
        """The next frame of an event; others are passed over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                name, data = self.frames.get(timeout=left)
            except Empty:
                break
            if name == event:
                return data
        raise AssertionError(f"no {event} was heard")

    def rows(self, crossing: str, seconds: float = 10.0, **wanted: Any) -> dict[str, Any]:
        """The next row of a crossing that has these values."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for row in self.next("board", until - time.monotonic())["rows"]:
                if row["crossing_id"] == crossing and all(row[name] == value for name, value in wanted.items()):
                    return dict(row)
        raise AssertionError(f"no such row of {crossing}")


@contextmanager
def hearing(client: httpx.Client, topics: str, encoding: str = "gzip") -> Iterator[Heard]:
    heard = Heard()
    asked = client.stream(
        "GET", "/v1/live", params={"topics": topics}, headers={"Accept-Encoding": encoding}, timeout=30
    )
    with asked as response:
        assert response.status_code == 200, response.read()
        assert response.headers.get("content-encoding", "identity") == encoding

        def read() -> None:
            name = ""
            try:
                for line in response.iter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        heard.frames.put((name, json.loads(line.removeprefix("data: "))))
            except (httpx.HTTPError, httpx.StreamError):
                pass
            heard.ended.set()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        yield heard


def filed(served: Listening, own: str, **fields: Any) -> None:
    answer = served.as_("officer").post("/v1/filings", content=json.dumps(truck(own, **fields)))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_board_is_whole_at_first_and_then_what_changes(served: Listening, encoding: str) -> None:
    filed(served, "a")
    officer = served.as_("officer")
    with hearing(served.as_("auditor"), f"board:{WORLD_TRADE},clock", encoding) as heard:
        hello = heard.next("hello")
        assert (hello["clock"], hello["synthetic"]) == (None, False)
        whole = heard.next("board")
        assert (whole["whole"], whole["zone"], whole["state"]["bridge"]) == (True, "America/Chicago", WORLD_TRADE)
        (row,) = whole["rows"]
        assert (row["crossing_id"], row["state"], row["examination"]) == ("a", "expected", "release")
        assert 0 < row["probability"] < 1
        assert row["reason"] is None, "the sentence of a release is for who opens it"
        filed(served, "b", lane="fast", declared_empty=1)
        b = heard.rows("b")
        assert (b["lane"], b["empty"], b["attention"]) == ("fast", True, 0)
        assert officer.post("/v1/crossings/b/arrival", params={"bridge": WORLD_TRADE}).status_code == 200
        assert heard.rows("b", state="at_primary")["due_at"] is not None
        assert officer.post("/v1/outcomes", json={"crossing_id": "b", "examined": 0}).status_code == 200
        assert heard.rows("b", state="released")["attention"] == 0
        clock_of(served.log).move(minutes=4)
        while "b" not in heard.next("board")["gone"]:
            pass


def test_a_board_begins_with_who_needs_a_person_and_the_others_follow_as_they_are_then(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_says, "FIRST_ROWS", 2)
    monkeypatch.setattr(live_parts, "PART_ROWS", 2)
    monkeypatch.setattr(live_parts, "AFTER_S", 2.0)
    for own in "abcdef":
        filed(served, own)
    officer = served.as_("officer")
    order = {"examination": "secondary", "reason": "A tip."}
    assert officer.post("/v1/crossings/e/override", json=order).status_code == 200
    assert officer.post("/v1/crossings/f/arrival", params={"bridge": WORLD_TRADE}).status_code == 200
    with hearing(served.as_("auditor"), f"board:{WORLD_TRADE}") as heard:
        first = heard.next("board")
        assert (first["whole"], first["left"], first["state"]["bridge"]) == (True, 4, WORLD_TRADE)
        assert [row["crossing_id"] for row in first["rows"]] == ["f", "e"], (
            "who is here, then of whom something is asked"
        )
        assert first["counts"] == {"person": 0, "here": 1, "coming": 5, "done": 0}
        # What happens between the parts is told at once, and is not told as it was by the part that follows.
        assert officer.post("/v1/outcomes", json={"crossing_id": "d", "examined": 0}).status_code == 200
        assert heard.rows("d", state="released")["attention"] == 0
        rows: dict[str, str] = {}
        left = [first["left"]]
        while left[-1]:
            told = heard.next("board")
            if told["left"] is None:
                continue
            assert not told["whole"]
            rows |= {row["crossing_id"]: row["state"] for row in told["rows"]}
            left.append(told["left"])
        assert left == [4, 2, 0]
        assert rows == {"a": "expected", "b": "expected", "c": "expected", "d": "released"}


def test_orders_are_seen_accepted_and_undone_by_everyone_who_looks(served: Listening) -> None:
    filed(served, "a")
    officer = served.as_("officer", "Ana")
    with hearing(served.as_("supervisor"), f"board:{WORLD_TRADE}") as heard:
        heard.next("board")
        order = {"examination": "secondary", "reason": "A tip."}
        made = officer.post("/v1/crossings/a/override", json=order).json()
        row = heard.rows("a", examination="secondary")
        given = row["order"]
        assert (row["was"], row["attention"], given["by"], given["was"]) == ("release", 2, "Ana", "release")
        assert given["undoable"]
        # Of what is asked of a truck the reason is worked out beside the desk, and comes in a row of its own.
        told = row if row["reason"] else heard.rows("a")
        assert told["reason"]["en"] != told["reason"]["es"]
        said = {"decision": row["decision"], "examination": "secondary"}
        assert officer.post("/v1/crossings/a/accept", json=said).status_code == 200
        assert heard.rows("a", attention=1)["accepted"]["by"] == "Ana"
        undone = officer.post("/v1/crossings/a/undo", json={"order": made["event_id"]})
        assert undone.json()["now"] == "release"
        row = heard.rows("a", examination="release")
        assert (row["order"], row["accepted"], row["basis"]) == (None, None, None)
        again = officer.post("/v1/crossings/a/undo", json={"order": made["event_id"]})
        assert (again.status_code, again.json()["problems"][0]["code"]) == (422, "undo_again")
        # That they agree is taken back by the same route; what is ordered stays.
        said = {"decision": row["decision"], "examination": "release"}
        agreed = officer.post("/v1/crossings/a/accept", json=said).json()
        while (row := heard.rows("a"))["accepted"] is None:
            pass
        assert (row["accepted"]["event_id"], row["accepted"]["undoable"]) == (agreed["event_id"], True)
        back = officer.post("/v1/crossings/a/undo", json={"order": agreed["event_id"]}).json()
        assert (back["was"], back["now"]) == ("release", "release")
        assert heard.rows("a", accepted=None)["order"] is None


def test_a_board_once_is_the_same_as_heard(served: Listening) -> None:
    filed(served, "a")
    once = served.as_("analyst").get("/v1/bridges/wtb/board").json()
    assert [row["crossing_id"] for row in once["rows"]] == ["a"]
    assert once["rows"][0]["reason"]["en"]
    with hearing(served.as_("officer"), f"board:{WORLD_TRADE}") as heard:
        assert heard.next("board")["rows"] == once["rows"]
    assert served.as_("officer").get("/v1/bridges/nowhere/board").status_code == 404


def counted(served: Listening) -> dict[str, int]:
    """About how many trucks of each bridge alerts ask for somebody, as the border's page, the handovers and the list of
    alerts tell it: the same, or the test fails."""
    # One token has few streams at once, and the last may not have ended yet.
    officer = served.as_("officer", f"officer {len(served.clients)}")
    with hearing(officer, "bridges") as heard:
        border = {each["bridge"]: each["alerts"] for each in heard.next("bridges")["bridges"] if each["alerts"]}
    listed = {each["bridge"]: each["trucks"] for each in officer.get("/v1/alerts").json()["asking"]}
    handed = {}
    for bridge in (WORLD_TRADE, "colombia", "los-indios"):
        page = officer.get(f"/v1/bridges/{bridge}/handover").json()["handover"]
        handed |= {bridge: page["alerts_trucks"]} if page["alerts_trucks"] else {}
        groups = officer.get("/v1/alerts", params={"bridge": bridge}).json()["trucks"]
        phases = [{alert["phase"] for alert in group["alerts"]} for group in groups]
        assert sum(bool(each & {"waiting", "overdue"}) for each in phases) == page["alerts_trucks"]
    assert border == listed == handed
    whole = officer.get("/v1/bridges/2304/handover").json()["handover"]["alerts_trucks"]
    assert whole == sum(count for bridge, count in border.items() if bridge != "los-indios")
    return border


def test_border_handover_and_list_count_the_trucks_with_alerts_alike(served: Listening) -> None:
    officer, watch = served.as_("officer"), Watch(served.log)
    for own in ("A", "B"):
        filed(served, own)
    filed(served, "AWAY", port="2301", bridge="Los Indios")
    for own, to in (("A", "scan"), ("A", "hold"), ("B", "hold"), ("AWAY", "hold")):
        said = {"examination": to, "reason": "The seal is broken."}
        assert officer.post(f"/v1/crossings/{own}/override", json=said).status_code == 200
    watch.look()
    # Two orders over one truck are one truck; the list that no truck is in is at no bridge.
    assert counted(served) == {WORLD_TRADE: 2, "los-indios": 1}
    (group,) = officer.get("/v1/alerts", params={"crossing": "B"}).json()["trucks"]
    for alert in group["alerts"]:
        assert officer.post(f"/v1/alerts/{alert['alert_id']}/acknowledge").status_code == 200
    # What somebody has in hand asks for nobody.
    assert counted(served) == {WORLD_TRADE: 1, "los-indios": 1}
    (group,) = officer.get("/v1/alerts", params={"crossing": "AWAY"}).json()["trucks"]
    for alert in group["alerts"]:
        closing = {"reason": "It was seen to."}
        assert officer.post(f"/v1/alerts/{alert['alert_id']}/close", json=closing).status_code == 200
    assert counted(served) == {WORLD_TRADE: 1}
    # Trucks that no board has any more are still asked about, and what was acknowledged is late by now.
    clock_of(served.log).move(hours=40)
    watch.look()
    assert counted(served) == {WORLD_TRADE: 2}


def test_all_bridges_in_a_few_figures(served: Listening) -> None:
    filed(served, "a")
    with hearing(served.as_("officer"), "bridges") as heard, hearing(served.as_("analyst"), "bridges") as other:
        told = heard.next("bridges")
        assert told["whole"]
        assert len(told["bridges"]) > 22
        own = next(each for each in told["bridges"] if each["bridge"] == WORLD_TRADE)
        assert (own["expected"], own["queue"], own["missing"], own["alerts"]) == (1, None, "no_reads", 0)
        # Who may not read alerts is not told how many there are.
        assert {each["alerts"] for each in other.next("bridges")["bridges"]} == {None}
        filed(served, "b")
        again = heard.next("bridges")
        assert [(each["bridge"], each["expected"]) for each in again["bridges"]] == [(WORLD_TRADE, 2)]
        assert not again["whole"]


def test_what_was_touched_is_said_by_topic(served: Listening) -> None:
    filed(served, "a/b")
    with hearing(served.as_("officer"), "crossing:a%2Fb,challenges,alerts,rules,edges,incidents,measures") as heard:
        heard.next("hello")
        said = {"which": "a/b", "statement": "It was empty."}
        assert served.as_("officer").post("/v1/challenges", json=said).status_code == 200
        seen: set[str] = set()
        while not seen >= {"crossing:a/b", "challenges"}:
            seen |= set(heard.next("touched")["topics"])


def test_the_page_of_a_party_is_touched_by_its_crossings_and_by_no_others(served: Listening) -> None:
    filed(served, "a", carrier_id="OURS")
    filed(served, "b", carrier_id="OTHER")
    look = {"kind": "carrier", "identifier": "OURS"}
    handle = served.as_("officer").post("/v1/entities/lookup", json=look).json()["handle"]
    with hearing(served.as_("officer"), f"entity:{handle},crossing:b") as heard:
        heard.next("hello")
        for own in ("b", "a"):
            order = {"examination": "hold", "ground": "seal"}
            assert served.as_("officer").post(f"/v1/crossings/{own}/override", json=order).status_code == 200
            touched: set[str] = set(heard.next("touched")["topics"])
            assert touched == ({"crossing:b"} if own == "b" else {f"entity:{handle}"})
        filed(served, "c", carrier_id="OURS")  # one that it was not known by before
        assert heard.next("touched")["topics"] == [f"entity:{handle}"]
    with hearing(served.as_("officer"), f"entity:{handle[::-1]}") as heard:
        heard.next("hello")  # what is no handle is no party, and touched by nothing


@pytest.mark.parametrize(
    ("role", "topics", "code"),
    [
        ("officer", "", "topics_bad"),
        ("officer", "nothing", "topics_bad"),
        ("officer", "board", "topics_bad"),
        ("officer", "alerts:x", "topics_bad"),
        ("officer", "entity", "topics_bad"),
        ("analyst", "entity:x", "topic_forbidden"),
        ("officer", ",".join(f"crossing:{n}" for n in range(65)), "topics_bad"),
        ("officer", "board:nowhere", "not_found"),
        ("analyst", "bridges,alerts", "topic_forbidden"),
        ("carrier", "bridges", "topic_forbidden"),
        ("carrier", "clock,rules", "topic_forbidden"),
        ("administrator", "clock,measures", "topic_forbidden"),
        ("device", "clock", "forbidden"),
        ("port", "clock", "forbidden"),
    ],
)
def test_a_topic_that_may_not_be_heard_is_refused_for_the_whole_request(
    served: Listening, role: Any, topics: str, code: str
) -> None:
    client = served.carrier() if role == "carrier" else served.as_(role)
    answer = client.get("/v1/live", params={"topics": topics})
    assert answer.json()["type"] == f"urn:aforo:problem:{code}", answer.text


@pytest.mark.parametrize("role", ROLES)
def test_every_topic_by_every_role(served: Listening, role: Role) -> None:
    filed(served, "a")
    permitted = tomllib.loads(TABLE.read_text(encoding="utf-8"))["actions"]
    client = served.carrier() if role == "carrier" else served.as_(role)
    names = {"board": f"board:{WORLD_TRADE}", "crossing": "crossing:a", "entity": "entity:x"}
    opens = role in permitted["hear_clock"]
    for kind, action in ACTIONS.items():
        asked = {"topics": names.get(kind, kind), "seconds": 0}
        answer = client.get("/v1/live", params=asked)
        if role in permitted[action]:
            assert answer.status_code == 200, kind
            continue
        code = "topic_forbidden" if opens else "forbidden"
        assert (answer.status_code, answer.json()["type"]) == (403, f"urn:aforo:problem:{code}"), kind


def test_streams_of_one_token_are_few_and_end_with_it(served: Listening, post: Post) -> None:
    at = datetime.now(UTC)
    tokens = Tokens(post.settings.keys)
    text, token = tokens.issue("Eva", "officer", (), at, at + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {text}"}
    with (
        httpx.Client(base_url=served.address, headers=headers, trust_env=False) as client,
        hearing(client, "clock") as first,
        hearing(client, "clock"),
    ):
        assert client.get("/v1/live", params={"topics": "clock"}).status_code == 429
        tokens.revoke(token.id, at)
        assert first.ended.wait(10)
    tokens.close()
