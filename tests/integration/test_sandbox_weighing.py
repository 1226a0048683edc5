"""A sandbox looks after trips under seal as a node does: where a seal stands, and what custody does to a decision."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from test_sandbox import running, variables

PLAIN = (
    "##S,eSeal,SEAL-1,SBXC,1.0,{kind},{index},{at:%Y-%m-%d,%H:%M:%S},120,A,25.700000N 100.{place}W,40,82,{door},0,"
    "0:0:0:0,3.9,-71,E##\n"
)
SEAL = {"kind": "seal", "supplier": "Sandbox", "promise_s": 1800, "tolerance_s": 60, "carrier": "SBXC"}


def test_an_opened_seal_is_evidence_and_stands_where_it_was_heard_last(tmp_path: Path) -> None:
    with running("aforo sandbox box", tmp_path):
        known = variables(tmp_path / "box" / "environment")
        with httpx.Client(base_url=known["AFORO_URL"], timeout=60, trust_env=False) as client:

            def asked(who: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
                content = body if isinstance(body, str) or body is None else json.dumps(body)
                headers = {"Authorization": f"Bearer {known[f'AFORO_{who}']}"}
                answer = client.request(method, path, headers=headers, content=content)
                assert answer.status_code == 200, answer.text
                told: dict[str, Any] = answer.json()
                return told

            now = datetime.now(UTC)
            filing = {"declaration_id": "S1", "crossing_id": "C-1", "carrier_id": "SBXC", "declared_empty": True}
            asked("TOKEN", "POST", "/v1/filings", filing)
            trip = {"regime": "export", "carrier": "SBXC", "crossing": "C-1"}
            asked("REGISTRY", "PUT", "/v1/devices/SEAL-1", SEAL)
            asked("TOKEN", "PUT", "/v1/trips/T1", trip | {"deadline": (now + timedelta(days=1)).isoformat()})
            bound = {"device": "SEAL-1", "seal_id": "SBX 1", "at": (now - timedelta(hours=1)).isoformat()}
            asked("TOKEN", "POST", "/v1/trips/T1/seal", bound)
            for index, (kind, door) in enumerate((("Normal", "Close"), ("Event-Door", "Open"))):
                at = now - timedelta(minutes=20 - 5 * index)
                line = PLAIN.format(kind=kind, index=index + 1, at=at, door=door, place=f"{300_000 - 1_000 * index}")
                asked("TOKEN", "POST", "/v1/custody/readings/seal_text", line)
            stands = asked("TOKEN", "GET", "/v1/devices/SEAL-1")["stands"]
            assert (stands["latitude"], stands["longitude"]) == (25.7, -100.299)
            # The watch looks every second, and so does who decides again.
            evidence: set[str] = set()
            for _ in range(600):
                crossing = asked("OFFICER", "GET", "/v1/crossings/C-1")
                threats = crossing["selection"][0]["threats"].values()
                evidence = {each["code"] for own in threats for each in own["evidence"] if each["source"] == "custody"}
                if evidence:
                    break
                threading.Event().wait(0.1)
            assert evidence == {"broken_claimed"}, "nobody signed the line"
