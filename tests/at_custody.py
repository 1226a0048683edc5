"""What the tests of who may do what send of devices, trips and readings, and who may."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from listening import Listening
from nacl.signing import SigningKey
from sealed import drive

from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.intake.seal_block import FIRST, encode

_READ = {"officer", "supervisor", "analyst", "auditor", "administrator", "carrier own"}
_REPORT = {"officer", "supervisor", "device", "carrier own"}
_ACT = {"officer", "supervisor"}
#: What is allowed, by operation. A list has a carrier's own alone (test_api_custody).
ALLOWED: dict[str, set[str]] = {
    "list_devices": _READ | {"carrier"},
    "read_device": _READ,
    "register_device": {"supervisor", "administrator"},
    "rotate_device_key": {"supervisor", "administrator"},
    "retire_device": {"supervisor", "administrator"},
    "list_trips": _READ | {"carrier"},
    "list_custody": _READ | {"carrier"},
    "read_trip": _READ,
    "read_trip_custody": _READ,
    "open_trip": _ACT | {"carrier own"},
    "seal_trip": _ACT | {"carrier own"},
    "unseal_trip": _ACT,
    "read_seal": _ACT,
    "inspect_trip": _ACT | {"carrier own"},
    # A carrier's has its own trips alone (test_api_seal_packs).
    "read_seal_pack": _READ | {"carrier"},
    "discharge_trip": _ACT,
    "report_blocks": _REPORT,
    "report_seal_readings": _REPORT,
}
#: What was done before changes nothing, and is refused for that: a trip is over once, a device retired once.
ONCE = {"register_device", "rotate_device_key", "retire_device", "open_trip", "seal_trip", "unseal_trip", "read_seal"}
ONCE |= {"inspect_trip", "discharge_trip", "report_blocks", "report_seal_readings"}
KEYS = {"MINE": SigningKey(b"1" * 32), "THEIRS": SigningKey(b"2" * 32)}
CARRIERS = {"MINE": "CA-1", "THEIRS": "CA-2"}


def device(own: str) -> DeviceRegistered:
    """A seal of one of the two carriers."""
    return DeviceRegistered("seal", "Norte", 600, 60, key_of(KEYS[own]), "H", CARRIERS[own])


def key_of(key: SigningKey) -> str:
    """The base64 of the public half."""
    return base64.b64encode(bytes(key.verify_key)).decode()


def furnish(made: Listening) -> None:
    """A device and a trip of each carrier, sealed."""
    custody = Custody(made.log)
    deadline = made.log.clock() + timedelta(days=1)
    for own, carrier in CARRIERS.items():
        device_acts.register(custody, f"{own}-seal", device(own), actor="tester", origin="live")
        opened = TripOpened("export", carrier, deadline)
        trip_acts.open_(custody, f"{own}-trip", opened, actor="tester", origin="live")
        trip_acts.seal(custody, f"{own}-trip", Sealed(f"{own}-seal", "MX 1"), actor="tester", origin="live")


def named(own: str) -> dict[str, str]:
    """What paths name."""
    return {"device_id": f"{own}-seal", "trip_id": f"{own}-trip", "form": "seal_text"}


def body_of(made: Listening, operation: str, own: str) -> Any:
    """What is sent to a route: an object, or the lines of a seal."""
    seal = f"{own}-seal"
    if operation == "report_seal_readings":
        return (
            f"##S,eSeal,{seal},ABCD,1.0,Normal,7,2024-03-20,06:14:00,120,A,25.700000N 100.300000W,40,82,Close,0,"
            "0:0:0:0,3.9,-71,E##\n"
        ).encode()
    return {
        "register_device": {"kind": "seal", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60,
                            "carrier": CARRIERS[own], "key": key_of(KEYS[own])},
        "rotate_device_key": {"key": key_of(SigningKey(b"3" * 32)), "why": "A new battery."},
        "retire_device": {"why": "Worn."},
        "open_trip": {"regime": "export", "carrier": CARRIERS[own],
                      "deadline": (made.log.clock() + timedelta(days=2)).isoformat()},
        "seal_trip": {"device": seal, "seal_id": "MX 1"},
        "unseal_trip": {"device": seal, "authority": "CBP"},
        "read_seal": {"seal_id": "MX 1"},
        "inspect_trip": {"kind": "vvtt", "points": [{"point": "tug"}]},
        "discharge_trip": {"where": "customs"},
        "report_blocks": {"blocks": [base64.b64encode(block(own)).decode()]},
    }[operation]  # fmt: skip


def block(own: str) -> bytes:
    """A signed block of a seal."""
    return encode(f"{own}-seal", f"{own}-seal", 1, 0, FIRST, drive(3), lambda said: KEYS[own].sign(said).signature)
