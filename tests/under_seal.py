"""Trips under seal on a node, as the pages of custody show them: one opened on the road, one in order."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from at_custody import key_of
from listening import Listening
from nacl.signing import SigningKey
from sealed import CUSTOMS, YARD, drive, in_blocks, opened

from aforo.custody import corridor
from aforo.domain.clock import microseconds
from aforo.domain.reading import PER_DEGREE, Readings
from aforo.domain.trip import Place
from aforo.flow import roads
from aforo.flow.alert_watch import Watch
from aforo.flow.custody import Custody
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.response_watch import Responding
from aforo.intake.seal_block import FIRST, encode

KEY = SigningKey(b"7" * 32)
BREACH, SOUND = "MTY-LRD-0042", "MTY-LRD-0043"


def signed(device: str, readings: Readings, key: SigningKey = KEY) -> list[str]:
    """The readings in a chain of blocks that the device signed, in base64."""
    previous, made = FIRST, []
    for number, (_, own) in enumerate(in_blocks(readings)):
        raw = encode(device, device, 1, number, previous, own, lambda said: key.sign(said).signature)
        previous = sha256(raw).digest()
        made.append(base64.b64encode(raw).decode())
    return made


def planned(made: Listening) -> str:
    """The corridor that ships, in force; its name."""
    document = roads.checked(corridor.example())
    roads.put(made.log, document, "tester")
    return document.name


def _place(each: Place) -> dict[str, Any]:
    return {
        "name": each.name, "latitude": each.latitude / PER_DEGREE, "longitude": each.longitude / PER_DEGREE,
        "radius_m": each.radius_m, "use": each.use,
    }  # fmt: skip


def sealed_trip(made: Listening, trip: str, carrier: str = "CA-1", *, key: str = key_of(KEY), **said: Any) -> datetime:
    """A trip of a carrier under a seal of its own, since two hours ago by the node's clock; gives since when. A seal of
    an empty `key` signs nothing."""
    seal, now = f"{trip}-seal", made.log.clock()
    device = {
        "kind": "seal", "supplier": "Candados del Norte", "promise_s": 600, "tolerance_s": 60, "carrier": carrier,
        "key": key, "seal_class": "H",
    }  # fmt: skip
    answer = made.as_("supervisor").put(f"/v1/devices/{seal}", json=device)
    assert answer.status_code == 200, answer.text
    yard = msgspec.structs.replace(YARD, name="Apodaca", radius_m=10_000)
    places = [_place(yard), _place(msgspec.structs.replace(CUSTOMS, name="World Trade"))]
    body = {"regime": "export", "carrier": carrier, "deadline": (now + timedelta(days=1)).isoformat(), "places": places}
    client = made.carrier(carrier)
    answer = client.put(f"/v1/trips/{trip}", json=body | said)
    assert answer.status_code == 200, answer.text
    since = now - timedelta(hours=2)
    bound = {"device": seal, "seal_id": f"MX {trip[-4:]}", "at": since.isoformat(), "where": "Apodaca"}
    answer = client.post(f"/v1/trips/{trip}/seal", json=bound)
    assert answer.status_code == 200, answer.text
    return since


def report(made: Listening, trip: str, readings: Readings, carrier: str = "CA-1") -> None:
    """What the seal of a trip says, in signed blocks."""
    blocks = signed(f"{trip}-seal", readings)
    answer = made.carrier(carrier).post("/v1/custody/blocks", json={"blocks": blocks})
    assert answer.status_code == 200, answer.text
    assert [each for each in answer.json()["problems"] if each["gravity"] == "refusal"] == []
    CustodyWatch(made.log).look()


def breached(made: Listening, trip: str = BREACH, **said: Any) -> datetime:
    """A trip whose seal was opened in its yard at first, was silent for twenty minutes, and was opened on the road
    between the 88th and the 90th minute; gives since when it is sealed."""
    since = sealed_trip(made, trip, **said)
    start = microseconds(since)
    readings = opened(opened(drive(60, start=start, began=start), 1, 3), 45, 48)
    kept = [*range(20), *range(30, 60)]
    report(made, trip, readings[kept])
    return since


def sound(made: Listening, trip: str = SOUND, carrier: str = "CA-1", **said: Any) -> datetime:
    """A trip whose seal is closed all the way; gives since when it is sealed."""
    since = sealed_trip(made, trip, carrier, **said)
    start = microseconds(since)
    report(made, trip, drive(61, start=start, began=start), carrier)
    return since


def look(made: Listening) -> None:
    """The watches over custody, alerts and responses look once, in this order."""
    CustodyWatch(made.log).look()
    Watch(made.log).look()
    Responding(Custody(made.log)).look()
