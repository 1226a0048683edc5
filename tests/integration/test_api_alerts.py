"""Alerts and the live stream over HTTP, as staff and carriers meet them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api import server as serving
from aforo.api.access import Rate
from aforo.api.hearing import Limits
from aforo.domain.event import LotteryCommitted, new_event
from aforo.flow.alert_watch import AlertWatch, Watch
from aforo.log.ids import event_ids
from aforo.log.leaves import last_leaf
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.store import Log

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with (
        listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made,
        Sequencing(made.log, interval=0.02),
    ):
        yield made


def order(made: Listening, own: str, to: str = "hold") -> None:
    made.carrier().post("/v1/filings", content=json.dumps(truck(own)))
    done = made.as_("officer").post(
        f"/v1/crossings/{own}/override", json={"examination": to, "reason": "The seal is broken."}
    )
    assert done.status_code == 200


def heard(client: httpx.Client, after: int = -1, **headers: str) -> list[dict[str, Any]]:
    """The messages of a stream up to now."""
    parameters: dict[str, Any] = {"seconds": 0} | ({} if headers else {"after": after})
    done = client.get("/v1/events", params=parameters, headers=headers)
    assert (done.status_code, done.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    found = []
    for part in done.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.split("\n") if line and not line.startswith(":"))
        if "id" in lines:
            found.append({"id": int(lines["id"]), "event": lines["event"], "data": json.loads(lines["data"])})
    return found


def test_an_alert_is_listed_taken_handed_up_and_closed(served: Listening) -> None:
    order(served, "A1")
    Watch(served.log).look()
    staff = served.as_("officer", "luz")
    listed = staff.get("/v1/alerts", params={"crossing": "A1"}).json()
    (group,) = listed["trucks"]
    (alert,) = group["alerts"]
    assert (listed["total"], alert["kind"], alert["phase"]) == (1, "order_raised", "waiting")
    assert alert["what"].keys() == {"en", "es"}
    assert group["truck"]
    assert listed["places"] == {"A1": {"port": "2304", "bridge": "world-trade", "at": "", "stands": None}}
    assert listed["never_put_off"] == [
        "people_found",
        "life_safety_hold",
        "missed_hold",
        "custody_broken",
        "road_jammed",
        "people_signs",
        "theft_reported",
        "edge_withheld",
    ]
    assert staff.get("/v1/alerts", params={"truck": group["truck"], "kind": "order_raised"}).json()["total"] == 1
    assert staff.get("/v1/alerts", params={"phase": "overdue", "crossing": "A1"}).json()["total"] == 0
    url = f"/v1/alerts/{alert['alert_id']}"
    taken = staff.post(f"{url}/acknowledge").json()
    assert (taken["phase"], taken["owner"]) == ("acknowledged", "luz")
    assert staff.post(f"{url}/acknowledge").status_code == 200
    other = served.as_("officer", "ana").post(f"{url}/acknowledge")
    assert (other.status_code, other.json()["problems"][0]["code"]) == (422, "alert_acknowledged_already")
    served.as_("analyst", "nadie")
    for owner in ("Pepe Nadie", "nadie"):
        nobody = staff.post(f"{url}/assign", json={"owner": owner})
        assert (nobody.status_code, nobody.json()["problems"][0]["code"]) == (422, "alert_owner_unknown")
    names = staff.get("/v1/alert-owners").json()["names"]
    assert {"ana", "luz"} <= set(names)
    assert "nadie" not in names
    assert staff.post(f"{url}/assign", json={"owner": "ana"}).json()["phase"] == "waiting"
    put_off = staff.post(f"{url}/snooze", json={"minutes": 10, "reason": "Not here yet."}).json()
    assert put_off["snoozed_until"] is not None
    assert staff.post(f"{url}/snooze", json={"minutes": 10, "reason": "Not here yet."}).status_code == 422
    assert staff.post(f"{url}/escalate", json={"reason": "Two at once."}).json()["role"] == "supervisor"
    assert staff.post(f"{url}/close", json={"reason": "Driver DR-A1 told."}).status_code == 422
    assert staff.post(f"{url}/close", json={"reason": "Told.", "ending": "resolved"}).status_code == 400
    closed = staff.post(f"{url}/close", json={"reason": "The booth was told."}).json()
    assert (closed["phase"], closed["closed_by"], closed["due"]) == ("closed", "luz", None)
    assert staff.get(url).json()["ending"] == "handled"
    assert served.as_("auditor").get("/v1/alert-measures").json()["measures"][0]["respond"]["known"] == 1
    assert staff.get("/v1/alerts/none").status_code == 404
    assert staff.get("/v1/alerts", params={"limit": 0}).status_code == 400
    assert staff.post(f"{url}/close", content=b"{").status_code == 400


def test_a_server_that_watches_raises_by_itself(served: Listening) -> None:
    with AlertWatch(served.log, interval=0.05):
        order(served, "W1")
        for _ in range(200):
            if served.as_("officer").get("/v1/alerts", params={"crossing": "W1"}).json()["total"]:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("no alert")


def test_staff_hear_events_and_a_carrier_where_its_own_filings_stand(served: Listening) -> None:
    served.carrier("CA-1").post("/v1/filings", content=json.dumps(truck("S1", carrier_id="CA-1", crossing_id="S")))
    served.carrier("CA-2").post("/v1/filings", content=json.dumps(truck("S2", carrier_id="CA-2")))
    sequence(served.log)
    staff = heard(served.as_("officer"))
    assert {"crossing.filed", "crossing.decided", "artefact.promoted"} <= {each["event"] for each in staff}
    assert [each["id"] for each in staff] == sorted({each["id"] for each in staff})
    (status,) = [each for each in heard(served.carrier("CA-1")) if each["data"]["crossing_id"] == "S"]
    assert status["event"] == "filing.status"
    assert status["data"].keys() == {"crossing_id", "filings", "at"}
    assert status["data"]["filings"] == [{"declaration_id": "S1", "status": "accepted", "stated": []}]
    second = {"Second-Authorization": served.as_("supervisor").headers["Authorization"]}
    decided = served.as_("officer").get("/v1/crossings/S").json()["selection"][0]["examination"]
    ordered = "hold" if decided == "release" else "release"
    for path, body in (("override", {"examination": ordered, "reason": "Seen."}), ("arrival", None)):
        done = served.as_("officer").post(f"/v1/crossings/S/{path}", json=body, headers=second)
        assert done.status_code == 200, done.text
    sequence(served.log)
    last = heard(served.carrier("CA-1"), **{"Last-Event-ID": str(status["id"])})
    moved = [each["data"]["filings"] for each in last if each["data"]["crossing_id"] == "S"]
    told = "to_be_examined" if decided == "release" else "released"
    assert [[each["status"] for each in filings] for filings in moved] == [[told]]
    theirs = heard(served.carrier("CA-2"))
    assert {own["declaration_id"] for each in theirs for own in each["data"]["filings"]} == {"S2"}
    text = json.dumps([status, last, theirs])
    for secret in ("basis", "evidence", "rule", "score", "propensity", "hold", "Seen.", "S1-", "officer"):
        assert secret not in text, secret


def test_a_place_that_is_not_in_the_log_is_refused(served: Listening) -> None:
    staff = served.as_("officer")
    for bad in ("999999999", "x", "-1", "1" * 30, "٣"):
        headers = [(b"last-event-id", bad.encode())]
        assert staff.get("/v1/events", params={"seconds": 0}, headers=headers).status_code == 400, bad
    assert staff.get("/v1/events", params={"seconds": 0, "after": -2}).status_code == 400
    assert served.as_("administrator").get("/v1/events", params={"seconds": 0}).status_code == 403


def test_a_carrier_is_not_told_how_far_the_log_has_come(served: Listening) -> None:
    """Else it would count what others file. It hears from now on, whichever place it names that there is not yet."""
    carrier = served.carrier("CA-7")
    last = last_leaf(served.log)
    answers = {
        (done.status_code, done.text.replace(": \n\n", ""))  # without the signs of life
        for leaf in (last, last + 1, last + 2, 999_999_999)
        for done in (
            carrier.get("/v1/events", params={"seconds": 0, "after": leaf}),
            carrier.get("/v1/events", params={"seconds": 0}, headers={"Last-Event-ID": str(leaf)}),
        )
    }
    assert answers == {(200, "retry: 2000\n\n")}
    for bad in ("x", "-1", "1" * 30):
        assert carrier.get("/v1/events", params={"seconds": 0}, headers={"Last-Event-ID": bad}).status_code == 400
    with carrier.stream("GET", "/v1/events", params={"after": last + 1_000, "seconds": 20}) as stream:
        lines = stream.iter_lines()
        next(lines)
        carrier.post("/v1/filings", content=json.dumps(truck("FROM-NOW-ON", carrier_id="CA-7")))
        assert next(line for line in lines if line.startswith("event: ")) == "event: filing.status"


@pytest.mark.parametrize("after", [None, 999_999_999])
def test_who_begins_to_hear_misses_nothing_that_happens_after_the_answer(
    served: Listening, monkeypatch: pytest.MonkeyPatch, after: int | None
) -> None:
    """However late the reader of the log begins."""
    happened = threading.Event()

    def late(log: Log) -> int:
        if threading.current_thread().name == "live events":
            assert happened.wait(20)
        return last_leaf(log)

    monkeypatch.setattr("aforo.api.hearing.last_leaf", late)
    carrier, own = served.carrier("CA-8"), f"AFTER-{after}"
    parameters = {"seconds": 20} | ({} if after is None else {"after": after})
    with carrier.stream("GET", "/v1/events", params=parameters) as stream:
        carrier.post("/v1/filings", content=json.dumps(truck(own, carrier_id="CA-8")))
        sequence(served.log)
        happened.set()
        told = next((line for line in stream.iter_lines() if line.startswith("data: ")), "data: {}")
    assert [each["declaration_id"] for each in json.loads(told[6:]).get("filings", [])] == [own]


def test_too_many_streams_of_a_token_are_refused_and_a_closed_one_makes_room(served: Listening) -> None:
    text = served.token("officer", "listener")
    headers = {"Authorization": f"Bearer {text}"}
    opened = []
    for _ in range(4):
        client = httpx.Client(base_url=served.address, headers=headers, trust_env=False, timeout=30)
        stream = client.stream("GET", "/v1/events")
        parts = stream.__enter__().iter_raw()
        next(parts)
        opened.append((client, stream, parts))
    with httpx.Client(base_url=served.address, headers=headers, trust_env=False) as one_more:
        refused = one_more.get("/v1/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        opened[0][1].__exit__(None, None, None)
        opened[0][0].close()
        for _ in range(100):
            if one_more.get("/v1/events", params={"seconds": 0}).status_code == 200:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("no room")
    for client, stream, _ in opened[1:]:
        stream.__exit__(None, None, None)
        client.close()


def test_a_stream_outlives_the_time_of_an_answer_while_it_is_read_and_is_cut_when_it_is_not(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TAKEN_S", 1.0)
    monkeypatch.setattr(serving, "ARRIVES_S", 0.5)
    post = Post(learnt, tmp_path_factory.mktemp("slow"))
    with listening(post, rate=Rate(1e6, 1e6), limits=Limits(heartbeat_s=0.3)) as made:
        staff = made.as_("officer")
        began = time.monotonic()
        with staff.stream("GET", "/v1/events", params={"seconds": 3}) as stream:
            beats = list(stream.iter_raw())
        assert time.monotonic() - began >= 3
        assert len(beats) >= 5
        many = 40_000
        at = made.log.clock()
        payload = LotteryCommitted(at.date(), "0" * 64)
        ids = event_ids(many, at)
        made.log.append(
            [
                new_event(own, payload, "artefact/lottery/x", 1 + n, occurred_at=at, recorded_at=at, actor="tester")
                for n, own in enumerate(ids)
            ]
        )
        sequence(made.log)
        text = made.token("officer", "slow")
        host, port = made.address.removeprefix("http://").split(":")
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.settimeout(30)
            raw.connect((host, int(port)))
            raw.sendall(f"GET /v1/events?after=-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {text}\r\n\r\n".encode())
            assert b"200" in raw.recv(100)
            time.sleep(4)
            taken = b""
            with suppress(ConnectionResetError):
                while part := raw.recv(1 << 20):
                    taken += part
            assert f"id: {many - 1}\n".encode() not in taken, "it was cut before it had all"


def test_a_server_that_stops_ends_its_streams(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> None:
    ended = threading.Event()
    with listening(Post(learnt, tmp_path_factory.mktemp("stopped")), rate=Rate(1e6, 1e6)) as made:
        text = made.token("officer", "listener")
        host, port = made.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as raw:
            raw.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {text}\r\n\r\n".encode())
            assert b"200" in raw.recv(4096)

            def drain() -> None:
                try:
                    while raw.recv(4096):
                        pass
                except OSError:
                    pass
                ended.set()

            thread = threading.Thread(target=drain)
            thread.start()
            began = time.monotonic()
            made.stop()
            assert ended.wait(10)
            assert time.monotonic() - began < 10
            thread.join()
