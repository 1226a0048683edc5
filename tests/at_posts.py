"""What booths and docks send, for the tests that ask every route; and a small picture with metadata in it."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import httpx


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


#: One grey square, and a comment on who made it.
PICTURE = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        _chunk(b"tEXt", b"Author\0a telephone"),
        _chunk(b"IDAT", zlib.compress(b"\0\x80")),
        _chunk(b"IEND", b""),
    )
)
#: What is sent to each route, by its operation; `{name}` is the crossing's.
BODIES: dict[str, dict[str, Any]] = {
    "instruct_at_booth": {"bridge": "world-trade", "trip": "{name}"},
    "mark_mistaken": {"reason": "typed_wrongly"},
    "act_at_dock": {"act": "check", "item": "floor", "result": "clear"},
}
ALLOWED: dict[str, set[str]] = {
    "instruct_at_booth": {"officer", "supervisor"},
    "mark_mistaken": {"officer", "supervisor"},
    "list_booth_acts": {"officer", "supervisor"},
    "read_booth_list": {"officer", "supervisor"},
    "read_docks": {"officer", "supervisor"},
    "read_checklist": {"officer", "supervisor", "analyst", "auditor"},
    "read_examinations": {"officer", "supervisor", "analyst", "auditor"},
    "act_at_dock": {"officer", "supervisor"},
    "add_photo": {"officer", "supervisor"},
    "read_photo": {"officer", "supervisor", "auditor"},
    "read_slip": {"officer", "supervisor"},
}


def body_of(operation: str, name: str) -> dict[str, Any]:
    """What is sent to a route, of a crossing."""
    return {key: each.format(name=name) if isinstance(each, str) else each for key, each in BODIES[operation].items()}


def work_at(officer: httpx.Client, own: str) -> dict[str, str]:
    """A truck at the booth and in a dock, with a photo of it: what paths name of these."""
    act = officer.post("/v1/booth", json={"bridge": "world-trade", "trip": own}).json()["act"]
    path = f"/v1/crossings/{own}/examinations/e-{own}"
    begun = officer.post(path, json={"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "1"})
    assert begun.status_code == 200, begun.text
    photo = officer.post(f"{path}/photos", content=PICTURE).json()["record"]["photos"][0]["photo"]
    return {"act": act, "name": f"e-{own}", "photo": photo}
