"""The examples that the OpenAPI document gives; the names in them are invented."""

from __future__ import annotations

from typing import Any

DECLARATION: dict[str, Any] = {
    "declaration_id": "ABCD-2026-000071",
    "crossing_id": "ABCD-TRIP-0071",
    "port": "2304",
    "bridge": "World Trade",
    "carrier_id": "ABCD",
    "driver_id": "DRV-0007",
    "tractor_id": "TX 12-AB",
    "importer_id": "12-3456789",
    "exporter_id": "EJE010203AB1",
    "broker_id": "BR-9",
    "hs6": "870829",
    "description": "steel brackets",
    "origin": "MX",
    "departure": "MX",
    "gross_mass_kg": 18250.5,
    "value_usd": 50000,
    "packages": 42,
    "declared_empty": False,
    "trade_programme": "none",
    "lane": "standard",
    "seal_id": "UL0001",
}
_GROUND: dict[str, Any] = {
    "citation": "19 CFR 123.92",
    "text": {
        "en": "Information on cargo that arrives by truck must reach customs electronically before it arrives.",
        "es": "La información sobre la carga que llega por camión debe llegar a la aduana por vía electrónica antes"
        " que la carga.",
    },
    "confirmed": True,
}
_ACCEPTED: dict[str, Any] = {"en": "Your filing is accepted.", "es": "Su presentación queda aceptada."}
#: What the filer of one declaration is told; an answer to a message has one of `filings` for each that was taken.
FILING_ANSWER: dict[str, Any] = {
    "id": "ans_k3v5mzq2a7wdy4xb",
    "status": "accepted",
    "at": "2026-03-02T13:15:00.250000Z",
    "reference": {
        "declarations": ["ABCD-2026-000071"], "unlisted": 0, "crossing": "ABCD-TRIP-0071", "message": None, "x12": None,
        "port": "2304",
    },
    "says": _ACCEPTED,
    "stated": [],
    "law": "US 1",
    "grounds": [_GROUND],
    "mend": [],
    "unlisted": 0,
    "go": None,
    "records": 0,
    "filings": [
        {
            "declaration_id": "ABCD-2026-000071",
            "crossing_id": "ABCD-TRIP-0071",
            "status": "accepted",
            "public_reason": _ACCEPTED,
            "record": 0,
            "repeated": False,
        }
    ],
}  # fmt: skip
FILING_ANSWERS: dict[str, Any] = {
    **FILING_ANSWER, "records": 1, "filings": [{**FILING_ANSWER["filings"][0], "record": 1}],
}  # fmt: skip
TRIED: dict[str, Any] = {
    "format": "declarations_json",
    "status": "refused",
    "records": 1,
    "taken": 0,
    "mend": [
        {
            "record": 1, "place": "record 1", "code": "hs6_format", "gravity": "refusal",
            "reason": {"en": "Write the code in six digits.", "es": "Escriba la clave con seis dígitos."},
        }
    ],
    "unlisted": 0,
    "understood": [],
}  # fmt: skip
SAMPLES: dict[str, Any] = {
    "samples": [{"kind": "json", "name": "declaration.json", "text": '{"declaration_id": "SYN-260302-1315"}'}],
}
OVERRIDE: dict[str, Any] = {"examination": "secondary", "reason": "The seal number differs from the manifest."}
ACCEPTANCE: dict[str, Any] = {"decision": "1k2f0e9s8q7h3d5b9b00002", "examination": "scan"}
ACCEPTED: dict[str, Any] = {
    "event_id": "1k2f0e9s8q7h3d5b9b00007", "crossing_id": "ABCD-TRIP-0071", "examination": "scan", "by": "Ana Torres",
    "at": "2026-03-02T13:16:04Z",
}  # fmt: skip
UNDO: dict[str, Any] = {"order": "1k2f0e9s8q7h3d5b9b00005"}
OUTCOME: dict[str, Any] = {
    "crossing_id": "ABCD-TRIP-0071", "examined": 1, "outcome": 0, "at": "2026-03-02T09:40:00-06:00",
}  # fmt: skip
WANTED: dict[str, Any] = {"webhook": "https://hooks.carrier.example/aforo"}
SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_01k9f3m8q20a1b2c3d00000", "way": "webhook", "to": "hooks.carrier.example",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}  # fmt: skip
_HASH = "5f2c…"
SHOWN_DECISION: dict[str, Any] = {
    "decision": "0199a1b2-…",
    "crossing_id": "ABCD-TRIP-0071",
    "decided_at": "2026-03-02T13:15:00Z",
    "position": 4711,
    "superseded": False,
    "examination": "scan",
    "selection": [
        {
            "declaration_id": "ABCD-2026-000071",
            "crossing_id": "ABCD-TRIP-0071",
            "probability": 0.031,
            "threats": {
                "contraband": {
                    "probability": 0.031,
                    "base": -4.1,
                    "evidence": [{"source": "memory", "code": "carrier", "log_odds": 0.66}],
                }
            },
            "examination": "scan",
            "basis": "priced",
            "control": False,
            "control_propensity": 0.005,
            "propensity": 1.0,
            "value": 18.6,
            "price": 12.0,
            "reasons": {"en": "…", "es": "…"},
            "public_reason": {"en": "…", "es": "…"},
            "decision": "0199a1b2-…",
        }
    ],
    "artefacts": {
        "set": _HASH, "model": _HASH, "combiner": _HASH, "rules": _HASH, "policy": _HASH, "plan": _HASH,
        "memory": _HASH,
    },
    "code": "0.1.0",
    "listed": [
        {
            "declaration_id": "ABCD-2026-000071",
            "column": "driver_name",
            "party": "00c0ffee00c0ffee",
            "publisher": "ofac",
            "entry": "7001",
            "name": "QUINTANAR OSORNO, Ladislao",
            "score": 930000,
            "standing": "possible",
        }
    ],
    "replay": {"equal": True, "code": "0.1.0", "differences": []},
}  # fmt: skip
ENTITY_ASKED: dict[str, Any] = {"kind": "carrier", "identifier": "ABCD"}
ENTITY: dict[str, Any] = {
    "kind": "carrier",
    "party": "00c0ffee00c0ffee",
    "as_of": "2026-03-02T13:15:00Z",
    "memory": {
        "filings": 412,
        "first_seen": "2024-11-04T09:02:11Z",
        "last_seen": "2026-03-02T13:02:40Z",
        "examined": 21.4,
        "found": 1.7,
        "threats": {"contraband": 0.0, "people": 0.0, "theft": 0.0, "misdeclaration": 1.7},
        "rate": {"value": 0.074, "low": 0.01, "high": 0.19},
        "prior_rate": 0.031,
        "prior_weight": 3.0,
        "last_found": "2026-01-20T17:40:00Z",
    },
}
RULE: dict[str, Any] = {
    "id": "fresh-importer-electronics",
    "version": "1",
    "condition": "hs6 == '851713' and value_usd > 100000",
    "reason": {"en": "Telephones of high value.", "es": "Teléfonos de alto valor."},
    "public_reason": {
        "en": "Examination under 19 CFR 162.6: the declared value has to be verified.",
        "es": "Reconocimiento conforme a 19 CFR 162.6: hay que verificar el valor declarado.",
    },
    "author": "Luz Rivera",
    "source": "assumed",
    "band": [{"from": 0.0, "misdeclaration": 0.4}],
}
SHOWN_RULE: dict[str, Any] = {
    "rule": "fresh-importer-electronics@1", "stage": "draft", "hash": _HASH, "document": RULE,
}  # fmt: skip
RULE_STEP: dict[str, Any] = {"to": "rolled_back", "reason": "It stopped empty trucks of one carrier only."}
_INTERVAL: dict[str, Any] = {"value": 0.05, "low": 0.01, "high": 0.14}
IMPACT: dict[str, Any] = {
    "rule": "fresh-importer-electronics@1",
    "crossings": 1000,
    "fired": 12,
    "fired_precision": _INTERVAL,
    "base_rate": _INTERVAL,
    "known": 84,
    "violations": 6,
    "fired_known": 4,
    "fired_violations": 1,
    "examined": 50,
    "added": 2,
    "removed": 2,
    "known_changes": 3,
    "gained_finds": 1,
    "lost_finds": 0,
    "gained": _INTERVAL,
    "lost": _INTERVAL,
    "failed": 0,
    "by": {"programme": [], "origin": []},
    "words": [{"en": "…", "es": "…"}],
}
CHALLENGE: dict[str, Any] = {
    "which": "ABCD-TRIP-0071",
    "statement": "The trailer was empty: the delivery note of the day before is enclosed.",
    "documents": [{"name": "delivery-note.txt", "body": "RGVsaXZlcmVkIGluIGZ1bGwu"}],
}
SHOWN_CHALLENGE: dict[str, Any] = {
    "challenge": "0199a1b3-…",
    "crossing_id": "ABCD-TRIP-0071",
    "about": "0199a1b2-…",
    "party": "carrier",
    "filed_at": "2026-03-03T10:00:00Z",
    "due": "2026-03-13T10:00:00Z",
    "state": "waits",
    "reason": None,
}
LISTED_CHALLENGES: dict[str, Any] = {"now": "2026-03-03T12:00:00Z", "challenges": [SHOWN_CHALLENGE]}
OPENED_CHALLENGE: dict[str, Any] = {
    "challenge": SHOWN_CHALLENGE, "statement": CHALLENGE["statement"], "documents": CHALLENGE["documents"],
}  # fmt: skip
ANSWER: dict[str, Any] = {"verdict": "upheld", "reason": "The delivery note shows it."}
AUDIT_PAGE: dict[str, Any] = {
    "events": [
        {
            "leaf": 4711,
            "event": {
                "event_id": "0199a1b4-…",
                "type": "person.read",
                "schema": 1,
                "stream": "read/ABCD-TRIP-0071",
                "version": 1,
                "occurred_at": "2026-03-02T13:20:00Z",
                "recorded_at": "2026-03-02T13:20:00Z",
                "actor": "Luz Rivera",
                "data": {"crossing": "ABCD-TRIP-0071", "fields": ["driver_id"], "token": "9f0c…"},
            },
        }
    ],
    "after": 4711,
    "size": 9000,
}
PROOF: dict[str, Any] = {
    "leaf": 4711, "body": "eyJldmVudF9pZCI6…", "size": 4720, "path": ["q83v…", "EjRW…"], "note": "aforo/…\n4720\n…",
}  # fmt: skip
CHECKPOINT: dict[str, Any] = {
    "origin": "aforo/…", "size": 9000, "note": "aforo/…\n9000\n…", "keys": ["aforo/…+…+…"],
}  # fmt: skip
ISSUED_TOKENS: dict[str, Any] = {
    "tokens": [
        {
            "id": "9f0c…",
            "name": "Luz Rivera",
            "role": "officer",
            "issued_at": "2026-03-01T08:00:00Z",
            "expires_at": "2026-06-01T08:00:00Z",
            "revoked_at": None,
        }
    ]
}
LISTED: dict[str, Any] = {
    "screening": True,
    "lists": [
        {
            "publisher": "ofac",
            "entries": 18000,
            "freshness": {
                "publisher": "ofac",
                "as_of": "2026-03-01T02:00:00Z",
                "age_days": 1.4,
                "stale_after_days": 7,
                "stale": False,
                "counted_from": "fetched",
            },
            "fetched_at": "2026-03-01T02:00:00Z",
            "published_at": None,
            "digest": _HASH,
        }
    ],
    "alarms": [],
}
NAME_ASKED: dict[str, Any] = {"name": "Ladislao Quintánar", "kind": "person", "born": "1957"}
CHECKED_NAME: dict[str, Any] = {
    "hits": [
        {
            "publisher": "ofac",
            "entry_id": "7001",
            "entry_digest": _HASH,
            "kind": "person",
            "name": "QUINTANAR OSORNO, Ladislao",
            "listed": "QUINTANAR OSORNO, Ladislao",
            "quality": "primary",
            "score": 930000,
            "identifier": False,
            "parts": [{"code": "left_out", "party": "", "listed": "osorno", "share": -70000}],
            "reason": {"en": "…", "es": "…"},
            "programmes": ["SDNTK"],
            "born": ["1957-07-02"],
            "countries": [],
            "expires_on": None,
        }
    ],
    "alarms": [],
}
SHOWN_HIT: dict[str, Any] = {
    "hit": "0199a1b5-…",
    "state": "open",
    "asked_at": "2026-03-02T13:15:00Z",
    "party": "00c0ffee00c0ffee",
    "crossing_id": "ABCD-TRIP-0071",
    "declaration_id": "ABCD-2026-000071",
    "column": "driver_name",
    "publisher": "ofac",
    "entry": "7001",
    "score": 930000,
    "identifier": False,
    "parts": [{"code": "left_out", "share": -70000}],
    "listed": {
        "name": "QUINTANAR OSORNO, Ladislao",
        "listed": "QUINTANAR OSORNO, Ladislao",
        "kind": "person",
        "programmes": ["SDNTK"],
        "born": ["1957-07-02"],
        "countries": [],
        "changed": False,
    },
    "reason": {"en": "…", "es": "…"},
    "name": None,
    "answered_by": None,
    "answered_at": None,
    "answer": None,
}
HIT_ANSWER: dict[str, Any] = {"verdict": "dismissed", "reason": "Born in 1990; the entry in 1957."}
OWN_FILINGS: dict[str, Any] = {
    "filings": [
        {
            "id": "1k2f0e9s8q7h3d5b9b00001",
            "declaration_id": "ABCD-2026-000071",
            "crossing_id": "ABCD-TRIP-0071",
            "filed_at": "2026-03-02T13:15:00Z",
            "port": "2304",
            "bridge": "World Trade",
            "amends": None,
            "status": "accepted",
            "at": "2026-03-02T13:15:00Z",
            "says": _ACCEPTED,
            "mend": 0,
            "source": "declaration-json",
            "problems": [],
            "place": "World Trade Bridge, Laredo, TX (2304)",
        }
    ],
    "before": None,
    "complete": True,
}
