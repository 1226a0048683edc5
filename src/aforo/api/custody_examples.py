"""The examples that the OpenAPI document gives of devices, trips and verdicts."""

from __future__ import annotations

from typing import Any

from litestar.openapi.spec import Example

_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
REGISTERED: dict[str, Any] = {
    "kind": "seal",
    "supplier": "Candados del Norte",
    "promise_s": 600,
    "tolerance_s": 60,
    "key": _KEY,
    "seal_class": "H",
    "carrier": "ABCD",
}
ROTATED: dict[str, Any] = {
    "key": _KEY,
    "why": "Its supplier changed the battery and handed over the new key.",
}
RETIRED: dict[str, Any] = {"why": "Its lock is worn."}
DEVICE: dict[str, Any] = {
    "device": "seal-0001",
    "kind": "seal",
    "supplier": "Candados del Norte",
    "promise_s": 600,
    "tolerance_s": 60,
    "seal_class": "H",
    "carrier": "ABCD",
    "signs": True,
    "keys": 1,
    "retired": False,
    "trip": "trip-0001",
    "last_reading": "2026-03-02T08:00:00Z",
    "last_heard": "2026-03-02T08:00:04Z",
    "silent": False,
    "stands": {
        "at": "2026-03-02T08:00:00Z",
        "latitude": 26.98,
        "longitude": -99.89,
        "fences": [],
        "beside_m": 0,
        "grade": "device",
    },
}
_PLACE: dict[str, Any] = {
    "name": "World Trade, customs",
    "latitude": 27.597,
    "longitude": -99.536,
    "radius_m": 800,
    "use": "open",
}
OPENED: dict[str, Any] = {
    "regime": "export",
    "carrier": "ABCD",
    "deadline": "2026-03-03T06:00:00-06:00",
    "crossing": "ABCD-TRIP-0071",
    "carta_porte": "CCCBCD94-870A-4332-A52A-A52AA52AA52A",
    "places": [_PLACE],
    "authorised": ["Rosa Vega"],
}
SEALED: dict[str, Any] = {"device": "seal-0001", "seal_id": "MX 0001", "person": "Rosa Vega", "where": "Apodaca yard"}
UNSEALED: dict[str, Any] = {"device": "seal-0001", "authority": "CBP", "where": "World Trade, customs"}
READ: dict[str, Any] = {"seal_id": "MX 0001", "where": "World Trade, primary"}
INSPECTED: dict[str, Any] = {
    "kind": "vvtt",
    "seal_id": "MX 0001",
    "points": [{"point": each, "found": "pass"} for each in ("view", "verify", "tug", "twist")],
    "person": "Rosa Vega",
    "where": "Apodaca yard",
}
DISCHARGED: dict[str, Any] = {"where": "World Trade, customs"}
TRIP: dict[str, Any] = {
    "trip": "trip-0001",
    "regime": "export",
    "carrier": "ABCD",
    "crossing": "ABCD-TRIP-0071",
    "carta_porte": "CCCBCD94-870A-4332-A52A-A52AA52AA52A",
    "corridor": None,
    "supplier": None,
    "deadline": "2026-03-03T12:00:00Z",
    "places": [_PLACE],
    "seals": [
        {
            "device": "seal-0001",
            "seal_id": "MX 0001",
            "since": "2026-03-02T06:00:00Z",
            "until": None,
            "crossing": "ABCD-TRIP-0071",
            "carta_porte": "CCCBCD94-870A-4332-A52A-A52AA52AA52A",
        }
    ],
    "discharged_at": None,
    "discharged_where": None,
    "overdue": False,
    "judged": {
        "state": "broken",
        "grade": "device",
        "since": "2026-03-02T06:20:00Z",
        "codes": ["opened"],
        "before": None,
    },
    "convoy": None,
    "evidence_by": "carrier",
    "authorised": 1,
}
_FACT: dict[str, Any] = {
    "code": "opened",
    "device": "seal-0001",
    "since": "2026-03-02T06:20:00Z",
    "until": None,
    "earliest": "2026-03-02T06:18:00Z",
    "latest": "2026-03-02T06:20:00Z",
    "grade": "device",
    "rests_on": ["5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9e8f7a6b5c4d3e2f1a0"],
    "place": None,
    "gap": None,
}
VERDICT: dict[str, Any] = {
    "trip": "trip-0001",
    "at": "2026-03-02T08:00:00Z",
    "known_by": "2026-03-02T08:00:00Z",
    "state": "broken",
    "grade": "device",
    "since": "2026-03-02T06:20:00Z",
    "earliest": "2026-03-02T06:18:00Z",
    "latest": "2026-03-02T06:20:00Z",
    "facts": [_FACT],
    "spans": [
        {
            "device": "seal-0001",
            "state": "intact",
            "since": "2026-03-02T06:00:00Z",
            "until": "2026-03-02T06:20:00Z",
            "grade": "device",
            "facts": [],
        },
        {
            "device": "seal-0001",
            "state": "broken",
            "since": "2026-03-02T06:20:00Z",
            "until": None,
            "grade": "device",
            "facts": [_FACT],
        },
    ],
    "noted": [
        {
            **_FACT,
            "code": "seen",
            "since": "2026-03-02T06:10:00Z",
            "until": "2026-03-02T06:10:00.000001Z",
            "earliest": "2026-03-02T06:10:00Z",
            "latest": "2026-03-02T06:10:00Z",
            "grade": "gateway",
            "rests_on": [],
            "place": "world-trade/primary",
        },
        {
            **_FACT,
            "code": "late",
            "since": "2026-03-02T06:37:00Z",
            "until": "2026-03-02T06:52:00Z",
            "earliest": "2026-03-02T06:26:00Z",
            "latest": "2026-03-02T06:50:00Z",
            "gap": "late_filled",
        },
    ],
    "before": None,
}
STANDING: dict[str, Any] = {
    each: VERDICT[each] for each in ("trip", "state", "grade", "since", "earliest", "latest", "before")
}
CAUSE: dict[str, Any] = {
    "trip": "trip-0001",
    "kind": "geofence_watched",
    "what": {"en": "in a watched fence", "es": "dentro de una geocerca vigilada"},
    "since": "2026-03-02T06:30:00Z",
    "until": "2026-03-02T06:44:00Z",
    "grade": "device",
    "latitude": 26.4987,
    "longitude": -100.1789,
    "road": None,
    "place": "Sabinas Hidalgo",
    "metres": 0,
    "heard": 0,
    "expected": 0,
    "changed": False,
    "device": "seal-0001",
    "gap": None,
    "asks": False,
}
CAUSES: dict[str, Any] = {
    "trip": "trip-0001",
    "causes": [
        CAUSE,
        {
            **CAUSE,
            "kind": "silent",
            "what": {
                "en": "silent for longer than its seal promises",
                "es": "callado más tiempo del que promete su candado",
            },
            "since": "2026-03-02T07:31:00Z",
            "until": None,
            "place": None,
            "heard": 5,
            "expected": 9,
            "gap": "open",
            "asks": True,
        },
    ],
    "more": 0,
}
_MARK: dict[str, Any] = {"at": "2026-03-02T06:18:00Z", "latitude": 25.8897, "longitude": -100.2236}
_NEXT: dict[str, Any] = {"at": "2026-03-02T06:20:00Z", "latitude": 25.9108, "longitude": -100.2151}
WHEREABOUT: dict[str, Any] = {
    "trip": "trip-0001",
    "carrier": "ABCD",
    "overdue": False,
    "judged": TRIP["judged"],
    "last": {**_NEXT, "grade": "device"},
}
TRACK: dict[str, Any] = {
    "trip": "trip-0001",
    "known_by": "2026-03-02T08:00:00Z",
    "fixes": 2,
    "doubted": 0,
    "tolerance_m": 50.0,
    "cut": False,
    "pieces": [{"device": "seal-0001", "state": "intact", "grade": "device", "points": [_MARK, _NEXT]}],
    "holes": [],
    "stretches": [
        {
            "device": "seal-0001",
            "code": "opened",
            "earliest": "2026-03-02T06:18:00Z",
            "latest": "2026-03-02T06:20:00Z",
            "points": [_MARK, _NEXT],
        }
    ],
    "places": [_PLACE],
    "corridor": None,
}
STATED: dict[str, Any] = {
    "event": "019cad0e-4c88-7c1e-b9f0-5a4b1c7d2e3f",
    "leaf": None,
    "known_by": "2026-03-02T08:00:00Z",
    "covered": False,
}
_WITNESS = "witness.example+c5a9d3b1+BJYZP4RlgDjGrDQCCmOPzBUPjQfFh8ZMGLYsbfJ3hO0m"
TRIP_PROOF: dict[str, Any] = {
    "trip": "trip-0001",
    "now": "2026-03-02T08:00:09Z",
    "log": "aforo/4f0c9a6be21d7733",
    "log_keys": ["aforo/4f0c9a6be21d7733+8b1f3c52+AZYZP4RlgDjGrDQCCmOPzBUPjQfFh8ZMGLYsbfJ3hO0m"],
    "witnesses": [{"key": _WITNESS, "size": 48120, "at": "2026-03-02T08:00:05Z"}],
    "checkpoint": {
        "size": 48120,
        "root": "5f0c7b6f5fd0c8a1b4f1e8e7d2a9c3b6e5d4f3a2b1c0d9e8f7a6b5c4d3e2f1a0",
        "note": "aforo/4f0c9a6be21d7733\n48120\nXwx7b1/QyKG08ejn0qnDtuXU86KxwNno96a1xNPi8aA=\n\n",
        "cosigned": [{"key": _WITNESS, "size": 48120, "at": "2026-03-02T08:00:05Z"}],
    },
    "statement": {**STATED, "leaf": 48_117, "covered": True},
    "grades": [{"grade": "device", "blocks": 1, "readings": 5}],
    "total": 1,
    "blocks": [
        {
            "leaf": 48_090,
            "device": "seal-0001",
            "grade": "device",
            "hash": _FACT["rests_on"][0],
            "count": 5,
            "first": "2026-03-02T06:12:00Z",
            "last": "2026-03-02T06:20:00Z",
            "recorded_at": "2026-03-02T06:20:05Z",
        }
    ],
}
BUNDLE = Example(
    id="read_trip_bundle",
    value={
        "checkpoint": TRIP_PROOF["checkpoint"]["note"], "format": "aforo-custody-bundle", "leaves": [],
        "log": "aforo/4f0c9a6be21d7733", "statement": 48_117, "trip": "trip-0001", "version": 1,
    },
)  # fmt: skip
