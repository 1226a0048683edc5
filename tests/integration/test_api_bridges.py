"""Bridges over HTTP: what devices and officers report is the state that officers see, once and for each restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import polars as pl
import pytest
from journeys import NOW, Post
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.api.readings import MOST_ROWS
from aforo.bootstrap import save_state
from aforo.domain.bridge import ExaminationQueued, GateReads
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.node import Node
from aforo.flow.wait_outlooks import WaitForecast, waits_now
from aforo.intake import bts
from aforo.ports.state import BridgesState

if TYPE_CHECKING:
    from journeys import Learnt

FAST = Rate(1e6, 1e6)
HEADER = "Port Name,State,Port Code,Border,Date,Measure,Value"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@pytest.fixture
def post(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Post:
    return Post(learnt, tmp_path_factory.mktemp("served"))


@pytest.fixture
def served(post: Post) -> Iterator[Listening]:
    with listening(post, rate=FAST) as made:
        yield made


def before(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def reads(wait: int = 30, trucks: int = 120) -> list[dict[str, Any]]:
    """A truck a minute, each waiting as long; the last has just come."""
    rows = [{"reader": "world-trade-start", "at": before(trucks - n), "plate": f"TX{n:04}"} for n in range(trucks)]
    rows += [
        {"reader": "world-trade-end", "at": before(trucks - n - wait), "plate": f"tx-{n:04}"}
        for n in range(trucks - wait)
    ]
    return rows


def lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, rows))


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def lane(state: dict[str, Any], name: str = "all") -> dict[str, Any]:
    (found,) = [each for each in state["lanes"] if each["lane"] == name]
    return found


def resource(state: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in state["resources"] if each["resource"] == name]
    return found


def test_readings_become_a_queue_and_a_wait_with_its_interval(served: Listening) -> None:
    device, officer = served.as_("device"), served.as_("officer")
    empty = good(officer.get("/v1/bridges/world-trade"))
    assert (lane(empty["state"])["missing"], empty["hours"]) == ("no_reads", [])
    assert lane(empty["state"])["queue"] is None
    told = good(device.post("/v1/readings", content=lines(reads())))
    assert told == {"records": 210, "taken": 210, "repeated": 0, "written": 2, "known": 0, "problems": []}
    again = good(device.post("/v1/readings", content=lines(reads())))
    assert (again["written"], again["known"]) == (0, 2)
    answer = good(officer.get("/v1/bridges/wtb"))
    every = lane(answer["state"])
    assert (every["queue"], every["waits"]["p50"]["value"], every["wait_now"]["source"]) == (30.0, 30.0, "reads")
    assert every["wait_now"]["low"] < every["wait_now"]["minutes"] < every["wait_now"]["high"]
    assert answer["state"]["arrivals"]["value"] == 60.0
    # Primary was read for half an hour of the one before.
    assert [each["waits"]["trucks"] for each in answer["hours"] if each["waits"]] == [60]
    listed = good(officer.get("/v1/bridges"))["bridges"]
    assert len(listed) > 22
    assert lane(next(each for each in listed if each["bridge"] == "world-trade"))["queue"] == 30.0


def test_arrivals_are_forecast_from_counts_and_what_is_lacking_is_said(post: Post) -> None:
    months = [f"{name} {year}" for year in range(2019, 2025) for name in MONTHS][:62]
    rows = [f"Laredo,Texas,2304,US-Mexico Border,{month},Trucks,240000" for month in months]
    frame = bts.read("\n".join([HEADER, *rows]).encode()).frame
    kept: list[pl.DataFrame] = []

    def counted(node: Node) -> None:
        node.counts = lambda: kept[0] if kept else None

    with listening(post, rate=FAST, opened=counted) as made:
        officer = made.as_("officer")
        nothing = good(officer.get("/v1/bridges/world-trade"))
        assert nothing["forecast"] is None
        assert nothing["forecast_missing"]["en"] != nothing["forecast_missing"]["es"]
        kept.append(frame)
        told = good(officer.get("/v1/bridges/world-trade"))
    assert told["forecast_missing"] is None
    forecast = told["forecast"]
    assert [forecast[each] for each in ("bridge", "basis", "counts_until")] == [
        "world-trade",
        "monthly counts",
        "2024-02",
    ]
    assert len(forecast["hours"]) == 24
    for hour in forecast["hours"]:
        assert hour["low"] <= hour["mean"] <= hour["high"]
    assert max(hour["mean"] for hour in forecast["hours"]) > 300


def test_waits_by_lane_class_are_forecast_from_readings_and_drawn_once_a_minute(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = [f"{name} {year}" for year in range(2019, 2025) for name in MONTHS][:62]
    rows = [f"Laredo,Texas,2304,US-Mexico Border,{month},Trucks,240000" for month in months]
    frame = bts.read("\n".join([HEADER, *rows]).encode()).frame
    drawn: list[str] = []

    def counting(live: LiveBridges, bridge: str, *more: Any) -> WaitForecast:
        drawn.append(bridge)
        return waits_now(live, bridge, *more)

    monkeypatch.setattr("aforo.flow.wait_outlooks.waits_now", counting)

    def counted(node: Node) -> None:
        node.counts = lambda: frame

    with listening(post, rate=FAST, opened=counted) as made:
        officer, device = made.as_("officer"), made.as_("device")
        # One in three is read in a FAST lane; the others in standard ones.
        told = [
            each | {"lane_class": "fast" if n % 3 == 0 else "standard"} if each["reader"].endswith("end") else each
            for n, each in enumerate(reads())
        ]
        good(device.post("/v1/readings", content=lines(told)))
        answer = good(officer.get("/v1/bridges/world-trade"))
        assert good(officer.get("/v1/bridges/wtb"))["wait_forecast"] == answer["wait_forecast"]
        other = good(officer.get("/v1/bridges/colombia"))["wait_forecast"]
    assert drawn == ["world-trade", "colombia"]
    forecast = answer["wait_forecast"]
    assert (forecast["at"], forecast["age_minutes"]) == (NOW.isoformat().replace("+00:00", "Z"), 0.0)
    by_lane = {each["lane"]: each for each in forecast["lanes"]}
    assert list(by_lane) == ["all", "fast", "standard", "empty", "hazmat"]
    for each in ("fast", "standard"):
        now = lane(answer["state"], each)["wait_now"]
        first = by_lane[each]["waits"][0]
        assert len(by_lane[each]["waits"]) == 13
        assert first["minutes"] == pytest.approx(now["minutes"], rel=0.1)
        assert first["low"] < first["minutes"] < first["high"]
    assert by_lane["empty"]["served_by"] == "standard"
    assert by_lane["empty"]["waits"] == by_lane["standard"]["waits"]
    # Where nothing was read nothing is made up.
    assert all(each["waits"] == [] and each["missing"]["es"] for each in other["lanes"])


def test_no_plate_is_kept_in_clear(served: Listening, post: Post) -> None:
    good(served.as_("device").post("/v1/readings", content=lines(reads())))
    blocks = served.log.read(types=[GateReads.TYPE])
    assert len(blocks) == 2
    for folder in (post.folder,):
        for file in folder.rglob("*"):
            if file.is_file():
                assert b"TX0042" not in file.read_bytes(), file


def test_bad_rows_are_told_and_lose_nothing_else(served: Listening) -> None:
    device = served.as_("device")
    rows = reads(trucks=31)
    rows[3] |= {"reader": "nobody"}
    rows[5] |= {"at": (NOW + timedelta(minutes=6)).isoformat()}
    told = good(device.post("/v1/readings", content=lines(rows)))
    assert (told["records"], told["taken"]) == (32, 30)
    assert [(each["place"], each["code"]) for each in told["problems"]] == [
        ("line 4, column reader", "reader_unknown"), ("line 6, column at", "row_ahead"),
    ]  # fmt: skip
    nothing = device.post("/v1/readings", content=lines([{"reader": "nobody", "at": before(0)}]))
    assert nothing.status_code == 422
    assert nothing.json()["problems"][0]["code"] == "reader_unknown"
    assert device.post("/v1/readings", content="reader,at\n").status_code == 422
    many = "reader,at\n" + f"world-trade-start,{before(0)}\n" * (MOST_ROWS + 1)
    assert device.post("/v1/readings", content=many).status_code == 413


def test_what_is_stated_is_what_is_up(served: Listening) -> None:
    device, officer = served.as_("device"), served.as_("officer")
    lanes = {"lanes": {"standard": 7, "fast": 0}, "at": before(20)}
    assert good(device.post("/v1/bridges/world-trade/lanes", json=lanes)) == {"recorded": True}
    assert good(device.post("/v1/bridges/world-trade/lanes", json=lanes)) == {"recorded": False}
    for what, field, counts in (("lanes", "lanes", {"fast": 2, "standard": 99}), ("staff", "posts", {"scanner": 10})):
        refused = officer.post(f"/v1/bridges/world-trade/{what}", json={field: counts})
        assert refused.status_code == 422
        assert [each["code"] for each in refused.json()["problems"]] == [f"{field}_beyond"]
    good(officer.post("/v1/bridges/World%20Trade/staff", json={"posts": {"scanner": 1}}))
    rows = [
        {"scanner_id": f"S-{n}", "event": "commissioned", "at": before(5000), "port": "wtb", "kind": "HE"}
        for n in range(3)
    ]
    rows += [{"scanner_id": "S-0", "event": "down", "at": before(60), "reporter": "port"}]
    told = good(device.post("/v1/scanners/reports", content=lines(rows)))
    assert (told["taken"], told["written"]) == (4, 4)
    state = good(officer.get("/v1/bridges/world-trade"))["state"]
    assert lane(state, "standard")["open"] == {
        "value": 7.0, "source": "stated", "at": before(20).replace("+00:00", "Z"), "age_minutes": 20.0,
    }  # fmt: skip
    scanner = resource(state, "scanner")
    assert [scanner[each]["value"] for each in ("up", "stands", "manned")] == [1.0, 3.0, 1.0]
    assert resource(state, "booth")["up"]["value"] == 7.0
    assert state["lost"] == [
        {
            "scanner_id": "S-0",
            "resource": "scanner",
            "status": "down",
            "since": before(60).replace("+00:00", "Z"),
            "causes": [],
        }
    ]
    assert good(officer.get("/v1/bridges/colombia"))["state"]["lost"] == []
    (first, *others) = good(officer.get("/v1/scanners"))["scanners"]
    assert (first["scanner_id"], first["status"], first["causes"]) == ("S-0", "down", [])
    assert {each["status"] for each in others} == {"up"}


def test_work_at_a_resource_is_its_backlog(served: Listening) -> None:
    device, officer = served.as_("device"), served.as_("officer")

    def work(crossing: str, step: str, minutes: float, **more: Any) -> None:
        body = {"crossing_id": crossing, "resource": "scanner", "step": step, "at": before(minutes)} | more
        good(device.post("/v1/bridges/world-trade/work", json=body))

    work("A", "queued", 10, predicted_minutes=8)
    work("B", "queued", 9, predicted_minutes=6.5)
    work("A", "started", 3)
    scanner = resource(good(officer.get("/v1/bridges/world-trade"))["state"], "scanner")
    assert (scanner["waiting"], scanner["serving"], scanner["backlog_minutes"]["value"]) == (1, 1, 11.5)
    assert (scanner["room"]["value"], scanner["room"]["source"], scanner["without_room"]) == (36.0, "assumed", 0)
    work("A", "ended", 0)
    scanner = resource(good(officer.get("/v1/bridges/world-trade"))["state"], "scanner")
    assert (scanner["waiting"], scanner["serving"], scanner["backlog_minutes"]["value"]) == (1, 0, 6.5)
    assert len(served.log.read(types=[ExaminationQueued.TYPE])) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("lanes", {"lanes": {}}, 400),
        ("lanes", {"lanes": {"standard": -1}}, 400),
        ("lanes", {"lanes": {"bus": 1}}, 400),
        ("lanes", {"lanes": {"standard": 1}, "at": "2024-03-20T12:00:00"}, 400),
        ("lanes", {"lanes": {"standard": 1}, "at": "2024-03-20T12:05:01Z"}, 422),
        ("staff", {"posts": {"kitchen": 1}}, 400),
        ("work", {"crossing_id": "A", "resource": "scanner", "step": "lost"}, 400),
        ("work", {"crossing_id": "A\u0000", "resource": "scanner", "step": "queued"}, 400),
        ("work", {"crossing_id": "A", "resource": "scanner", "step": "queued", "predicted_minutes": -1}, 400),
    ],
)
def test_what_cannot_be_is_refused(served: Listening, path: str, body: dict[str, Any], status: int) -> None:
    answer = served.as_("officer").post(f"/v1/bridges/world-trade/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_bridge_that_no_document_has_is_not_found(served: Listening) -> None:
    officer = served.as_("officer")
    assert officer.get("/v1/bridges/nowhere").status_code == 404
    assert officer.post("/v1/bridges/nowhere/lanes", json={"lanes": {"fast": 1}}).status_code == 404
    damaged = officer.get("/v1/bridges/a%00b")
    assert damaged.status_code == 404, damaged.text


@pytest.mark.parametrize("kept", [True, False], ids=["saved", "killed"])
def test_a_node_that_is_opened_again_says_the_same(post: Post, kept: bool) -> None:
    """A node that is killed has saved nothing, and makes the state anew from the log."""
    with listening(post, rate=FAST) as first:
        device = first.as_("device")
        good(device.post("/v1/readings", content=lines(reads())))
        good(device.post("/v1/bridges/world-trade/lanes", json={"lanes": {"standard": 7}}))
        said = good(first.as_("officer").get("/v1/bridges/world-trade"))
        if kept:
            assert first.desk.node is not None
            save_state(first.desk.node)
        # What comes after a state was saved is taken in on top of it.
        good(device.post("/v1/bridges/world-trade/lanes", json={"lanes": {"fast": 2}}))
        after = good(first.as_("officer").get("/v1/bridges/world-trade"))
    assert after != said
    with listening(post, rate=FAST) as second:
        assert good(second.as_("officer").get("/v1/bridges/world-trade")) == after
        assert second.log.projections.load(f"bridges/{BridgesState.version}") is not None if kept else True


def test_a_device_speaks_for_its_own_bridge_and_no_other(served: Listening) -> None:
    own, other = served.as_("device"), served.as_("device", "colombia's", ("colombia",))
    none = served.as_("device", "of nowhere", ("nowhere",))
    lanes = {"lanes": {"standard": 3}}
    good(own.post("/v1/bridges/wtb/lanes", json=lanes))
    for device in (other, none):
        assert device.post("/v1/bridges/world-trade/lanes", json=lanes).status_code == 403
        assert device.post("/v1/readings", content=lines(reads())).status_code == 422
    good(own.post("/v1/readings", content=lines(reads())))
    placed = {"scanner_id": "W-1", "event": "commissioned", "at": before(500), "port": "world-trade", "kind": "HE"}
    assert other.post("/v1/scanners/reports", content=lines([placed])).status_code == 422
    good(own.post("/v1/scanners/reports", content=lines([placed])))
    # Neither is a scanner that stands elsewhere said to be down, nor taken to another bridge.
    for event in ({"event": "down"}, {"event": "moved", "port": "colombia"}):
        told = other.post("/v1/scanners/reports", content=lines([{"scanner_id": "W-1", "at": before(5)} | event]))
        assert told.status_code == 422
        assert [each["code"] for each in told.json()["problems"]] == ["row_elsewhere"]
    # Whoever is no device speaks for all.
    good(served.as_("officer").post("/v1/scanners/reports", content=lines([placed | {"scanner_id": "W-2"}])))


def test_a_scanner_that_is_reported_at_a_port_alone_counts_at_no_bridge_and_officers_are_told(
    served: Listening,
) -> None:
    officer = served.as_("officer")
    rows = [{"scanner_id": "L-1", "event": "commissioned", "at": before(50), "port": "2304", "kind": "HE"}]
    good(officer.post("/v1/scanners/reports", content=lines(rows)))
    (shown,) = [each for each in good(officer.get("/v1/scanners"))["scanners"] if each["scanner_id"] == "L-1"]
    assert (shown["port"], shown["bridge"]) == ("2304", None)
    state = good(officer.get("/v1/bridges/colombia"))["state"]
    assert state["unplaced_scanners"] == 1
    scanner = [each for each in state["resources"] if each["resource"] == "scanner"]
    assert all(each["stands"] is None or each["stands"]["source"] != "log" for each in scanner)
