"""A morning at World Trade Bridge with a case of every kind, for the tests of the pages of cases."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys import Post, truck
from listed import NAMED, lists
from listening import Listening, listening
from priced import book, put_in_force, stand

from aforo.api.access import Rate
from aforo.domain.clock import microseconds
from aforo.flow.alert_watch import Watch
from aforo.flow.node import Node
from aforo.flow.telemetry import ReaderAt, blocks_of, record
from aforo.intake.gate_reads import Read
from aforo.log.sequencer import sequence

if TYPE_CHECKING:
    from journeys import Learnt

#: The crossing to which everything happened.
STORY = "ABCD-TRIP-0071"


@contextmanager
def morning(learnt: Learnt, folder: Path) -> Iterator[Listening]:
    """A server over a log in which the morning has happened."""
    post = Post(learnt, folder)
    with post.log() as log:
        put_in_force(log, book(steep=0.004))

    def opened(node: Node) -> None:
        stand(node, waiting=20.0)

    with listening(post, rate=Rate(1e6, 1e6), lists=lists(), opened=opened) as made:
        happen(made, post, learnt)
        yield made


def happen(made: Listening, post: Post, learnt: Learnt) -> None:
    """File, decide, read, order, examine, find, contest."""
    luz, dora = made.as_("officer", "Luz Rivera"), made.as_("officer", "Dora Paz")

    def send(client: Any, url: str, body: Any) -> Any:
        answer = client.post(url, json=body)
        assert answer.status_code == 200, (url, answer.text)
        return answer.json()

    rows = learnt.future[:40].rows(named=True)
    send_rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
    for row in send_rows:
        made.as_("officer", "Luz Rivera").post("/v1/filings", json=row | {"filed_at": str(row["filed_at"])})
    for n in range(6):  # the trader's history
        post.clock.move(minutes=1)
        at = post.clock.now.isoformat()
        send(luz, "/v1/filings", truck(f"HIST-{n}", driver_id="D-31", tractor_id="T-31", filed_at=at))
        if n in (1, 4):
            found = {"crossing_id": f"HIST-{n}", "examined": 1, "outcome": 1, "threat": "contraband", "at": at}
            send(dora, "/v1/outcomes", found | {"carried_out": "secondary"})
    post.clock.move(days=16)
    at = post.clock.now.isoformat()
    filing = truck(
        "ABCD-2026-000071", crossing_id=STORY, driver_id="D-31", tractor_id="T-31", broker_id="BR-9",
        driver_name=NAMED, filed_at=at, value_usd=190_000.0,
    )  # fmt: skip
    send(luz, "/v1/filings", filing)
    send(luz, "/v1/filings", truck("OTHER-1", filed_at=at, driver_id="D-77"))
    reader = {"wtb-1": ReaderAt("wtb-1", "world-trade", "bridge")}
    log = made.log
    post.clock.move(minutes=12)
    record(blocks_of([Read("wtb-1", microseconds(post.clock.now), "T-31", None)], reader, log), log, actor="wtb-1")
    post.clock.move(minutes=20)
    send(luz, f"/v1/crossings/{STORY}/arrival", {})
    send(luz, f"/v1/crossings/{STORY}/override", {"examination": "hold", "reason": "The seal differs."})
    work = {"crossing_id": STORY, "resource": "dock", "step": "started", "unit": "dock 4", "predicted_minutes": 45}
    for path, body in (
        ("work", work),
        ("lanes", {"lanes": {"standard": 6, "fast": 2}}),
        ("staff", {"posts": {"dock": 5}}),
    ):
        send(luz, f"/v1/bridges/world-trade/{path}", body)
    post.clock.move(minutes=40)
    late = post.clock.now - timedelta(minutes=25)
    outcome = {"crossing_id": STORY, "examined": 1, "outcome": 1, "threat": "contraband", "at": late.isoformat()}
    send(dora, "/v1/outcomes", outcome | {"carried_out": "secondary", "severity": 12.5})
    note = {"name": "delivery-note.txt", "body": base64.b64encode(b"Delivered in full.").decode()}
    contest = {"which": STORY, "statement": "The trailer was empty when it left us.", "documents": [note]}
    send(made.carrier(), "/v1/challenges", contest)
    luz.get(f"/v1/crossings/{STORY}", params={"persons": True})
    for event, since in (("commissioned", "2023-01-01T00:00:00Z"), ("down", post.clock.now.isoformat())):
        report = {"scanner_id": "LRD-9", "event": event, "at": since, "port": "world-trade", "cause": "power"}
        send(luz, "/v1/scanners/reports", {k: v for k, v in report.items() if k != "cause" or event == "down"})
    Watch(log).look()
    sequence(log)
