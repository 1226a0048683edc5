"""What the tests of who may do what send of devices, trips and readings, and who may."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from listening import Listening
from nacl.signing import SigningKey
from sealed import drive

from aforo.custody import contacts, corridor, response_plan
from aforo.domain.device import DeviceRegistered
from aforo.domain.event import new_event
from aforo.domain.response import ResponseStarted
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow import device_acts, roads, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import state_custody
from aforo.intake.seal_block import FIRST, encode
from aforo.log.sequencer import sequence

_READ = {"officer", "supervisor", "analyst", "auditor", "administrator", "carrier own"}
_REPORT = {"officer", "supervisor", "device", "carrier own"}
_ROADS = {"officer", "analyst", "auditor"}
_ACT = {"officer", "supervisor"}
_SEE = {"officer", "supervisor", "auditor"}
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
    "read_trip_causes": _READ,
    "read_trip_track": _READ,
    "read_trip_proof": _READ,
    "read_trip_bundle": _READ,
    "state_trip": {"officer", "supervisor", "auditor", "carrier own"},
    "list_whereabouts": _READ | {"carrier"},
    "open_trip": _ACT | {"carrier own"},
    "seal_trip": _ACT | {"carrier own"},
    "unseal_trip": _ACT,
    "read_seal": _ACT,
    "inspect_trip": _ACT | {"carrier own"},
    # A carrier's has its own trips alone (test_api_seal_packs).
    "read_seal_pack": _READ | {"carrier"},
    "discharge_trip": _ACT,
    "list_responses": _SEE,
    "read_response": _SEE,
    "own_response": _ACT,
    "say_response_step": _ACT,
    "record_response_call": _ACT,
    "arrive_response": _ACT,
    "end_response": _ACT,
    "report_people_signs": _ACT | {"carrier own"},
    "report_theft": _ACT | {"carrier own"},
    "list_response_documents": _SEE,
    "read_response_plan": _SEE,
    "read_response_contacts": _SEE,
    "put_response_plan": {"supervisor", "administrator"},
    "put_response_contacts": {"supervisor", "administrator"},
    "report_blocks": _REPORT,
    "report_seal_readings": _REPORT,
    "list_roads": _ROADS | {"supervisor", "administrator"},
    "read_road": _ROADS | {"supervisor", "administrator"},
    "read_corridor": _ROADS | {"supervisor", "administrator"},
    "list_fences": _ROADS | {"supervisor", "administrator"},
    "read_alert_limits": _ROADS | {"supervisor", "administrator"},
    "put_road": {"supervisor", "administrator"},
    "roll_back_road": {"supervisor", "administrator"},
}
#: What was done before changes nothing, and is refused for that: a trip is over once, a device retired once.
ONCE = {"register_device", "rotate_device_key", "retire_device", "open_trip", "seal_trip", "unseal_trip", "read_seal"}
ONCE |= {"discharge_trip", "report_blocks", "report_seal_readings", "put_road", "roll_back_road"}
ONCE |= {"report_people_signs", "report_theft", "say_response_step", "inspect_trip"}
ONCE |= {"record_response_call", "arrive_response", "own_response", "end_response"}
KEYS = {"MINE": SigningKey(b"1" * 32), "THEIRS": SigningKey(b"2" * 32)}
CARRIERS = {"MINE": "CA-1", "THEIRS": "CA-2"}


def device(own: str) -> DeviceRegistered:
    """A seal of one of the two carriers."""
    return DeviceRegistered("seal", "Norte", 600, 60, key_of(KEYS[own]), "H", CARRIERS[own])


def key_of(key: SigningKey) -> str:
    """The base64 of the public half."""
    return base64.b64encode(bytes(key.verify_key)).decode()


def furnish(made: Listening) -> None:
    """A device and a trip of each carrier, sealed; and a corridor."""
    custody = Custody(made.log)
    deadline = made.log.clock() + timedelta(days=1)
    # Twice, so that one is left when the other is taken out of force.
    for body in (corridor.example(), corridor.example() + b"\n"):
        roads.put(made.log, roads.checked(body), "tester")
    for own, carrier in CARRIERS.items():
        device_acts.register(custody, f"{own}-seal", device(own), actor="tester", origin="live")
        opened = TripOpened("export", carrier, deadline)
        trip_acts.open_(custody, f"{own}-trip", opened, actor="tester", origin="live")
        trip_acts.seal(custody, f"{own}-trip", Sealed(f"{own}-seal", "MX 1"), actor="tester", origin="live")
        state_custody(custody, f"{own}-trip")
        at, alert = made.log.clock(), f"AL-{own}-road"
        started = ResponseStarted("theft", f"{own}-trip", alert, "custody_broken", at, at, at, at, "")
        made.log.append(
            [new_event(alert, started, f"response/{alert}", 1, occurred_at=at, recorded_at=at, actor="tester")]
        )
    sequence(made.log)


def named(own: str) -> dict[str, str]:
    """What paths name."""
    return {"device_id": f"{own}-seal", "trip_id": f"{own}-trip", "form": "seal_text", "kind": "corridor",
            "road_name": "monterrey-laredo", "response_id": f"AL-{own}-road"}  # fmt: skip


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
        "state_trip": None,
        "inspect_trip": {"kind": "vvtt", "points": [{"point": "tug"}]},
        "discharge_trip": {"where": "customs"},
        "put_road": {"document": corridor.example().decode()},
        "roll_back_road": {},
        "own_response": {},
        "say_response_step": {"code": "life", "outcome": "done"},
        "record_response_call": {"party": "authority", "contact": "emergency-911", "outcome": "reached"},
        "arrive_response": {"who": "Guardia Nacional"},
        "end_response": {"ending": "saved"},
        "report_people_signs": {"signs": ["call"]},
        "report_theft": {"told_by": "driver"},
        "put_response_plan": {"toml": response_plan.shipped().decode()},
        "put_response_contacts": {"toml": contacts.shipped().decode()},
        "report_blocks": {"blocks": [base64.b64encode(block(own)).decode()]},
    }[operation]  # fmt: skip


def block(own: str) -> bytes:
    """A signed block of a seal."""
    return encode(f"{own}-seal", f"{own}-seal", 1, 0, FIRST, drive(3), lambda said: KEYS[own].sign(said).signature)
