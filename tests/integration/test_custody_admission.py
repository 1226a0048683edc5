"""What one device may report: the same over every way in, told, counted, and no loss to others."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from at_custody import key_of
from journeys import Post
from listening import Listening, listening
from nacl.signing import SigningKey
from sealed import START, S, drive, in_blocks

from aforo.api.access import Rate
from aforo.custody.lines import lines_of
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.reading import Readings
from aforo.flow import device_acts
from aforo.flow.admission import PACE, Admission
from aforo.flow.allowance import Pace
from aforo.flow.custody import Custody
from aforo.flow.seal_blocks import FORMS, Taken, give_back, of_portions, of_signed
from aforo.gateways.broker import KEPT_S
from aforo.intake.seal_block import FIRST, encode
from aforo.log.keys import KeyStore
from aforo.log.store import Log

if TYPE_CHECKING:
    from journeys import Learnt

KEYS = {"eager": SigningKey(b"5" * 32), "calm": SigningKey(b"6" * 32)}
STARTUP_OK = "##S,eSeal,{device},ABCD,1.0,Startup OK,1,180,30,30,16,1,E##\n"


def signed(device: str, readings: Readings, key: SigningKey | None = None) -> list[bytes]:
    previous, made = FIRST, []
    for number, (_, own) in enumerate(in_blocks(readings)):
        signing = key or KEYS[device]
        made.append(encode(device, device, 1, number, previous, own, lambda said, by=signing: by.sign(said).signature))
        previous = sha256(made[-1]).digest()
    return made


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[Custody]:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with Log.open(url, KeyStore(tmp_path / "keys"), clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC)) as log:
        made = Custody(log)
        for name, key in {**KEYS, "plain": None, "other": None}.items():
            said = DeviceRegistered("seal", "Norte", 600, 60, "" if key is None else key_of(key))
            device_acts.register(made, name, said, actor="tester", origin="live")
        yield made


def anyone(device: object) -> bool:
    return True


def test_a_device_that_floods_is_refused_for_a_while_and_nobody_else(custody: Custody) -> None:
    now = 0.0
    custody.admission = Admission(Pace(1.0, 10.0), lambda: now)
    blocks = signed("eager", drive(25))
    taken = of_signed([*blocks, *signed("calm", drive(5))], custody, anyone)
    assert [each.code for each in taken.problems] == ["device_too_often"] * 3
    assert [each.record for each in taken.problems] == [3, 4, 5]
    assert [each.stream for each in taken.said] == ["device/eager", "device/eager", "device/calm"]
    now = 6.0
    later = of_signed(blocks[2:], custody, anyone)
    assert [each.record for each in later.problems] == [3], "the six that it may send, and what it then owes"
    assert custody.admission.counted == {"device_too_often": 4}
    assert custody.admission.readings == 25


def test_what_was_not_recorded_after_all_uses_up_nothing(custody: Custody) -> None:
    custody.admission = Admission(Pace(1.0, 10.0), lambda: 0.0)
    text = FORMS["seal_text"](lines(*["plain"] * 5), None).portions
    for _ in range(5):
        taken = of_signed(signed("eager", drive(10)), custody, anyone)
        lost = of_portions(text, custody, anyone)
        assert (taken.readings, lost.readings) == (10, 5), "as much as the first time"
        give_back(taken, custody)
        give_back(lost, custody)
    of_signed(signed("eager", drive(10)), custody, anyone)
    assert [each.code for each in of_signed(signed("eager", drive(5)), custody, anyone).problems] == [
        "device_too_often"
    ]


def test_what_a_broker_keeps_for_a_device_is_within_its_allowance() -> None:
    """A position a second for as long as a broker keeps them is taken as it comes: nothing of it is put aside."""
    assert PACE.burst > KEPT_S


def test_who_cannot_sign_for_a_device_uses_up_nothing_of_it(custody: Custody) -> None:
    custody.admission = Admission(Pace(1.0, 10.0), lambda: 0.0)
    forged = signed("calm", drive(100), KEYS["eager"])
    assert {each.code for each in of_signed(forged, custody, anyone).problems} == {"block_signature"}
    assert of_signed(signed("calm", drive(5)), custody, lambda device: False).said == []
    assert len(of_signed(signed("calm", drive(10)), custody, anyone).said) == 2


def test_of_what_came_unsigned_a_device_has_all_or_nothing(custody: Custody) -> None:
    """A line is answered by its device: what is answered is in the store."""
    custody.admission = Admission(Pace(1.0, 3.0), lambda: 0.0)
    text = lines(*["plain"] * 5, *["other"] * 2)
    portions = FORMS["seal_text"](text, None).portions
    assert of_portions(portions, custody, lambda device: False).said == []
    first = of_portions(portions, custody, anyone)
    assert [each.stream for each in first.said] == ["device/plain", "device/other"]
    second = of_portions(portions, custody, anyone)
    assert [each.stream for each in second.said] == ["device/other"]
    assert [each.code for each in second.problems] == ["device_too_often"]


def test_in_the_name_of_a_device_that_signs_nothing_is_taken_unsigned(custody: Custody) -> None:
    """Anybody could end its silence with a line of text, or move it; what others send beside it is taken."""
    custody.admission = Admission(Pace(1.0, 5.0), lambda: 0.0)
    taken = of_portions(FORMS["seal_text"](lines("eager", "plain", "eager"), None).portions, custody, anyone)
    assert [each.stream for each in taken.said] == ["device/plain"]
    assert [(each.code, each.place) for each in taken.problems] == [("device_signs", "device")]
    reason = taken.problems[0].reason
    assert all("eager" in said for said in (reason.en, reason.es)), "whose lines they are is told"
    assert len(of_signed(signed("eager", drive(5)), custody, anyone).said) == 1, "and nothing of its pace is used up"
    foreign = of_portions(FORMS["seal_text"](lines("eager"), None).portions, custody, lambda device: False)
    assert [each.code for each in foreign.problems] == ["device_unknown"], "of others' devices nothing is told"
    change = SigningKey(b"7" * 32)
    device_acts.rotate(custody, "plain", key_of(change), "", "It signs now.", actor="tester", origin="live")
    later = of_portions(FORMS["seal_text"](lines("plain"), None).portions, custody, anyone)
    assert [each.code for each in later.problems] == ["device_signs"], "so is one that was given a key later"


def test_what_carries_no_reading_is_recorded_beside_one_alone_and_else_is_told(custody: Custody) -> None:
    """A block without readings has no form. Of such lines alone nothing was told, as if they had been recorded."""
    text = STARTUP_OK.format(device="plain") * 2 + STARTUP_OK.format(device="other")
    taken = of_portions(FORMS["seal_text"](text.encode() + lines("other"), None).portions, custody, anyone)
    assert [each.stream for each in taken.said] == ["device/other"]
    (block,) = [each.payload for each in taken.said]
    assert isinstance(block, BlockReceived)
    assert lines_of(block) == STARTUP_OK.format(device="other").encode() + lines("other")
    (told,) = taken.problems
    assert (told.code, told.gravity, told.place) == ("device_no_reading", "warning", "device")
    assert all("plain" in said and ": 2)" in said for said in (told.reason.en, told.reason.es))
    # A position of Traccar that is null is another such.
    null = b'{"device": {"uniqueId": "plain"}, "position": null}'
    assert codes(of_portions(FORMS["traccar"](null, None).portions, custody, anyone)) == ["device_no_reading"]
    damaged = lines("plain").replace(b",Close,", b",")
    assert codes(of_portions(FORMS["seal_text"](damaged, None).portions, custody, anyone)) == ["seal_damaged"]
    for device, code in (("eager", "device_signs"), ("nobody", "device_unknown")):
        refused = FORMS["seal_text"](STARTUP_OK.format(device=device).encode(), None).portions
        assert codes(of_portions(refused, custody, anyone)) == [code]


def codes(taken: Taken) -> list[str]:
    assert taken.said == []
    return [each.code for each in taken.problems]


def lines(*devices: str) -> bytes:
    """A line of plain text of each of these seals, one a second."""
    line = (
        "##S,eSeal,{device},ABCD,1.0,Normal,{index},2026-03-02,06:14:0{index},120,A,25.700000N 100.300000W,40,82,"
        "Close,0,0:0:0:0,3.9,-71,E##\n"
    )
    return "".join(line.format(device=device, index=index) for index, device in enumerate(devices)).encode()


def test_a_clock_that_goes_ahead_is_told_and_what_it_dated_is_recorded(custody: Custody) -> None:
    noon = START + 6 * 3600 * S
    good = drive(1, start=noon + 60 * S, began=START)
    assert of_signed(signed("calm", good), custody, anyone).problems == []
    ahead = of_signed(signed("calm", drive(1, start=noon + 90 * S, began=START)), custody, anyone)
    assert [(each.code, each.gravity, each.record) for each in ahead.problems] == [("device_clock_ahead", "warning", 1)]
    assert "30 s" in ahead.problems[0].reason.en
    assert len(ahead.said) == 1
    assert custody.admission.counted == {"device_clock_ahead": 1}


@pytest.fixture
def served(learnt: Learnt, tmp_path: Path) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path), rate=Rate(1e6, 1e6)) as made:
        yield made


def test_over_http_the_rest_is_taken_and_a_flood_alone_is_429(served: Listening) -> None:
    node = served.desk.node
    assert node is not None
    said = {"kind": "seal", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60, "carrier": "CA-1"}
    for name, key in KEYS.items():
        put = served.as_("supervisor").put(f"/v1/devices/{name}", json=said | {"key": key_of(key)})
        assert put.status_code == 200
    node.custody.admission = Admission(Pace(0.001, 10.0))
    carrier = served.carrier("CA-1")

    def report(*blocks: bytes) -> tuple[int, dict[str, object], str | None]:
        sent = {"blocks": [base64.b64encode(each).decode() for each in blocks]}
        answer = carrier.post("/v1/custody/blocks", json=sent)
        return answer.status_code, answer.json(), answer.headers.get("Retry-After")

    eager = signed("eager", drive(25))
    status, answer, _ = report(*eager, *signed("calm", drive(5)))
    assert (status, answer["readings"], answer["blocks"]) == (200, 15, 3)
    status, answer, again = report(*eager[2:])
    assert (status, again) == (429, "60")
    assert str(answer["type"]).endswith("device_too_often")
    metrics = served.as_("administrator").get("/metrics").text
    assert 'aforo_custody_problems{code="device_too_often"} 6.0' in metrics
    assert "aforo_custody_readings 15.0" in metrics


def test_over_http_what_carries_no_reading_is_no_refusal(served: Listening) -> None:
    """Such a line alone was refused, and `problems` was empty."""
    said = {"kind": "seal", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60, "carrier": "CA-1"}
    for device in ("plain", "other"):
        assert served.as_("supervisor").put(f"/v1/devices/{device}", json=said).status_code == 200
    node = served.desk.node
    assert node is not None
    node.custody.admission = Admission(Pace(0.001, 1.0))

    def report(text: bytes) -> tuple[int, str, int | None, list[tuple[str, str]]]:
        answer = served.carrier("CA-1").post("/v1/custody/readings/seal_text", content=text)
        told = answer.json()
        listed = [(each["code"], each["gravity"]) for each in told["problems"]]
        return answer.status_code, str(told.get("type", "")).rpartition(":")[2], told.get("readings"), listed

    alone = STARTUP_OK.format(device="plain").encode()
    warned = ("device_no_reading", "warning")
    assert report(alone) == (200, "", 0, [warned])
    damaged = lines("plain").replace(b",Close,", b",")
    assert report(damaged) == (422, "refused", None, [("seal_damaged", "refusal")])
    assert report(alone + damaged) == (422, "refused", None, [("seal_damaged", "refusal"), warned])
    assert served.log.stream("device/plain", types=(BlockReceived.TYPE,)) == []
    status, _, readings, told = report(alone + lines("plain"))
    assert (status, readings, warned in told) == (200, 1, False)
    assert len(served.log.stream("device/plain", types=(BlockReceived.TYPE,))) == 1
    assert report(lines("other", "other", "other"))[0] == 200
    often = report(STARTUP_OK.format(device="plain").encode() + lines("other"))
    assert often == (429, "device_too_often", None, [("device_too_often", "refusal"), warned])
