"""Custody over HTTP: a trip from its announcement to its discharge, what devices report of it, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from at_custody import key_of
from journeys import Post
from listening import Listening, listening
from nacl.signing import SigningKey
from sealed import MINUTE, drive, in_blocks, opened

from aforo.api.access import Rate
from aforo.custody.keys import rotation_text
from aforo.custody.lines import lines_of
from aforo.custody.live import Stands
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.reading import Readings
from aforo.flow.custody import Custody
from aforo.intake.seal_block import FIRST, encode

if TYPE_CHECKING:
    from journeys import Learnt

KEY = SigningKey(b"7" * 32)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def now_of(made: Listening) -> datetime:
    return made.log.clock()


def register(made: Listening, device: str, **changes: Any) -> httpx.Response:
    said = {"kind": "seal", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60, "carrier": "CA-1"}
    return made.as_("supervisor").put(f"/v1/devices/{device}", json=said | {"key": key_of(KEY)} | changes)


def open_trip(made: Listening, trip: str, **changes: Any) -> httpx.Response:
    deadline = now_of(made) + timedelta(days=1)
    said = {"regime": "export", "carrier": "CA-1", "deadline": deadline.isoformat()}
    return made.carrier("CA-1").put(f"/v1/trips/{trip}", json=said | changes)


def seal(made: Listening, trip: str, device: str, **changes: Any) -> httpx.Response:
    return made.carrier("CA-1").post(f"/v1/trips/{trip}/seal", json={"device": device, "seal_id": "MX 1"} | changes)


def driven(count: int, start: int) -> Readings:
    """Readings of a drive that began at `start`."""
    return drive(count, start=start, began=start)


def signed(device: str, readings: Readings, key: SigningKey = KEY, signer: str = "") -> list[str]:
    """The readings in a chain of signed blocks, in base64."""
    previous, made = FIRST, []
    for number, (_, own) in enumerate(in_blocks(readings)):
        raw = encode(device, signer or device, 1, number, previous, own, lambda said: key.sign(said).signature)
        previous = sha256(raw).digest()
        made.append(base64.b64encode(raw).decode())
    return made


def code(response: httpx.Response) -> str:
    assert response.status_code == 422, response.text
    return str(response.json()["problems"][0]["code"])


def sealed_trip(made: Listening, name: str, **device: Any) -> datetime:
    """A trip of CA-1 under a seal of its own, sealed an hour ago by the node's clock."""
    assert register(made, f"{name}-seal", **device).status_code == 200
    assert open_trip(made, name).status_code == 200
    since = now_of(made) - timedelta(hours=1)
    assert seal(made, name, f"{name}-seal", at=since.isoformat()).status_code == 200
    return since


def test_a_trip_from_its_announcement_to_its_discharge(served: Listening) -> None:
    since = sealed_trip(served, "whole")
    start = microseconds(since)
    blocks = signed("whole-seal", driven(31, start))
    carrier = served.carrier("CA-1")
    answer = carrier.post("/v1/custody/blocks", json={"blocks": blocks}).json()
    assert (answer["readings"], answer["blocks"], answer["known"], answer["problems"]) == (31, 7, 0, [])
    again = carrier.post("/v1/custody/blocks", json={"blocks": blocks[2:4]}).json()
    assert (again["blocks"], again["known"]) == (2, 2)
    verdict = carrier.get("/v1/trips/whole/custody").json()
    assert (verdict["state"], verdict["grade"], verdict["since"]) == ("intact", "device", _iso(start))
    officer = served.as_("officer")
    assert officer.get("/v1/devices/whole-seal").json()["trip"] == "whole"
    taken = officer.post("/v1/trips/whole/unseal", json={"device": "whole-seal", "authority": "CBP"}).json()
    assert taken["seals"][0]["until"] is not None
    assert carrier.get("/v1/trips/whole/custody").json()["state"] == "unsealed"
    over = officer.post("/v1/trips/whole/discharge", json={"where": "customs"}).json()
    assert (over["discharged_where"], over["overdue"]) == ("customs", False)
    assert code(officer.post("/v1/trips/whole/discharge", json={"where": "customs"})) == "trip_over"
    assert code(seal(served, "whole", "whole-seal")) == "trip_over"
    assert "whole" in [each["trip"] for each in carrier.get("/v1/trips").json()["trips"]]


def test_a_breach_is_dated_and_rests_on_its_block(served: Listening) -> None:
    since = sealed_trip(served, "breach")
    start = microseconds(since)
    blocks = signed("breach-seal", opened(driven(31, start), 12, 14))
    served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks})
    verdict = served.as_("officer").get("/v1/trips/breach/custody").json()
    assert (verdict["state"], verdict["earliest"], verdict["latest"]) == (
        "broken",
        _iso(start + 22 * MINUTE),
        _iso(start + 24 * MINUTE),
    )
    (fact,) = verdict["facts"]
    held = [each.payload for each in served.log.stream("device/breach-seal")]
    hashes = {each.hash for each in held if isinstance(each, BlockReceived)}
    assert (fact["code"], set(fact["rests_on"]) <= hashes, len(fact["rests_on"])) == ("opened", True, 1)
    earlier = {"at": _iso(start + 20 * MINUTE), "known_by": _iso(microseconds(now_of(served)))}
    assert served.as_("officer").get("/v1/trips/breach/custody", params=earlier).json()["state"] == "intact"
    before = {"known_by": _iso(start - MINUTE)}
    assert served.as_("officer").get("/v1/trips/breach/custody", params=before).status_code == 404


def test_what_comes_unsigned_is_a_claim_and_keeps_its_lines(served: Listening) -> None:
    since = sealed_trip(served, "claim", key="")
    lines = [line("claim-seal", index, since + timedelta(minutes=2 * index)) for index in range(31)]
    answer = served.carrier("CA-1").post("/v1/custody/readings/seal_text", content="\n".join(lines)).json()
    assert (answer["readings"], answer["problems"]) == (31, [])
    verdict = served.as_("auditor").get("/v1/trips/claim/custody").json()
    assert (verdict["state"], verdict["grade"]) == ("intact", "unsigned")
    (block,) = [each.payload for each in served.log.stream("device/claim-seal", types=(BlockReceived.TYPE,))]
    assert isinstance(block, BlockReceived)
    assert lines_of(block).decode().splitlines() == lines
    assert served.carrier("CA-1").post("/v1/custody/readings/morse", content="x").status_code == 404


def test_a_line_of_text_does_not_speak_for_a_seal_that_signs(served: Listening) -> None:
    """One ended its silence, and moved where it was last."""
    since = sealed_trip(served, "signing")
    carrier = served.carrier("CA-1")
    early = signed("signing-seal", driven(5, microseconds(since)))
    assert carrier.post("/v1/custody/blocks", json={"blocks": early}).json()["readings"] == 5
    assert carrier.get("/v1/trips/signing/custody").json()["state"] == "silent"
    sealed_trip(served, "text", key="")
    now = since + timedelta(minutes=55)
    said = [line("signing-seal", 1, now), line("text-seal", 1, now)]
    answer = carrier.post("/v1/custody/readings/seal_text", content="\n".join(said)).json()
    assert (answer["readings"], [each["code"] for each in answer["problems"]]) == (1, ["device_signs"])
    assert carrier.get("/v1/trips/signing/custody").json()["state"] == "silent"
    alone = carrier.post("/v1/custody/readings/seal_text", content=said[0])
    assert (alone.status_code, alone.json()["problems"][0]["code"]) == (422, "device_signs")


def test_a_gateway_vouches_for_a_seal_that_cannot_sign(served: Listening) -> None:
    since = sealed_trip(served, "vouched", key="")
    gate = SigningKey(b"8" * 32)
    blocks = signed("vouched-seal", driven(31, microseconds(since)), gate, "gate-1")
    carrier = served.carrier("CA-1")
    assert code(carrier.post("/v1/custody/blocks", json={"blocks": blocks})) == "block_signer_unknown"
    assert register(served, "gate-1", kind="gateway", key=key_of(gate), carrier="").status_code == 200
    assert carrier.post("/v1/custody/blocks", json={"blocks": blocks}).json()["readings"] == 31
    assert carrier.get("/v1/trips/vouched/custody").json()["grade"] == "gateway"
    other = sealed_trip(served, "not-vouched", key="")
    forged = signed("not-vouched-seal", driven(5, microseconds(other)), KEY, "vouched-seal")
    assert code(carrier.post("/v1/custody/blocks", json={"blocks": forged})) == "block_signer_unknown"


def test_what_no_key_of_the_device_signed_is_refused_and_stops_no_other(served: Listening) -> None:
    since = sealed_trip(served, "forged")
    good = signed("forged-seal", driven(10, microseconds(since)))
    bad = signed("forged-seal", driven(5, microseconds(since)), SigningKey(b"9" * 32))
    raw = base64.b64decode(good[1])
    damaged = base64.b64encode(raw[:-64] + bytes([raw[-64] ^ 1]) + raw[-63:]).decode()
    answer = served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": [*bad, good[0], damaged]}).json()
    assert answer["readings"] == 5
    assert [each["code"] for each in answer["problems"]] == ["block_signature", "block_signature"]
    assert [each["record"] for each in answer["problems"]] == [1, 3]


def test_what_an_earlier_key_signed_stays_signed(served: Listening) -> None:
    since = sealed_trip(served, "rotated")
    blocks = signed("rotated-seal", driven(10, microseconds(since)))
    new = SigningKey(b"6" * 32)
    vouched = base64.b64encode(KEY.sign(rotation_text("rotated-seal", bytes(new.verify_key))).signature).decode()
    change = {"key": key_of(new), "vouched": vouched}
    post = served.as_("supervisor").post
    # The same bytes in a second spelling: a bundle would be refused for it.
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelled = vouched[:-3] + spare[spare.index(vouched[-3]) + 1] + "=="
    assert base64.b64decode(respelled) == base64.b64decode(vouched)
    for wrong, told in (
        (change | {"vouched": respelled}, "device_not_vouched"),
        ({"key": key_of(new)}, "device_rotation_why"),
        (change | {"vouched": vouched[:-8] + "AAAAAA=="}, "device_not_vouched"),
        ({"key": key_of(KEY), "why": "x"}, "device_key_known"),
        ({"key": "short", "why": "x"}, "device_key_unreadable"),
    ):
        assert code(post("/v1/devices/rotated-seal/key", json=wrong)) == told
    assert post("/v1/devices/rotated-seal/key", json=change).json()["keys"] == 2
    assert served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks}).json()["blocks"] == 2
    assert code(register(served, "rotated-seal")) == "device_key_stands"


def test_a_device_seals_one_trip_at_a_time_and_is_not_retired_meanwhile(served: Listening) -> None:
    sealed_trip(served, "first")
    assert open_trip(served, "second").status_code == 200
    assert code(seal(served, "second", "first-seal")) == "device_seals_another"
    retire = served.as_("supervisor").post
    assert code(retire("/v1/devices/first-seal/retire", json={"why": "Worn."})) == "device_seals"
    served.as_("officer").post("/v1/trips/first/discharge", json={"where": "customs"})
    assert retire("/v1/devices/first-seal/retire", json={"why": "Worn."}).json()["retired"] is True
    assert code(seal(served, "second", "first-seal")) == "device_retired"
    late = signed("first-seal", driven(5, microseconds(now_of(served))))
    assert code(served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": late})) == "device_unknown"


def test_a_trip_holds_to_its_supplier_its_persons_and_its_places(served: Listening) -> None:
    assert register(served, "held-seal").status_code == 200
    assert open_trip(served, "held", supplier="Sur", authorised=["Rosa Vega"]).status_code == 200
    assert code(seal(served, "held", "held-seal")) == "trip_supplier"
    assert open_trip(served, "held", authorised=["Rosa Vega"]).json()["authorised"] == 1
    assert code(seal(served, "held", "held-seal", person="Ana Paz")) == "trip_person"
    assert seal(served, "held", "held-seal", person="Rosa  VEGA").status_code == 200
    stored = b"".join(each.body for each in served.log.stream("trip/held"))
    assert b"rosa" not in stored.lower(), "a person's name stays out of the log"
    place = {"name": "yard", "latitude": 25.7, "longitude": -100.3, "radius_m": 500}
    for wrong, told in (
        ({"places": [place, place]}, "trip_places_twice"),
        ({"places": [place | {"radius_m": 5}]}, "trip_place_size"),
        ({"places": [place | {"name": " \t\u200b"}]}, "trip_place_unnamed"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "trip_deadline"),
    ):
        assert code(open_trip(served, "placed", **wrong)) == told
    assert open_trip(served, "placed", places=[place | {"latitude": 91}]).status_code == 400
    shown = open_trip(served, "placed", places=[place]).json()
    assert shown["places"] == [place | {"use": "stop"}]


def test_where_trucks_are_watched_is_not_told_to_those_who_are(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_trip(served, "watched")
    at = microseconds(now_of(served))
    monkeypatch.setattr(Custody, "stands", lambda *_: Stands(at, 257_000_000, -1_003_000_000, ("f",), 7, "gateway"))
    stood = {"latitude": 25.7, "longitude": -100.3, "grade": "gateway"}
    for path in ("/v1/devices/watched-seal", "/v1/devices"):
        seen, own = (each.get(path).json() for each in (served.as_("officer"), served.carrier("CA-1")))
        for told, hidden in ((seen, {"fences": ["f"], "beside_m": 7}), (own, {"fences": None, "beside_m": None})):
            (device,) = (each for each in told.get("devices", [told]) if each["device"] == "watched-seal")
            assert device["stands"] == {"at": device["stands"]["at"]} | stood | hidden


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        ("0001-01-01T00:00:00+14:00", (400, "body_instant")),
        ("0001-01-02T00:00:00Z", (400, "body_instant")),
        ("1999-12-31T23:59:59Z", (400, "body_instant")),
        ("2000-01-01T00:00:00Z", (422, "trip_long_ago")),
    ],
)
def test_an_act_of_another_age_is_refused_and_spoils_no_list(
    served: Listening, at: str, refused: tuple[int, str]
) -> None:
    """In UTC the first one is before all instants: it could be told to nobody."""
    open_trip(served, "T-AGES")
    register(served, "seal-ages")
    carrier = served.carrier("CA-1")
    inspected = {"kind": "vvtt", "points": [{"point": "view"}], "at": at}
    for answer in (
        seal(served, "T-AGES", "seal-ages", at=at),
        carrier.post("/v1/trips/T-AGES/inspection", json=inspected),
    ):
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == refused
    assert seal(served, "T-AGES", "seal-ages").status_code == 200
    officer = served.as_("officer")
    assert officer.post("/v1/trips/T-AGES/seal-read", json={"seal_id": "MX 1", "at": at}).status_code == refused[0]
    assert officer.get("/v1/trips").status_code == 200
    assert officer.post("/v1/trips/T-AGES/unseal", json={"device": "seal-ages", "authority": "CBP"}).status_code == 200


@pytest.mark.parametrize("path", ["custody?at=", "custody?known_by=", "track?known_by="])
@pytest.mark.parametrize(
    "at", ["2026-03-02T06:00:00", "0001-01-01T00:00:00%2B14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_an_instant_that_is_none_is_no_question(served: Listening, path: str, at: str) -> None:
    open_trip(served, "T-ASKED")
    assert served.carrier("CA-1").get(f"/v1/trips/T-ASKED/{path}{at}").status_code == 400


def test_another_number_read_on_the_seal_is_a_swap(served: Listening) -> None:
    sealed_trip(served, "swap")
    post = served.as_("officer").post
    assert post("/v1/trips/swap/seal-read", json={"seal_id": "mx-1"}).status_code == 200
    post("/v1/trips/swap/seal-read", json={"seal_id": "MX 2"})
    verdict = served.as_("officer").get("/v1/trips/swap/custody").json()
    assert [each["code"] for each in verdict["facts"]] == ["swapped"]


def test_what_is_one_carriers_no_other_sees_or_acts_on(served: Listening) -> None:
    sealed_trip(served, "private")
    other = served.carrier("CA-2")
    assert other.get("/v1/trips/private").status_code == 404
    assert other.get("/v1/trips/private/custody").status_code == 404
    assert other.get("/v1/devices/private-seal").status_code == 404
    assert other.get("/v1/trips").json()["trips"] == []
    assert other.get("/v1/devices").json()["devices"] == []
    deadline = (now_of(served) + timedelta(hours=2)).isoformat()
    said = {"regime": "import", "carrier": "CA-2", "deadline": deadline}
    assert other.put("/v1/trips/private", json=said).status_code == 404
    assert other.put("/v1/trips/theirs", json=said | {"carrier": "CA-1"}).status_code == 422
    assert other.put("/v1/trips/theirs", json=said).status_code == 200
    taken = other.post("/v1/trips/theirs/seal", json={"device": "private-seal", "seal_id": "x"})
    assert code(taken) == "device_unknown"
    block = signed("private-seal", driven(5, microseconds(now_of(served))))
    assert code(other.post("/v1/custody/blocks", json={"blocks": block})) == "device_unknown"


def test_a_trip_that_is_not_discharged_in_time_is_overdue(served: Listening) -> None:
    soon = now_of(served) + timedelta(milliseconds=50)
    assert open_trip(served, "late", deadline=soon.isoformat()).status_code == 200
    trips = served.as_("officer").get("/v1/trips", params={"overdue": True}).json()["trips"]
    assert [each["trip"] for each in trips] in ([], ["late"])


def test_trips_of_a_crossing_and_the_custody_of_several_at_once(served: Listening) -> None:
    since = sealed_trip(served, "several")
    assert open_trip(served, "several", crossing="CR-1").status_code == 200
    start = microseconds(since)
    blocks = signed("several-seal", opened(opened(driven(31, start), 12, 14), 20, 22))
    carrier, officer = served.carrier("CA-1"), served.as_("officer")
    carrier.post("/v1/custody/blocks", json={"blocks": blocks})
    assert open_trip(served, "bare").status_code == 200
    found = officer.get("/v1/trips", params={"crossing": "CR-1"}).json()
    assert (found["total"], [each["trip"] for each in found["trips"]]) == (1, ["several"])
    assert [each["trip"] for each in officer.get("/v1/trips", params={"limit": 1}).json()["trips"]] == ["bare"]
    assert officer.get("/v1/trips", params={"crossing": "CR-2"}).json()["trips"] == []
    asked = {"trip": ["several", "bare", "several", "nothing"]}
    told = officer.get("/v1/custody", params=asked).json()["custody"]
    assert [(each["trip"], each["state"], each["grade"]) for each in told] == [
        ("several", "broken", "device"),
        ("bare", "unsealed", "unsigned"),
    ]
    assert [each["before"] for each in told] == [None, None]
    # It is broken since it was opened first, though it was opened again.
    assert told[0]["since"] == officer.get("/v1/trips/several/custody").json()["since"] == _iso(start + 24 * MINUTE)
    assert carrier.get("/v1/custody", params=asked).json()["custody"] == told
    # Taken off, it is told to have been broken.
    taken = {"device": "several-seal", "authority": "CBP"}
    assert officer.post("/v1/trips/several/unseal", json=taken).status_code == 200
    [ended, _] = officer.get("/v1/custody", params=asked).json()["custody"]
    assert (ended["state"], ended["before"]) == ("unsealed", "broken")
    assert served.carrier("CA-2").get("/v1/custody", params=asked).json()["custody"] == []
    assert officer.get("/v1/custody", params={"trip": [str(each) for each in range(51)]}).status_code == 400


def test_a_device_that_is_not_heard_for_longer_than_it_promises_is_silent(served: Listening) -> None:
    since = sealed_trip(served, "quiet")
    officer = served.as_("officer")
    assert officer.get("/v1/devices/quiet-seal").json()["silent"] is True
    blocks = signed("quiet-seal", driven(31, microseconds(since)))
    served.carrier("CA-1").post("/v1/custody/blocks", json={"blocks": blocks})
    assert officer.get("/v1/devices/quiet-seal").json()["silent"] is False
    assert register(served, "spare-seal").status_code == 200
    assert officer.get("/v1/devices/spare-seal").json()["silent"] is False


def line(device: str, index: int, at: datetime) -> str:
    """A message of a plain-text seal."""
    own = at.astimezone(UTC)
    return (
        f"##S,eSeal,{device},ABCD,1.0,Normal,{index},{own:%Y-%m-%d},{own:%H:%M:%S},120,A,"
        "25.700000N 100.300000W,40,0,Close,0,0:0:0:0,3.9,-71,E##"
    )


def _iso(at: int) -> str:
    return instant(at).isoformat().replace("+00:00", "Z")
