"""Docks over HTTP: an examination's record act by act, photos under seal, two officers at one dock, and the slip."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import NOW, Post, file, truck
from listening import Listening, listening
from PIL import Image

from aforo.api.access import Rate
from aforo.domain.event import PersonRead
from aforo.domain.role import Role
from aforo.flow import dock
from aforo.flow.alerts import Alerts
from aforo.flow.dock_acts import Begin, Close
from aforo.flow.override import override
from aforo.log.erasure import erase_identity

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def sent(served: Listening, own: str, examination: str = "secondary", **fields: Any) -> None:
    """A truck that an officer sends to be examined, and that stands at the booth."""
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own, **fields))).status_code == 200
    order(served, own, examination)
    at = served.as_("officer").post("/v1/booth", json={"bridge": "world-trade", "plate": f"TR-{own}"})
    assert at.json()["instruction"] == examination, at.text


def order(served: Listening, own: str, examination: str) -> None:
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Second')}"}
    said = {"examination": examination, "reason": "The seal differs."}
    made = served.as_("officer").post(f"/v1/crossings/{own}/override", json=said, headers=second)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text


def act(served: Listening, own: str, kind: str, *, key: str = "", by: str = "officer", **said: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    client = served.as_("officer", by)
    return client.post(f"/v1/crossings/{own}/examinations/e-{own}", json={"act": kind, **said}, headers=headers)


def done(served: Listening, own: str, kind: str, **said: Any) -> dict[str, Any]:
    answer = act(served, own, kind, **said)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def begin(served: Listening, own: str, **said: Any) -> dict[str, Any]:
    fields = {"examination": "secondary", "bridge": "wtb", "dock": "3"} | said
    return done(served, own, "begin", **fields)


def why(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["reason"]["en"] != problem["reason"]["es"]
    return str(problem["code"])


def docks(served: Listening) -> dict[str, Any]:
    found: dict[str, Any] = served.as_("officer").get("/v1/bridges/world-trade/docks").json()
    return found


def picture(*, exif: bool = True) -> bytes:
    image = Image.new("RGB", (64, 48), (200, 40, 40))
    kept, tags = io.BytesIO(), Image.Exif()
    tags[0x010F] = "a telephone"
    tags[0x8825] = {1: "N", 2: (27.0, 30.0, 0.0)}
    image.save(kept, "JPEG", **({"exif": tags} if exif else {}))
    return kept.getvalue()


FINDING: dict[str, Any] = {
    "finding": "f1", "part": "front_wall", "threat": "contraband", "what": "Packages behind the wall",
    "x": 410, "y": 500, "amount": 12.5, "unit": "kg", "severity": 6.0,
}  # fmt: skip


def test_a_whole_examination_ends_in_an_outcome_that_the_memory_learns_and_the_hold_stays(served: Listening) -> None:
    sent(served, "whole")
    assert [each["crossing_id"] for each in docks(served)["waiting"] if each["crossing_id"] == "whole"] == ["whole"]
    begin(served, "whole")
    listed = docks(served)
    assert "whole" not in [each["crossing_id"] for each in listed["waiting"]]
    (open_,) = [each for each in listed["open"] if each["crossing_id"] == "whole"]
    assert (open_["dock"], open_["bridge"]) == ("3", "world-trade")
    done(served, "whole", "check", item="front_wall", result="finding")
    done(served, "whole", "find", **FINDING)
    off = done(served, "whole", "seal", action="off", number="ul-whole", seal_class="H", intact=True)
    assert off["record"]["seals"][0]["matches"] is True
    wrong = done(served, "whole", "seal", action="off", number="OTHER", seal_class="S")
    assert wrong["record"]["mismatched_seals"] == ["OTHER"]
    done(served, "whole", "seal", action="on", number="NEW1", seal_class="H")
    version = wrong["record"]["version"] + 1
    assert why(act(served, "whole", "close", outcome="clear", seen=version)) == "clear_with_findings"
    assert why(act(served, "whole", "close", outcome="violation", seen=version)) == "violation_needs_threat"
    ended = done(served, "whole", "close", outcome="violation", threat="contraband", severity=6.0, seen=version)
    assert ended["record"]["outcome"]["outcome"] == "violation"
    stream = served.log.stream("crossing/whole")
    (examined,) = [each.event for each in stream if each.event.type == "crossing.examined"]
    assert examined.data["outcome"]["violation"] is True
    assert examined.data["carried_out"] == "secondary"
    assert served.as_("officer").post("/v1/booth", json={"bridge": "wtb", "trip": "whole"}).json()["hold"] is True
    work = [each.event.type for each in served.log.stream("port/world-trade")]
    assert work[-2:] == ["port.examination_started", "port.examination_ended"]
    assert "whole" not in [each["crossing_id"] for each in docks(served)["open"]]


def test_an_act_is_recorded_once_with_its_own_time_and_a_crash_between_leaves_the_outcome_once(
    served: Listening,
) -> None:
    sent(served, "once")
    at = (NOW - timedelta(minutes=3)).isoformat()
    first = begin(served, "once", key="k1", at=at)
    again = begin(served, "once", key="k1", at=at)
    assert (first["event_id"], again["again"]) == (again["event_id"], True)
    assert first["record"]["begun_at"] == "2024-03-20T11:57:00Z"
    closing = {"outcome": "clear", "seen": 1, "key": "k2", "at": NOW.isoformat()}
    # The outcome was reported and the machine failed before the record was closed.
    row = {"crossing_id": "once", "examined": 1, "outcome": 0, "carried_out": "secondary", "at": NOW.isoformat()}
    assert served.as_("officer").post("/v1/outcomes", content=json.dumps(row)).json()["examinations"] == 1
    assert done(served, "once", "close", **closing)["again"] is False
    assert done(served, "once", "close", **closing)["again"] is True
    kinds = [each.event.type for each in served.log.stream("crossing/once")]
    assert (kinds.count("crossing.examined"), kinds.count("examination.closed")) == (1, 1)


def test_an_instant_that_cannot_be_right_is_recorded_and_its_clock_doubted(served: Listening) -> None:
    sent(served, "jumped")
    ahead = (NOW + timedelta(hours=2)).isoformat()
    begun = begin(served, "jumped", key="j1", at=ahead)["record"]
    assert (begun["begun_at"], begun["begun_said_at"]) == ("2024-03-20T12:00:00Z", "2024-03-20T14:00:00Z")
    # What came before the examination began, or before the truck was ordered anywhere, is kept as it was told.
    early = (NOW - timedelta(hours=1)).isoformat()
    checked = done(served, "jumped", "check", item="floor", result="clear", at=early)["record"]["checks"][0]
    assert checked["at"] == checked["said_at"] == "2024-03-20T11:00:00Z"
    usual = done(served, "jumped", "check", item="cab", result="clear", at=NOW.isoformat())["record"]["checks"][1]
    assert usual["said_at"] is None
    path = "/v1/crossings/jumped/examinations/e-jumped/photos"
    answer = served.as_("officer").post(path, params={"at": ahead}, content=picture())
    assert answer.status_code == 200, answer.text
    (photo,) = answer.json()["record"]["photos"]
    assert (photo["at"], photo["said_at"]) == ("2024-03-20T12:00:00Z", "2024-03-20T14:00:00Z")
    closed = done(served, "jumped", "close", outcome="clear", seen=4, at=ahead)["record"]
    assert (closed["ended_at"], closed["ended_said_at"]) == ("2024-03-20T12:00:00Z", "2024-03-20T14:00:00Z")
    entries = served.as_("officer").get("/v1/crossings/jumped/timeline").json()["entries"]
    assert [each["type"] for each in entries if each["said_at"]].count("examination.checked") == 1


def test_where_the_machine_failed_before_the_dock_was_told_of_the_act_that_is_sent_again_tells_it_once(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, where = Post(learnt, tmp_path_factory.mktemp("failed")), dock.Where("failed", "e1")
    truth = dock.record_statements
    begun, closed = Begin(examination="secondary", bridge="world-trade", dock="3"), Close(outcome="clear", seen=1)

    def fail(*_: object, **__: object) -> None:
        raise OSError("as if the machine had failed")

    with post.node() as node:
        file(node, truck("failed"))
        override(node.log, "failed", "secondary", "Ana", "A tip.")

        def work() -> list[str]:
            return [each.event.type for each in node.log.stream("port/world-trade")]

        before = work()
        for said, key, then in (
            (begun, "f1", ["port.examination_started"]),
            (closed, "f2", ["port.examination_started", "port.examination_ended"]),
            # An act that comes again when all is over takes no dock.
            (begun, "f1", ["port.examination_started", "port.examination_ended"]),
        ):
            if work()[len(before) :] != then:
                monkeypatch.setattr(dock, "record_statements", fail)
                with pytest.raises(OSError, match="as if"):
                    dock.act(where, said, key, node, "Ana")
                monkeypatch.setattr(dock, "record_statements", truth)
                assert work()[len(before) :] == then[:-1]
            for _ in range(2):
                post.clock.move(minutes=1)
                assert dock.act(where, said, key, node, "Ana").known
                assert work()[len(before) :] == then


def test_two_officers_at_one_dock_do_not_overwrite_each_other(served: Listening) -> None:
    sent(served, "two")
    seen = begin(served, "two", by="Ana")["record"]["version"]
    done(served, "two", "check", by="Ana", item="floor", result="clear", seen=seen)
    # Luz saw the record before that: another word on the same item is not written over Ana's.
    otherwise = act(served, "two", "check", by="Luz", item="floor", result="finding", seen=seen)
    assert why(otherwise) == "examination_changed"
    added = done(served, "two", "find", by="Luz", seen=seen, **FINDING)
    assert added["others"] == ["Ana"]
    told = done(served, "two", "check", by="Luz", item="floor", result="finding", seen=added["record"]["version"])
    assert [each["actor"] for each in told["record"]["checks"]] == ["Luz"]
    closing = {"by": "Ana", "outcome": "violation", "threat": "contraband"}
    stale = act(served, "two", "close", seen=seen + 1, **closing)
    assert why(stale) == "examination_changed"
    assert why(act(served, "two", "begin", by="Luz", examination="secondary", bridge="wtb", dock="4")) == (
        "examination_changed"
    )
    other = served.as_("officer", "Luz").post(
        "/v1/crossings/two/examinations/another",
        json={"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "4"},
    )
    assert why(other) == "examination_open"
    version = told["record"]["version"]
    closed = done(served, "two", "close", seen=version, **closing)["record"]["version"]
    # What Luz entered while it was being closed is told, and added once she has seen that.
    late = {**FINDING, "finding": "f2"}
    assert why(act(served, "two", "find", by="Luz", seen=version, **late)) == "examination_closed"
    assert len(done(served, "two", "find", by="Luz", seen=closed, **late)["record"]["findings"]) == 2


def test_what_was_entered_by_mistake_is_withdrawn_and_stays(served: Listening) -> None:
    sent(served, "withdrawn")
    begin(served, "withdrawn")
    entry = done(served, "withdrawn", "find", **FINDING)["event_id"]
    told = done(served, "withdrawn", "withdraw", entry=entry, reason="Another truck.")
    assert [each["withdrawn"] for each in told["record"]["findings"]] == ["Another truck."]
    assert why(act(served, "withdrawn", "close", outcome="clear", seen=9)) == "second_needed"
    closing = {"outcome": "violation", "threat": "contraband", "seen": 9}
    assert done(served, "withdrawn", "close", **closing)["record"]["findings"][0]["withdrawn"] == "Another truck."


def test_a_joint_examination_says_who_must_be_there_and_needs_both(served: Listening) -> None:
    sent(served, "jointly", "joint")
    (waiting,) = [each for each in docks(served)["waiting"] if each["crossing_id"] == "jointly"]
    assert "both countries" in waiting["who"]["en"]
    body = {"examination": "joint", "bridge": "wtb", "dock": "J1"}
    assert why(act(served, "jointly", "begin", present=["US"], **body)) == "joint_needs_both"
    assert begin(served, "jointly", present=["US", "MX"], **body)["record"]["present"] == ["US", "MX"]


def test_a_note_names_no_person(served: Listening) -> None:
    sent(served, "named")
    begin(served, "named")
    answer = act(served, "named", "check", item="cab", result="clear", note="The driver DR-named was calm.")
    assert why(answer) == "names_person"
    assert why(act(served, "named", "check", item="nothing", result="clear")) == "item_unknown"


def test_a_photo_is_stripped_sealed_shown_to_who_may_and_gone_with_its_person(served: Listening) -> None:
    sent(served, "shown")
    begin(served, "shown")
    officer, path = served.as_("officer"), "/v1/crossings/shown/examinations/e-shown/photos"
    answer = officer.post(path, content=picture(), params={"at": NOW.isoformat()}, headers={"Idempotency-Key": "p1"})
    made = answer.json()
    assert made["stripped"] is True
    (photo,) = made["record"]["photos"]
    assert (photo["pixels"], photo["media"]) == ([64, 48], "image/jpeg")
    again = officer.post(path, content=picture(), headers={"Idempotency-Key": "p1"}).json()
    assert (again["again"], len(again["record"]["photos"])) == (True, 1)
    own = f"/v1/crossings/shown/photos/{photo['photo']}"
    shown = officer.get(own)
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"telephone" not in shown.content
    assert not Image.open(io.BytesIO(shown.content)).getexif()
    others: tuple[Role, ...] = ("analyst", "carrier", "administrator")
    for role in others:
        assert served.as_(role).get(own).status_code == 403
    (read,) = [each.payload for each in served.log.stream("read/shown")]
    assert isinstance(read, PersonRead)
    assert read.fields == ("photo",)
    # By the name of any of its events it is the same crossing that is looked at.
    event = served.log.stream("crossing/shown")[0].event.event_id
    assert officer.get(f"/v1/crossings/{event}/photos/{photo['photo']}").status_code == 200
    assert [each.event.stream for each in served.log.read(types=[PersonRead.TYPE])] == ["read/shown"] * 2
    assert shown.content not in served.log.artefacts.get(photo["photo"])
    person = int(served.log.keys.identity_hashes("driver", ["DR-shown"])[0])
    served.log.keys.erase(person)
    assert officer.get(own).status_code == 404


def test_a_photo_under_the_key_of_another_is_refused(served: Listening) -> None:
    sent(served, "key-of-photo")
    begin(served, "key-of-photo", key="k0")
    done(served, "key-of-photo", "find", key="k1", **FINDING)
    officer, path = served.as_("officer"), "/v1/crossings/key-of-photo/examinations/e-key-of-photo/photos"

    def send(colour: int, key: str, **asked: str) -> httpx.Response:
        kept = io.BytesIO()
        Image.new("L", (8, 8), colour).save(kept, "PNG")
        return officer.post(path, content=kept.getvalue(), params=asked, headers={"Idempotency-Key": key})

    assert send(10, "p1").status_code == 200
    for answer in (send(20, "p1"), send(10, "p1", finding="f1"), send(10, "k1")):
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:aforo:problem:key_reused")
    assert act(served, "key-of-photo", "check", key="p1", item="cab", result="clear").status_code == 422
    assert send(10, "p1").json()["again"] is True
    assert send(20, "p2", finding="f1").status_code == 200
    (record,) = officer.get("/v1/crossings/key-of-photo/examination").json()["examinations"]
    assert len(record["photos"]) == 2


def test_a_photo_can_be_erased_alone(served: Listening) -> None:
    sent(served, "one-photo")
    begin(served, "one-photo")
    officer, path = served.as_("officer"), "/v1/crossings/one-photo/examinations/e-one-photo/photos"
    for colour in (10, 20):
        kept = io.BytesIO()
        Image.new("L", (8, 8), colour).save(kept, "PNG")
        assert officer.post(path, content=kept.getvalue()).status_code == 200
    (record,) = officer.get("/v1/crossings/one-photo/examination").json()["examinations"]
    one, other = (f"/v1/crossings/one-photo/photos/{each['photo']}" for each in record["photos"])
    shown = officer.get(one).content
    assert erase_identity(served.log, "photo", sha256(shown).hexdigest(), "On request.", actor="tester")[1]
    assert (officer.get(one).status_code, officer.get(other).status_code) == (404, 200)


def test_what_is_no_picture_is_refused(served: Listening) -> None:
    sent(served, "no-picture")
    begin(served, "no-picture")
    path = "/v1/crossings/no-picture/examinations/e-no-picture/photos"
    officer = served.as_("officer")
    assert why(officer.post(path, content=b"<svg onload='alert(1)'/>")) == "photo_no_picture"
    assert why(officer.post(path, content=picture()[:200])) == "photo_unreadable"
    assert why(officer.post(path, content=b"\xff\xd8\xff" + bytes(3_000_000))) == "photo_large"
    unknown = officer.post("/v1/crossings/no-picture/examinations/other/photos", content=picture())
    assert why(unknown) == "examination_unknown"


def test_a_truck_without_a_filing_is_told_of_at_the_docks(served: Listening) -> None:
    served.as_("officer").post("/v1/booth", json={"bridge": "world-trade", "plate": "NOBODY-1"})
    assert [each["instruction"] for each in docks(served)["referred"]] == ["secondary"]
    assert act(served, "nobody", "begin", examination="secondary", bridge="wtb", dock="1").status_code == 404


def test_the_slip_tells_where_and_why_in_public_words_alone(served: Listening) -> None:
    sent(served, "printed")
    slip = served.as_("officer").get("/v1/crossings/printed/slip", params={"lang": "en"}).json()
    assert (slip["instruction"], slip["first"], slip["crossing_id"]) == ("secondary", "en", "printed")
    assert slip["where"]["es"].startswith("Al andén")
    assert (slip["local_time"], slip["zone"]) == ("2024-03-20 07:00", "America/Chicago")
    told = json.dumps([slip["reason"], slip["ask"], slip["where"]])
    assert not any(word in told.lower() for word in ("score", "rule", "log-odds", "probab", "price", "seal differs"))
    assert slip["qr"]["size"] > 20
    assert slip["qr"]["path"].startswith("M4 4h7v1h-7z")
    assert served.carrier().get("/v1/crossings/printed/slip").status_code == 403
    assert served.as_("officer").get("/v1/crossings/nobody/slip").status_code == 404


def test_the_slip_tells_the_wait_of_the_live_queue(served: Listening) -> None:
    sent(served, "waited-for")
    officer = served.as_("officer")
    before = officer.get("/v1/crossings/waited-for/slip").json()
    staff = {"posts": {"dock": 2}, "at": (NOW - timedelta(minutes=5)).isoformat()}
    assert officer.post("/v1/bridges/world-trade/staff", json=staff).status_code == 200
    for number in range(3):
        work = {"crossing_id": f"Q{number}", "resource": "dock", "step": "queued", "predicted_minutes": 40}
        assert officer.post("/v1/bridges/world-trade/work", json=work).status_code == 200
    wait = officer.get("/v1/crossings/waited-for/slip").json()["wait"]
    known = 0 if before["wait"] is None else before["wait"]["minutes"] * before["wait"]["units"]
    assert wait["units"] == 2
    assert abs(wait["minutes"] - (known + 120) / 2) < 1.0
    assert wait["trucks"] >= 3


def test_the_records_of_a_crossing_are_read_whole(served: Listening) -> None:
    found = served.as_("auditor").get("/v1/crossings/whole/examination").json()
    (record,) = found["examinations"]
    assert record["findings"][0]["what"] == "Packages behind the wall"
    checklist = served.as_("analyst").get("/v1/dock-checklist").json()
    assert record["checklist"] == checklist["hash"]
    assert {each["source"] for each in checklist["items"]} > {"assumed"}
    assert served.as_("officer").get("/v1/crossings/nobody/examination").status_code == 404


def test_the_alert_of_a_hold_is_over_once_something_was_found(served: Listening) -> None:
    kinds = [each.kind for each in Alerts(served.log).open() if each.subject == "crossing/whole"]
    assert "order_raised" not in kinds
