"""A bridge with trucks in every state, for tests of the pages that show it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from journeys import NOW, Post, truck
from listening import Listening
from priced import WORLD_TRADE, book, put_in_force

from aforo.routing.policy import default_document

#: The shipped policy, but that the truck of these tests which is nothing but unknown is held for lives: people in it
#: are put at 3.5 %, in the next one at 2.5 %.
CAREFUL = default_document().replace(b"hold_from = { probability = 0.5", b"hold_from = { probability = 0.03")
#: Held for lives; raised; lowered to in a test; released at the booth; on their way.
HELD, WAITS = "LIFE-1", "SCAN-01"


def prepared(post: Post) -> Post:
    """A post with prices in force at Laredo."""
    with post.log() as log:
        put_in_force(log, book())
    return post


def _reads(wait: int, trucks: int) -> str:
    def at(minutes: float) -> str:
        return (NOW - timedelta(minutes=minutes)).isoformat()

    rows = [{"reader": "world-trade-start", "at": at(trucks - n), "plate": f"TX{n:04}"} for n in range(trucks)]
    rows += [
        {"reader": "world-trade-end", "at": at(trucks - n - wait), "plate": f"TX{n:04}"} for n in range(trucks - wait)
    ]
    return "\n".join(map(json.dumps, rows))


def fill(served: Listening, trucks: int = 24) -> None:
    """Trucks of every state at World Trade, readings of its gates, lanes, staff and scanners."""
    officer, device = served.as_("officer", "Ana Torres"), served.as_("device")

    def good(answer: Any) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    good(device.post("/v1/readings", content=_reads(31, 400)))
    lanes = {"lanes": {"standard": 8, "fast": 3, "empty": 0}}
    good(officer.post(f"/v1/bridges/{WORLD_TRADE}/lanes", json=lanes))
    good(officer.post(f"/v1/bridges/{WORLD_TRADE}/staff", json={"posts": {"scanner": 3, "dock": 4}}))
    for n, event in enumerate(("up", "up", "up", "down")):
        report = {
            "scanner_id": f"LRD-{n}", "at": (NOW - timedelta(hours=2)).isoformat(), "reporter": "port", "kind": "HE",
            "port": WORLD_TRADE,
        }  # fmt: skip
        good(device.post("/v1/scanners/reports", content=json.dumps(report | {"event": "commissioned"})))
        if event == "down":
            at = (NOW - timedelta(minutes=40)).isoformat()
            good(device.post("/v1/scanners/reports", content=json.dumps(report | {"event": event, "at": at})))
    names = [HELD] + [f"SCAN-{n:02}" for n in range(1, trucks)]
    filed = [
        truck(
            name,
            lane=("standard", "fast", "standard")[n % 3],
            filed_at=(NOW - timedelta(minutes=70 - 2 * n)).isoformat(),
        )
        for n, name in enumerate(names)
    ]
    for each in filed:
        good(officer.post("/v1/filings", content=json.dumps(each)))
    for name in [HELD, *names[5:16]]:
        good(officer.post(f"/v1/crossings/{name}/arrival", params={"bridge": WORLD_TRADE}))
    for name in names[14:16]:
        good(officer.post("/v1/outcomes", json={"crossing_id": name, "examined": 0}))
    work = f"/v1/bridges/{WORLD_TRADE}/work"
    for name, place, unit in (
        ("SCAN-05", "scanner", "LRD-0"),
        ("SCAN-06", "scanner", "LRD-1"),
        ("SCAN-07", "dock", "D2"),
    ):
        body = {"crossing_id": name, "resource": place, "step": "started", "predicted_minutes": 8, "unit": unit}
        good(officer.post(work, json=body))
    for name in ("SCAN-08", "SCAN-09"):
        good(officer.post(work, json={"crossing_id": name, "resource": "dock", "step": "queued"}))
