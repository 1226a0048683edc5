"""A booth does not wait for what is filed in bulk: its errands go first, and a batch has an end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, truck
from listening import listening
from programs import program

from aforo.api import desk as desks
from aforo.api.desk import Capacity, Desk
from aforo.api.queued_message import QueuedMessage
from aforo.flow import correspondence
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.receiving import Message
from aforo.intake.together import Letter

if TYPE_CHECKING:
    from aforo.flow.course import Course
    from aforo.flow.reply import Reply


def message(own: str, records: int, more: int = 0) -> Message:
    rows = [truck(f"{own}-{n}", description="brackets" + "x" * more) for n in range(records)]
    return Message("\n".join(map(json.dumps, rows)).encode(), Filer("tester"))


@contextmanager
def busy(desk: Desk) -> Iterator[None]:
    """A desk that takes nothing of what comes within the block before its end."""
    begun, ended = threading.Event(), threading.Event()

    def hold(_: Node) -> None:
        begun.set()
        ended.wait(20)

    held = desk.do(hold)
    assert begun.wait(20)
    yield
    ended.set()
    held.result(20)


def test_what_waits_to_be_done_goes_before_filings_and_batches_have_an_end(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    asked: list[Future[None]] = []

    with post.node() as node, Desk(lambda: node) as desk:

        def answer(letters: Sequence[Letter], filers: Sequence[Filer], of: Node, course: Course) -> list[Reply]:
            records = sum(each.records for each in letters)
            done.append(f"{records} records")
            if len(done) == 1:
                asked.append(desk.do(lambda _: done.append("errand")))
            return real(letters, filers, of, course)

        real = correspondence.answer
        monkeypatch.setattr(desks, "answer", answer)
        with busy(desk):
            replies = [desk.submit(message(f"M{n}", 400)) for n in range(6)]
        assert all(each.result(60).taken for each in replies)
        asked[0].result(20)
    assert done == ["800 records", "errand", "800 records", "800 records"]


def test_a_batch_ends_by_its_bytes_too_and_one_message_is_taken_whatever_it_has(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    with post.node() as node, Desk(lambda: node, Capacity(bytes=100_000)) as desk:
        real = desk._receive

        def receive(fresh: list[QueuedMessage]) -> None:
            sizes.append(sum(len(each.message.data) for each in fresh))
            real(fresh)

        monkeypatch.setattr(desk, "_receive", receive)
        with busy(desk):
            replies = [desk.submit(message(f"B{n}", 2, more=20_000)) for n in range(5)]
            replies.append(desk.submit(message("LARGE", 10, more=20_000)))
        for each in replies:
            each.result(60)
    assert [round(each / 41_000) for each in sizes if each] == [2, 2, 1, 5]


LINES: Any = program("booth_under_bulk")


def test_lines_of_devices_that_nobody_knows_are_not_read_to_their_end(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(post) as made:
        carrier, supervisor = made.carrier("CA-1"), made.as_("supervisor")
        body = LINES.seal_lines("stranger", "stranger")
        told = carrier.post("/v1/custody/readings/seal_text", content=body)
        assert told.status_code == 422
        codes = [each["code"] for each in told.json()["problems"]]
        assert codes[-1] == "device_unknown_rest"
        assert set(codes[:-1]) == {"device_unknown"}
        # Where one of the first is known, all is read: each device is told what became of its own.
        said = {"kind": "seal", "supplier": "s", "promise_s": 3600, "tolerance_s": 600, "carrier": "CA-1"}
        assert supervisor.put("/v1/devices/own-1", json=said).status_code == 200
        post.clock.now = LINES.datetime.now(LINES.UTC)
        mixed = carrier.post("/v1/custody/readings/seal_text", content=LINES.seal_lines("own-1", "stranger"))
        assert (mixed.status_code, mixed.json()["readings"]) == (200, 100)
        assert {each["code"] for each in mixed.json()["problems"]} >= {"device_unknown"}
        # Another carrier's device is nobody's to it.
        others = made.carrier("CA-2").post("/v1/custody/readings/seal_text", content=LINES.seal_lines("own-1", "own-1"))
        assert others.status_code == 422
        assert others.json()["problems"][-1]["code"] == "device_unknown_rest"


@pytest.mark.parametrize("form", ["seal_text", "traccar", "telematics"])
def test_a_body_that_is_cut_anywhere_by_the_first_look_is_read_as_it_would_be(post: Post, form: str) -> None:
    """Nothing that the first look cuts in two is held against what is sent."""
    with listening(post) as made:
        began = time.monotonic()
        for body in (b"x" * 200_000, b"\xff" * 200_000, b"[" * 200_000, b"\n" * 200_000, "é".encode() * 100_001):
            answer = made.as_("officer").post(f"/v1/custody/readings/{form}", content=body)
            assert answer.status_code in (200, 400, 422), (form, body[:4], answer.text[:200])
        assert time.monotonic() - began < 60


def test_a_filing_behind_an_errand_that_costs_the_node_is_filed(post: Post) -> None:
    def failing(_: Node) -> None:
        raise OSError("the disk")

    with post.node() as node, Desk(lambda: node) as desk:
        with busy(desk):
            failed = desk.do(failing)
            reply = desk.submit(message("BEHIND", 1))
        with pytest.raises(OSError, match="the disk"):
            failed.result(20)
        assert reply.result(60).taken


def test_errands_without_an_end_let_filings_through(post: Post) -> None:
    ended = threading.Event()

    with post.node() as node, Desk(lambda: node) as desk:

        def again(_: Node) -> None:
            time.sleep(0.001)
            if not ended.is_set():
                desk.do(again)

        desk.do(again)
        desk.do(again)
        assert desk.submit(message("BETWEEN", 1)).result(20).taken
        ended.set()
